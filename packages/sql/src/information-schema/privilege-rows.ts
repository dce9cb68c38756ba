import { type Account, accountText } from '../accounts/account-name.ts';
import { type Grants, grantsOf } from '../accounts/grants-of.ts';
import { type PrivilegeName, privilegeRows } from '../accounts/privilege-list.ts';
import { readUsers } from '../accounts/read-users.ts';
import type { CellValue } from '../values.ts';
import type { VirtualRows } from '../virtual-table.ts';
import type { InformationContext } from './information-context.ts';

/** USER_PRIVILEGES: USAGE stands for nothing. */
export function userPrivilegeRows(context: InformationContext): VirtualRows {
  return ofEach(context, ({ global }, to) => {
    const names = listed(global);
    return (names.length === 0 ? ['USAGE'] : names).map((name) => [to, 'def', name, grantable(global)]);
  });
}

export function schemaPrivilegeRows(context: InformationContext): VirtualRows {
  return ofEach(context, ({ databases }, to) =>
    [...databases].flatMap(([database, held]) =>
      listed(held).map((name) => [to, 'def', database, name, grantable(held)]),
    ),
  );
}

export function tablePrivilegeRows(context: InformationContext): VirtualRows {
  return ofEach(context, ({ tables }, to) =>
    [...tables.values()].flatMap(({ database, table, held }) =>
      listed(held).map((name) => [to, 'def', database, table, name, grantable(held)]),
    ),
  );
}

export function columnPrivilegeRows(context: InformationContext): VirtualRows {
  return ofEach(context, ({ tables }, to) =>
    [...tables.values()].flatMap(({ database, table, held: onTable, columns }) =>
      [...columns].flatMap(([column, held]) =>
        listed(held).map((name) => [to, 'def', database, table, column, name, grantable(onTable)]),
      ),
    ),
  );
}

/** Whoever may read mysql.user sees everybody's grants, anybody else his own. */
function ofEach(
  { handle, session, visibility }: InformationContext,
  rows: (grants: Grants, to: string) => readonly (readonly CellValue[])[],
): VirtualRows {
  if (handle === undefined) return [];
  const own = { user: session.user, host: session.accountHost };
  const accounts: readonly Account[] = visibility?.readsAccounts() === false ? [own] : readUsers(handle);
  return accounts.flatMap((account) => rows(grantsOf(handle, account), accountText(account)));
}

function listed(held: ReadonlySet<PrivilegeName>): readonly string[] {
  return privilegeRows
    .filter(({ name }) => name !== 'GRANT OPTION' && held.has(name))
    .map(({ name }) => name);
}

function grantable(held: ReadonlySet<PrivilegeName>): string {
  return held.has('GRANT OPTION') ? 'YES' : 'NO';
}
