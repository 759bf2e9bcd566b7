// hostile.mjs SEED MUTANTS: what careless and hostile senders make of the samples, sent to the doors of a running service
// between good events; what was good is read back. The same seed sends the same. Prints what was answered, and the
// personal values that were sent, one a line, into the file PLANTED.
//
// SERVICE_URL, WRITE_KEY, READ_KEY; SOURCES: JSON {shopify, goodShopify, woocommerce, inbound, cloudevents: {place, secret}};
// CLOCK: the service's, in seconds since 1970, when this begins.

import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import {deflateSync, gzipSync} from 'node:zlib';

const [seed, mutants] = process.argv.slice(2).map(Number);
const {SERVICE_URL, WRITE_KEY, READ_KEY, SOURCES, CLOCK, PLANTED} = process.env;
const sources = JSON.parse(SOURCES);
const began = Date.now();
const now = () => Math.floor(Number(CLOCK) + (Date.now() - began) / 1000);
const samples = '../shared/samples';

// --- chance ---

let state = seed;
function chance(n) { // 0 to n - 1
    state = state + 0x6d2b79f5 | 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) % n;
}
const oneIn = n => chance(n) === 0;
const oneOf = list => list[chance(list.length)];

// --- damage to JSON, as text: numbers keep their digits ---

const fragment = 'FRAGMENT-OF-A-BODY';
const odd = [
    'null', 'true', 'false', '0', '-0', '-1', '1.5', '1e400', '-1e-400', '9007199254740993', '9223372036854775808',
    '18446744073709551616', '123456789012345678901234567890', '0.1000000000000000055511151231257827', '01', '+1', '.5', 'NaN',
    'Infinity', '""', '" "', '"0"', '"-3.50"', '"1e3"', '"12,50"', '"99999999999999999999.99"', '"\\u0000"', '"a\\u0000b"', '"\\ud800"',
    '"\\udc00\\ud800"', '"\\x41"', '"\\"', '"\u0001"', '"<b>&ndash;</b>"', '"0000-00-00T00:00:00Z"', '"0001-01-01T00:00:00+14:00"',
    '"9999-12-31T23:59:59-14:00"', '"2026-02-30T00:00:00Z"', '"1970-01-01T00:00:00"', '"EUR"', '"ZZZ"', '"refund"', '"success"', '"paid"',
    '"refunded"', '[]', '{}', '[null]', '[[]]', '[1,"a",{}]', '{"":1}', '{"id":7}', '{"id":null,"email":[]}', `"${fragment}"`,
    `{"${fragment}":"${fragment}"}`, '"%00%ff"', '"\\u202e\\ufeff"', '"__proto__"', '"\';DROP TABLE event;--"',
];

function oddValue() {
    if (oneIn(12)) {
        const n = oneOf([40, 200, 20000]);
        return oneIn(2) ? '['.repeat(n) + ']'.repeat(n) : '{"a":'.repeat(n) + '1' + '}'.repeat(n - (oneIn(8) ? 1 : 0));
    }
    return oneIn(8) ? `"${oneOf(['x', 'ä', '\\u0001', '9', '\\ud83d\\ude00', 'a@']).repeat(oneOf([99, 101, 255, 256, 4000, 33000]))}"` : oneOf(odd);
}

// {start, end, from}: a value, and where it begins with the name before it.
function placesOf(text) {
    const places = [], open = [];
    let name = -1, key = -1;
    for (const {0: token, index} of text.matchAll(/"(?:[^"\\]|\\.)*"|[^\s"[\]{},:]+|[[\]{},:]/g)) {
        const place = {start: index, end: index + token.length, from: name < 0 ? index : name};
        if (token === ':') {
            name = key;
            places.pop();
        } else if (token === ']' || token === '}') {
            const opened = open.pop();
            if (opened) {
                opened.end = index + 1;
            }
        } else if (token !== ',') {
            places.push(place);
            key = index;
            name = -1;
            if (token === '[' || token === '{') {
                open.push(place);
            }
        }
    }
    return places;
}

const cut = (text, start, end, put = '') => text.slice(0, start) + put + text.slice(end);
const swap = (text, at, all) => { const other = oneOf(all); return cut(text, at.start, at.end, text.slice(other.start, other.end)); };
const replace = (text, at) => cut(text, at.start, at.end, oddValue());
function remove(text, at) { // with a comma, if there is one
    const after = text.slice(at.end).match(/^\s*,/)?.[0].length ?? 0;
    const before = after ? 0 : text.slice(0, at.from).match(/,?\s*$/)[0].length;
    return cut(text, at.from - before, at.end + after);
}
const repeat = (text, at) => cut(text, at.end, at.end, `,${text.slice(at.from, at.start)}${oddValue()}`);
const repeatMany = (text, at) => cut(text, at.end, at.end, `,${text.slice(at.from, at.end)}`.repeat(chance(at.end - at.from > 1000 ? 30 : 300)));
const truncate = (text, at) => text.slice(0, at.start + (at.end - at.start >> 1));
const flip = (text, at) => cut(text, at.start, at.start + 1, String.fromCharCode(chance(256)));
const damages = [replace, replace, replace, replace, replace, swap, swap, swap, remove, remove, remove, repeat, repeat, repeatMany, truncate, flip];

function mutated(text) {
    for (let i = oneOf([1, 1, 2, 4]); i > 0; i--) {
        const places = placesOf(text);
        if (places.length) {
            text = oneOf(damages)(text, oneOf(places), places);
        }
    }
    return text;
}

// Often an order, a message or a customer that was not heard of yet: else most of it would be repeats.
function another(text) {
    const orders = oneIn(2), messages = oneIn(2), customers = oneIn(8), n = chance(1e9);
    return text.replace(/820982911946154508|(?<="id": )727\b/g, id => (orders ? `${id}${n}` : id))
        .replace(/115310627314723954/g, id => (customers ? `${id}${chance(9)}` : id))
        .replace(/(?<="(?:messageId|uuid|id)": ?")[\w-]{1,}/g, id => (messages ? `${id}-${n}` : id));
}

// --- damage to bytes ---

const bomb = gzipSync(Buffer.concat([Buffer.from(`{"batch":["${fragment}`), Buffer.alloc(64 << 20, 32)]), {level: 9});

function encoded(text) {
    switch (chance(40)) {
    case 0: return Buffer.from(text, 'utf16le');
    case 1: return Buffer.from(text, 'latin1');
    case 2: return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]);
    case 3: { const bytes = Buffer.from(text); bytes[chance(bytes.length || 1)] = oneOf([0, 0xff, 0xc0, 0xed]); return bytes; }
    default: return Buffer.from(text);
    }
}

// [body, headers]
function packed(body) {
    switch (chance(60)) {
    case 0: return [gzipSync(body), {'content-encoding': 'gzip'}];
    case 1: { const zip = gzipSync(body); return [zip.subarray(0, chance(zip.length)), {'content-encoding': 'gzip'}]; }
    case 2: { const zip = gzipSync(body); zip[chance(zip.length)] ^= 1 << chance(8); return [zip, {'content-encoding': 'gzip'}]; }
    case 3: return [body, {'content-encoding': 'gzip'}];
    case 4: return [deflateSync(body), {'content-encoding': oneOf(['deflate', 'br', 'zstd', 'gzip, gzip', 'gzip;', ''])}];
    case 5: return oneIn(3) ? [bomb, {'content-encoding': 'gzip'}] : [body, {'content-encoding': 'identity'}];
    case 6: return [gzipSync(gzipSync(body)), {'content-encoding': 'gzip'}];
    case 7: return [gzipSync(body), {}];
    default: return [body, {}];
    }
}

// --- the doors ---

const hmac = (secret, body, encoding = 'base64') => createHmac('sha256', secret).update(body).digest(encoding);
const spoilt = signature => (oneIn(12) ? oneOf(['', 'AAAA', '='.repeat(44), signature.slice(1), `${signature}=`, signature.toLowerCase(), 'v1,', '\x80']) : signature);
const json = {'content-type': 'application/json'};

const shopify = (source, topic) => body => [source.place, {...json, 'x-shopify-topic': topic, 'x-shopify-shop-domain': 'doors.myshopify.com',
    'x-shopify-hmac-sha256': spoilt(hmac(source.secret, body))}];
const woocommerce = (source, topic) => body => [source.place, {...json, 'x-wc-webhook-topic': topic,
    'x-wc-webhook-signature': spoilt(hmac(source.secret, body))}];
function inbound(source) {
    return body => {
        const time = oneIn(12) ? oneOf([0, 1, -5, now() - 301, now() + 400, '1e9', 'now', '99999999999999999999']) : now();
        const id = `msg_${chance(1e9)}`;
        const key = Buffer.from(source.secret.replace('whsec_', ''), 'base64');
        const signed = hmac(key, Buffer.concat([Buffer.from(`${id}.${time}.`), body]));
        return [source.place, {...json, 'webhook-id': id, 'webhook-timestamp': String(time), 'webhook-signature': `v1,${spoilt(signed)}`}];
    };
}
const basic = key => ({authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`});
const segment = path => () => [path, {'content-type': oneOf(['application/json', 'text/plain', 'application/x-www-form-urlencoded']),
    ...(oneIn(20) ? oneOf([{}, basic('lcw_of_nobody'), {authorization: 'Basic %%%'}, {authorization: `Bearer ${READ_KEY}`}]) : basic(WRITE_KEY))}];
const cloudevents = mode => () => [`/v1/cloudevents${oneIn(4) ? `?access_token=${sources.cloudevents.secret}` : ''}`,
    {'content-type': mode, authorization: `Bearer ${sources.cloudevents.secret}`,
        ...(mode === json['content-type'] && {'ce-specversion': '1.0', 'ce-id': oneOf(['1', '%FF', '"', 'x'.repeat(300)]),
            'ce-source': '/bus', 'ce-type': oneOf(['order.completed', 'product.viewed', '', 'x'.repeat(300)])})}];

const read = path => readFileSync(`${samples}/${path}`, 'utf8');
const files = (folder, pattern) => readdirSync(`${samples}/${folder}`).filter(name => pattern.test(name));
const person = {email: 'planted.person@private.example', phone: '+49 171 5550199', anonymousId: 'planted-browser'};

function subjects() { // [{name, text, door}]
    const found = [];
    for (const name of files('shopify', /json$/).filter(file => file !== 'shop_redact.json')) { // which erases the good ones too
        const topic = name.replace('.json', '').replace('_', '/');
        found.push({name, text: read(`shopify/${name}`).replace(/("(?:test|cancelled_at)"): [^,\n]*/g, '$1: null').replace('"voided"', '"paid"'),
            door: shopify(sources.shopify, topic)});
    }
    for (const name of files('woocommerce', /./)) {
        const topic = /customer/.test(name) ? 'customer.updated' : 'order.updated';
        found.push({name, text: read(`woocommerce/${name}`), door: woocommerce(sources.woocommerce, topic)});
    }
    for (const name of files('segment', /^wire/)) {
        const text = read(`segment/${name}`);
        const [, path] = /"request": "POST ([^"]*)"/.exec(text);
        const body = text.slice(text.indexOf('"body_after_decoding":') + 22, text.lastIndexOf('}'))
            .replaceAll('wk_test', WRITE_KEY);
        found.push({name, text: body, door: segment(path)});
    }
    found.push({name: 'order_completed.json', text: read('segment/order_completed.json'), door: segment('/v1/track')});
    found.push({name: 'ecommerce-v2.examples.json', text: `{"batch":${read('segment/ecommerce-v2.examples.json')}}`, door: segment('/v1/import')});
    found.push({name: 'identify', text: JSON.stringify({type: 'identify', userId: 'planted-user', traits: person, context: {traits: person,
        externalIds: [{type: 'shopify', id: '115310627314723954'}, {type: 'email', id: person.email}]}}), door: segment('/v1/identify')});
    found.push({name: 'alias', text: '{"type":"alias","userId":"planted-user","previousId":"planted-browser"}', door: segment('/v1/a')});
    const data = {userId: 'planted-user', order_id: 'ce-1', revenue: 5, email: person.email};
    const event = {specversion: '1.0', id: '1', source: '/bus', type: 'com.shop.order.completed', subject: 'planted-user', data};
    found.push({name: 'cloudevent', text: JSON.stringify(event), door: cloudevents('application/cloudevents+json')});
    found.push({name: 'cloudevents', text: JSON.stringify([event, {...event, id: '2'}]), door: cloudevents('application/cloudevents-batch+json')});
    found.push({name: 'binary cloudevent', text: JSON.stringify(data), door: cloudevents('application/json')});
    found.push({name: 'standard webhook', text: JSON.stringify({type: 'order.completed', timestamp: '2026-03-01T11:00:00Z', data}),
        door: inbound(sources.inbound)});
    return found;
}

// --- good events, each by another door ---

const good = [
    n => ['/v1/track', {...json, ...basic(WRITE_KEY)}, {userId: `good-${n % 20}`, anonymousId: `good-browser-${n % 20}`, event: 'Order Completed',
        messageId: `good-${n}`, properties: {order_id: `good-${n}`, revenue: '1.01', currency: 'USD'}}],
    n => ['/v1/cloudevents', {'content-type': 'application/cloudevents+json', authorization: `Bearer ${sources.cloudevents.secret}`},
        {specversion: '1.0', id: `good-${n}`, source: '/good', type: 'order.completed', subject: `good-${n % 20}`,
            data: {order_id: `good-${n}`, total: '1.01', currency: 'USD'}}],
    n => [sources.inbound.place, null, {type: 'order.completed', timestamp: '2026-03-01T11:00:00Z',
        data: {user_id: `good-${n % 20}`, order_id: `good-${n}`, total: '1.01', currency: 'USD'}}],
    n => [sources.goodShopify.place, 'orders/paid', {id: 5000000 + n, test: false, financial_status: 'paid', created_at: '2026-02-01T00:00:00Z',
        updated_at: '2026-02-01T00:00:00Z', currency: 'USD', subtotal_price: '1.01', line_items: [], refunds: [],
        customer: {id: 70000 + n % 20}}],
];
const whose = n => (n % 4 === 3 ? `shopify:${70000 + n % 20}` : `good-${n % 20}`);

function goodRequest(n) {
    const [place, headers, value] = good[n % 4](n);
    const body = Buffer.from(JSON.stringify(value));
    if (n % 4 === 2) {
        const key = Buffer.from(sources.inbound.secret.replace('whsec_', ''), 'base64'), time = now();
        return {place, body, headers: {...json, 'webhook-id': `good_${n}`, 'webhook-timestamp': String(time),
            'webhook-signature': `v1,${hmac(key, `good_${n}.${time}.${body}`)}`}};
    }
    return {place, body, headers: n % 4 === 3 ? {...json, 'x-shopify-topic': headers,
        'x-shopify-hmac-sha256': hmac(sources.goodShopify.secret, body)} : headers};
}

// --- sending ---

const agent = new http.Agent({keepAlive: true, maxSockets: 16});
const service = new URL(SERVICE_URL);

function post(place, headers, body, method = 'POST') { // {status, text}; status 0: the connection was closed
    return new Promise(resolve => {
        const request = http.request({agent, host: service.hostname, port: service.port, method, path: place,
            headers: {...headers, ...(method === 'POST' && {'content-length': body.length})}}, reply => {
            const chunks = [];
            reply.on('data', chunk => chunks.push(chunk));
            reply.on('end', () => resolve({status: reply.statusCode, text: Buffer.concat(chunks).toString()}));
        });
        request.on('error', error => resolve({status: 0, text: error.code}));
        request.end(body);
    });
}

const answers = new Map();
function assertAnswered(subject, body, {status, text}) {
    const what = `${subject.name} (seed ${seed}): ${status} ${text.slice(0, 300)}\n${body.subarray(0, 2000)}`;
    answers.set(status, (answers.get(status) ?? 0) + 1);
    assert.ok(status !== 0 ? status >= 200 && status < 500 : body.length > 1 << 20, what);
    if (status !== 0 && status !== 200) {
        const problem = JSON.parse(text);
        assert.ok(problem.status === status && problem.code, what);
    }
}

const all = subjects();
const known = new Set(); // keys, addresses and numbers that the service must not tell
for (const {text} of all) {
    for (const found of text.matchAll(/[\w.]+@[\w.]+\.\w+|(?:\+|\b)\d{3}-\d{3}-\d{4}|\(\d{3}\) \d{3}-\d{4}|Elm St|Market|O'Connor|Lastname/g)) {
        known.add(found[0]);
    }
}
writeFileSync(PLANTED, [...known, fragment, 'planted', '5550199', '115310627314723954', '019mr8mf4r', 'access_token', 'good-browser',
    'DROP TABLE', ...Object.values(sources).map(s => s.secret)].join('\n') + '\n');

const orders = new Map();
async function sendGood(n) {
    const {place, headers, body} = goodRequest(n);
    const reply = await post(place, headers, body);
    assert.equal(reply.status, 200, `a good event: ${reply.text}`);
    const {accepted = 1, refused = 0} = JSON.parse(reply.text);
    assert.deepEqual([accepted, refused], [1, 0], `a good event: ${reply.text}`);
    orders.set(whose(n), (orders.get(whose(n)) ?? 0) + 1);
}

let next = 0;
async function sender() {
    while (next < mutants) {
        const n = next++;
        if (n % 10 === 0) {
            await sendGood(n / 10);
            continue;
        }
        const subject = all[n % all.length];
        const [body, more] = packed(encoded(mutated(another(subject.text))));
        const [place, headers] = subject.door(body);
        try {
            assertAnswered(subject, body, await post(place, {...headers, ...more}, body));
        } catch (error) {
            throw error.code === 'ERR_INVALID_CHAR' ? new Error(`${subject.name}: no header`) : error;
        }
    }
}
await Promise.all(Array.from({length: 16}, sender));

for (const [id, n] of orders) {
    const {status, text} = await post(`/v1/customers/${id}`, {authorization: `Bearer ${READ_KEY}`}, undefined, 'GET');
    assert.equal(status, 200, `${id}: ${text}`);
    const {facts} = JSON.parse(text);
    assert.deepEqual([id, facts.orders_count, facts.revenue], [id, n, (n * 1.01).toFixed(2)]);
}
agent.destroy();
console.log([...answers].sort((a, b) => a[0] - b[0]).map(([status, n]) => `${n} of ${status}`).join(', '));
