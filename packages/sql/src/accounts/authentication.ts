import { ObError } from '@sealane/errors';
import type { AccountSpecification } from '../ast.ts';
import type { ExecutionContext } from '../plan.ts';
import { type AuthenticationPlugin, type PasswordHasher, pluginNamed } from './password-hasher.ts';
import type { StoredUser } from './stored-tables.ts';

type Authentication = Pick<StoredUser, 'plugin' | 'authentication_string' | 'password_last_changed'>;

/**
 * What IDENTIFIED … says of an account.
 * @param current the account's plugin, which stays when none is named
 * @returns nothing where the clause is left out
 * @throws 1524 for a plugin that there isn't, 1827 for a hash that is none
 */
export function authenticationOf(
  specification: AccountSpecification,
  current: AuthenticationPlugin | undefined,
  context: ExecutionContext,
): Authentication | undefined {
  const { plugin: named, password, hash, randomPassword } = specification;
  if (named === undefined && password === undefined && hash === undefined && !randomPassword)
    return undefined;
  if (randomPassword) throw new ObError('OB_NOT_SUPPORTED', ['RANDOM PASSWORD']);
  const plugin = pluginOf(named, current, context);
  const password_last_changed = context.nowUs / 1_000_000n;
  if (hash !== undefined) {
    if (!hasherOf(context).isHash(plugin, hash)) throw new ObError('OB_ERR_PASSWORD_FORMAT');
    return { plugin, authentication_string: hash, password_last_changed };
  }
  const authentication_string = hasherOf(context).hash(plugin, password ?? '');
  return { plugin, authentication_string, password_last_changed };
}

/** The one that is named, the one that is there, or the tenant's default. */
function pluginOf(
  named: string | undefined,
  current: AuthenticationPlugin | undefined,
  context: ExecutionContext,
): AuthenticationPlugin {
  const name = named ?? current ?? defaultPlugin(context);
  const plugin = pluginNamed(name);
  if (plugin === undefined) throw new ObError('ER_PLUGIN_IS_NOT_LOADED', [name]);
  return plugin;
}

function defaultPlugin(context: ExecutionContext): string {
  return String(context.variable('default_authentication_plugin', 'global') ?? 'mysql_native_password');
}

function hasherOf({ passwords }: ExecutionContext): PasswordHasher {
  if (passwords !== undefined) return passwords;
  throw new ObError('OB_ERR_UNEXPECTED', [], { message: 'Internal error: nobody here hashes passwords' });
}
