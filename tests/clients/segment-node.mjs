// @segment/analytics-node against the service.
import {Analytics} from '@segment/analytics-node';
import {assert, assertArrived, assertJoined, customer, minutesAgo, order, throughGateway, writeKey} from './lib.mjs';

const ID = 'seg-node';
const MANY = 100;
const client = (url, key, more = {}) => {
    const analytics = new Analytics({writeKey: key, host: url, flushInterval: 500, ...more});
    analytics.failures = [];
    analytics.on('error', error => analytics.failures.push(error));
    return analytics;
};
const trials = {
    async sends() {
        await throughGateway(async ({url, seen}) => {
            const analytics = client(url, writeKey);
            const context = {locale: 'de-DE', campaign: {name: 'spring', source: 'news'}};
            const sent = [];
            for (let n = 0; n < MANY; n++) {
                const message = {messageId: `sn-${n}`, timestamp: minutesAgo(n), event: 'Order Completed', properties: order(ID, n), context};
                analytics.track({userId: ID, ...message});
                if (n % 10 === 0) {
                    analytics.track({userId: ID, ...message}); // a repeat
                }
                sent.push({...message, type: 'track', timestamp: message.timestamp.toISOString()});
            }
            const identify = {messageId: 'sn-identify', traits: {country: 'DE', age: 41, tags: ['a', 'b']}};
            analytics.identify({userId: ID, anonymousId: 'sn-device', ...identify});
            analytics.page({userId: ID, messageId: 'sn-page', name: 'Home', properties: {url: '/'}});
            analytics.screen({userId: ID, messageId: 'sn-screen', name: 'Basket'});
            analytics.group({userId: ID, messageId: 'sn-group', groupId: 'acme', traits: {size: 3}});
            analytics.alias({userId: ID, previousId: 'sn-earlier', messageId: 'sn-alias'});
            await analytics.closeAndFlush();
            assert.deepEqual(analytics.failures, []);
            assert.ok(seen.length >= MANY / 15, `${seen.length} requests`);
            assert.ok(seen.every(s => s.path === '/v1/batch' && s.status === 200));
            await assertArrived(ID, [...sent, {...identify, type: 'identify'},
                {messageId: 'sn-page', type: 'page', event: 'Home', properties: {url: '/'}},
                {messageId: 'sn-screen', type: 'screen', event: 'Basket'},
                {messageId: 'sn-group', type: 'group', traits: {size: 3}}, {messageId: 'sn-alias', type: 'alias'}]);
            await assertJoined(ID, ['sn-device', 'sn-earlier']);
            const {traits} = await customer(ID);
            assert.deepEqual([traits.country, traits.age, traits.tags], ['DE', 41, ['a', 'b']]);
        });
    },
    async isRefused() {
        await throughGateway(async ({url, seen}) => {
            const analytics = client(url, 'lcw_nobody_has_this');
            analytics.track({userId: ID, event: 'Order Completed', messageId: 'sn-bad', properties: {order_id: 'bad', revenue: 1}});
            await analytics.closeAndFlush();
            assert.deepEqual(seen.map(s => s.status), [401], 'it is dropped at once');
            assert.equal(analytics.failures.length, 1);
        });
    },
    // The service cannot take it for a while.
    async isPatient() {
        await throughGateway(async ({url, seen}) => {
            const analytics = client(url, writeKey);
            analytics.track({userId: `${ID}-late`, event: 'Order Completed', messageId: 'sn-late', properties: order('late', 1)});
            await analytics.closeAndFlush({timeout: 30000});
            assert.deepEqual(analytics.failures, []);
            assert.ok(seen.length >= 2 && seen[0].status === 503, 'it was refused first');
            assert.ok(Number(seen[0].reply['retry-after']) >= 1);
            assert.equal(seen.at(-1).status, 200);
            await assertArrived(`${ID}-late`, [{messageId: 'sn-late', type: 'track', event: 'Order Completed', properties: order('late', 1)}]);
        });
    },
};

await trials[process.argv[2]]();
