import { roleText } from '../accounts/account-name.ts';
import type { SqlType } from '../sql-type.ts';
import { findCollation } from '../types/charset.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { bigintType, booleanType, define, intType, textType } from './define.ts';
import type { ScalarFunction } from './definition.ts';
import { currentExecution } from './execution-scope.ts';

/** What isn't a character string has no characters: its collation is binary. */
function collationOf(type: SqlType | undefined): string {
  return type?.collation ?? 'binary';
}

function charset(_: readonly SqlValue[], [type]: readonly SqlType[]): SqlValue {
  const collation = collationOf(type);
  return findCollation(collation)?.charset ?? type?.charset ?? 'binary';
}

/** `4.2.1.0` of the version `5.7.25-OceanBase-v4.2.1.0`. */
function obVersion(): SqlValue {
  const version = textOf(currentExecution()?.variable('version', 'global') ?? '');
  return /-v([\d.]+)/.exec(version)?.[1] ?? version;
}

/** The session's active roles, or NONE. */
function currentRole(): SqlValue {
  const roles = currentExecution()?.session.activeRoles ?? [];
  if (roles.length === 0) return 'NONE';
  return roles.map(roleText).join(',');
}

/** Source: MySQL's manual, COERCIBILITY: 5 for numbers and dates, 6 for NULL, 4 for a literal; columns come as 2. */
function coercibility([value = null]: readonly SqlValue[], [type]: readonly SqlType[]): SqlValue {
  if (type?.name === 'null' || value === null) return 6n;
  return type?.collation === undefined ? 5n : 4n;
}

const anyValue = { strict: false, nullable: false, typed: true } as const;

export const informationFunctions: readonly ScalarFunction[] = [
  define('charset', [1, 1], textType(64), charset, anyValue),
  define('collation', [1, 1], textType(64), (_, [type]) => collationOf(type), anyValue),
  define('coercibility', [1, 1], intType, coercibility, anyValue),
  define('isnull', [1, 1], booleanType, ([value = null]) => (value === null ? 1n : 0n), {
    strict: false,
    nullable: false,
    sqlite: () => '($1 IS NULL)',
  }),
  define('ob_version', [0, 0], textType(64), obVersion, { oncePerStatement: true, nullable: false }),
  define('effective_tenant', [0, 0], textType(64), () => currentExecution()?.session.tenant ?? null, {
    oncePerStatement: true,
  }),
  define('effective_tenant_id', [0, 0], bigintType, () => BigInt(currentExecution()?.session.tenantId ?? 0), {
    oncePerStatement: true,
    nullable: false,
  }),
  define('current_role', [0, 0], textType(1024), currentRole, { oncePerStatement: true, nullable: false }),
  // Its second argument is computed once: there is nothing to measure here.
  define(
    'benchmark',
    [2, 2],
    intType,
    ([count = null]) => (count === null || Number(count) < 0 ? null : 0n),
    {
      strict: false,
      numeric: [0],
    },
  ),
  define('load_file', [1, 1], { name: 'longblob', charset: 'binary', collation: 'binary' }, () => null),
];
