import { ObError } from '@sealane/errors';
import type { ColumnNode, Expression } from '../ast.ts';
import type { ColumnDefinition } from '../catalog.ts';
import { walkExpression } from '../translate/walk.ts';
import { isIntegerType } from '../types/integers.ts';
import type { StoreRules } from '../types/store-rules.ts';
import { type CharacterDefaults, columnType } from './column-type.ts';
import { defaultText, nowDigits } from './default-value.ts';
import { checkName } from './names.ts';
import { storedText } from './stored-text.ts';

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
    refuseUnsteady(node.name, expression);
    return {
      ...base,
      generated: { text: storedText(expression, context.text, context.rules.sqlMode), stored },
    };
  }
  const onUpdate = onUpdateDigits(node, base);
  return {
    ...base,
    ...(autoIncrement ? { autoIncrement: true } : {}),
    ...defaultOf(node, base, context),
    ...(onUpdate === undefined ? {} : { onUpdateNow: onUpdate }),
  };
}

/** What answers otherwise at another time, or in another session. */
const unsteady =
  /^(NOW|CURRENT_TIMESTAMP|LOCALTIME|LOCALTIMESTAMP|CURDATE|CURRENT_DATE|CURTIME|CURRENT_TIME|SYSDATE|UTC_\w+|RAND|UUID|UUID_SHORT|CONNECTION_ID|USER|CURRENT_USER|SESSION_USER|SYSTEM_USER|DATABASE|SCHEMA|VERSION|LAST_INSERT_ID|FOUND_ROWS|ROW_COUNT|SLEEP|BENCHMARK|GET_LOCK|RELEASE_LOCK|UNIX_TIMESTAMP)$/;

/** @throws 3102 unless the expression follows from the row alone */
function refuseUnsteady(column: string, expression: Expression): void {
  walkExpression(expression, (node) => {
    const disallowed =
      node.kind === 'subquery' ||
      node.kind === 'aggregate' ||
      node.kind === 'parameter' ||
      node.kind === 'user-variable' ||
      node.kind === 'system-variable' ||
      (node.kind === 'function' &&
        unsteady.test(node.name) &&
        !(node.name === 'UNIX_TIMESTAMP' && node.args.length > 0));
    if (disallowed) throw new ObError('ER_GENERATED_COLUMN_FUNCTION_IS_NOT_ALLOWED', [column]);
    return true;
  });
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
