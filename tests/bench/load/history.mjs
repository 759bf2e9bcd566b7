// history.mjs CUSTOMERS EVENTS UNTIL: two years of EVENTS events of CUSTOMERS customers until the instant UNTIL, as lines for
// `lifecycled import --format ndjson`: the same for the same arguments. Each customer's events come together and in order, so
// that none is late. Six of ten customers buy; the rest look, are touched by a campaign, or ask for help.
const [customers, events] = process.argv.slice(2, 4).map(Number)
const until = Date.parse(process.argv[4])
const DAY = 86400e3
const YEARS = 730 * DAY

let seed = 20260601
function random() { // mulberry32
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
const below = n => Math.floor(random() * n)
const of = list => list[below(list.length)]
const squared = n => Math.floor(random() * random() * n) // the low ones are frequent

const CHANNELS = ['google', 'facebook', 'newsletter', 'tiktok', 'affiliate', 'app', 'partner', 'direct']
const COUNTRIES = ['DE', 'FR', 'NL', 'AT', 'BE', 'PL', 'IT', 'ES', 'CN', 'US', 'GB', 'SE']
const REASONS = ['too expensive', 'moved', 'competitor', 'quality', 'no need']

const product = () => {
    const id = squared(3000)
    return { product_id: `P-${id}`, name: `Article ${id}`, category: `category-${id % 40}`, price: 5 + (id * 7) % 95, quantity: 1 + squared(4) }
}
const campaign = () => ({ campaign: { name: `campaign-${squared(60)}`, source: of(CHANNELS), medium: 'cpc' } })

function order(c, n) {
    const products = Array.from({ length: 1 + squared(4) }, product)
    const value = products.reduce((sum, p) => sum + p.price * p.quantity, 0)
    const discount = random() < 0.15 ? Math.round(value * 0.1) : 0
    return { event: 'Order Completed', properties: { order_id: `h-${c}-${n}`, revenue: value - discount, currency: 'EUR', country: COUNTRIES[c % 12], products,
        ...(discount ? { discount, coupon: `SAVE${below(20)}` } : {}) } }
}

const OTHERS = [
    () => ({ event: 'Product Viewed', properties: { product_id: `P-${squared(3000)}` } }),
    () => ({ event: 'Product Viewed', properties: { product_id: `P-${squared(3000)}` } }),
    () => ({ event: 'Product Added', properties: { product_id: `P-${squared(3000)}` } }),
    () => ({ event: 'Checkout Started', properties: {} }),
    () => ({ event: 'Campaign Touched', properties: { campaign: `campaign-${squared(60)}`, channel: of(CHANNELS) } }),
    () => ({ event: 'Survey Answered', properties: random() < 0.7 ? { kind: 'nps', score: 10 - squared(11) } : { kind: 'csat', score: 5 - squared(5) } }),
    (c, n) => ({ event: 'Support Requested', properties: { ticket_id: `t-${c}-${n}` } }),
    (c, n, before) => ({ event: 'Support Answered', properties: { ticket_id: before.findLast(e => e.event === 'Support Requested')?.properties.ticket_id ?? 'none' } }),
    () => ({ event: 'Product Reviewed', properties: { product_id: `P-${squared(3000)}` } }),
    () => ({ event: 'Referral Made', properties: {} }),
]

let left = events
let text = ''
for (let c = 1; c <= customers; c++) {
    const average = left / (customers - c + 1)
    const n = c === customers ? left : Math.max(1, Math.min(Math.round(average * (0.4 + 1.2 * random())), left - (customers - c)))
    left -= n
    const buys = random() < 0.6
    let at = until - Math.floor(YEARS * (0.02 + 0.98 * random()))
    const before = []
    for (let i = 0; i < n; i++) {
        const last = before.at(-1)
        let event
        if (last?.event === 'Order Completed' && random() < 0.04)
            event = { event: 'Order Refunded', properties: { order_id: last.properties.order_id, refund_id: `r-${c}-${i}`, total: Math.ceil(last.properties.revenue / 3), currency: 'EUR' } }
        else if (i > 1 && i === n - 1 && random() < 0.03) event = { event: 'Customer Churned', properties: { reason: of(REASONS) } }
        else if (buys && random() < 0.6) event = order(c, i)
        else event = of(OTHERS)(c, i, before)
        before.push(event)
        const context = i === 0 || random() < 0.1 ? campaign() : {}
        text += JSON.stringify({ type: 'track', userId: `customer-${c}`, messageId: `h-${c}-${i}`, timestamp: new Date(at).toISOString(), ...event, context }) + '\n'
        at = Math.min(until - 1000, at + Math.floor((until - at) * random() * random() * 0.7) + 60e3)
    }
    if (text.length > 1 << 20 || c === customers) {
        await new Promise(resolve => process.stdout.write(text, resolve))
        text = ''
    }
}
