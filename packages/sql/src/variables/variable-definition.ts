import type { CellValue } from '../values.ts';

/** Where a variable has values: of the tenant, of a session, or both. */
export type VariableScope = 'global' | 'session' | 'both';

/** What a variable may be set to. */
export type VariableKind =
  /** Kept as 0 and 1, shown as OFF and ON. */
  | { readonly name: 'boolean' }
  /** Out of range is cut with warning 1292. */
  | { readonly name: 'integer'; readonly min: bigint; readonly max: bigint }
  | { readonly name: 'double'; readonly min: number; readonly max: number }
  /** Kept as the member's text; a number counts from 0. */
  | { readonly name: 'enum'; readonly members: readonly string[] }
  | { readonly name: 'sql-mode' }
  | { readonly name: 'charset'; readonly nullable: boolean }
  | { readonly name: 'collation' }
  | { readonly name: 'time-zone' }
  | { readonly name: 'text'; readonly nullable: boolean };

export interface SystemVariable {
  /** In lower case. */
  readonly name: string;
  readonly scope: VariableScope;
  readonly kind: VariableKind;
  readonly default: CellValue;
  readonly readOnly: boolean;
}

/** `b` both, `g` global, `s` session; with `r` read-only. */
export type Flags = 'b' | 'g' | 's' | 'br' | 'gr' | 'sr';

const scopes = { b: 'both', g: 'global', s: 'session' } as const;

function define(name: string, flags: Flags, kind: VariableKind, value: CellValue): SystemVariable {
  const scope = scopes[flags.charAt(0) as 'b' | 'g' | 's'];
  return { name, scope, kind, default: value, readOnly: flags.endsWith('r') };
}

export function flag(name: string, flags: Flags, on: 0 | 1): SystemVariable {
  return define(name, flags, { name: 'boolean' }, BigInt(on));
}

const integerMax = 2n ** 64n - 1n;

export function integer(
  name: string,
  flags: Flags,
  value: number | bigint,
  min: number | bigint = 0n,
  max: number | bigint = integerMax,
): SystemVariable {
  return define(
    name,
    flags,
    { name: 'integer', min: BigInt(min), max: BigInt(max) },
    integerCell(BigInt(value)),
  );
}

/** Numbers over 2^63 - 1 are kept as text: SQLite can't be given them. */
export function integerCell(value: bigint): CellValue {
  return value >= 2n ** 63n ? value.toString() : value;
}

export function double(name: string, flags: Flags, value: number, min: number, max: number): SystemVariable {
  return define(name, flags, { name: 'double', min, max }, value);
}

export function choice(name: string, flags: Flags, value: string, members: string): SystemVariable {
  return define(name, flags, { name: 'enum', members: members.split(' ') }, value);
}

export function text(name: string, flags: Flags, value: string | null): SystemVariable {
  return define(name, flags, { name: 'text', nullable: value === null }, value);
}

export function special(
  name: string,
  flags: Flags,
  value: string | null,
  kind: 'sql-mode' | 'charset' | 'collation' | 'time-zone',
): SystemVariable {
  const full: VariableKind = kind === 'charset' ? { name: kind, nullable: value === null } : { name: kind };
  return define(name, flags, full, value);
}
