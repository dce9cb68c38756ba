import type { CellValue, SqlValue } from '@sealane/sql';
import t from 'tap';
import {
  type AddDeleteOptions,
  addServers,
  cancelDeleteServers,
  deleteServers,
} from '../../src/admin/add-delete-servers.ts';
import { type GroupChange, Membership, nextChange, type StreamGroup } from '../../src/cluster/membership.ts';
import type { HeartbeatReport } from '../../src/cluster/server-manager.ts';
import type { ServerRow } from '../../src/cluster/server-table.ts';

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };
const self = { ip: '10.0.0.1', rpcPort: 2882 };
const streams = [
  { tenantId: 1, lsId: 1 },
  { tenantId: 1002, lsId: 1001 },
];
const [one, two, three, four] = [1, 2, 3, 4].map((last) => `10.0.0.${last}:2882`) as [
  string,
  string,
  string,
  string,
];

t.test('a group takes one step at a time, additions first, and its leader goes last', async (t) => {
  const rows = (statuses: Record<string, string>) =>
    Object.entries(statuses).map(([name, status]) => row(name, status));
  const group = (change: Partial<StreamGroup> = {}): StreamGroup => ({
    tenantId: 1,
    lsId: 1,
    leader: one,
    members: [one, two, three],
    degraded: [],
    learners: [],
    ...change,
  });
  const all = () => true;
  const three3 = { [one]: 'ACTIVE', [two]: 'ACTIVE', [three]: 'ACTIVE' };

  t.equal(nextChange(group(), rows(three3), all), undefined, 'as it should be');
  t.strictSame(nextChange(group(), rows({ ...three3, [four]: 'ACTIVE' }), all), {
    kind: 'add',
    server: four,
  });
  t.equal(
    nextChange(group(), rows({ ...three3, [four]: 'ACTIVE' }), (server) => server !== four),
    undefined,
    'not alive',
  );
  t.equal(
    nextChange(group({ learners: [four] }), rows({ ...three3, [four]: 'ACTIVE' }), all),
    undefined,
    'on its way',
  );

  const replacing = { ...three3, [three]: 'DELETING', [four]: 'ACTIVE' };
  t.strictSame(
    nextChange(group(), rows(replacing), all),
    { kind: 'add', server: four },
    'the successor first',
  );
  t.equal(nextChange(group({ learners: [four] }), rows(replacing), all), undefined, 'then it catches up');
  t.strictSame(nextChange(group({ members: [one, two, three, four] }), rows(replacing), all), {
    kind: 'remove',
    server: three,
  });
  t.strictSame(nextChange(group({ learners: [four] }), rows({ ...three3, [four]: 'DELETING' }), all), {
    kind: 'remove',
    server: four,
  });

  const leaderGoes = { ...three3, [one]: 'DELETING' };
  t.strictSame(
    nextChange(group(), rows(leaderGoes), (server) => server !== two),
    {
      kind: 'hand-over',
      server: one,
      to: three,
    },
  );
  t.equal(
    nextChange(group(), rows(leaderGoes), (server) => server === one),
    undefined,
    'to nobody it can be handed',
  );
  t.equal(
    nextChange(group({ members: [one, two, three, four] }), rows(three3), all),
    undefined,
    'a member without a row stays',
  );
});

t.test('a server is added, replaces a dead one, and every step is in the history', async (t) => {
  const cluster = new FakeCluster();
  const membership = cluster.membership();

  await addServers([four], undefined, cluster.options());
  t.strictSame(cluster.statusOf(four), 'ACTIVE');
  cluster.dead.add(three);
  await deleteServers([three], 'zone3', cluster.options());
  for (let round = 0; round < 6; round++) {
    await membership.round();
    cluster.learnersJoin();
  }

  t.strictSame(
    cluster.groups.map(({ members }) => members),
    [
      [one, two, four],
      [one, two, four],
    ],
  );
  t.equal(cluster.statusOf(three), undefined, 'its row is gone');
  t.strictSame(cluster.events, [
    `add_server ${four}`,
    `delete_server ${three}`,
    `start_add_ls_replica 1 ${four}`,
    `start_add_ls_replica 1002 ${four}`,
    `finish_add_ls_replica 1 ${four}`,
    `start_remove_ls_paxos_replica 1 ${three}`,
    `finish_add_ls_replica 1002 ${four}`,
    `start_remove_ls_paxos_replica 1002 ${three}`,
    `finish_delete_server ${three}`,
  ]);
});

t.test('a deletion can be cancelled, and what had left comes back', async (t) => {
  const cluster = new FakeCluster();
  const membership = cluster.membership();
  await deleteServers([three], undefined, cluster.options());
  cluster.refuse = 1002;
  await membership.round();
  t.notOk(cluster.groups[0]?.members.includes(three));

  await cancelDeleteServers([three], undefined, cluster.options());
  cluster.refuse = undefined;
  await membership.round();
  cluster.learnersJoin();
  await membership.round();

  t.ok(cluster.groups.every(({ members }) => members.includes(three)));
  t.equal(cluster.statusOf(three), 'ACTIVE');
});

t.test('ADD SERVER says what is wrong with the server', async (t) => {
  const cluster = new FakeCluster();
  const refused = async (name: string, zone: string | undefined, options: AddDeleteOptions) => {
    const error = await addServers([name], zone, options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return `${(error as { name?: string } | undefined)?.name} ${(error as Error | undefined)?.message}`;
  };
  const options = cluster.options();

  t.match(await refused(two, undefined, options), /^OB_ENTRY_EXIST/);
  t.match(await refused('nonsense', undefined, options), /^OB_INVALID_ARGUMENT/);
  t.match(await refused(four, 'zone1', options), /^OB_SERVER_ZONE_NOT_MATCH/);
  t.match(
    await refused(four, undefined, { ...options, askNewServer: () => Promise.reject(new Error('refused')) }),
    /^OB_SERVER_NOT_ALIVE .*10\.0\.0\.4:2882 doesn't answer/,
  );
  cluster.reported = { empty: false };
  t.match(
    await refused(four, undefined, options),
    /^OB_OP_NOT_ALLOW add non-empty server 10\.0\.0\.4:2882 not allowed/,
  );
  cluster.reported = { electionTimings: 'OCEANBASE' };
  t.match(await refused(four, undefined, options), /^OB_OP_NOT_ALLOW .*other _election_timings/);
  cluster.reported = { zone: 'zone9' };
  t.match(await refused(four, undefined, options), /^OB_ZONE_INFO_NOT_EXIST/);
  cluster.zones = [['zone9', 'INACTIVE', '', '', '', null, null]];
  t.match(await refused(four, undefined, options), /^OB_ZONE_NOT_ACTIVE/);
});

t.test('DELETE SERVER is refused when those that stay would have no majority', async (t) => {
  const cluster = new FakeCluster();
  const refused = async (name: string): Promise<unknown> =>
    deleteServers([name], undefined, cluster.options()).then(
      () => undefined,
      (error: { name: string }) => error.name,
    );

  t.equal(await refused('10.0.0.9:2882'), 'OB_SERVER_NOT_IN_WHITE_LIST');
  const [group] = cluster.groups;
  cluster.groups = cluster.groups.map((each) => (each === group ? { ...each, degraded: [three] } : each));
  t.equal(await refused(two), 'OB_DELETE_SERVER_NOT_ALLOWED', 'one of those that stay was wiped');
  cluster.dead.add(three);
  t.equal(await refused(two), 'OB_DELETE_SERVER_NOT_ALLOWED');
  t.equal(await refused(three), undefined, 'the dead one may go');
  t.equal(await refused(three), 'OB_SERVER_ALREADY_DELETED');
  cluster.groups = [];
  t.equal(await refused(two), 'OB_OP_NOT_ALLOW', 'no leader');
  const notDeleting = await cancelDeleteServers([two], undefined, cluster.options()).catch(
    (error: { name: string }) => error.name,
  );
  t.equal(notDeleting, 'OB_SERVER_NOT_DELETING');
});

const report: HeartbeatReport = {
  zone: 'zone4',
  sqlPort: 2881,
  buildVersion: 'b',
  startServiceTimeUs: 0,
  empty: true,
  electionTimings: 'SEALANE',
};

/** A table of servers and two groups, without anything between. */
class FakeCluster {
  readonly events: string[] = [];
  readonly dead = new Set<string>();
  groups: StreamGroup[] = streams.map((stream) => ({
    ...stream,
    leader: one,
    members: [one, two, three],
    degraded: [],
    learners: [],
  }));
  zones: SqlValue[][] = ['zone1', 'zone2', 'zone3', 'zone4'].map((zone) => [
    zone,
    'ACTIVE',
    '',
    '',
    '',
    null,
    null,
  ]);
  reported: Partial<HeartbeatReport> = {};
  refuse: number | undefined;
  #rows = [one, two, three].map((name) => row(name, 'ACTIVE'));

  statusOf(name: string): string | undefined {
    return this.#rows.find((each) => `${each.svrIp}:${each.svrPort}` === name)?.status;
  }

  learnersJoin(): void {
    this.groups = this.groups.map((group) => ({
      ...group,
      members: [...group.members, ...group.learners],
      learners: [],
    }));
  }

  membership(): Membership {
    return new Membership({
      self,
      sql: this.#sql,
      streams: () => streams,
      groups: async () => this.groups,
      alive: (server) => !this.dead.has(server),
      change: async (group, change) => this.#change(group, change),
      logger: silentLogger,
    });
  }

  options(): AddDeleteOptions {
    return {
      self,
      sql: this.#sql,
      streams: () => streams,
      alive: (server) => !this.dead.has(server),
      groups: async () => this.groups,
      ownReport: () => report,
      askNewServer: async () => ({ ...report, ...this.reported }),
      serversChanged: () => undefined,
    };
  }

  #change(group: StreamGroup, change: GroupChange): void {
    if (this.refuse === group.tenantId) throw new Error('refused');
    this.groups = this.groups.map((each) => {
      if (each !== group) return each;
      if (change.kind === 'add') return { ...each, learners: [...each.learners, change.server] };
      return { ...each, members: each.members.filter((member) => member !== change.server) };
    });
  }

  readonly #sql = {
    execute: async (text: string, parameters: readonly CellValue[] = []) => this.#write(text, parameters),
    transaction: async (statements: readonly { text: string; parameters: readonly CellValue[] }[]) => {
      for (const { text, parameters } of statements) this.#write(text, parameters);
    },
    local: (table: string): SqlValue[][] => (table === '__all_server' ? this.#rows.map(cells) : this.zones),
  };

  #write(text: string, parameters: readonly CellValue[]): void {
    if (text.includes('event_history')) this.events.push(told(parameters));
    else if (text.includes('INSERT'))
      this.#rows.push(row(`${parameters[0]}:${parameters[1]}`, String(parameters[5])));
    else if (text.includes('DELETE FROM'))
      this.#rows = this.#rows.filter((each) => each.svrIp !== parameters[0]);
    else
      this.#rows = this.#rows.map((each) =>
        each.svrIp === parameters[1] ? { ...each, status: String(parameters[0]) } : each,
      );
  }
}

function told([, event, ...facts]: readonly CellValue[]): string {
  const byName = new Map<CellValue | undefined, CellValue | undefined>();
  for (let at = 0; at < facts.length; at += 2) byName.set(facts[at], facts[at + 1]);
  return [event, byName.get('tenant_id'), byName.get('replica') ?? byName.get('server')]
    .filter((part) => part !== undefined)
    .join(' ');
}

function row(name: string, status: string): ServerRow {
  const [svrIp = '', port] = name.split(':');
  return {
    svrIp,
    svrPort: Number(port),
    id: Number(svrIp.at(-1)),
    zone: `zone${svrIp.at(-1)}`,
    sqlPort: 2881,
    status,
    buildVersion: 'b',
    stopTimeUs: 0n,
    startServiceTimeUs: 5n,
    lastOfflineTimeUs: 0n,
    createdAt: null,
    modifiedAt: null,
  };
}

function cells(each: ServerRow): SqlValue[] {
  return [
    each.svrIp,
    BigInt(each.svrPort),
    BigInt(each.id),
    each.zone,
    BigInt(each.sqlPort),
    each.status,
    each.buildVersion,
    each.stopTimeUs,
    each.startServiceTimeUs,
    each.lastOfflineTimeUs,
    null,
    null,
  ];
}
