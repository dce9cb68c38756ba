import { ObError } from '@sealane/errors';
import type { Literal } from '../../ast.ts';
import { bytesOfText, hasRawBytes } from '../../raw-bytes.ts';
import { formatDate, formatDateTime, formatTime } from '../../types/calendar.ts';
import { formatDecimal, parseDecimal } from '../../types/decimal.ts';
import { encodeUnsigned } from '../../types/integers.ts';
import { parseDateTime, parseTime } from '../../types/parse-date-time.ts';
import { bigintType, decimalType, literal, nullType, type Typed, textType } from '../typed.ts';

/** @param collation of the connection, which strings without an introducer have */
export function translateLiteral(node: Literal, collation: string): Typed {
  switch (node.kind) {
    case 'integer':
      return integerLiteral(node.value);
    case 'decimal':
      return decimalLiteral(node.text);
    case 'float':
      return literal(node.value, { name: 'double' });
    case 'string':
      if (node.charset === 'binary' || hasRawBytes(node.value)) {
        const bytes = bytesOfText(node.value);
        return literal(bytes, {
          name: 'varbinary',
          length: bytes.length,
          charset: 'binary',
          collation: 'binary',
        });
      }
      return literal(node.value, textType(node.value.length, collation));
    case 'hex':
    case 'bit':
      if (node.charset !== undefined && node.charset !== 'binary') {
        const text = Buffer.from(node.bytes).toString('utf8');
        return literal(text, textType(text.length, collation));
      }
      return literal(node.bytes, {
        name: 'varbinary',
        length: node.bytes.length,
        charset: 'binary',
        collation: 'binary',
      });
    case 'temporal':
      return temporalLiteral(node.type, node.text);
    case 'null':
      return literal(null, nullType);
    case 'boolean':
      return literal(node.value ? 1n : 0n, { ...bigintType, name: 'int', length: 1 });
  }
}

/** As many digits wide as it is written; over 2^63-1 it is unsigned. */
export function integerLiteral(value: bigint): Typed {
  const length = value.toString().length;
  const wide = value >= 1n << 63n;
  return literal(encodeUnsigned(value), { name: 'bigint', length, ...(wide ? { unsigned: true } : {}) });
}

function decimalLiteral(text: string): Typed {
  const value = parseDecimal(text) ?? { unscaled: 0n, scale: 0 };
  const canonical = formatDecimal(value);
  return literal(canonical, decimalType(value.unscaled.toString().replace('-', '').length, value.scale));
}

/** @throws 1525 for what is no date */
function temporalLiteral(kind: 'date' | 'time' | 'timestamp', text: string): Typed {
  const digits = /\.(\d{1,6})/.exec(text)?.[1]?.length ?? 0;
  if (kind === 'time') {
    const time = parseTime(text);
    if (time === undefined || time.truncated) throw new ObError('OB_ERR_WRONG_VALUE', ['TIME', text]);
    return literal(formatTime(time.microseconds, digits), { name: 'time', decimals: digits });
  }
  const parsed = parseDateTime(text);
  const wrong = parsed === undefined || parsed.truncated || (kind === 'date' && parsed.hasTime);
  if (wrong) throw new ObError('OB_ERR_WRONG_VALUE', [kind === 'date' ? 'DATE' : 'DATETIME', text]);
  return kind === 'date'
    ? literal(formatDate(parsed.at), { name: 'date' })
    : literal(formatDateTime(parsed.at, digits), { name: 'datetime', decimals: digits });
}
