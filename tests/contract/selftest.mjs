// node selftest.mjs OPENAPI: a right request and its right reply pass, and each fault that is planted in them is found.

import {Contract} from './openapi.mjs';

const contract = new Contract(process.argv[2]);
let failed = 0;

function check(what, faults, pattern) {
    const isRight = pattern === null ? faults.length === 0 : faults.some(f => pattern.test(f));
    if (!isRight) {
        console.log(`FAILED: ${what}: ${faults.length ? faults.join('; ') : 'nothing was found'}`);
        failed++;
    }
}

/* A value of a fact of somebody of whom nothing is known. */
function nothing(schema) {
    const types = [schema.type].flat();
    if (types.includes('null')) return null;
    return schema.$ref?.endsWith('/Money') ? '0.00' : types.includes('string') ? schema.enum[0] : 0;
}
const facts = Object.entries(contract.document.components.schemas.Facts.properties);

const right = {
    status: 200,
    headers: {'content-type': 'application/json', 'x-request-id': 'a', etag: '"h0123456789abcdef"'},
    body: {id: 'anna', facts: Object.fromEntries(facts.map(([name, schema]) => [name, nothing(schema)])), traits: {}, segments: ['vip'], as_of: '2026-01-01T00:00:00.000Z', stages: [
        {model: 'purchase', stage: 'churned', role: 'lost', name: {zh: '流失', en: 'Churned'}, rule: '{}',
            since: '2025-12-01T00:00:00.000Z', next: null},
    ]},
};
const customer = contract.find('GET', '/v1/customers/anna').operation;
const reply = (what, change, pattern) => {
    const changed = structuredClone(right);
    change(changed);
    const body = Buffer.from(typeof changed.body === 'string' ? changed.body : JSON.stringify(changed.body));
    check(`reply: ${what}`, contract.checkReply(customer, {...changed, body}, false), pattern);
};
reply('right', () => {}, null);
reply('another status', r => { r.status = 201; }, /status 201/);
reply('another media type', r => { r.headers['content-type'] = 'text/html'; }, /media type/);
reply('no id', r => { delete r.headers['x-request-id']; }, /x-request-id is missing/);
reply('a weak tag', r => { r.headers.etag = 'W/"1"'; }, /header etag/);
reply('a header of its own', r => { r.headers['x-powered-by'] = 'C'; }, /x-powered-by is not documented/);
reply('a body where none belongs', r => { r.status = 304; }, /body where none/);
reply('no JSON', r => { r.body = '{'; }, /not JSON/);
reply('a missing member', r => { delete r.body.segments; }, /segments/);
reply('another type', r => { r.body.id = 3; }, /id must be string/);
reply('null', r => { r.body.stages[0].stage = null; }, /stage must be string/);
reply('a new member', r => { r.body.total = 3; }, /\(total\)/);
reply('a new member further in', r => { r.body.stages[0].name.fr = 'Perdu'; }, /\(fr\)/);
reply('a value that is none of the list', r => { r.body.stages[0].role = 'asleep'; }, /role must be equal/);
reply('a time without a zone', r => { r.body.as_of = '2026-01-01T00:00:00'; }, /as_of must match format/);

const listing = contract.find('GET', '/v1/customers').operation;
const taken = (what, operation, request, pattern) => check(`request that was taken: ${what}`, contract.checkRequest(operation, {
    query: '', headers: {authorization: 'Bearer key'}, body: Buffer.from(''), ...request,
}), pattern);
taken('right', listing, {query: 'limit=2&sort=-revenue'}, null);
taken('unknown parameter', listing, {query: 'limt=2'}, /limt is taken/);
taken('limit out of range', listing, {query: 'limit=0'}, /limit/);
taken('a role that is none', listing, {query: 'role=asleep'}, /role/);
taken('a body', listing, {body: Buffer.from('{}')}, /a body is taken/);
taken('no key', listing, {headers: {}}, /without a key/);
const track = contract.find('POST', '/v1/track').operation;
const message = (what, body, pattern) => taken(what, track, {body: Buffer.from(JSON.stringify(body))}, pattern);
message('right', {userId: 7, event: 'Product Viewed', more: 1}, null);
message('nobody', {userId: null, event: 'Product Viewed'}, /anonymousId/);
message('no event', {userId: 'u'}, /event/);
message('properties of another type', {userId: 'u', event: 'e', properties: []}, /properties/);
taken('no body', track, {}, /no body/);
taken('key in the body', track, {headers: {}, body: Buffer.from('{"userId":"u","event":"e","writeKey":"k"}')}, null);

if (contract.find('GET', '/v1/models/presets').operation?.operationId !== 'listModelPresets' ||
    contract.find('GET', '/v1/models/own').operation?.operationId !== 'getModel' ||
    contract.find('GET', '/v1/models/').operation !== undefined) {
    console.log('FAILED: a literal segment wins over a parameter, and an empty one is none');
    failed++;
}
process.exit(failed ? 1 : 0);
