import {
  add,
  compare,
  type Decimal,
  divide,
  formatDecimal,
  multiply,
  parseDecimal,
  remainder,
  rescale,
  subtract,
  truncateScale,
} from './decimal.ts';

/** The arithmetic of decimal.ts on canonical texts, as SQLite functions get them. */
export const decimalAdd = (a: string, b: string): string => formatDecimal(add(must(a), must(b)));
export const decimalSubtract = (a: string, b: string): string => formatDecimal(subtract(must(a), must(b)));
export const decimalMultiply = (a: string, b: string): string => formatDecimal(multiply(must(a), must(b)));
export const decimalCompare = (a: string, b: string): number => compare(must(a), must(b));
export const decimalRound = (a: string, scale: number): string => formatDecimal(rescale(must(a), scale));
export const decimalTruncate = (a: string, scale: number): string =>
  formatDecimal(truncateScale(must(a), scale));

/** @returns undefined for a division by zero */
export function decimalDivide(a: string, b: string, scaleIncrement = 4): string | undefined {
  const quotient = divide(must(a), must(b), scaleIncrement);
  return quotient === undefined ? undefined : formatDecimal(quotient);
}

/** @returns undefined for zero */
export function decimalRemainder(a: string, b: string): string | undefined {
  const rest = remainder(must(a), must(b));
  return rest === undefined ? undefined : formatDecimal(rest);
}

/** SUM and AVG over decimals: adds exactly, in whatever scales come. */
export class DecimalSum {
  #sum: Decimal = { unscaled: 0n, scale: 0 };
  count = 0;

  add(text: string): void {
    this.#sum = add(this.#sum, must(text));
    this.count += 1;
  }

  remove(text: string): void {
    this.#sum = subtract(this.#sum, must(text));
    this.count -= 1;
  }

  sum(): string {
    return formatDecimal(this.#sum);
  }

  /** @returns undefined without rows */
  average(scaleIncrement = 4): string | undefined {
    const average = divide(this.#sum, { unscaled: BigInt(this.count), scale: 0 }, scaleIncrement);
    return average === undefined ? undefined : formatDecimal(average);
  }
}

function must(text: string): Decimal {
  return parseDecimal(text) ?? { unscaled: 0n, scale: 0 };
}
