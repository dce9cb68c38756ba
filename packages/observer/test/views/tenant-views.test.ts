import type { SqlValue } from '@sealane/sql';
import t from 'tap';
import type { InternalSql } from '../../src/cluster/ports.ts';
import { tenantViews } from '../../src/views/tenant-views.ts';
import { ViewSet } from '../../src/views/view-set.ts';

/** RootService's tables as two tenants have them, each with a pool of its own; a third pool is free. */
const stored: Readonly<Record<string, SqlValue[][]>> = {
  __all_unit_config: [1n, 2n, 3n].map((id) => [id, `box${id}`, 2n, 2n, 1n, 1n, 1n, 1n, 0n, null, null]),
  __all_resource_pool: [
    [1n, 'pool1', 1n, 1n, 'zone1', 1n, null, null],
    [2n, 'pool2', 1n, 2n, 'zone1', 1004n, null, null],
    [3n, 'pool3', 1n, 3n, 'zone1', null, null, null],
  ],
  __all_unit: [1n, 2n, 3n].map((id) => [id, id, 'zone1', '10.0.0.1', 2882n, 'ACTIVE', null, null]),
};
const sql = { local: (table: string) => stored[table] ?? [] } as unknown as InternalSql;

t.test('another tenant’s resources are sys’s business alone', async (t) => {
  const views = new ViewSet(tenantViews({ sql, tenantRows: () => [] }));
  const keys = async (name: string, tenantId: number): Promise<string> =>
    (await views.rows(name, tenantId)).map((row) => row[name === 'GV$OB_UNITS' ? 2 : 0]).join();
  const seen = { DBA_OB_UNIT_CONFIGS: '1,2,3', DBA_OB_RESOURCE_POOLS: '1,2,3', DBA_OB_UNITS: '1,2,3' };

  for (const [name, all] of Object.entries({ ...seen, GV$OB_UNITS: '1,2' })) {
    t.equal(await keys(name, 1), all, `${name} of sys`);
    t.equal(await keys(name, 1004), '2', `${name} of a tenant`);
    t.equal(await keys(name, 1006), '', `${name} of a tenant that has none`);
  }
});
