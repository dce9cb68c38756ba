import { ObError } from '@sealane/errors';
import { type Account, accountNamed, sameAccount } from '../accounts/account-name.ts';
import { mustHave } from '../accounts/default-roles.ts';
import { grantLines } from '../accounts/grants-text.ts';
import { readUser } from '../accounts/read-users.ts';
import { grantedRoles } from '../accounts/role-edges.ts';
import type { StoredUser } from '../accounts/stored-tables.ts';
import type { AccountName, ShowStatement } from '../ast.ts';
import type { ExecutionContext, PlanEnvironment, QueryPlan } from '../plan.ts';
import { quoteName, quoteText } from '../types/type-text.ts';
import { longText, ownRows, titled, varchar } from './own-rows.ts';

/** SHOW GRANTS [FOR account [USING roles]]. @throws 1141 if there is no such account, 3530 for a role that it hasn't */
export function showGrants(
  { account, roles }: Pick<ShowStatement, 'account' | 'roles'>,
  environment: PlanEnvironment,
): QueryPlan {
  const { session } = environment;
  const named = accountOf(account, environment);
  const using = roles.map((role) => accountNamed(role, session));
  // One's own grants are those of the session, with its active roles.
  const own = account === undefined || sameAccount(named, { user: session.user, host: session.accountHost });
  const columns = [titled(`Grants for ${named.user}@${named.host}`, varchar(1024))];
  const rows = ({ handle, session: current }: ExecutionContext) => {
    if (readUser(handle, named) === undefined)
      throw new ObError('ER_NONEXISTING_GRANT', [named.user, named.host]);
    const granted = grantedRoles(handle, named);
    for (const role of using) mustHave(role, granted, named);
    const active = using.length > 0 || !own ? using : (current.activeRoles ?? []);
    return grantLines(handle, named, active).map((line) => [line]);
  };
  return ownRows(columns, rows, true);
}

/** SHOW CREATE USER, in OceanBase's wording. */
export function showCreateUser(account: AccountName | undefined, environment: PlanEnvironment): QueryPlan {
  const named = accountOf(account, environment);
  return ownRows(
    [titled(`CREATE USER for ${named.user}@${named.host}`, longText)],
    (context) => [[createUserText(existing(named, context))]],
    true,
  );
}

function createUserText(row: StoredUser): string {
  const parts = [`create user if not exists ${quoteName(row.user)}@${quoteName(row.host)}`];
  const hash = row.authentication_string;
  if (hash !== '') parts.push(`IDENTIFIED BY PASSWORD ${quoteText(hash)}`);
  parts.push(...requireText(row));
  const limits = [
    ...(row.max_connections > 0n ? [`MAX_CONNECTIONS_PER_HOUR ${row.max_connections}`] : []),
    ...(row.max_user_connections > 0n ? [`MAX_USER_CONNECTIONS ${row.max_user_connections}`] : []),
  ];
  if (limits.length > 0) parts.push(`WITH ${limits.join(' ')}`);
  return parts.join(' ');
}

function requireText(row: StoredUser): readonly string[] {
  switch (row.ssl_type) {
    case 'NONE':
      return ['REQUIRE NONE'];
    case 'ANY':
      return ['REQUIRE SSL'];
    case 'X509':
      return ['REQUIRE X509'];
    case 'SPECIFIED': {
      const named = { CIPHER: row.ssl_cipher, ISSUER: row.x509_issuer, SUBJECT: row.x509_subject };
      const given = Object.entries(named).filter(([, value]) => value !== '');
      return [`REQUIRE ${given.map(([name, value]) => `${name} ${quoteText(value)}`).join(' ')}`];
    }
    default:
      return [];
  }
}

function existing(account: Account, { handle }: ExecutionContext): StoredUser {
  const row = readUser(handle, account);
  if (row === undefined) throw new ObError('OB_USER_NOT_EXIST');
  return row;
}

function accountOf(account: AccountName | undefined, { session }: PlanEnvironment): Account {
  if (account === undefined) return { user: session.user, host: session.accountHost };
  return accountNamed(account, session);
}
