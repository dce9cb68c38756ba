import { type SqlHandle, userListColumns, userListRows, type VirtualRows } from '@sealane/sql';
import { sysTenantId } from '../tenant/tenant-table.ts';
import type { View } from './view.ts';

/** A tenant of this node, as far as its accounts are concerned. */
export interface TenantWithAccounts {
  readonly identity: { readonly id: number };
  readonly node: {
    catalog(): { readonly version: number };
    readonly database: { reader(): SqlHandle };
  };
}

/** DBA_OB_USERS shows the tenant's own accounts, CDB_OB_USERS those of all tenants to sys. */
export function accountViews(tenants: () => readonly TenantWithAccounts[]): readonly View[] {
  const rowsOf = (tenantId: number) => tenants().find(({ identity }) => identity.id === tenantId);
  return [
    {
      definition: { database: 'oceanbase', name: 'DBA_OB_USERS', columns: userListColumns },
      rows: (tenantId) => usersOf(rowsOf(tenantId)),
    },
    {
      definition: {
        database: 'oceanbase',
        name: 'CDB_OB_USERS',
        columns: [tenantColumn, ...userListColumns],
      },
      rows: (tenantId) =>
        (tenantId === sysTenantId ? tenants() : []).flatMap((tenant) =>
          usersOf(tenant).map((row) => [BigInt(tenant.identity.id), ...row]),
        ),
    },
  ];
}

const tenantColumn = { name: 'TENANT_ID', type: { name: 'bigint' }, nullable: false } as const;

/** None before the tenant has its tables. */
function usersOf(tenant: TenantWithAccounts | undefined): VirtualRows {
  if (tenant === undefined || tenant.node.catalog().version === 0) return [];
  return userListRows(tenant.node.database.reader());
}
