// What the page does by ?trial=, with the key and the host of its query; it tells its server what it has sent.

const query = new URLSearchParams(location.search);
const [key, service, trial] = ['key', 'service', 'trial'].map(name => query.get(name));
const {AnalyticsBrowser} = window.AnalyticsNext;

const order = n => ({order_id: `${trial}-${n}`, revenue: 10 + n / 100, currency: 'EUR', note: 'Grüße, 李雷 "\\',
    products: [{product_id: `p-${n}`, category: 'Tea', price: 5, quantity: 2}]});
const told = ({event}) => ({type: event.type, messageId: event.messageId, event: event.event ?? event.name,
    properties: event.properties, traits: event.traits, userId: event.userId ?? null, anonymousId: event.anonymousId});

async function send(analytics, n) {
    const contexts = [];
    contexts.push(await analytics.page('Home'));
    contexts.push(await analytics.track('Product Viewed', {product_id: 'p-1', price: 5}));
    contexts.push(await analytics.identify(`browser-${trial}`, {country: 'DE', vip: true}));
    for (let i = 0; i < n; i++) {
        contexts.push(await analytics.track('Order Completed', order(i)));
    }
    contexts.push(await analytics.screen('Basket'));
    contexts.push(await analytics.group('acme', {size: 3}));
    contexts.push(await analytics.alias(`browser-${trial}`, `browser-${trial}-earlier`));
    return contexts.map(told);
}

const trials = {
    // The settings that the service gives say where to send.
    single: () => send(AnalyticsBrowser.load({writeKey: key, cdnURL: service}), 20),
    batching: () => send(AnalyticsBrowser.load({writeKey: key, cdnURL: service}, {integrations: {'Segment.io': {
        deliveryStrategy: {strategy: 'batching', config: {size: 10, timeout: 500}}}}}), 45),
    // A key of nobody, and settings that the page brings along.
    async refused() {
        const apiHost = `${new URL(service).host}/v1`;
        const analytics = AnalyticsBrowser.load({writeKey: key, cdnSettings: {integrations: {'Segment.io': {
            apiKey: key, apiHost, protocol: 'http'}}, plan: {}, metrics: {sampleRate: 0}}});
        return [told(await analytics.track('Order Completed', order(0)))];
    },
    // The page's origin is not one of the shop's.
    shutOut: () => fetch(`${service}/v1/t`, {method: 'POST', headers: {authorization: `Basic ${btoa(`${key}:`)}`},
        body: JSON.stringify({anonymousId: 'shut-out', event: 'Product Viewed'})}).then(() => ['let in'], () => []),
    // The service cannot take it for a while.
    patient: async () => [told(await AnalyticsBrowser.load({writeKey: key, cdnURL: service}).track('Order Completed', order(0)))],
};

const report = what => fetch('/report', {method: 'POST', body: JSON.stringify(what)});
trials[trial]().then(sent => report({sent}), error => report({error: String(error?.stack ?? error)}));
