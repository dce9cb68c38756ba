import { ObError } from '@sealane/errors';
import type { AccountSpecification } from '../ast.ts';
import type { ExecutionContext } from '../plan.ts';
import { type AuthenticationPlugin, type PasswordHasher, pluginNamed } from './password-hasher.ts';
import type { StoredUser } from './stored-tables.ts';

export interface Authentication {
  readonly fields: Partial<StoredUser>;
  /** Made for RANDOM PASSWORD. */
  readonly generated?: string;
}

/**
 * What IDENTIFIED … says of an account. A new password is a fresh one: it isn't expired.
 * @param current the account's plugin, which stays when none is named
 * @throws 1524 for a plugin that there isn't, 1827 for a hash that is none
 */
export function authenticationOf(
  specification: AccountSpecification,
  current: string | undefined,
  context: ExecutionContext,
): Authentication {
  const { plugin: named, password, hash, randomPassword } = specification;
  if (named === undefined && password === undefined && hash === undefined && !randomPassword)
    return { fields: {} };
  const plugin = pluginOf(named ?? current, context);
  if (hash !== undefined) return { fields: fresh(plugin, checkedHash(plugin, hash, context), context) };
  const generated = randomPassword ? hasherOf(context).random() : undefined;
  const text = generated ?? password ?? '';
  const fields = fresh(plugin, hasherOf(context).hash(plugin, text), context);
  return generated === undefined ? { fields } : { fields, generated };
}

function fresh(plugin: AuthenticationPlugin, kept: string, context: ExecutionContext): Partial<StoredUser> {
  return {
    plugin,
    authentication_string: kept,
    password_last_changed: context.nowUs / 1_000_000n,
    password_expired: 'N',
  };
}

function checkedHash(plugin: AuthenticationPlugin, hash: string, context: ExecutionContext): string {
  if (!hasherOf(context).isHash(plugin, hash)) throw new ObError('OB_ERR_PASSWORD_FORMAT');
  return plugin === 'mysql_native_password' ? hash.toUpperCase() : hash;
}

/** The one that is named or there, or else the tenant's default. */
export function pluginOf(named: string | undefined, context: ExecutionContext): AuthenticationPlugin {
  const name =
    named ?? String(context.variable('default_authentication_plugin', 'global') ?? 'mysql_native_password');
  const plugin = pluginNamed(name);
  if (plugin === undefined) throw new ObError('ER_PLUGIN_IS_NOT_LOADED', [name]);
  return plugin;
}

export function hasherOf({ passwords }: ExecutionContext): PasswordHasher {
  if (passwords !== undefined) return passwords;
  throw new ObError('OB_ERR_UNEXPECTED', [], { message: 'Internal error: nobody here hashes passwords' });
}
