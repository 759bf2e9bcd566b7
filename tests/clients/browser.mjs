// @segment/analytics-next in Chromium, on a page of another origin than the service's.
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import http from 'node:http';
import {tmpdir} from 'node:os';
import {assert, assertArrived, assertJoined, customer, eventually, throughGateway, writeKey} from './lib.mjs';

const here = new URL('.', import.meta.url);
const file = path => readFileSync(new URL(path, here));
const types = {html: 'text/html', mjs: 'text/javascript', js: 'text/javascript'};

// The shop's own server: the page, the SDK, and where the page reports. Runs PART with {origin, reported}.
async function withShop(part) {
    let tell;
    const reported = new Promise(resolve => { tell = resolve; });
    const server = http.createServer(async (request, reply) => {
        const path = new URL(request.url, 'http://shop').pathname;
        if (request.method === 'POST') {
            const chunks = [];
            for await (const chunk of request) {
                chunks.push(chunk);
            }
            reply.end();
            tell(JSON.parse(Buffer.concat(chunks)));
            return;
        }
        const found = {'/': 'page.html', '/page.mjs': 'page.mjs'}[path] ??
            path.replace(/^\/sdk\/([\w.-]+\.js)$/, 'node_modules/@segment/analytics-next/dist/umd/$1');
        try {
            const bytes = file(found);
            reply.writeHead(200, {'content-type': types[found.split('.').at(-1)]});
            reply.end(bytes);
        } catch {
            reply.writeHead(404).end();
        }
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    try {
        return await part({origin: `http://127.0.0.1:${server.address().port}`, reported});
    } finally {
        server.closeAllConnections();
        server.close();
    }
}

// Open PAGE in a browser of its own until PART has ended.
async function inBrowser(page, part) {
    const profile = mkdtempSync(`${tmpdir()}/clients-`);
    const browser = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
        '--no-first-run', '--disable-extensions', '--disable-background-networking', `--user-data-dir=${profile}`, page],
    {stdio: 'ignore', detached: true});
    const ended = new Promise(resolve => browser.on('close', resolve));
    try {
        return await part();
    } finally {
        process.kill(-browser.pid, 'SIGKILL'); // with its children, which are of its group
        await ended;
        rmSync(profile, {recursive: true, force: true, maxRetries: 10, retryDelay: 100});
    }
}

// Let the page do TRIAL, and look at what it has sent with PART({sent, seen, origin}).
function onPage(trial, key, part) {
    return throughGateway(({url, seen}) => withShop(({origin, reported}) => {
        const page = `${origin}/?${new URLSearchParams({trial, key, service: url})}`;
        return inBrowser(page, async () => {
            const late = new Promise((_, reject) => setTimeout(reject, 60000, new Error('the page does not report')).unref());
            const {sent, error} = await Promise.race([reported, late]);
            assert.equal(error, undefined, error);
            await part({sent, seen, origin});
        });
    }));
}

const posts = seen => seen.filter(s => s.method === 'POST');
const count = (list, what) => list.filter(what).length;

function assertPreflighted(seen, origin) {
    const preflights = seen.filter(s => s.method === 'OPTIONS');
    assert.ok(preflights.length >= 1, 'the browser asks before it sends');
    assert.ok(preflights.every(s => s.status === 204 && s.headers.authorization === undefined));
    assert.ok(seen.every(s => s.headers.origin === origin && s.reply['access-control-allow-origin'] === origin));
    assert.ok(posts(seen).every(s => /^Basic /.test(s.headers.authorization) && /^text\/plain/.test(s.headers['content-type'])));
}

async function assertAll(id, sent) {
    const own = properties => properties;
    const known = sent.filter(m => m.type !== 'alias');
    await assertArrived(id, known.map(({type, messageId, event, properties, traits}) => ({type, messageId,
        ...(type === 'track' && {event, properties}), ...(type === 'identify' && {traits})})), own);
    const {traits} = await customer(id);
    assert.deepEqual([traits.country, traits.vip], ['DE', true]);
    const before = sent.filter(m => m.userId === null);
    assert.equal(before.length, 2, 'a page and a product were seen before it was known who sees them');
    await assertJoined(id, [before[0].anonymousId, `${id}-earlier`]);
}

const trials = {
    single: () => onPage('single', writeKey, async ({sent, seen, origin}) => {
        await eventually('all requests', () => posts(seen).length === sent.length);
        assertPreflighted(seen, origin);
        assert.equal(count(seen, s => s.path === `/v1/projects/${writeKey}/settings` && s.status === 200), 1);
        assert.deepEqual([...new Set(posts(seen).map(s => s.path))].sort(), ['/v1/a', '/v1/g', '/v1/i', '/v1/p', '/v1/s', '/v1/t']);
        assert.ok(posts(seen).every(s => s.status === 200));
        await assertAll('browser-single', sent);
    }),
    batching: () => onPage('batching', writeKey, async ({sent, seen, origin}) => {
        const arrived = () => posts(seen).flatMap(s => JSON.parse(s.body).batch).length;
        await eventually('all batches', () => arrived() >= sent.length);
        assertPreflighted(seen, origin);
        assert.ok(posts(seen).length >= 4 && posts(seen).every(s => s.path === '/v1/b' && s.status === 200));
        await assertAll('browser-batching', sent);
    }),
    refused: () => onPage('refused', 'lcw_nobody_has_this', async ({seen, origin}) => {
        await eventually('the refusal', () => posts(seen).length >= 1);
        await new Promise(resolve => setTimeout(resolve, 3000)); // longer than the SDK waits before it tries again
        assertPreflighted(seen, origin);
        assert.deepEqual(posts(seen).map(s => [s.path, s.status]), [['/v1/t', 401]], 'it is dropped at once');
    }),
    shutOut: () => onPage('shutOut', writeKey, async ({sent, seen}) => {
        assert.deepEqual(sent, []);
        assert.deepEqual(seen.map(s => [s.method, s.status, s.reply['access-control-allow-origin']]), [['OPTIONS', 204, undefined]]);
    }),
    patient: () => onPage('patient', writeKey, async ({sent, seen, origin}) => {
        await eventually('that it is taken', () => posts(seen).at(-1)?.status === 200);
        assertPreflighted(seen, origin);
        assert.equal(posts(seen)[0].status, 503, 'it was refused first');
        assert.match(posts(seen)[0].reply['access-control-expose-headers'], /retry-after/);
        assert.ok(posts(seen).slice(1).every(s => s.headers['x-retry-count'] !== undefined), 'the SDK says that it tries again');
        await assertArrived(sent[0].anonymousId, sent.map(({type, messageId, event, properties}) => ({type, messageId, event, properties})));
    }),
};

await trials[process.argv[2]]();
process.exit(0);
