import t from 'tap';
import { variableViews } from '../../src/views/variable-views.ts';

const SYS = 1;
const USER = 1002;

t.test('a tenant sees its own variables, sys those of all, as this node has applied them', async (t) => {
  const requires = (on: bigint) => ({
    globalVariable: (name: string) => (name === 'require_secure_transport' ? on : undefined),
  });
  const views = variableViews(() => [
    { identity: { id: SYS }, node: requires(0n) },
    { identity: { id: USER }, node: requires(1n) },
  ]);
  const rowsOf = async (view: string, tenantId: number) => {
    const found = views.find(({ definition }) => definition.name === view);
    const rows = [...((await found?.rows(tenantId)) ?? [])];
    const width = found?.definition.columns.length;
    t.ok(
      rows.every((row) => row.length === width),
      `${view} has ${width} columns`,
    );
    return rows.filter((row) => row.includes('require_secure_transport'));
  };

  t.same(await rowsOf('DBA_OB_SYS_VARIABLES', USER), [
    ['require_secure_transport', '1', 'GLOBAL', '0', 'NO'],
  ]);
  t.same(await rowsOf('CDB_OB_SYS_VARIABLES', SYS), [
    [1n, 'require_secure_transport', '0', 'GLOBAL', '0', 'YES'],
    [1002n, 'require_secure_transport', '1', 'GLOBAL', '0', 'NO'],
  ]);
  t.same(await rowsOf('CDB_OB_SYS_VARIABLES', USER), [], 'other tenants see nothing there');
});
