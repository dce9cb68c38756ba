/**
 * Database names in grants may have % and _, which `\` makes plain.
 * Source: MySQL's manual, "GRANT Statement", and "Access Control, Stage 2".
 */
export function matchesPattern(pattern: string, database: string): boolean {
  if (pattern === database) return true;
  if (!/[%_\\]/.test(pattern)) return false;
  let known = expressions.get(pattern);
  if (known === undefined) {
    known = expressionOf(pattern);
    if (expressions.size >= expressionsMax) expressions.clear();
    expressions.set(pattern, known);
  }
  return known.test(database);
}

const expressions = new Map<string, RegExp>();
const expressionsMax = 1_000;

function expressionOf(pattern: string): RegExp {
  // Runs of % mean one: a pattern can't be made to take long.
  const source = pattern.replace(/\\(.)|%+|_|[^\\%_]/gsu, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return literal(escaped);
    if (found.startsWith('%')) return '.*';
    return found === '_' ? '.' : literal(found);
  });
  return new RegExp(`^${source}$`, 'su');
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

/** Most special first: the later the first wildcard the more special; then the longer, then by name. */
export function patternOrder(a: string, b: string): number {
  return firstWildcard(b) - firstWildcard(a) || b.length - a.length || (a < b ? -1 : 1);
}

function firstWildcard(pattern: string): number {
  const at = pattern.replace(/\\./gs, '..').search(/[%_]/);
  return at < 0 ? Number.MAX_SAFE_INTEGER : at;
}
