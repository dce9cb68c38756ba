import { type CellValue, systemVariables, type VirtualRows } from '@sealane/sql';
import { sysTenantId } from '../tenant/tenant-table.ts';
import { columns, type View, yesNo } from './view.ts';

/** A tenant of this node, as far as its variables are concerned. */
export interface TenantWithVariables {
  readonly identity: { readonly id: number };
  readonly node: { globalVariable(name: string): CellValue | undefined };
}

const variableColumns =
  'NAME varchar(128), VALUE varchar(1024)?, SCOPE varchar(16), DEFAULT_VALUE varchar(1024)?, ISDEFAULT varchar(3)';
const scopes = { both: 'GLOBAL | SESSION', global: 'GLOBAL', session: 'SESSION' } as const;

/**
 * DBA_OB_SYS_VARIABLES shows the tenant's own global values, CDB_OB_SYS_VARIABLES those of all tenants to sys: as this node has
 * applied them.
 */
export function variableViews(tenants: () => readonly TenantWithVariables[]): readonly View[] {
  return [
    {
      definition: { database: 'oceanbase', name: 'DBA_OB_SYS_VARIABLES', columns: columns(variableColumns) },
      rows: (tenantId) =>
        tenants()
          .filter(({ identity }) => identity.id === tenantId)
          .flatMap(variableRows),
    },
    {
      definition: {
        database: 'oceanbase',
        name: 'CDB_OB_SYS_VARIABLES',
        columns: columns(`TENANT_ID bigint, ${variableColumns}`),
      },
      rows: (tenantId) =>
        (tenantId === sysTenantId ? tenants() : []).flatMap((tenant) =>
          variableRows(tenant).map((row) => [BigInt(tenant.identity.id), ...row]),
        ),
    },
  ];
}

/** Booleans are 0 and 1, as OceanBase stores them. */
function variableRows({ node }: TenantWithVariables): VirtualRows {
  return systemVariables.map((variable) => {
    const value = textOf(node.globalVariable(variable.name) ?? variable.default);
    const delivered = textOf(variable.default);
    return [variable.name, value, scopes[variable.scope], delivered, yesNo(value === delivered)];
  });
}

function textOf(value: CellValue): string | null {
  return value === null ? null : String(value);
}
