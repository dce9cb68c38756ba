import { isObError } from '@sealane/errors';
import type { StatementResult } from '../../src/result.ts';
import { typeText } from '../../src/types/type-text.ts';
import type { CellValue } from '../../src/values.ts';
import type { Tenant } from './tenant.ts';

/**
 * A case in a text file: a statement, `----`, and what it answers. Cases stand apart by blank lines and run
 * in order on one tenant. A statement that begins with `types ` shows its columns' types instead of rows.
 */
export interface Case {
  readonly line: number;
  readonly statement: string;
  readonly expected: string;
}

export function readCases(text: string): Case[] {
  const cases: Case[] = [];
  let line = 1;
  for (const block of text.split(/\n{2,}/)) {
    const [statement = '', expected = ''] = block.split(/\n----(?:\n|$)/);
    if (statement.trim() !== '' && !statement.startsWith('#')) {
      cases.push({ line, statement: statement.trim(), expected: expected.trimEnd() });
    }
    line += block.split('\n').length + 1;
  }
  return cases;
}

/** What a statement answers, as text: rows with ` | ` between cells, `ok n`, `error n text`, then its warnings. */
export function answer(tenant: Tenant, statement: string): string {
  try {
    if (statement.startsWith('types ')) return types(tenant.query(statement.slice('types '.length)));
    const result = tenant.query(statement);
    const warnings = tenant.session.warnings.map(
      ({ level, errno, message }) => `${level} ${errno} ${message}`,
    );
    return [shown(result), ...warnings].filter((text) => text !== '').join('\n');
  } catch (error) {
    if (isObError(error)) return `error ${error.errno} ${error.message}`;
    throw error;
  }
}

function shown(result: StatementResult): string {
  if (result.kind === 'rows') return result.rows.map((row) => row.map(cellText).join(' | ')).join('\n');
  const key = result.lastInsertId === 0n ? '' : ` key ${result.lastInsertId}`;
  return `ok ${result.affectedRows}${key}${result.info === '' ? '' : ` (${result.info})`}`;
}

function types(result: StatementResult): string {
  if (result.kind !== 'rows') return 'no rows';
  return result.columns
    .map(({ name, type, nullable }) => `${name}: ${typeText(type)}${nullable ? '' : ' not null'}`)
    .join('\n');
}

/** A double has a point or an exponent, so that it can be told from an integer. */
function cellText(cell: CellValue): string {
  if (cell === null) return 'NULL';
  if (typeof cell === 'number')
    return Number.isInteger(cell) && Math.abs(cell) < 1e15 ? `${cell}.0` : String(cell);
  if (cell instanceof Uint8Array) return `x'${Buffer.from(cell).toString('hex')}'`;
  return String(cell);
}
