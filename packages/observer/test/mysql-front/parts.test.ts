import t from 'tap';
import { ProcessList, parseLoginName, StatementCache } from '../../src/mysql-front/index.ts';

t.test('a login name is split at the first @, then at the first #', (t) => {
  const cases: readonly [string, string, string, string | undefined][] = [
    ['root', 'root', 'sys', undefined],
    ['root@test', 'root', 'test', undefined],
    ['root@', 'root', 'sys', undefined],
    ['app@shop#east', 'app', 'shop', 'east'],
    ['app@shop#east:3', 'app', 'shop', 'east'],
    ['app#east', 'app', 'sys', 'east'],
    ["'app'@`shop`", 'app', 'shop', undefined],
    ['a@b@c', 'a', 'b@c', undefined],
    ['', '', 'sys', undefined],
    ['app@shop#a#b', 'app', 'shop', 'a#b'],
  ];
  for (const [text, user, tenant, cluster] of cases)
    t.same(parseLoginName(text), { user, tenant, cluster }, text);
  t.equal(parseLoginName('root@META$1002'), undefined, 'no $ in a tenant name');
  t.end();
});

t.test(
  'the statement cache keys by tenant, schema, database, mode and text, and gives up the oldest',
  (t) => {
    const cache = new StatementCache<{ readonly plan: string }>({ countMax: 3, textSizeMax: 1_000 });
    const key = { tenantId: 1, schemaVersion: 7, database: 'd', sqlMode: '', text: 'select 1' };
    let made = 0;
    const make = (): { plan: string } => ({ plan: `p${++made}` });

    const first = cache.getOrMake(key, make);
    t.equal(cache.getOrMake({ ...key }, make), first);
    for (const other of [
      { tenantId: 2 },
      { schemaVersion: 8n },
      { database: undefined },
      { sqlMode: 'ANSI' },
      { text: 'select 2' },
    ]) {
      t.not(cache.getOrMake({ ...key, ...other }, make), first);
    }
    t.equal(cache.get(key), undefined, 'it is the oldest of six, and three are kept');
    t.same(cache.figures(), { count: 3, hits: 1, misses: 7 });
    t.throws(() =>
      cache.getOrMake({ ...key, text: 'bad' }, () => {
        throw new Error('1064');
      }),
    );
    cache.set({ ...key, text: 'x'.repeat(2_000) }, { plan: 'too long' });
    t.equal(cache.get({ ...key, text: 'x'.repeat(2_000) }), undefined);
    cache.clear();
    t.equal(cache.figures().count, 0);
    t.end();
  },
);

t.test('the process list shows what each connection does, and since when', (t) => {
  let now = 1_000;
  const list = new ProcessList(() => now);
  const killed: string[] = [];
  const facts = {
    user: 'root',
    tenant: 'sys',
    tenantId: 1,
    host: '127.0.0.1:5',
    tls: undefined,
    attributes: new Map<string, string>(),
  };
  const process = list.add({
    ...facts,
    connectionId: 9,
    database: () => 'd',
    holdsTransaction: (id) => id === 5,
    kill: (what) => killed.push(what),
  });
  list.add({
    ...facts,
    connectionId: 4,
    database: () => undefined,
    holdsTransaction: () => false,
    kill: () => undefined,
  });

  t.ok(list.stands(9, 0), 'the connection is there');
  t.ok(list.stands(9, 5), 'and this is its transaction');
  t.notOk(list.stands(9, 6));
  t.notOk(list.stands(8, 0));
  process.begin('Query', 'select 1');
  now = 1_250;
  t.match(list.rows(), [
    { connectionId: 4, command: 'Sleep', state: 'SLEEP', timeMs: 250, info: undefined },
    {
      connectionId: 9,
      command: 'Query',
      state: 'ACTIVE',
      timeMs: 250,
      info: 'select 1',
      database: 'd',
      connectedAt: 1_000,
    },
  ]);
  process.rest();
  t.match(list.rows()[1], { command: 'Sleep', timeMs: 0 });
  list.kill(9, 'query');
  t.same(killed, ['query']);
  list.asked();
  now = 11_000;
  t.equal(list.statistics().startsWith('Uptime: 10  Threads: 2  Questions: 1  '), true);
  list.remove(9);
  t.throws(() => list.kill(9, 'connection'), {
    name: 'OB_UNKNOWN_CONNECTION',
    message: 'Unknown thread id: 9',
  });
  t.end();
});
