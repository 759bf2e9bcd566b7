// node proxy.mjs OPENAPI DIR: stand between a client and the service, and hold both to openapi.yaml.
//
// Listens on a free port of the loopback, which it prints, and passes each request to the port that DIR/port holds at
// that moment, so that the service may be started again elsewhere. A request that was refused (4xx) is taken to be wrong
// on purpose; one that was taken must be as documented, and so must each reply.
//
//   DIR/seen      a line for each operation, status and problem code that came by, and for each parameter that was taken
//   DIR/breaches  a line for each breach

import {appendFileSync, readFileSync} from 'node:fs';
import http from 'node:http';
import {gunzipSync} from 'node:zlib';
import {Contract} from './openapi.mjs';

const [file, dir] = process.argv.slice(2);
const contract = new Contract(file);
const seen = new Set();

function write(line) {
    if (!seen.has(line)) {
        seen.add(line);
        appendFileSync(`${dir}/seen`, `${line}\n`);
    }
}

function note(operation, status, code) {
    write(`${operation} ${status} ${code ?? '-'}`);
}

// A parameter counts where the service took the request with it.
function noteParameters(operation, headers, query) {
    const sent = {header: name => name.toLowerCase() in headers, query: name => query.has(name), path: () => true};
    for (const parameter of operation.parameters.filter(p => sent[p.in](p.name))) {
        write(`${operation.operationId} ${parameter.in} ${parameter.name}`);
    }
}

function complain(request, reply, fault) {
    appendFileSync(`${dir}/breaches`, `${request.method} ${request.target} -> ${reply.status}: ${fault}\n`);
}

const isJson = reply => /[/+]json\b/.test(reply.headers['content-type'] ?? '');
function parsed(reply) {
    try {
        return isJson(reply) ? JSON.parse(reply.body) : {};
    } catch {
        return {}; // checkReply() will tell
    }
}

// What is answered wherever it is asked, which openapi.yaml tells of in its introduction.
const text = {required: true, schema: {type: 'string'}};
const requestId = {'X-Request-Id': {$ref: '#/components/headers/X-Request-Id'}};
const problem = (code, headers) => ({
    headers: {...requestId, ...headers},
    content: {'application/problem+json': {
        schema: {allOf: [{$ref: '#/components/schemas/Problem'}, {properties: {code: {const: code}}}]},
    }},
});
const anywhere = {
    noSuchPath: {responses: {400: problem('bad_request'), 404: problem('not_found')}},
    otherMethod: {responses: {405: problem('method_not_allowed', {Allow: text})}},
    options: {responses: {204: {headers: {
        ...requestId, Allow: text,
        'WebHook-Allowed-Origin': {schema: {type: 'string'}}, 'WebHook-Allowed-Rate': {schema: {const: '*'}},
    }}}},
};

function inspect(request, reply) {
    const [path, query = ''] = request.target.split(/\?(.*)/s);
    const {operation, methods} = contract.find(request.method, path);
    const said = parsed(reply) ?? {};
    let rules = operation;
    let name = operation?.operationId;
    if (request.method === 'OPTIONS' && methods.length) {
        [rules, name] = [anywhere.options, 'options'];
    } else if (!operation) {
        name = methods.length ? 'otherMethod' : 'noSuchPath';
        rules = anywhere[name];
    }
    note(name, reply.status, reply.status >= 400 ? said.code : undefined);
    for (const refusal of said.refused ? said.errors : []) {
        note(name, reply.status, refusal.code);
    }
    for (const fault of contract.checkReply(rules, reply, request.method === 'HEAD')) {
        complain(request, reply, fault);
    }
    if (operation && reply.status < 400) {
        noteParameters(operation, request.headers, new URLSearchParams(query));
    }
    // A batch of which some messages were refused held something wrong on purpose.
    if (operation && reply.status < 300 && !(said.refused > 0)) {
        for (const fault of contract.checkRequest(operation, {...request, query})) {
            complain(request, reply, `the request was taken: ${fault}`);
        }
    }
}

// The same header sent twice is joined, as HTTP has it.
function headersOf(raw) {
    const headers = {};
    for (let i = 0; i < raw.length; i += 2) {
        const name = raw[i].toLowerCase();
        headers[name] = name in headers ? `${headers[name]}, ${raw[i + 1]}` : raw[i + 1];
    }
    return headers;
}

async function read(stream) {
    const chunks = [];
    for await (const chunk of stream) {
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}

function unpacked(headers, body) {
    try {
        return /^(x-)?gzip$/i.test((headers['content-encoding'] ?? '').trim()) ? gunzipSync(body) : body;
    } catch {
        return body;
    }
}

// Kept alive, so that a request can arrive at a service that takes no new connections any more.
const agent = new http.Agent({keepAlive: true, maxSockets: Infinity});

function pass(incoming, body) {
    return new Promise((resolve, reject) => {
        const port = readFileSync(`${dir}/port`, 'utf8').trim();
        const headers = incoming.rawHeaders.filter((_, i, all) => !/^expect$/i.test(all[i - i % 2]));
        const request = http.request({
            host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers, agent, setHost: false,
        });
        request.on('response', async response => {
            try {
                const bytes = await read(response);
                resolve({status: response.statusCode, raw: response.rawHeaders, headers: headersOf(response.rawHeaders), body: bytes});
            } catch (error) {
                reject(error);
            }
        });
        request.on('error', reject);
        request.end(body);
    });
}

const server = http.createServer(async (incoming, outgoing) => {
    try {
        const body = await read(incoming);
        const reply = await pass(incoming, body);
        const headers = headersOf(incoming.rawHeaders);
        inspect({method: incoming.method, target: incoming.url, headers, body: unpacked(headers, body)}, reply);
        const kept = reply.raw.filter((_, i, all) => !/^(connection|keep-alive|transfer-encoding)$/i.test(all[i - i % 2]));
        outgoing.sendDate = false;
        outgoing.writeHead(reply.status, kept);
        outgoing.end(reply.body);
    } catch {
        incoming.socket.destroy(); // as the service did, or because it is not there
    }
});
server.keepAliveTimeout = 0;
server.requestTimeout = 0;
server.headersTimeout = 0;
server.listen(0, '127.0.0.1', 4096, () => console.log(server.address().port));
process.on('SIGTERM', () => process.exit(0));
