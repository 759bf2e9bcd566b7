// seed.mjs PORT KEY COUNT [identities]: sends COUNT customers with one order each, in batches of 500 over four connections;
// or whose browsers they use, and their e-mails.
import http from 'node:http'

const [port, key, count] = process.argv.slice(2, 5).map((v, i) => (i === 1 ? v : Number(v)))
const tellsIdentities = process.argv[5] === 'identities'
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
const now = Date.now()
let next = 1

function post(body) {
  return new Promise((resolve, reject) => {
    const request = http.request({
      agent, port, host: '127.0.0.1', path: '/v1/batch', method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-length': Buffer.byteLength(body) },
    }, (response) => {
      let text = ''
      response.on('data', (chunk) => { text += chunk })
      response.on('end', () => (response.statusCode === 200 && JSON.parse(text).refused === 0
        ? resolve() : reject(new Error(`${response.statusCode} ${text.slice(0, 300)}`))))
    })
    request.on('error', reject)
    request.end(body)
  })
}

async function run() {
  while (next <= count) {
    const batch = []
    for (; batch.length < 500 && next <= count; next++) {
      batch.push(tellsIdentities ? {
        type: 'identify', userId: `customer-${next}`, anonymousId: `browser-${next}`, messageId: `who-${next}`,
        timestamp: new Date(now - 1e6).toISOString(), traits: { email: `customer-${next}@example.com` },
      } : {
        type: 'track', event: 'Order Completed', userId: `customer-${next}`, messageId: `seed-${next}`,
        timestamp: new Date(now - ((next * 7919) % 150) * 86400e3 - 1e6).toISOString(),
        properties: { order_id: `seed-${next}`, revenue: ((next * 37) % 20000 / 100).toFixed(2), currency: 'EUR' },
      })
    }
    await post(JSON.stringify({ batch }))
  }
}
await Promise.all([run(), run(), run(), run()])
agent.destroy()
