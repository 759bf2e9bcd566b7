// node coverage.mjs OPENAPI DIR UNSEEN: was everything that openapi.yaml promises seen by the proxy that wrote DIR?
//
// Each operation with each of its statuses and with each parameter of its path and query must be, each header and `lang`
// somewhere, and each problem code; those that cannot be provoked are in UNSEEN, a line each:
// "OPERATION STATUS", "OPERATION query NAME", "header NAME" or "CODE", and why. A line there that was seen after all is wrong, too.

import {existsSync, readFileSync} from 'node:fs';
import {Contract} from './openapi.mjs';

const [file, dir, unseenFile] = process.argv.slice(2);
const contract = new Contract(file);
const lines = path => existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(line => line !== '') : [];
const matches = (pattern, text) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text);

const exceptions = lines(unseenFile).filter(line => !line.startsWith('#')).map(line => {
    const [what, reason] = line.split(/ {2,}/);
    return {what, reason};
});
const seen = lines(`${dir}/seen`).map(line => line.split(' '));
const isParameter = ([, where]) => ['path', 'query', 'header'].includes(where);
const seenStatuses = new Set(seen.map(([operation, status]) => `${operation} ${status}`));
const seenCodes = new Set(seen.filter(line => !isParameter(line)).map(([, , code]) => code));

const promised = contract.operations.flatMap(o => Object.keys(o.responses).map(status => `${o.operationId} ${status}`));
promised.push('noSuchPath 400', 'noSuchPath 404', 'otherMethod 405', 'options 204');
// Headers and the language mean the same in all operations: one that was sent to one of them counts.
const isGeneral = (where, name) => where === 'header' || (where === 'query' && name === 'lang');
const parameterLine = (operation, where, name) => isGeneral(where, name) ? `${where} ${name}` : `${operation} ${where} ${name}`;
const parameters = [...new Set(contract.operations.flatMap(o =>
    o.parameters.map(p => parameterLine(o.operationId, p.in, p.name))))];
const seenParameters = new Set(seen.filter(isParameter).map(line => parameterLine(...line)));
const codes = contract.document.components.schemas.ProblemCode.enum;

const faults = [];
function judge(all, has) {
    for (const what of all) {
        const exception = exceptions.find(e => matches(e.what, what));
        if (exception) {
            exception.isUsed = true;
        }
        if (!has(what) && !exception) {
            faults.push(`never seen: ${what}`);
        } else if (has(what) && exception && !exception.what.includes('*')) {
            faults.push(`seen, although ${unseenFile} says that it cannot be: ${what}`);
        }
    }
}
judge(promised, what => seenStatuses.has(what));
judge(parameters, parameter => seenParameters.has(parameter));
judge(codes, code => seenCodes.has(code));
for (const e of exceptions) {
    if (!e.reason) {
        faults.push(`${unseenFile} gives no reason: ${e.what}`);
    } else if (!e.isUsed) {
        faults.push(`${unseenFile} has what openapi.yaml has not: ${e.what}`);
    }
}
faults.push(...lines(`${dir}/breaches`).map(line => `breach: ${line}`));

const operations = new Set(contract.operations.filter(o => seen.some(([name]) => name === o.operationId)));
console.log(`${operations.size} of ${contract.operations.length} operations, ` +
    `${promised.filter(p => seenStatuses.has(p)).length} of ${promised.length} statuses of operations, ` +
    `${parameters.filter(p => seenParameters.has(p)).length} of ${parameters.length} parameters, ` +
    `${codes.filter(c => seenCodes.has(c)).length} of ${codes.length} problem codes were seen`);
for (const fault of [...new Set(faults)]) {
    console.log(fault);
}
process.exit(faults.length ? 1 : 0);
