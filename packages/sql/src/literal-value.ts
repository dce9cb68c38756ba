import type { Expression } from './ast.ts';
import { bytesOfText, hasRawBytes } from './raw-bytes.ts';
import { formatDecimal, parseDecimal } from './types/decimal.ts';
import type { CellValue } from './values.ts';

/** @returns the value of a literal, with signs before it; undefined for any other expression */
export function literalValue(expression: Expression): CellValue | undefined {
  switch (expression.kind) {
    case 'integer':
      return expression.value;
    case 'decimal': {
      const value = parseDecimal(expression.text);
      return value === undefined ? expression.text : formatDecimal(value);
    }
    case 'float':
      return expression.value;
    case 'string':
      return hasRawBytes(expression.value) ? bytesOfText(expression.value) : expression.value;
    case 'temporal':
      return expression.text;
    case 'hex':
    case 'bit':
      return expression.bytes;
    case 'boolean':
      return expression.value ? 1n : 0n;
    case 'null':
      return null;
    case 'unary':
      return signed(expression.operator, literalValue(expression.operand));
    default:
      return undefined;
  }
}

function signed(operator: string, value: CellValue | undefined): CellValue | undefined {
  if (operator === '+') return value;
  if (operator !== '-') return undefined;
  if (typeof value === 'bigint' || typeof value === 'number') return -value;
  if (typeof value === 'string' && parseDecimal(value) !== undefined) {
    return value.startsWith('-') ? value.slice(1) : `-${value}`;
  }
  return undefined;
}
