import type { SqlType } from '../sql-type.ts';
import { textOf } from '../types/store-rules.ts';
import type { CellValue } from '../values.ts';
import { oceanbaseVariables } from './oceanbase-variables.ts';
import { serverVariables } from './server-variables.ts';
import type { SystemVariable } from './variable-definition.ts';

/** All system variables, by name. */
export const systemVariables: readonly SystemVariable[] = [
  ...serverVariables,
  ...oceanbaseVariables,
].toSorted((a, b) => (a.name < b.name ? -1 : 1));

const byName = new Map(systemVariables.map((variable) => [variable.name, variable]));

/** @param name without regard to case */
export function findVariable(name: string): SystemVariable | undefined {
  return byName.get(name.toLowerCase());
}

/** Names that are one variable: an assignment to one is an assignment to both. */
const twins: readonly (readonly [string, string])[] = [
  ['tx_isolation', 'transaction_isolation'],
  ['tx_read_only', 'transaction_read_only'],
  ['identity', 'last_insert_id'],
];

export function twinOf(name: string): string | undefined {
  const pair = twins.find((names) => names.includes(name));
  return pair?.find((other) => other !== name);
}

/** A value as SHOW VARIABLES prints it: ON and OFF for a boolean. */
export function variableText(variable: SystemVariable, value: CellValue): string {
  if (value === null) return '';
  if (variable.kind.name === 'boolean') return textOf(value) === '0' ? 'OFF' : 'ON';
  if (variable.kind.name === 'double') return Number(value).toFixed(6);
  return textOf(value);
}

/** The type of `@@name`. */
export function variableType({ kind }: SystemVariable): SqlType {
  switch (kind.name) {
    case 'boolean':
      return { name: 'bigint', length: 1 };
    case 'integer':
      return kind.min < 0n ? { name: 'bigint' } : { name: 'bigint', unsigned: true };
    case 'double':
      return { name: 'double' };
    default:
      return { name: 'varchar', length: 4096, charset: 'utf8mb4', collation: 'utf8mb4_general_ci' };
  }
}
