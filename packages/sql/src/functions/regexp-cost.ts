import type { SqlValue } from '../values.ts';

/**
 * Whether matching may take exponential time: a repeated group may match one text in many ways. Patterns that aren't
 * known yet may be of that kind too.
 *
 * @param literal undefined where the pattern is no literal
 */
export function mayBacktrack(literal: SqlValue | undefined): boolean {
  return typeof literal !== 'string' || /\)\s*[*+{]/.test(literal);
}
