// Follows a shop's feed in three ways at once (long poll, server-sent events, webhooks) while it sends orders itself and
// somebody kills the service and its database. At the end each way must have all changes: none missing, none twice, each
// customer's in order. Needs nothing but node.
//
//   node follow.mjs URL WRITE_KEY READ_KEY WEBHOOK_PORT SECRET   # reads "end" on stdin, prints what it saw, exits 0 or 1
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

const [url, writeKey, readKey, webhookPort, secret] = process.argv.slice(2)
const PAUSE = 50
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const bearer = { authorization: `Bearer ${readKey}` }
let isSending = true
let isOver = false

// --- what each way has seen, in the order in which it came ---

const seen = { poll: [], stream: [], webhook: [] }
let nRepeats = 0 // of webhooks: the same id again
let nRefused = 0 // of webhooks: answered with 500 on purpose
const faults = []

function take(way, change) {
  seen[way].push(change)
}

// --- sending: each message until it is acknowledged ---

async function sendUntilTaken(message) {
  for (;;) {
    try {
      const reply = await fetch(`${url}/v1/track`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${writeKey}:`)}` },
        body: JSON.stringify(message),
        signal: AbortSignal.timeout(5000),
      })
      await reply.text()
      if (reply.status === 200) return
      if (reply.status < 500) faults.push(`a message was refused: ${reply.status}`)
      if (reply.status < 500) return
    } catch {
      // the service is away: once more
    }
    await sleep(PAUSE)
  }
}

let nSent = 0
async function sender(name) {
  for (let i = 0; isSending; i++) {
    const id = `${name}-${i}`
    await sendUntilTaken({
      userId: `customer-${i % 17}`,
      event: 'Order Completed',
      messageId: id,
      properties: { order_id: id, revenue: 5, currency: 'EUR' },
    })
    nSent++
  }
}

// --- long poll ---

async function poll() {
  let after = '0'
  while (!isOver) {
    try {
      const reply = await fetch(`${url}/v1/changes?after=${after}&wait=2&limit=50`, {
        headers: bearer,
        signal: AbortSignal.timeout(10000),
      })
      if (reply.status !== 200) throw new Error(`status ${reply.status}`)
      const page = await reply.json()
      for (const change of page.data) take('poll', change)
      after = page.next_cursor
    } catch {
      await sleep(PAUSE)
    }
  }
}

// --- server-sent events: what EventSource does ---

async function stream() {
  let last = '0'
  while (!isOver) {
    try {
      const reply = await fetch(`${url}/v1/stream`, { headers: { ...bearer, 'last-event-id': last } })
      if (reply.status !== 200) throw new Error(`status ${reply.status}`)
      let text = ''
      const decoder = new TextDecoder()
      for await (const piece of reply.body) {
        text += decoder.decode(piece, { stream: true })
        let end
        while ((end = text.indexOf('\n\n')) >= 0) {
          const event = Object.fromEntries(
            text
              .slice(0, end)
              .split('\n')
              .filter((line) => !line.startsWith(':'))
              .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
          )
          text = text.slice(end + 2)
          if (event.id !== undefined) last = event.id
          if (event.data !== undefined) take('stream', JSON.parse(event.data))
        }
        if (isOver) return
      }
    } catch {
      await sleep(PAUSE)
    }
  }
}

// --- webhooks: at least once, now and then refused on purpose ---

const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
const ids = new Map()

function isSigned(headers, body) {
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const wanted = `v1,${createHmac('sha256', key).update(text).digest('base64')}`
  return (headers['webhook-signature'] ?? '').split(' ').includes(wanted)
}

const receiver = createServer((request, reply) => {
  const pieces = []
  request.on('data', (piece) => pieces.push(piece))
  request.on('end', () => {
    const body = Buffer.concat(pieces).toString()
    const id = request.headers['webhook-id']
    if (!isSigned(request.headers, body)) faults.push(`${id} is not signed`)
    const change = JSON.parse(body).data
    if (change.sequence % 37 === 0 && !ids.has(id) && nRefused < 8) {
      ids.set(id, 'refused')
      nRefused++
      reply.writeHead(500).end('not now')
      return
    }
    if (ids.get(id) === 'taken') {
      nRepeats++
    } else {
      ids.set(id, 'taken')
      take('webhook', change)
    }
    reply.writeHead(204).end()
  })
})

// --- the end ---

async function head() {
  for (;;) {
    try {
      const reply = await fetch(`${url}/v1/changes?after=latest`, { headers: bearer })
      if (reply.status === 200) return (await reply.json()).head
    } catch {
      // once more
    }
    await sleep(PAUSE)
  }
}

function check(way, newest) {
  const numbers = seen[way].map((change) => change.sequence)
  const missing = []
  const all = new Set(numbers)
  for (let i = 1; i <= newest; i++) if (!all.has(i)) missing.push(i)
  if (missing.length) faults.push(`${way}: missing ${missing.slice(0, 10)} of ${newest}`)
  if (all.size !== numbers.length) faults.push(`${way}: ${numbers.length - all.size} came twice`)
  const last = new Map()
  for (const change of seen[way]) {
    const name = way === 'webhook' ? (change.customer_key ?? `of none ${change.sequence}`) : 'all'
    if ((last.get(name) ?? 0) >= change.sequence) faults.push(`${way}: ${change.sequence} came after ${last.get(name)}`)
    last.set(name, change.sequence)
  }
}

await new Promise((resolve) => receiver.listen(Number(webhookPort), '127.0.0.1', resolve))
const work = [sender('a'), sender('b'), sender('c'), poll(), stream()]
console.log('ready')
for await (const line of createInterface({ input: process.stdin })) if (line === 'end') break
isSending = false
await Promise.all(work.slice(0, 3))
const newest = await head()
const until = Date.now() + 60000
while (Date.now() < until && Object.values(seen).some((changes) => new Set(changes.map((c) => c.sequence)).size < newest))
  await sleep(100)
isOver = true
for (const way of Object.keys(seen)) check(way, newest)
console.log(`${nSent} orders, ${newest} changes; webhooks: ${nRefused} refused once, ${nRepeats} came again`)
for (const fault of faults.slice(0, 20)) console.log(fault)
process.exit(faults.length ? 1 : 0)
