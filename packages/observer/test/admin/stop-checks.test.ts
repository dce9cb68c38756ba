import t from 'tap';
import { checkZones, type ReplicaFacts, type StopFacts, stopRefusal } from '../../src/admin/stop-checks.ts';
import type { ServerRow } from '../../src/cluster/server-table.ts';

function server(number: number, change: Partial<ServerRow> = {}): ServerRow {
  return {
    svrIp: '127.0.0.1',
    svrPort: number,
    id: number,
    zone: `zone${number}`,
    sqlPort: number + 100,
    status: 'ACTIVE',
    buildVersion: 'x',
    stopTimeUs: 0n,
    startServiceTimeUs: 1n,
    lastOfflineTimeUs: 0n,
    createdAt: null,
    modifiedAt: null,
    ...change,
  };
}

function replica(number: number, change: Partial<ReplicaFacts> = {}): ReplicaFacts {
  return {
    tenantId: 1,
    lsId: 1,
    server: `127.0.0.1:${number}`,
    leader: number === 1,
    endScn: 10_000_000_000n,
    replicaCount: 3,
    ...change,
  };
}

function facts(change: Partial<StopFacts> = {}): StopFacts {
  return {
    servers: [server(1), server(2), server(3)],
    replicas: [replica(1), replica(2), replica(3)],
    streams: [{ tenantId: 1, lsId: 1 }],
    alive: () => true,
    changing: () => false,
    ...change,
  };
}

t.test('a healthy cluster lets one server go', async (t) => {
  t.equal(stopRefusal([server(2)], facts(), true), undefined);
});

t.test('a second server of three is refused: no majority would be left', async (t) => {
  const servers = [server(1), server(2, { stopTimeUs: 5n }), server(3)];

  t.equal(
    stopRefusal([server(3)], facts({ servers }), true),
    'Tenant(1) LS(1) has no enough valid paxos member after stop server, stop server',
  );
});

t.test('a dead or inactive server counts as gone', async (t) => {
  t.match(
    stopRefusal([server(3)], facts({ alive: (name) => name !== '127.0.0.1:2' }), true),
    /no enough valid/,
  );
  t.match(
    stopRefusal(
      [server(3)],
      facts({ servers: [server(1), server(2, { status: 'INACTIVE' }), server(3)] }),
      true,
    ),
    /no enough valid/,
  );
});

t.test('without a leader nothing is stopped', async (t) => {
  t.equal(
    stopRefusal([server(3)], facts({ replicas: [replica(2), replica(3)] }), true),
    'Tenant(1) LS(1) has no leader, stop server',
  );
});

t.test('a log more than 5 s behind refuses STOP, but not FORCE STOP', async (t) => {
  const behind = facts({ replicas: [replica(1), replica(2, { endScn: 4_999_999_999n }), replica(3)] });

  t.equal(stopRefusal([server(3)], behind, true), 'Tenant(1) LS(1) log not sync, stop server');
  t.equal(stopRefusal([server(3)], behind, false), undefined);
  t.equal(stopRefusal([server(2)], behind, true), undefined, 'the one that lags may go');
});

t.test('while a server comes or goes, nothing is stopped', async (t) => {
  t.equal(
    stopRefusal([server(3)], facts({ changing: () => true }), false),
    'Tenant(1) locality is changing, stop server',
  );
});

t.test('ISOLATE looks at no other zone, but leaves somebody', async (t) => {
  const servers = [server(1), server(2, { stopTimeUs: 3n }), server(3)];
  t.doesNotThrow(() => checkZones([server(1)], servers, true));
  t.throws(() => checkZones([server(1)], [server(1), server(2, { stopTimeUs: 3n })], true), {
    name: 'OB_OP_NOT_ALLOW',
    message: 'Stop all servers in primary region is not allowed',
  });
});

t.test('servers of two zones are never stopped at one time', async (t) => {
  t.throws(() => checkZones([server(1), server(2)], facts().servers), {
    name: 'OB_STOP_SERVER_IN_MULTIPLE_ZONES',
  });
  t.throws(() => checkZones([server(1)], [server(1), server(2, { stopTimeUs: 3n })]), {
    message: 'Can not stop server in multiple zones, there are already servers stopped in zone:zone2',
  });
  t.doesNotThrow(() => checkZones([server(1)], [server(1, { stopTimeUs: 3n }), server(2)]));
});
