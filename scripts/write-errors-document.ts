/**
 * Writes docs/errors.md from the table of errors.
 *
 *     node scripts/write-errors-document.ts            writes the file
 *     node scripts/write-errors-document.ts --check    ends with 1 if the file is not what the table says
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv, exit, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { ErrorRow } from '../packages/errors/src/error-row.ts';
import { accessErrors } from '../packages/errors/src/table/access-errors.ts';
import { clusterErrors } from '../packages/errors/src/table/cluster-errors.ts';
import { queryErrors } from '../packages/errors/src/table/query-errors.ts';
import { schemaErrors } from '../packages/errors/src/table/schema-errors.ts';
import { transactionErrors } from '../packages/errors/src/table/transaction-errors.ts';
import { valueErrors } from '../packages/errors/src/table/value-errors.ts';

const groups: readonly { readonly title: string; readonly rows: Readonly<Record<string, ErrorRow>> }[] = [
  { title: 'Access: connections, accounts, privileges, prepared statements', rows: accessErrors },
  { title: 'Schema: databases, tables, columns, indexes, views', rows: schemaErrors },
  { title: 'Query: syntax, names, grouping, functions, variables', rows: queryErrors },
  { title: 'Values: what does not fit its column, its function or its key', rows: valueErrors },
  { title: 'Transactions: locks, time limits, interruption', rows: transactionErrors },
  { title: 'Cluster: leaders, links, servers, zones, tenants, parameters', rows: clusterErrors },
];

const head = `# Errors

Written from the table in \`packages/errors\` by \`node scripts/write-errors-document.ts\`; change the table, not this file.

*Number* and *SQLSTATE* are what a MySQL client sees, *code* is OceanBase's (or MySQL's own number where OceanBase has none).
*Next* says what a program may do: **no** – the same statement fails again; **again** – send the same again, to the same place;
**elsewhere** – another node can answer; **if not sent** – only if no byte of the call has left; **unknown** – the effect may or may not
be there, look before doing it again. \`%s\` and \`%d\` stand for what is filled in.
`;

const path = fileURLToPath(new URL('../docs/errors.md', import.meta.url));
const text = `${[head, ...groups.map(section)].join('\n')}`;

if (argv.includes('--check')) {
  if (readFileSync(path, 'utf8') !== text) {
    stderr.write('docs/errors.md differs from the table: run node scripts/write-errors-document.ts\n');
    exit(1);
  }
} else {
  writeFileSync(path, text);
}

function section(group: (typeof groups)[number]): string {
  const rows = Object.entries(group.rows).sort(([, a], [, b]) => a.errno - b.errno || b.code - a.code);
  return `## ${group.title}

| Number | SQLSTATE | Code | Name | Message | Next |
|---|---|---|---|---|---|
${rows.map(([name, row]) => line(name, row)).join('\n')}
`;
}

function line(name: string, row: ErrorRow): string {
  const message = row.message
    .replaceAll('|', '\\|')
    .replaceAll('*', '\\*')
    .replaceAll('_', '\\_')
    .replaceAll('<', '\\<');
  return `| ${row.errno} | ${row.sqlState} | ${row.code} | ${name} | ${message} | ${row.retry.replaceAll('-', ' ')} |`;
}
