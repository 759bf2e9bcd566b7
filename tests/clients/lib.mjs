// What the trials of the real SDKs share: a gateway that sees what they send and hear, and the API, by which what has
// arrived is read back and compared with what was sent.

import assert from 'node:assert/strict';
import http from 'node:http';

const setting = name => process.env[name] ?? assert.fail(`${name} is not set`);
export const writeKey = setting('WRITE_KEY');
const service = new URL(setting('SERVICE_URL'));
const readKey = setting('READ_KEY');

// Run PART once with the gateway between the SDK and the service: {url, seen: [{method, path, status,
// headers, body, reply}]}: body as it was sent, reply the headers of the answer.
export async function throughGateway(part) {
    const seen = [];
    const server = http.createServer((incoming, outgoing) => {
        const chunks = [];
        const request = http.request({
            host: service.hostname, port: service.port, method: incoming.method, path: incoming.url,
            headers: incoming.rawHeaders, setHost: false,
        }, reply => {
            seen.push({method: incoming.method, path: incoming.url, status: reply.statusCode, headers: incoming.headers,
                body: Buffer.concat(chunks).toString(), reply: reply.headers});
            outgoing.writeHead(reply.statusCode, reply.rawHeaders);
            reply.pipe(outgoing);
        });
        request.on('error', () => incoming.socket.destroy());
        incoming.on('data', chunk => chunks.push(chunk));
        incoming.pipe(request);
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    try {
        return await part({url: `http://127.0.0.1:${server.address().port}`, seen});
    } finally {
        server.closeAllConnections();
        server.close();
    }
}

export async function read(path) {
    const reply = await fetch(new URL(path, service), {headers: {authorization: `Bearer ${readKey}`}});
    return {status: reply.status, body: await reply.json()};
}

// All that a list holds, page by page.
async function all(path) {
    const found = [];
    for (let cursor = ''; cursor !== null;) {
        const {status, body} = await read(`${path}?limit=100${cursor && `&cursor=${cursor}`}`);
        assert.equal(status, 200, path);
        found.push(...body.data);
        cursor = body.next_cursor;
    }
    return found;
}

export const customer = async id => (await read(`/v1/customers/${encodeURIComponent(id)}`)).body;
const eventsOf = id => all(`/v1/customers/${encodeURIComponent(id)}/events`);
const ordersOf = id => all(`/v1/customers/${encodeURIComponent(id)}/orders`);

export async function eventually(what, holds) {
    for (let i = 0; i < 150; i++) {
        if (await holds()) {
            return;
        }
        await new Promise(resolve => setTimeout(resolve, 100));
    }
    assert.fail(`${what} did not come to be`);
}

const money = amount => Number(amount).toFixed(2);

// MESSAGES ([{messageId, type, event, properties, traits, context, timestamp}]) are in the ledger of customer ID, each once,
// as they were sent: every member that was sent is there with its value. OWN leaves out what the SDK adds to properties.
export async function assertArrived(id, messages, own = properties => properties) {
    const events = await eventsOf(id);
    for (const sent of messages) {
        const found = events.filter(e => e.messageId === sent.messageId);
        assert.equal(found.length, 1, `${sent.type} ${sent.messageId} of ${id} arrived ${found.length} times`);
        const [arrived] = found;
        assert.equal(arrived.type, sent.type);
        const compared = {event: arrived.event, properties: own(arrived.properties ?? {}), traits: arrived.traits};
        for (const [member, value] of Object.entries(compared)) {
            if (sent[member] !== undefined) {
                assert.deepEqual(value, sent[member], `${member} of ${sent.type} ${sent.messageId}`);
            }
        }
        for (const [name, value] of Object.entries(sent.context ?? {})) {
            assert.deepEqual(arrived.context[name], value, `context.${name} of ${sent.type} ${sent.messageId}`);
        }
        if (sent.timestamp) {
            assert.equal(arrived.occurred_at, sent.timestamp, `the time of ${sent.type} ${sent.messageId}`);
        }
    }
    const orders = await ordersOf(id);
    const completed = messages.filter(m => m.event === 'Order Completed');
    assert.equal(orders.length, completed.length, `orders of ${id}`);
    for (const {properties} of completed) {
        const order = orders.find(o => o.order_id === properties.order_id);
        assert.ok(order, `the order ${properties.order_id} of ${id}`);
        assert.equal(order.value.amount ?? order.value, money(properties.revenue), `the value of ${properties.order_id}`);
    }
    if (completed.length) {
        const {facts} = await customer(id);
        assert.equal(facts.orders_count, completed.length);
        assert.equal(facts.revenue, money(completed.reduce((sum, m) => sum + m.properties.revenue, 0)));
    }
}

// Each of OTHERS is a name of customer ID.
export async function assertJoined(id, others) {
    for (const other of others) {
        assert.equal((await customer(other)).id, id, `${other} is ${id}`);
    }
}

const start = Date.now();
export const minutesAgo = n => new Date(start - n * 60000);

// An order of a cent more each time.
export function order(id, n) {
    return {
        order_id: `${id}-${n}`, revenue: 10 + n / 100, currency: 'EUR',
        products: [{product_id: `p-${n}`, category: 'Tea', price: 5, quantity: 2}], note: 'Grüße, 李雷 "\\',
    };
}

export const uuidOf = n => `01a1ff51-01f4-7047-9427-${n.toString(16).padStart(12, '0')}`;
export {assert};
