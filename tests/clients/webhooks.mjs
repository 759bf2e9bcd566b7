// node webhooks.mjs PORT_FILE LOG_FILE: a receiver of webhooks that checks each of them with both public verifiers, and misbehaves
// on demand.
//
//   PUT /PATH  {"secrets": [...], "behaviour": ["500", "hang", ...]}: what the next deliveries to PATH meet, in this order;
//              afterwards, and where nothing was said, they are taken
//   POST /PATH a delivery: a line {path, id, timestamp, signatures, verified, xSignature, behaviour, body, ...} in LOG_FILE.
//              verified: which of the secrets both verifiers found it signed with
//
// Behaviours: a status; "hang": no reply; "slow": a reply after a second; "half": the connection ends within the reply; "redirect": to
// where it must not go; "wait": 429 with Retry-After 6.

import {createHmac} from 'node:crypto';
import {appendFileSync, renameSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import {Webhook as Standard} from 'standardwebhooks';
import {Webhook as Svix} from 'svix';

const [portFile, logFile] = process.argv.slice(2);
const places = new Map();
const placeOf = path => places.get(path) ?? places.set(path, {secrets: [], behaviour: []}).get(path);

function isVerifiedBy(Verifier, secret, body, headers) {
    try {
        new Verifier(secret).verify(body, headers);
        return true;
    } catch {
        return false;
    }
}

const verifiedBy = (secret, body, headers) =>
    isVerifiedBy(Standard, secret, body, headers) && isVerifiedBy(Svix, secret, body, headers);

function answer(behaviour, reply) {
    switch (behaviour) {
    case 'hang':
        return;
    case 'slow':
        setTimeout(() => reply.writeHead(200).end('late'), 1000);
        return;
    case 'half':
        reply.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of');
        return;
    case 'redirect':
        reply.writeHead(302, {Location: `http://127.0.0.1:${server.address().port}/elsewhere`}).end();
        return;
    case 'wait':
        reply.writeHead(429, {'Retry-After': '6'}).end();
        return;
    default:
        reply.writeHead(Number(behaviour), {'Content-Type': 'text/plain'}).end('x'.repeat(5000));
    }
}

function take(request, body, reply) {
    const place = placeOf(request.url);
    const behaviour = place.behaviour.shift() ?? '200';
    const signatures = (request.headers['webhook-signature'] ?? '').split(' ');
    const line = {
        at: Date.now(), path: request.url, id: request.headers['webhook-id'], timestamp: request.headers['webhook-timestamp'],
        signatures: signatures.length, verified: place.secrets.map(secret => verifiedBy(secret, body, request.headers)),
        xSignature: place.secrets.some(secret =>
            createHmac('sha1', secret).update(body).digest('hex') === request.headers['x-signature']),
        authorization: request.headers.authorization ?? null, type: request.headers['content-type'], behaviour,
        body: JSON.parse(body),
    };
    appendFileSync(logFile, `${JSON.stringify(line)}\n`);
    answer(behaviour, reply);
}

const server = http.createServer((request, reply) => {
    const chunks = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        if (request.method === 'PUT') {
            places.set(request.url, {secrets: [], behaviour: [], ...JSON.parse(body)});
            reply.writeHead(204).end();
        } else {
            take(request, body, reply);
        }
    });
});

server.listen(0, '127.0.0.1', () => {
    writeFileSync(`${portFile}.new`, String(server.address().port));
    renameSync(`${portFile}.new`, portFile);
});
