/** How many of `size` members are a majority. */
export function majority(size: number): number {
  return Math.floor(size / 2) + 1;
}

/** The largest value that a majority has reached: of [5, 3, 9] it is 5. */
export function majorityValue(values: readonly number[]): number {
  const descending = [...values].sort((a, b) => b - a);
  return descending[majority(values.length) - 1] ?? 0;
}
