import { hostname } from 'node:os';
import { isObError, ObError } from '@sealane/errors';
import t, { type Test } from 'tap';
import type { SqlConnection, SqlRow } from '../src/dialer.ts';
import { ClusterLease, type ClusterLeaseOptions, readClusterLease } from '../src/lease/cluster-lease.ts';
import { type Holder, thisHolder } from '../src/lease/holder.ts';
import { SqlAccess } from '../src/sql-access.ts';

/** A process id that no process has: ids end below it. */
const NO_PROCESS = 2 ** 22 + 1;
const SERVERS = ['10.0.0.1:2882', '10.0.0.2:2882'];

/** The one table of the lease, and the statements about it that there are, on servers that can be down. */
class LeaseTable {
  readonly down = new Set<string>();
  nowMs = 1_000_000;
  row:
    | { token: string; machine: string; pid: number; who: string; work: string; expiresAtMs: number }
    | undefined;
  statements = 0;

  sql(): SqlAccess {
    return new SqlAccess(async (server): Promise<SqlConnection> => {
      if (this.down.has(server)) throw new ObError('OB_CONNECT_ERROR', [], { message: `no ${server}` });
      return {
        usable: true,
        encryption: undefined,
        query: async (text) => this.#answer(text),
        close: () => undefined,
      };
    });
  }

  #answer(text: string): readonly SqlRow[] {
    this.statements += 1;
    if (text.startsWith('SELECT')) return this.#read();
    if (text.startsWith('INSERT')) {
      this.row ??= { token: '', machine: '', pid: 0, who: '', work: '', expiresAtMs: 0 };
    } else if (text.startsWith('UPDATE')) this.#update(text);
    return [];
  }

  #read(): readonly SqlRow[] {
    const { row } = this;
    if (row === undefined) throw new ObError('OB_TABLE_NOT_EXIST', ['cluster_controller', 'lease']);
    const remaining = String(row.expiresAtMs - this.nowMs);
    return [[row.token, row.machine, String(row.pid), row.who, row.work, remaining]];
  }

  #update(text: string): void {
    const [, wanted = ''] = /WHERE name = 'cluster' AND token = '([^']*)'/.exec(text) ?? [];
    if (this.row === undefined || this.row.token !== wanted) return;
    const column = (name: string) =>
      new RegExp(`\\b${name} = '?([^',]*)'?`).exec(text.split('WHERE')[0] ?? '')?.[1];
    const duration = /AS SIGNED\) \+ (\d+)/.exec(text)?.[1];
    this.row = {
      token: column('token') ?? this.row.token,
      machine: column('machine') ?? this.row.machine,
      pid: Number(column('pid') ?? this.row.pid),
      who: column('who') ?? this.row.who,
      work: column('work') ?? this.row.work,
      expiresAtMs: duration === undefined ? 0 : this.nowMs + Number(duration),
    };
  }
}

const elsewhere = (token: string): Holder => ({
  token,
  machine: 'another',
  pid: process.pid,
  who: `ann@${token}`,
});

function optionsFor(table: LeaseTable, holder: Holder): ClusterLeaseOptions {
  return { servers: SERVERS, sql: table.sql(), holder, work: 'encryption enable', takeTimeoutMs: 500 };
}

async function taken(t: Test, options: ClusterLeaseOptions): Promise<ClusterLease> {
  const lease = await ClusterLease.take(options);
  t.teardown(() => lease.giveBack());
  return lease;
}

t.test('the first one gets it, the second is told by whom, and may have it afterwards', async (t) => {
  const table = new LeaseTable();
  const first = await ClusterLease.take(optionsFor(table, elsewhere('one')));

  const error = await t.rejects(ClusterLease.take(optionsFor(table, elsewhere('two'))));
  t.ok(isObError(error, 'OB_OP_NOT_ALLOW'));
  t.match(
    error,
    /another controller is at work.*"encryption enable" by ann@one, process \d+.*runs out in 20 s/,
  );
  t.match(await readClusterLease({ servers: SERVERS, sql: table.sql() }), { token: 'one' });

  await first.giveBack();
  await taken(t, optionsFor(table, elsewhere('two')));
  t.equal(table.row?.token, 'two');
});

t.test('it runs out by itself when its holder is not heard of any more', async (t) => {
  const table = new LeaseTable();
  await taken(t, optionsFor(table, elsewhere('one')));

  table.nowMs += 19_999;
  await t.rejects(ClusterLease.take(optionsFor(table, elsewhere('two'))), /at work/);
  table.nowMs += 2;
  await taken(t, optionsFor(table, elsewhere('two')));
  t.equal(table.row?.token, 'two');
});

t.test('a run that was killed on this machine is taken up at once, another machine’s is not', async (t) => {
  const table = new LeaseTable();
  const self = thisHolder();
  t.match(self.machine, hostname());
  await taken(t, optionsFor(table, { ...self, token: 'killed', pid: NO_PROCESS }));

  const other = { ...elsewhere('stranger'), machine: 'another machine' };
  await t.rejects(ClusterLease.take(optionsFor(table, other)), /at work/);
  await taken(t, optionsFor(table, self));
  t.equal(table.row?.token, self.token);
});

t.test('any node will do, and none is a refusal in bounded time', async (t) => {
  const table = new LeaseTable();
  table.down.add(SERVERS[0] ?? '');
  const lease = await ClusterLease.take(optionsFor(table, elsewhere('one')));
  t.equal(table.row?.token, 'one');
  await lease.giveBack();
  t.equal(table.row?.token, '');

  table.down.add(SERVERS[1] ?? '');
  const error = await t.rejects(ClusterLease.take(optionsFor(table, elsewhere('two'))));
  t.ok(isObError(error, 'OB_OP_NOT_ALLOW'));
  t.match(error, /can't be taken: no 10\.0\.0\.2:2882; nothing was changed/);
});

t.test('it is renewed while its holder works', async (t) => {
  const table = new LeaseTable();
  const lease = await taken(t, { ...optionsFor(table, elsewhere('one')), renewIntervalMs: 5 });
  const until = table.row?.expiresAtMs ?? 0;
  table.nowMs += 15_000;
  await eventually(t, () => (table.row?.expiresAtMs ?? 0) > until + 10_000);
  t.notOk(isLost(lease));
});

t.test('whoever lost it, or cannot renew it, changes nothing more', async (t) => {
  const table = new LeaseTable();
  const robbed = await taken(t, { ...optionsFor(table, elsewhere('one')), renewIntervalMs: 5 });
  if (table.row !== undefined) table.row = { ...table.row, token: 'thief', who: 'bob@host' };
  await eventually(t, () => isLost(robbed));
  t.throws(() => robbed.check(), /has lost the cluster's lease: another controller.*bob@host/);

  const other = new LeaseTable();
  const short = { durationMs: 60, marginMs: 20, renewIntervalMs: 5 };
  const cut = await taken(t, { ...optionsFor(other, elsewhere('one')), ...short });
  for (const server of SERVERS) other.down.add(server);
  // A connection that is open stays so: the table itself is what can't be had.
  other.row = undefined;
  await eventually(t, () => isLost(cut));
  t.throws(() => cut.check(), /could not be renewed for .* s/);
});

function isLost(lease: ClusterLease): boolean {
  try {
    lease.check();
    return false;
  } catch {
    return true;
  }
}

async function eventually(t: Test, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > deadline) return void t.fail('it did not come to pass within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
