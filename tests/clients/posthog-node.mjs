// posthog-node against the service.
import {PostHog} from 'posthog-node';
import {assert, assertArrived, assertJoined, customer, minutesAgo, order, throughGateway, uuidOf, writeKey} from './lib.mjs';

const ID = 'posthog-node';
const MANY = 100;
function client(url, key, more = {}) {
    const posthog = new PostHog(key, {host: url, flushInterval: 500, disableGeoip: true, ...more});
    posthog.failures = [];
    posthog.on('error', error => posthog.failures.push(error));
    return posthog;
}
// What the SDK itself adds to the properties is not compared.
const own = properties => Object.fromEntries(Object.entries(properties).filter(([name]) => !name.startsWith('$')));

const trials = {
    async sends() {
        await throughGateway(async ({url, seen}) => {
            const posthog = client(url, writeKey);
            const sent = [];
            for (let n = 0; n < MANY; n++) {
                const message = {uuid: uuidOf(n), timestamp: minutesAgo(n), event: 'Order Completed', properties: order(ID, n)};
                posthog.capture({distinctId: ID, ...message});
                if (n % 10 === 0) {
                    posthog.capture({distinctId: ID, ...message}); // a repeat
                }
                sent.push({type: 'track', messageId: message.uuid, event: message.event, properties: message.properties,
                    timestamp: message.timestamp.toISOString()});
            }
            posthog.identify({distinctId: ID, properties: {country: 'CH', vip: true}});
            posthog.alias({distinctId: ID, alias: 'ph-earlier'});
            posthog.groupIdentify({groupType: 'company', groupKey: 'acme', properties: {size: 3}, distinctId: ID});
            posthog.capture({distinctId: ID, event: '$pageview', uuid: uuidOf(9001), properties: {$current_url: 'https://shop.example/'}});
            await posthog.shutdown();
            assert.deepEqual(posthog.failures, []);
            assert.ok(seen.length >= 2, `${seen.length} requests`);
            assert.ok(seen.every(s => s.path === '/batch/' && s.status === 200), JSON.stringify(seen.map(s => [s.path, s.status])));
            assert.ok(seen.some(s => s.headers['content-encoding'] === 'gzip'));
            await assertArrived(ID, [...sent, {type: 'page', messageId: uuidOf(9001)}], own);
            await assertJoined(ID, ['ph-earlier']);
            const {traits, facts} = await customer(ID);
            assert.deepEqual([traits.country, traits.vip], ['CH', true]);
            assert.ok(facts.events_count >= MANY + 4);
        });
    },
    async isRefused() {
        await throughGateway(async ({url, seen}) => {
            const posthog = client(url, 'lcw_nobody_has_this');
            posthog.capture({distinctId: ID, event: 'Order Completed', properties: {order_id: 'bad', revenue: 1}});
            await posthog.shutdown();
            assert.deepEqual(seen.map(s => s.status), [401], 'it is dropped at once');
            assert.equal(posthog.failures.length, 1);
        });
    },
    // What is too large for one request is sent in halves.
    async halves() {
        await throughGateway(async ({url, seen}) => {
            const posthog = client(url, writeKey, {flushAt: 1000, flushInterval: 60000});
            const sent = [];
            for (let n = 0; n < 60; n++) {
                const message = {uuid: uuidOf(20000 + n), event: 'Catalogue Read', properties: {n, text: 'x'.repeat(20000)}};
                posthog.capture({distinctId: `${ID}-large`, ...message});
                sent.push({type: 'track', messageId: message.uuid, event: message.event, properties: message.properties});
            }
            await posthog.shutdown();
            assert.ok(seen.some(s => s.status === 413), JSON.stringify(seen.map(s => s.status)));
            assert.ok(seen.filter(s => s.status === 200).length >= 2);
            await assertArrived(`${ID}-large`, sent, own);
        });
    },
    async isPatient() {
        await throughGateway(async ({url, seen}) => {
            const posthog = client(url, writeKey);
            posthog.capture({distinctId: `${ID}-late`, event: 'Order Completed', uuid: uuidOf(9002), properties: order('late', 3)});
            await posthog.shutdown();
            assert.deepEqual(posthog.failures, []);
            assert.ok(seen.length >= 2 && seen[0].status === 503, 'it was refused first');
            await assertArrived(`${ID}-late`, [{type: 'track', messageId: uuidOf(9002), event: 'Order Completed',
                properties: order('late', 3)}], own);
        });
    },
};

await trials[process.argv[2]]();
