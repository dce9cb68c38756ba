import { ObError } from '@sealane/errors';
import type { CastExpression, CollateExpression, ConvertUsingExpression, TypeNode } from '../../ast.ts';
import type { SqlType } from '../../sql-type.ts';
import { findCharset, findCollation } from '../../types/charset.ts';
import { asNumber, asText, displayLength, inValueForm } from '../forms.ts';
import type { ExpressionContext } from '../scope.ts';
import type { SelectSources } from '../sources.ts';
import { notSupported } from '../statement.ts';
import { bigintType, classOf, decimalType, type Typed, textType, unsignedType } from '../typed.ts';
import { callOperator } from './call.ts';

export function cast(node: CastExpression, context: ExpressionContext, sources: SelectSources): Typed {
  if (node.array) throw notSupported('CAST AS ARRAY');
  if (node.timeZone !== undefined) throw notSupported('AT TIME ZONE');
  const operand = sources.expression(node.operand, context);
  return castTo(operand, node.type, context);
}

export function castTo(operand: Typed, node: TypeNode, context: ExpressionContext): Typed {
  const { translation } = context;
  const value = inValueForm(translation, operand);
  const decimals = node.length ?? 0;
  const { nullable } = operand;
  const call = (
    name: string,
    args: Parameters<typeof callOperator>[2],
    type: SqlType,
    mayBeNull = nullable,
  ): Typed => callOperator(translation, name, [value, ...args], type, mayBeNull);
  switch (node.name) {
    case 'signed':
    case 'unsigned': {
      const unsigned = node.name === 'unsigned';
      return castInteger(operand, unsigned, context);
    }
    case 'char':
    case 'varchar':
    case 'nchar':
    case 'text':
      return castChar(operand, node, context);
    case 'binary':
    case 'varbinary':
    case 'blob': {
      const type: SqlType = {
        name: 'varbinary',
        length: node.length ?? displayLength(value.type),
        charset: 'binary',
        collation: 'binary',
      };
      const text = asText(translation, value);
      const length = node.length === undefined ? null : BigInt(node.length);
      return {
        ...callOperator(translation, 'sx_cast_binary', [text, length], type, nullable),
        coercibility: 2,
      };
    }
    case 'date':
      return call('sx_cast_datetime', ['date', 0n, isTime(operand)], { name: 'date' }, true);
    case 'datetime':
    case 'timestamp':
      return call(
        'sx_cast_datetime',
        ['datetime', BigInt(decimals), isTime(operand)],
        { name: 'datetime', decimals },
        true,
      );
    case 'time':
      return call('sx_cast_time', [BigInt(decimals), operand.type.name], { name: 'time', decimals }, true);
    case 'year':
      return castInteger(operand, false, context);
    case 'decimal': {
      const precision = node.length ?? 10;
      const scale = node.decimals ?? 0;
      const number =
        classOf(operand.type) === 'text' ? value : inValueForm(translation, asNumber(translation, operand));
      const args = [number, BigInt(precision), BigInt(scale)];
      return callOperator(translation, 'sx_cast_decimal', args, decimalType(precision, scale), nullable);
    }
    case 'double':
    case 'real':
      return callOperator(
        translation,
        'sx_cast_real',
        [inValueForm(translation, asNumber(translation, operand))],
        { name: 'double' },
        nullable,
      );
    case 'float':
      return callOperator(
        translation,
        'sx_cast_float',
        [inValueForm(translation, asNumber(translation, operand))],
        { name: 'float' },
        nullable,
      );
    case 'json':
      return castJson(operand, context);
    default:
      throw notSupported(`CAST AS ${node.name.toUpperCase()}`);
  }
}

function isTime(typed: Typed): bigint {
  return typed.type.name === 'time' ? 1n : 0n;
}

function castInteger(operand: Typed, unsigned: boolean, context: ExpressionContext): Typed {
  const { translation } = context;
  const kind = classOf(operand.type);
  const type = unsigned ? unsignedType : bigintType;
  const isMember = operand.type.name === 'enum' || operand.type.name === 'set';
  const isText =
    (kind === 'text' && !isMember) || (kind === 'bytes' && operand.literal === undefined) || kind === 'json';
  if (
    kind === 'int' &&
    !unsigned &&
    operand.type.unsigned !== true &&
    operand.constant === undefined &&
    operand.type.name !== 'bit'
  ) {
    return { ...operand, type };
  }
  const value = inValueForm(translation, isText ? operand : asNumber(translation, operand));
  return callOperator(
    translation,
    'sx_cast_int',
    [value, unsigned ? 1n : 0n, isText ? 1n : 0n],
    type,
    operand.nullable,
  );
}

function castChar(operand: Typed, node: TypeNode, context: ExpressionContext): Typed {
  const { translation } = context;
  if (node.charset === 'binary')
    return castTo(operand, { ...node, name: 'binary', charset: undefined }, context);
  const text = asText(translation, operand);
  const collation =
    node.collation ??
    (node.charset === undefined ? connectionCollation(context) : defaultCollation(node.charset));
  const type = textType(node.length ?? displayLength(operand.type), collation);
  if (node.length === undefined && classOf(text.type) !== 'bytes') {
    return {
      ...text,
      type: text.type.name === 'varchar' ? type : { ...type, length: displayLength(text.type) },
      coercibility: 2,
    };
  }
  const length = node.length === undefined ? null : BigInt(node.length);
  return callOperator(translation, 'sx_cast_char', [text, length], type, operand.nullable);
}

function castJson(operand: Typed, context: ExpressionContext): Typed {
  const { translation } = context;
  const kind = classOf(operand.type);
  const value = inValueForm(translation, operand);
  const type: SqlType = { name: 'json' };
  if (kind === 'json') return value;
  if (kind === 'text' || kind === 'bytes')
    return callOperator(translation, 'sx_cast_json', [value], type, operand.nullable);
  return callOperator(translation, 'sx_json', [value, kind], type, operand.nullable);
}

export function connectionCollation(context: ExpressionContext): string {
  return String(
    context.translation.environment.variable('collation_connection', 'session') ?? 'utf8mb4_general_ci',
  );
}

function defaultCollation(charset: string): string {
  const found = findCharset(charset);
  if (found === undefined) throw new ObError('OB_ERR_UNKNOWN_CHARSET', [charset]);
  return found.defaultCollation;
}

/** CONVERT(x USING charset): text is Unicode whatever it is called; bytes are read as UTF-8. */
export function convertUsing(
  node: ConvertUsingExpression,
  context: ExpressionContext,
  sources: SelectSources,
): Typed {
  const operand = sources.expression(node.operand, context);
  const type: TypeNode = {
    name: node.charset.toLowerCase() === 'binary' ? 'binary' : 'char',
    length: undefined,
    decimals: undefined,
    unsigned: false,
    zerofill: false,
    charset: node.charset,
    collation: undefined,
    binary: false,
    members: undefined,
    start: node.start,
    end: node.end,
  };
  return castTo(operand, type, context);
}

/** @throws 1273 for a collation that isn't known, 1253 for one of another charset */
export function collate(node: CollateExpression, context: ExpressionContext, sources: SelectSources): Typed {
  const { translation } = context;
  const text = asText(translation, sources.expression(node.operand, context));
  const collation = findCollation(node.collation);
  if (collation === undefined) throw new ObError('OB_ERR_UNKNOWN_COLLATION', [node.collation]);
  const charset = text.type.charset ?? 'utf8mb4';
  if (classOf(text.type) === 'text' && collation.charset !== charset && text.constant === undefined) {
    throw new ObError('OB_ERR_COLLATION_MISMATCH', [collation.name, charset]);
  }
  const type: SqlType = { ...text.type, charset: collation.charset, collation: collation.name };
  const { column: _, ...rest } = text;
  return { ...rest, form: text.form, type, coercibility: 0 };
}

/** BINARY x */
export function binaryOf(operand: Typed, context: ExpressionContext): Typed {
  const { translation } = context;
  const text = asText(translation, operand);
  const type: SqlType = {
    name: 'varbinary',
    length: displayLength(text.type),
    charset: 'binary',
    collation: 'binary',
  };
  const bytes = callOperator(translation, 'sx_cast_binary', [text, null], type, operand.nullable);
  // As strong as a column: against one, bytes are compared.
  return { ...bytes, coercibility: 2 };
}
