// poll.mjs PORT KEY DASHBOARDS SECONDS PATH...: so many dashboards, each of which asks for all paths every SECONDS, with the ETags that
// it was given, until SIGTERM; then prints "requests p50 p99 unchanged errors", latencies in milliseconds.
import http from 'node:http'

const [port, key, dashboards, seconds, ...paths] = process.argv.slice(2)
const latencies = []
let unchanged = 0
let errors = 0
const agent = new http.Agent({ keepAlive: true, maxSockets: Number(dashboards) })

function ask(path, etags) {
    return new Promise(resolve => {
        const begin = process.hrtime.bigint()
        const headers = { authorization: `Bearer ${key}`, ...(etags.has(path) ? { 'if-none-match': etags.get(path) } : {}) }
        const request = http.get({ agent, host: '127.0.0.1', port, path, headers }, reply => {
            reply.resume()
            reply.on('end', () => {
                latencies.push(Number(process.hrtime.bigint() - begin) / 1e6)
                if (reply.statusCode === 304) unchanged++
                else if (reply.statusCode === 200) etags.set(path, reply.headers.etag)
                else errors++
                resolve()
            })
        })
        request.on('error', () => { errors++; resolve() })
    })
}

async function dashboard(i) {
    const etags = new Map()
    await new Promise(resolve => setTimeout(resolve, i * Number(seconds) * 1000 / Number(dashboards)))
    for (;;) {
        const begin = Date.now()
        for (const path of paths) await ask(path, etags)
        await new Promise(resolve => setTimeout(resolve, Math.max(0, Number(seconds) * 1000 - (Date.now() - begin))))
    }
}

process.on('SIGTERM', () => {
    latencies.sort((a, b) => a - b)
    const at = share => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(2)
    console.log(latencies.length, at(0.5), at(0.99), unchanged, errors)
    process.exit(0)
})
for (let i = 0; i < Number(dashboards); i++) dashboard(i)
