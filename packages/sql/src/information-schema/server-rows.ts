import { charsets, collations } from '../types/charset.ts';
import { systemVariables, variableText } from '../variables/system-variables.ts';
import type { VirtualRows } from '../virtual-table.ts';
import type { InformationContext } from './information-context.ts';

export function charsetRows(): VirtualRows {
  return charsets.map((set) => [set.name, set.defaultCollation, set.description, BigInt(set.maxLength)]);
}

export function collationRows(): VirtualRows {
  return collations.map((collation) => [
    collation.name,
    collation.charset,
    BigInt(collation.id),
    collation.isDefault ? 'Yes' : '',
    'Yes',
    1n,
  ]);
}

export function applicabilityRows(): VirtualRows {
  return collations.map((collation) => [collation.name, collation.charset]);
}

/** One engine, under the names that its users know. */
export function engineRows(): VirtualRows {
  return [
    ['InnoDB', 'DEFAULT', 'Supports transactions, foreign keys and replication', 'YES', 'NO', 'YES'],
    ['OceanBase', 'YES', 'The same engine under the name of its model', 'YES', 'NO', 'YES'],
  ];
}

export function pluginRows(): VirtualRows {
  const row = (name: string, type: string, description: string) => [
    name,
    '1.0',
    'ACTIVE',
    type,
    '1.0',
    null,
    null,
    'Sealane',
    description,
    'Apache-2.0',
    'FORCE',
  ];
  return [
    row('mysql_native_password', 'AUTHENTICATION', 'Native MySQL authentication'),
    row('InnoDB', 'STORAGE ENGINE', 'Supports transactions, foreign keys and replication'),
  ];
}

export function variableRows(scope: 'session' | 'global', context: InformationContext): VirtualRows {
  const other = scope === 'session' ? 'never' : 'session';
  return systemVariables
    .filter((variable) => variable.scope !== other)
    .map((variable) => {
      const value = context.variable(variable.name, scope) ?? variable.default;
      return [variable.name, variableText(variable, value)];
    });
}
