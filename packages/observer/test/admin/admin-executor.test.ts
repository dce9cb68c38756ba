import { ObError } from '@sealane/errors';
import t from 'tap';
import { AdminExecutor, type AdminExecutorOptions } from '../../src/admin/admin-executor.ts';

/** Who carries out ALTER SYSTEM while leadership of RootService moves. */

const self = { ip: '10.0.0.1', rpcPort: 2882 };
const sys = { tenant: 'sys' };

/** Only what an action needs that is refused at once: it tells who was asked. */
function executor(options: Partial<AdminExecutorOptions>): AdminExecutor {
  return new AdminExecutor({
    self,
    timeoutMs: () => 1_000,
    sysAppliedLsn: () => 5,
    leadsRootService: () => false,
    ...options,
  } as AdminExecutorOptions);
}

t.test('a node that is elected and does not serve yet is waited for', async (t) => {
  let looks = 0;
  const admin = executor({
    rootServiceLeader: () => (++looks < 3 ? undefined : '10.0.0.1:2882'),
    leadsRootService: () => looks > 4,
    rpc: { call: async () => t.fail('it must not call itself') },
  });

  await t.rejects(admin.execute({ name: 'bootstrap', servers: [] }, sys), { name: 'OB_INIT_TWICE' });
  t.ok(looks > 4);
});

t.test('a leader that has just lost RootService is left for the next', async (t) => {
  const asked: string[] = [];
  const admin = executor({
    rootServiceLeader: () => (asked.length === 0 ? '10.0.0.2:2882' : '10.0.0.3:2882'),
    rpc: {
      call: async (server) => {
        asked.push(server);
        if (server === '10.0.0.2:2882') throw new ObError('OB_RS_NOT_MASTER');
        return { lsn: 4 };
      },
    },
  });

  await admin.execute({ name: 'bootstrap', servers: [] }, sys);
  t.same(asked, ['10.0.0.2:2882', '10.0.0.3:2882']);
});

t.test('any other answer is told at once', async (t) => {
  let calls = 0;
  const admin = executor({
    rootServiceLeader: () => '10.0.0.2:2882',
    rpc: {
      call: async () => {
        calls += 1;
        throw new ObError('OB_RPC_SEND_ERROR', [], { details: { sent: true } });
      },
    },
  });

  await t.rejects(admin.execute({ name: 'bootstrap', servers: [] }, sys), { name: 'OB_RPC_SEND_ERROR' });
  t.equal(calls, 1, 'its effect is unknown');
});

t.test('MINOR FREEZE of a tenant that is not there freezes none', async (t) => {
  const frozen: unknown[] = [];
  const admin = executor({
    leadsRootService: () => true,
    sql: {
      local: (table) =>
        table === '__all_server'
          ? [['10.0.0.1', 2882n, 1n, 'zone1', 2881n, 'ACTIVE', '', 0n, 0n, 0n, null, null]]
          : [],
      execute: async () => undefined,
      transaction: async () => undefined,
    },
    tenantId: (name) => (name === 'mysql' ? 1002 : undefined),
    freeze: async (server, tenantId) => {
      frozen.push([server, tenantId]);
    },
  });
  const freeze = (tenant?: string): Promise<unknown> =>
    admin.execute({ name: 'minor-freeze', servers: [], ...(tenant === undefined ? {} : { tenant }) }, sys);

  await t.rejects(freeze('nobody'), { name: 'OB_TENANT_NOT_EXIST' });
  t.same(frozen, []);
  await freeze('mysql');
  await freeze('ALL');
  await freeze();
  t.same(frozen, [
    ['10.0.0.1:2882', 1002],
    ['10.0.0.1:2882', undefined],
    ['10.0.0.1:2882', undefined],
  ]);
});
