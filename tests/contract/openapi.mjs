// openapi.yaml as code: which operation a request belongs to, and what may go in and out of it.

import {readFileSync} from 'node:fs';
import {parse} from 'yaml';
import Ajv2020 from 'ajv/dist/2020.js';

const FORMATS = {
    'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
    date: /^\d{4}-\d\d-\d\d$/,
    'uri-reference': /^[!-~]+$/,
    'json-pointer-uri-fragment': /^#(\/[!-~]*)?$/,
};

// Headers that every reply has or may have; openapi.yaml tells of them once, in its introduction.
const GENERAL_HEADERS = new Set([
    'access-control-allow-headers', 'access-control-allow-methods', 'access-control-allow-origin',
    'access-control-expose-headers', 'access-control-max-age', 'cache-control', 'connection', 'content-length',
    'content-security-policy', 'content-type', 'date', 'idempotent-replayed', 'keep-alive', 'ratelimit',
    'ratelimit-policy', 'referrer-policy', 'transfer-encoding', 'vary', 'x-content-type-options',
]);

const isObject = value => value !== null && typeof value === 'object' && !Array.isArray(value);

export class Contract {
    constructor(path) {
        this.document = parse(readFileSync(path, 'utf8'));
        this.ajv = new Ajv2020({strict: false, allErrors: true, formats: FORMATS});
        this.ajv.addSchema(this.document, 'openapi');
        this.validators = new Map();
        this.operations = [];
        for (const [template, item] of Object.entries(this.document.paths)) {
            const segments = template.split('/').slice(1);
            for (const [method, operation] of Object.entries(item)) {
                const parameters = (operation.parameters ?? []).map(p => this.resolve(p));
                this.operations.push({...operation, method: method.toUpperCase(), template, segments, parameters});
            }
        }
    }

    resolve(node) {
        while (isObject(node) && node.$ref) {
            node = node.$ref.slice(2).split('/').reduce((at, part) => at[part], this.document);
        }
        return node;
    }

    // The operation of a path; a literal segment wins over a parameter. Methods of the path when it lacks this one.
    find(method, path) {
        const parts = path.split('/').slice(1);
        const fits = this.operations.filter(o => o.segments.length === parts.length &&
            o.segments.every((s, i) => s.startsWith('{') ? parts[i] !== '' : s === safeDecode(parts[i])));
        const rank = o => o.segments.map(s => s.startsWith('{') ? '1' : '0').join('');
        fits.sort((a, b) => rank(a) < rank(b) ? -1 : 1);
        const template = fits[0]?.template;
        const ofPath = fits.filter(o => o.template === template);
        const wanted = method === 'HEAD' ? 'GET' : method;
        return {operation: ofPath.find(o => o.method === wanted), methods: ofPath.map(o => o.method)};
    }

    // A copy of a schema in which an object has the members that are written down and no others.
    closed(schema, isPart = false, stack = []) {
        if (Array.isArray(schema)) {
            return schema.map(s => this.closed(s, isPart, stack));
        }
        if (!isObject(schema)) {
            return schema;
        }
        if (schema.$ref) {
            if (stack.includes(schema.$ref)) {
                return {$ref: 'openapi' + schema.$ref};
            }
            return this.closed(this.resolve(schema), isPart, [...stack, schema.$ref]);
        }
        const out = {};
        for (const [key, value] of Object.entries(schema)) {
            if (key === 'properties' || key === 'patternProperties') {
                out[key] = Object.fromEntries(Object.entries(value).map(([k, v]) => [k, this.closed(v, false, stack)]));
            } else if (key === 'allOf' || key === 'anyOf' || key === 'oneOf') {
                out[key] = value.map(v => this.closed(v, true, stack));
            } else if (key === 'items' || key === 'additionalProperties') {
                out[key] = this.closed(value, false, stack);
            } else if (key !== 'example' && key !== 'examples') {
                out[key] = value;
            }
        }
        const says = 'additionalProperties' in out || 'unevaluatedProperties' in out;
        if (!isPart && !says && (out.properties || out.allOf || out.anyOf || out.oneOf)) {
            out.unevaluatedProperties = false;
        }
        return out;
    }

    // The errors of a value, as one line each.
    check(schema, value, what, {isReply = false} = {}) {
        let validate = this.validators.get(schema);
        if (!validate) {
            validate = this.ajv.compile(isReply ? this.closed(schema) : this.rebased(schema));
            this.validators.set(schema, validate);
        }
        if (validate(value)) {
            return [];
        }
        return validate.errors.slice(0, 5).map(e => {
            const more = e.params.unevaluatedProperty ?? e.params.additionalProperty ?? e.params.allowedValues ?? '';
            return `${what}${e.instancePath} ${e.message}${more === '' ? '' : ` (${more})`}`;
        });
    }

    // A schema of the document as one of its own, whose references still lead into the document.
    rebased(schema) {
        return JSON.parse(JSON.stringify(schema), (key, value) =>
            key === '$ref' && typeof value === 'string' && value.startsWith('#') ? 'openapi' + value : value);
    }

    // What a reply breaks: status, media type, headers, body.
    checkReply(operation, reply, isHead) {
        const declared = this.resolve(operation.responses[String(reply.status)]);
        if (!declared) {
            return [`the status ${reply.status} is not documented`];
        }
        const faults = this.checkReplyHeaders(declared, reply);
        const content = declared.content ?? {};
        const type = reply.headers['content-type'] ?? '';
        if (Object.keys(content).length === 0) {
            if (reply.body.length) {
                faults.push('a body where none is documented');
            }
            return faults;
        }
        const media = content[type] ?? content[type.split(';')[0].trim()];
        if (!media) {
            faults.push(`the media type "${type}" is not documented`);
        } else if (!isHead) {
            faults.push(...this.checkBody(media.schema, reply.body, type, {isReply: true}));
        }
        return faults;
    }

    checkReplyHeaders(declared, reply) {
        const faults = [];
        const known = Object.entries(declared.headers ?? {}).map(([name, h]) => [name.toLowerCase(), this.resolve(h)]);
        for (const [name, header] of known) {
            const value = reply.headers[name];
            if (value === undefined) {
                if (header.required) {
                    faults.push(`the header ${name} is missing`);
                }
                continue;
            }
            faults.push(...this.check(header.schema, coerced(this.resolve(header.schema), value), `header ${name}`));
        }
        for (const name of Object.keys(reply.headers)) {
            if (!GENERAL_HEADERS.has(name) && !known.some(([k]) => k === name)) {
                faults.push(`the header ${name} is not documented`);
            }
        }
        return faults;
    }

    checkBody(schema, bytes, type, options) {
        if (!/[/+]json\b/.test(type)) {
            return this.check(schema, bytes.toString('utf8'), 'body', options);
        }
        let value;
        try {
            value = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes));
        } catch (error) {
            return [`the body is not JSON: ${error.message}`];
        }
        return this.check(schema, value, 'body', options);
    }

    // What a request breaks that the server took.
    checkRequest(operation, request) {
        const faults = [];
        const query = new URLSearchParams(request.query);
        const inQuery = operation.parameters.filter(p => p.in === 'query');
        for (const [name, text] of query) {
            const parameter = inQuery.find(p => p.name === name);
            if (!parameter && this.ignoresOthers(operation)) {
                continue;
            }
            if (!parameter) {
                faults.push(`the query parameter ${name} is taken and not documented`);
                continue;
            }
            const value = coerced(this.resolve(parameter.schema), text);
            faults.push(...this.check(parameter.schema, value, `query parameter ${name}`));
        }
        for (const parameter of operation.parameters) {
            const value = parameter.in === 'header' ? request.headers[parameter.name.toLowerCase()] : undefined;
            if (value !== undefined) {
                faults.push(...this.check(parameter.schema, coerced(this.resolve(parameter.schema), value),
                    `header ${parameter.name}`));
            } else if (parameter.required && (parameter.in === 'header' || (parameter.in === 'query' && !query.has(parameter.name)))) {
                faults.push(`${parameter.name} is required by openapi.yaml and the server does without it`);
            }
        }
        return [...faults, ...this.checkRequestBody(operation, request), ...this.checkKey(operation, request)];
    }

    // Where messages are sent, and under the service's own operations, what is not known in the query is ignored.
    ignoresOthers(operation) {
        return operation['x-scope'] === 'write' || operation.security?.length === 0;
    }

    checkRequestBody(operation, request) {
        const body = this.resolve(operation.requestBody);
        if (!body) {
            return request.body.length ? ['a body is taken and not documented'] : [];
        }
        if (request.body.length === 0) {
            return body.required ? ['no body, which openapi.yaml requires'] : [];
        }
        const type = (request.headers['content-type'] ?? '').split(';')[0].trim();
        const media = body.content[type] ?? body.content['*/*'];
        if (!media) {
            return [`the media type "${type}" of the request is taken and not documented`];
        }
        const isAnything = Object.keys(body.content).join() === '*/*'; // bytes that nobody reads
        return isAnything ? [] : this.checkBody(media.schema, request.body, 'application/json', {});
    }

    checkKey(operation, request) {
        const security = operation.security ?? this.document.security ?? [];
        if (security.length === 0) {
            return [];
        }
        const authorization = request.headers.authorization ?? '';
        const has = {
            keyAsUser: /^basic /i.test(authorization),
            keyAsToken: /^bearer /i.test(authorization),
            writeKeyHeader: 'x-write-key' in request.headers,
            accessToken: /(^|&)access_token=/.test(request.query),
        };
        const isInMessage = operation['x-scope'] === 'write' &&
            (/"(writeKey|api_key)"/.test(request.body.toString('latin1')) || /(^|&)writeKey=/.test(request.query));
        return isInMessage || security.some(s => Object.keys(s).every(name => has[name])) ?
            [] : ['let in without a key that openapi.yaml knows'];
    }
}

function safeDecode(part) {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}

// Text of a URL or header as the type that its schema wants.
function coerced(schema, text) {
    const types = [schema.type ?? 'string'].flat();
    if (types.includes('integer') && /^-?\d+$/.test(text)) {
        return Number(text);
    }
    if (types.includes('boolean') && (text === 'true' || text === 'false')) {
        return text === 'true';
    }
    return text;
}

