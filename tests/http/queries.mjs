// What dashboards and docs ask, one query a line as JSON {from, sql} or {from, promql}:
//   node queries.mjs FROM TO SHOP MODEL FILE...
// of dashboards (.json) with Grafana's macros and variables replaced as Grafana does, of pages (.md) the blocks of SQL, of
// rules (.yml) the expressions.
import { readFileSync } from 'node:fs'

const [from, to, shop, model, ...files] = process.argv.slice(2)
const quoted = text => `'${text.replaceAll("'", "''")}'`

function sqlOf(text) {
    const sql = text
        .replace(/\$__timeFilter\(([^)]*)\)/g, (_, column) => `${column} BETWEEN ${quoted(from)} AND ${quoted(to)}`)
        .replace(/\$__timeFrom\(\)/g, quoted(from))
        .replace(/\$__timeTo\(\)/g, quoted(to))
        .replaceAll('${shop:sqlstring}', quoted(shop))
        .replaceAll('${model:sqlstring}', quoted(model))
    if (sql.includes('$')) throw new Error(`a macro or variable that is not known here: ${sql}`)
    return sql
}

function promqlOf(text) {
    const expression = text.replaceAll('$job', 'lifecycled').replaceAll('$__rate_interval', '1m')
    if (expression.includes('$')) throw new Error(`a variable that is not known here: ${expression}`)
    return expression
}

function* ofDashboard(text) {
    const board = JSON.parse(text)
    const sources = new Set(['lifecycled-sql', 'lifecycled-prometheus'])
    const ids = new Set()
    for (const variable of board.templating.list) {
        if (variable.datasource.uid === 'lifecycled-sql') yield { from: `variable ${variable.name}`, sql: sqlOf(variable.query) }
    }
    for (const panel of board.panels) {
        if (ids.has(panel.id)) throw new Error(`two panels have the id ${panel.id}`)
        ids.add(panel.id)
        const { x, w } = panel.gridPos
        if (x + w > 24) throw new Error(`${panel.title} is wider than the board`)
        for (const target of panel.targets ?? []) {
            if (!sources.has(target.datasource.uid)) throw new Error(`${panel.title}: no data source ${target.datasource.uid}`)
            yield target.expr ? { from: panel.title, promql: promqlOf(target.expr) }
                : { from: panel.title, format: target.format, sql: sqlOf(target.rawSql) }
        }
    }
}

function* ofPage(text) {
    for (const [, sql] of text.matchAll(/^```sql\n([\s\S]*?)^```$/gm)) yield { from: sql.split('\n')[0], sql }
}

function* ofRules(text) {
    for (const [, promql] of text.matchAll(/^ *expr: (?!>-)(.*)$/gm)) yield { from: 'rule', promql }
    for (const [, promql] of text.matchAll(/^ *expr: >-\n((?: {10}.*\n)+)/gm)) yield { from: 'rule', promql: promql.replace(/\s+/g, ' ') }
}

for (const file of files) {
    const of = file.endsWith('.json') ? ofDashboard : file.endsWith('.md') ? ofPage : ofRules
    for (const query of of(readFileSync(file, 'utf8'))) console.log(JSON.stringify({ file, ...query }))
}
