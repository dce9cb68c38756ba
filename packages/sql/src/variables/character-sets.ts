import { ObError } from '@sealane/errors';
import type { ExecutionContext } from '../plan.ts';
import { changeVariables } from '../session-state.ts';
import { type Charset, findCharset, findCollation } from '../types/charset.ts';
import { textOf } from '../types/store-rules.ts';
import type { GlobalAssignment } from './assign.ts';

const affected = [
  'character_set_client',
  'character_set_connection',
  'character_set_results',
  'collation_connection',
] as const;

/** SET NAMES: what the client sends and wants, and the connection's collation. @throws 1115, 1253, 1273 */
export function setNames(
  names: { readonly charset: string | undefined; readonly collation: string | undefined },
  { session }: ExecutionContext,
): readonly GlobalAssignment[] {
  if (names.charset === undefined) {
    changeVariables(session, Object.fromEntries(affected.map((name) => [name, undefined])));
    return [];
  }
  const charset = known(names.charset);
  changeVariables(session, {
    character_set_client: charset.name,
    character_set_connection: charset.name,
    character_set_results: charset.name,
    collation_connection: collationOf(charset, names.collation),
  });
  return [];
}

/** SET CHARACTER SET: like SET NAMES, but the connection keeps to the database's character set. */
export function setCharacterSet(
  charset: string | undefined,
  context: ExecutionContext,
): readonly GlobalAssignment[] {
  const { session } = context;
  const connection = textOf(context.variable('character_set_database', 'session') ?? 'utf8mb4');
  const collation = textOf(context.variable('collation_database', 'session') ?? 'utf8mb4_general_ci');
  const client = charset === undefined ? undefined : known(charset).name;
  changeVariables(session, {
    character_set_client: client,
    character_set_results: client,
    character_set_connection: connection,
    collation_connection: collation,
  });
  return [];
}

/** @throws 1115; 1231 for one that no statement can be read in */
function known(name: string): Charset {
  const charset = findCharset(name);
  if (charset === undefined) throw new ObError('OB_ERR_UNKNOWN_CHARSET', [name]);
  if (charset.name === 'utf16')
    throw new ObError('OB_ERR_WRONG_VALUE_FOR_VAR', ['character_set_client', name]);
  return charset;
}

function collationOf(charset: Charset, name: string | undefined): string {
  if (name === undefined || name.toLowerCase() === 'default') return charset.defaultCollation;
  const collation = findCollation(name);
  if (collation === undefined) throw new ObError('OB_ERR_UNKNOWN_COLLATION', [name]);
  if (collation.charset === charset.name) return collation.name;
  throw new ObError('OB_ERR_COLLATION_MISMATCH', [collation.name, charset.name]);
}
