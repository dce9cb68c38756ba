import type { VirtualRows } from '@sealane/sql';
import t from 'tap';
import { StatementFigures } from '../../src/metrics/statement-figures.ts';
import { viewColumns } from '../../src/views/definitions.ts';
import { nodeViews } from '../../src/views/gathered-view.ts';
import { replicaFacts, streamGroups } from '../../src/views/log-stat.ts';
import { systemStatisticsRows } from '../../src/views/system-statistics.ts';
import { columns, timestampCell } from '../../src/views/view.ts';
import { ViewSet } from '../../src/views/view-set.ts';

t.test('a column list reads as the documentation writes it', async (t) => {
  t.same(columns('A varchar(46), B bigint unsigned, C timestamp(6)?'), [
    {
      name: 'A',
      type: { name: 'varchar', length: 46, charset: 'utf8mb4', collation: 'utf8mb4_general_ci' },
      nullable: false,
    },
    { name: 'B', type: { name: 'bigint', unsigned: true }, nullable: false },
    { name: 'C', type: { name: 'timestamp', decimals: 6 }, nullable: true },
  ]);
  t.throws(() => columns('A varchar(46) B'), /not a column/);
});

t.test('statistics of a tenant have OceanBase’s numbers and names, one in each row', async (t) => {
  const statements = new StatementFigures();
  statements.finished({ tenantId: 1002, kind: 'insert', tookMs: 2, errno: undefined });
  statements.finished({ tenantId: 1002, kind: 'grant', tookMs: 1, errno: 1045 });
  const rows = systemStatisticsRows('10.0.0.1', 2882, {
    tenantId: 1002,
    commitCount: 7,
    logSyncCount: 3,
    statements: statements.tenant(1002),
  });
  const told = Object.fromEntries(rows.map((row) => [row[4], row[6]]));
  t.match(told, {
    'sql insert count': 1,
    'sql insert time': 2_000,
    'sql other count': 1,
    'sql select count': 0,
  });
  t.same(rows.at(-1), [1002, '10.0.0.1', 2882, 14, 'sql fail count', 8, 1, 'ADD_VALUE', 40119]);
  t.same(rows.slice(0, 2), [
    [1002, '10.0.0.1', 2882, 0, 'trans commit count', 4, 7, 'ADD_VALUE', 30_007],
    [1002, '10.0.0.1', 2882, 1, 'palf write io count to disk', 256, 3, 'ADD_VALUE', 80_001],
  ]);
  t.ok(rows.every((row) => row.length === viewColumns.SYSSTAT.length));
});

t.test('times are told to the microsecond, and never is NULL', async (t) => {
  t.equal(timestampCell(1_795_508_729_508_123), '2026-11-24 08:25:29.508123');
  t.equal(timestampCell(0), null);
  t.equal(timestampCell(undefined), null);
});

t.test('GV$ has every node’s rows in order; a silent node is reported, its rows are missing', async (t) => {
  const silent: string[] = [];
  const rowsOf: Record<string, VirtualRows> = {
    '10.0.0.3:2882': [['10.0.0.3', 2882, 'c']],
    '10.0.0.1:2882': [['10.0.0.1', 2882, 'a']],
  };
  const views = new ViewSet(
    nodeViews(
      'THING',
      columns('SVR_IP varchar(46), SVR_PORT bigint, X varchar(1)'),
      () => [['10.0.0.2', 2882, 'b']],
      {
        others: () => ['10.0.0.3:2882', '10.0.0.4:2882', '10.0.0.1:2882'],
        ask: async (server, view) => {
          t.equal(view, 'V$THING', 'a node is asked for its own rows only');
          const rows = rowsOf[server];
          if (rows === undefined) throw new Error('no answer');
          return rows;
        },
        unanswered: (server) => silent.push(server),
      },
    ),
  );

  t.same(
    (await views.rows('gv$thing')).map((row) => row[2]),
    ['a', 'b', 'c'],
  );
  t.same(
    (await views.rows('V$THING')).map((row) => row[2]),
    ['b'],
  );
  t.same(silent, ['10.0.0.4:2882']);
  await t.rejects(views.rows('GV$OTHER'), { name: 'OB_TABLE_NOT_EXIST' });
});

t.test('the checks of ALTER SYSTEM find their facts in the columns of GV$OB_LOG_STAT', async (t) => {
  const cells: Record<string, string | number | bigint> = {
    SVR_IP: '10.0.0.1',
    SVR_PORT: 2882,
    TENANT_ID: 1002,
    LS_ID: 1001,
    ROLE: 'LEADER',
    PAXOS_MEMBER_LIST: '10.0.0.1:2882:1,10.0.0.2:2882:1,10.0.0.3:2882:1',
    DEGRADED_LIST: '10.0.0.3:2882:1',
    LEARNER_LIST: '10.0.0.4:2882:1',
    PAXOS_REPLICA_NUM: 3,
    END_SCN: 77n,
  };
  const row = viewColumns.OB_LOG_STAT.map(({ name }) => cells[name] ?? null);
  const others = ['10.0.0.2', '10.0.0.3', '10.0.0.4'].map((ip) =>
    viewColumns.OB_LOG_STAT.map(({ name }) => {
      if (name === 'SVR_IP') return ip;
      return name === 'ROLE' ? 'FOLLOWER' : (cells[name] ?? null);
    }),
  );

  const facts = replicaFacts([row, ...others]);
  t.same(facts[0], {
    server: '10.0.0.1:2882',
    tenantId: 1002,
    lsId: 1001,
    leader: true,
    endScn: 77n,
    replicaCount: 3,
  });
  t.same(
    facts.map(({ server }) => server),
    ['10.0.0.1:2882', '10.0.0.2:2882'],
    'neither one that was wiped nor one on its way in counts',
  );
  t.match(streamGroups([row, ...others]), [{ leader: '10.0.0.1:2882', learners: ['10.0.0.4:2882'] }]);
});
