// @jitsu/js against the service: a request for each message, and never a second try.
import {jitsuAnalytics} from '@jitsu/js/dist/jitsu.cjs.js';
import {assert, assertArrived, assertJoined, customer, eventually, order, throughGateway, writeKey} from './lib.mjs';

const ID = 'jitsu-js';
const MANY = 60;
const client = (url, key) => jitsuAnalytics({host: url, writeKey: `${key}:secret`, s2s: true, fetchTimeoutMs: 10000});

const trials = {
    async sends() {
        await throughGateway(async ({url, seen}) => {
            const jitsu = client(url, writeKey);
            await jitsu.identify(ID, {country: 'LI', vip: true});
            for (let n = 0; n < MANY; n++) {
                await jitsu.track('Order Completed', order(ID, n));
            }
            await jitsu.page({name: 'Home', url: 'https://shop.example/'});
            await jitsu.group('acme', {size: 3});
            await eventually('all requests', () => seen.length === MANY + 3);
            assert.ok(seen.every(s => s.status === 200 && s.headers['x-write-key'] === `${writeKey}:secret`));
            assert.deepEqual([...new Set(seen.map(s => s.path))].sort(),
                ['group', 'identify', 'page', 'track'].map(type => `/api/s/s2s/${type}`));
            // the SDK gives no id or time to choose: what it has made of the calls is compared
            const sent = seen.map(s => JSON.parse(s.body));
            assert.deepEqual(sent.filter(s => s.type === 'track').map(s => s.properties),
                Array.from({length: MANY}, (_, n) => order(ID, n)));
            await assertArrived(ID, sent.map(({messageId, type, event, properties, traits, timestamp}) =>
                ({messageId, type, timestamp, ...(type === 'track' && {event, properties}), ...(type === 'identify' && {traits})})));
            // a repeat, as a proxy on the way may make one
            const {path, headers, body} = seen.at(-4);
            const again = await fetch(url + path, {method: 'POST', headers: {'x-write-key': headers['x-write-key']}, body});
            const reply = await again.json();
            assert.deepEqual([again.status, reply.ok, reply.duplicate], [200, true, true]);
            await assertJoined(ID, new Set(sent.map(s => s.anonymousId)));
            const known = (await customer(ID)).traits;
            assert.deepEqual([known.country, known.vip], ['LI', true]);
        });
    },
    async isRefused() {
        await throughGateway(async ({url, seen}) => {
            const complaints = [];
            console.error = console.warn = console.log = (...words) => complaints.push(words.join(' '));
            await Promise.resolve(client(url, 'lcw_nobody_has_this').track('Order Completed', {order_id: 'bad', revenue: 1}))
                .catch(error => complaints.push(error.message));
            assert.deepEqual(seen.map(s => s.status), [401], 'it is dropped at once');
            assert.ok(complaints.some(c => c.includes('401')), complaints.join('; '));
        });
    },
};

await trials[process.argv[2]]();
