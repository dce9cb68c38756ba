import { ObError } from '@sealane/errors';
import type { ColumnNode } from '../ast.ts';
import type { ColumnDefinition } from '../catalog.ts';
import { sourceOf } from '../expression-source.ts';
import { isIntegerType } from '../types/integers.ts';
import type { StoreRules } from '../types/store-rules.ts';
import { type CharacterDefaults, columnType } from './column-type.ts';
import { defaultText, nowDigits } from './default-value.ts';
import { checkName } from './names.ts';

export interface ColumnContext {
  readonly text: string;
  readonly defaults: CharacterDefaults;
  readonly rules: StoreRules;
  /** The column is part of the primary key: NOT NULL whatever is written. */
  readonly inPrimaryKey: boolean;
}

const commentLengthMax = 1024;

/** Settles a column as written. @throws 1063, 1067, 1101, 1171, 1294, 1629 and those of its type and name */
export function columnDefinition(node: ColumnNode, context: ColumnContext): ColumnDefinition {
  checkName('column', node.name);
  if (node.name.toLowerCase().startsWith('__pk_')) throw new ObError('OB_WRONG_COLUMN_NAME', [node.name]);
  const type = columnType(node.name, node.type, context.defaults);
  const serial = node.type.name === 'serial';
  const autoIncrement = node.autoIncrement || serial;
  if (node.nullable === true && (context.inPrimaryKey || node.primaryKey)) {
    throw new ObError('OB_ERR_PRIMARY_CANT_HAVE_NULL');
  }
  const nullable = !(node.nullable === false || context.inPrimaryKey || node.primaryKey || autoIncrement);
  if (autoIncrement)
    checkAutoIncrement(node, isIntegerType(type) || type.name === 'float' || type.name === 'double');
  const comment = node.comment ?? '';
  if (comment.length > commentLengthMax) {
    throw new ObError('OB_ERR_TOO_LONG_FIELD_COMMENT', [node.name, commentLengthMax]);
  }
  const base: ColumnDefinition = { name: node.name, type, nullable, comment };
  if (node.generated !== undefined) {
    const { expression, stored } = node.generated;
    return { ...base, generated: { text: sourceOf(expression, context.text), stored } };
  }
  const onUpdate = onUpdateDigits(node, base);
  return {
    ...base,
    ...(autoIncrement ? { autoIncrement: true } : {}),
    ...defaultOf(node, base, context),
    ...(onUpdate === undefined ? {} : { onUpdateNow: onUpdate }),
  };
}

function checkAutoIncrement(node: ColumnNode, numeric: boolean): void {
  if (!numeric || node.generated !== undefined) throw new ObError('OB_ERR_COLUMN_SPEC', [node.name]);
  if (node.defaultValue !== undefined) throw new ObError('OB_INVALID_DEFAULT', [node.name]);
}

/** A column that may be NULL and has no other default has the default NULL. */
function defaultOf(
  node: ColumnNode,
  column: ColumnDefinition,
  context: ColumnContext,
): Pick<ColumnDefinition, 'defaultText'> {
  const { name, type, nullable } = column;
  if (node.defaultValue !== undefined) {
    const { text, rules } = context;
    return {
      defaultText: defaultText({ column: name, type, nullable, expression: node.defaultValue, text, rules }),
    };
  }
  return nullable ? { defaultText: 'NULL' } : {};
}

function onUpdateDigits(node: ColumnNode, { type }: ColumnDefinition): number | undefined {
  if (node.onUpdate === undefined) return undefined;
  const digits = nowDigits(node.onUpdate);
  const temporal = type.name === 'datetime' || type.name === 'timestamp';
  if (!temporal || digits !== (type.decimals ?? 0)) throw new ObError('OB_INVALID_ON_UPDATE', [node.name]);
  return digits;
}
