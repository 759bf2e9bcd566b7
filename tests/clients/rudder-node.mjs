// @rudderstack/rudder-sdk-node against the service. It sends gzip, and calls it application/x-www-form-urlencoded.
import Rudder from '@rudderstack/rudder-sdk-node';
import {assert, assertArrived, assertJoined, customer, eventually, minutesAgo, order, throughGateway, writeKey} from './lib.mjs';

const ID = 'rudder-node';
const MANY = 100;
function client(url, key) {
    const failures = [];
    const rudder = new Rudder(key, {dataPlaneUrl: url, flushInterval: 300, logLevel: 'silent', errorHandler: e => failures.push(e)});
    return {rudder, failures};
}

const trials = {
    async sends() {
        await throughGateway(async ({url, seen}) => {
            const {rudder, failures} = client(url, writeKey);
            const context = {locale: 'de-DE', campaign: {name: 'spring'}};
            const sent = [];
            for (let n = 0; n < MANY; n++) {
                const message = {messageId: `rn-${n}`, timestamp: minutesAgo(n), event: 'Order Completed', properties: order(ID, n), context};
                rudder.track({userId: ID, ...message});
                if (n % 10 === 0) {
                    rudder.track({userId: ID, ...message}); // a repeat
                }
                sent.push({...message, type: 'track', timestamp: message.timestamp.toISOString()});
            }
            const identify = {messageId: 'rn-identify', traits: {country: 'AT', vip: true}};
            rudder.identify({userId: ID, anonymousId: 'rn-device', ...identify});
            rudder.page({userId: ID, messageId: 'rn-page', name: 'Home', properties: {url: '/'}});
            rudder.screen({userId: ID, messageId: 'rn-screen', name: 'Basket', properties: {depth: 1}});
            rudder.group({userId: ID, messageId: 'rn-group', groupId: 'acme', traits: {size: 3}});
            rudder.alias({userId: ID, previousId: 'rn-earlier', messageId: 'rn-alias'});
            await rudder.flush();
            await eventually('the last message', async () => {
                await rudder.flush().catch(() => {});
                const total = seen.length;
                await new Promise(resolve => setTimeout(resolve, 600));
                return total > 0 && total === seen.length;
            });
            assert.deepEqual(failures, []);
            assert.ok(seen.length >= MANY / 20, `${seen.length} requests`);
            assert.ok(seen.every(s => s.path === '/v1/batch' && s.status === 200));
            assert.ok(seen.some(s => s.headers['content-encoding'] === 'gzip' && /form-urlencoded/.test(s.headers['content-type'])));
            await assertArrived(ID, [...sent, {...identify, type: 'identify'},
                {messageId: 'rn-page', type: 'page', event: 'Home'}, {messageId: 'rn-screen', type: 'screen', event: 'Basket'},
                {messageId: 'rn-group', type: 'group', traits: {size: 3}}, {messageId: 'rn-alias', type: 'alias'}]);
            await assertJoined(ID, ['rn-device', 'rn-earlier']);
            const {traits} = await customer(ID);
            assert.deepEqual([traits.country, traits.vip], ['AT', true]);
        });
    },
    async isRefused() {
        await throughGateway(async ({url, seen}) => {
            const {rudder, failures} = client(url, 'lcw_nobody_has_this');
            rudder.track({userId: ID, event: 'Order Completed', messageId: 'rn-bad', properties: {order_id: 'bad', revenue: 1}});
            await rudder.flush().catch(() => {});
            await eventually('the refusal', () => failures.length === 1);
            assert.deepEqual(seen.map(s => s.status), [401], 'it is dropped at once');
        });
    },
    async isPatient() {
        await throughGateway(async ({url, seen}) => {
            const {rudder, failures} = client(url, writeKey);
            rudder.track({userId: `${ID}-late`, event: 'Order Completed', messageId: 'rn-late', properties: order('late', 2)});
            await rudder.flush().catch(() => {});
            await eventually('that it is taken', () => seen.at(-1)?.status === 200);
            assert.deepEqual(failures, []);
            assert.ok(seen.length >= 2 && seen[0].status === 503, 'it was refused first');
            await assertArrived(`${ID}-late`, [{messageId: 'rn-late', type: 'track', event: 'Order Completed', properties: order('late', 2)}]);
        });
    },
};

await trials[process.argv[2]]();
process.exit(0); // its timers do not end
