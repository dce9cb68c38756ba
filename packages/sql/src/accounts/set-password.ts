import { ObError } from '@sealane/errors';
import type { SetPasswordStatement } from '../ast.ts';
import type { Compiled } from '../ddl/compiled.ts';
import type { ExecutionContext } from '../plan.ts';
import { type Account, accountNamed } from './account-name.ts';
import { authenticationOf, hasherOf, pluginOf } from './authentication.ts';
import { accountResult } from './generated-passwords.ts';
import { noteChangedPassword } from './own-password.ts';
import { readUser } from './read-users.ts';
import { updateUser } from './update-user.ts';

/**
 * SET PASSWORD: a text that has the form of a hash is one, as in OceanBase; any other is the password itself, as in MySQL.
 * @throws 1133 if there is no such account
 */
export function setPassword(statement: SetPasswordStatement, context: ExecutionContext): Compiled {
  const { handle, session } = context;
  const account: Account =
    statement.account === undefined
      ? { user: session.user, host: session.accountHost }
      : accountNamed(statement.account, session);
  const user = readUser(handle, account);
  if (user === undefined) throw new ObError('OB_USER_NOT_EXIST');
  const plugin = pluginOf(user.plugin, context);
  const { password, random, start, end } = statement;
  const isHash = password !== '' && hasherOf(context).isHash(plugin, password);
  const said = isHash ? { password: undefined, hash: password } : { password, hash: undefined };
  const name = { user: account.user, host: account.host, current: false, start, end };
  const specification = { account: name, plugin: undefined, randomPassword: random, ...said, start, end };
  const { fields, generated } = authenticationOf(specification, plugin, context);
  noteChangedPassword(account, context);
  const shown = generated === undefined ? [] : [{ ...account, password: generated }];
  return { statements: updateUser(account, fields), result: accountResult(shown) };
}
