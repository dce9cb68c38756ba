import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from '@sealane/transport-security';
import t from 'tap';
import { certificatesIn, sha256Of } from '../src/certs/certificate-report.ts';
import type { ClusterView, NodeAnswer, NodeView } from '../src/cluster-view.ts';
import type { Goal } from '../src/goal.ts';
import { observe } from '../src/observe.ts';
import type { Finding } from '../src/preflight/finding.ts';
import { judge } from '../src/preflight/preflight.ts';
import { type Survey, survey } from '../src/preflight/survey.ts';
import { SqlAccess } from '../src/sql-access.ts';
import type { WalletFiles } from '../src/targets/target.ts';
import { TenantProbe } from '../src/tenant-probe.ts';
import { FakeCluster } from './fake-cluster.ts';

/** What can't be planted cheaply in real nodes: test/e2e/preflight.test.ts has the rest. */

const directory = mkdtempSync(join(tmpdir(), 'sealane-preflight-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));
const names = ['observer-1', 'observer-2', 'observer-3'] as const;
await makeCertificates({
  directory,
  nodes: [...names, 'obproxy'].map((name) => ({ name, ip: '127.0.0.1', wallet: join(directory, name) })),
});

const encrypt: Goal = { kind: 'encrypt' };
const GIB = 2 ** 30;

interface Planted {
  readonly name: string;
  /** In the machines, or in what was read of them. */
  readonly cluster?: (cluster: FakeCluster) => void;
  readonly read?: (surveyed: Survey) => Survey;
  readonly goal?: Goal;
  readonly where: string;
  readonly what: RegExp;
  readonly next: RegExp;
}

const planted: readonly Planted[] = [
  {
    name: 'a clock that is ahead',
    cluster: (cluster) => Object.assign(third(cluster), { clockOffsetMs: 9_000 }),
    where: 'observer-3',
    what: /its clock is (9\.0|8\.9) s ahead of this machine's; 2 s are allowed/,
    next: /NTP/,
  },
  {
    name: 'a clock that is behind',
    cluster: (cluster) => Object.assign(third(cluster), { clockOffsetMs: -60_000 }),
    where: 'observer-3',
    what: /its clock is 60\.\d s behind/,
    next: /NTP/,
  },
  {
    name: 'clocks that are each near enough, and too far from each other',
    cluster: (cluster) => {
      Object.assign(first(cluster), { clockOffsetMs: -1_700 });
      Object.assign(third(cluster), { clockOffsetMs: 1_700 });
    },
    where: 'cluster',
    what: /the nodes' clocks are 3\.4 s apart/,
    next: /NTP/,
  },
  {
    name: 'a node of another version',
    cluster: (cluster) => Object.assign(third(cluster), { buildVersion: '4.2.1.0_9' }),
    where: 'observer-3',
    what: /is of version 4\.2\.1\.0_9, others are 4\.3\.5\.0_1/,
    next: /end the upgrade/,
  },
  {
    name: 'a data disk that is nearly full',
    cluster: (cluster) => Object.assign(third(cluster), { dataFree: GIB / 8 }),
    where: 'observer-3',
    what: /data disk is nearly full: 128 MiB are free, 512 are wanted/,
    next: /make room/,
  },
  {
    name: 'a log disk that is nearly full',
    cluster: (cluster) => Object.assign(third(cluster), { logInUse: 1_020 * GIB }),
    where: 'observer-3',
    what: /log disk is 100 % full/,
    next: /log_disk_size/,
  },
  {
    name: 'a replica that is behind',
    cluster: (cluster) => Object.assign(third(cluster), { behindNs: 7_000_000_000n }),
    where: 'observer-3',
    what: /tenant 1 log stream 1 is 7\.0 s behind its leader, IN_SYNC NO/,
    next: /IN_SYNC YES/,
  },
  {
    name: 'a majority that hangs on one node',
    cluster: (cluster) => Object.assign(third(cluster), { behindNs: 7_000_000_000n }),
    where: 'cluster',
    what: /would keep 1 replicas in sync of 3, it needs 2/,
    next: /GV\$OB_LOG_STAT/,
  },
  {
    name: 'a link that is missing',
    read: (surveyed) => ({ ...surveyed, view: withoutLinks(surveyed.view, 'observer-2', 'observer-3') }),
    where: 'observer-2 → observer-3',
    what: /no link 127\.0\.0\.1:3882 to 127\.0\.0\.1:4882/,
    next: /log\/observer\.log of observer-2/,
  },
  {
    name: 'a parameter that is half way',
    read: (surveyed) => withSetting(surveyed, '127.0.0.1:4882', '_tls_profile', 'strict'),
    where: 'cluster',
    what: /_tls_profile is half way: observer-1 has , observer-2 has , observer-3 has strict/,
    next: /ALTER SYSTEM SET _tls_profile = .* for all nodes/,
  },
  {
    name: 'a node that takes no encrypted links',
    read: (surveyed) => withSetting(surveyed, '127.0.0.1:4882', 'rpc_server_authentication_method', 'NONE'),
    where: 'observer-3',
    what: /would refuse encrypted links: rpc_server_authentication_method is NONE/,
    next: /rpc_server_authentication_method = 'ALL'/,
  },
  {
    name: 'a certificate in use that is not the one in the wallet',
    read: (surveyed) => withLoaded(surveyed, 'observer-2', { leaf: 'ab'.repeat(32) }),
    where: 'observer-2',
    what: /uses another certificate than lies in its wallet/,
    next: /RELOAD TLS/,
  },
  {
    name: 'CAs in use that are not those in the wallet, with the reason',
    read: (surveyed) =>
      withLoaded(surveyed, 'observer-2', {
        authorities: ['cd'.repeat(32)],
        lastReloadResult: 'FAILED',
        lastReloadReason: 'ssl file not available',
      }),
    where: 'observer-2',
    what: /trusts other CAs than lie in its wallet \(ssl file not available\)/,
    next: /RELOAD TLS/,
  },
  {
    name: 'somebody who would be locked out by what is asked for',
    goal: { kind: 'encrypt', require: true },
    read: (surveyed) => ({
      ...names.reduce((all, name) => withLoaded(all, name, {}), surveyed),
      lockedOut: [
        {
          kind: 'USER',
          tenant: 'test',
          name: 'app',
          reason: 'comes without TLS: 10.0.0.9 with libpq',
          advice: 'ssl-ca',
        },
      ],
    }),
    where: 'cluster',
    what: /'app'@test would be locked out by require: comes without TLS: 10\.0\.0\.9 with libpq/,
    next: /ssl-ca/,
  },
  {
    name: 'a wallet that nobody may read',
    read: (surveyed) => ({
      ...surveyed,
      wallets: new Map([...surveyed.wallets, ['127.0.0.1:3882', { unread: 'EACCES: permission denied' }]]),
    }),
    where: 'observer-2',
    what: /its wallet can't be read: EACCES/,
    next: /let the user that runs observer-2 read/,
  },
];

t.test('a cluster without a fault has none', async (t) => {
  const { findings, pairs } = await judge(encrypt, await surveyOf(new FakeCluster()));

  t.same(
    findings.filter(({ fits }) => !fits),
    [],
  );
  t.equal(pairs.filter(({ kind, agreed }) => kind === 'node' && agreed).length, 6);
});

for (const { name, cluster: plant, read, goal = encrypt, where, what, next } of planted) {
  t.test(`${name} is found, with where, what and what to do next`, async (t) => {
    const cluster = new FakeCluster();
    plant?.(cluster);
    const surveyed = await surveyOf(cluster);
    const { findings } = await judge(goal, read?.(surveyed) ?? surveyed);

    const faults = findings.filter(({ fits }) => !fits);
    const found = faults.find((each) => each.where === where && what.test(each.what));
    t.match(found, { next }, `${where}: ${what} among ${JSON.stringify(faults)}`);
    t.same(cluster.changes, [], 'looking changed nothing');
  });
}

t.test('what must be good depends on the goal', async (t) => {
  const expired = (surveyed: Survey) => ({ ...surveyed, now: new Date(Date.now() + 400 * 86_400_000) });
  const faultsOf = async (goal: Goal, surveyed: Survey): Promise<readonly Finding[]> =>
    (await judge(goal, surveyed)).findings.filter(({ fits }) => !fits);
  const inClear = expired(await surveyOf(new FakeCluster()));
  const withTls = withLoaded(inClear, 'observer-1', {});

  t.not((await faultsOf(encrypt, inClear)).length, 0, 'to encrypt, certificates must hold');
  t.same(await faultsOf({ kind: 'restart', servers: [] }, inClear), [], 'in clear nobody reads them');
  t.same(await faultsOf({ kind: 'decrypt' }, withTls), [], 'the way back is a cure for what has expired');
  const unusable = {
    ...withTls,
    wallets: new Map([['127.0.0.1:2882', walletOf('observer-1', { key: undefined })]]),
  };
  t.match(
    await faultsOf({ kind: 'decrypt' }, unusable),
    [{ what: /server-key\.pem is missing/ }],
    'but a node must start',
  );
});

async function surveyOf(cluster: FakeCluster): Promise<Survey> {
  const sql = new SqlAccess(cluster.dial);
  const view = await observe(cluster, sql, new TenantProbe(cluster.dial));
  const surveyed = await survey({ target: cluster, sql }, view);
  const wallets = cluster.members.map(({ name, server }) => [server, walletOf(name)] as const);
  return { ...surveyed, wallets: new Map(wallets) };
}

function walletOf(name: string, other: Partial<WalletFiles> = {}): WalletFiles {
  const read = (file: string) => readFileSync(join(directory, name, file), 'utf8');
  return { ca: read('ca.pem'), certificate: read('server-cert.pem'), key: read('server-key.pem'), ...other };
}

function first(cluster: FakeCluster) {
  return cluster.member('127.0.0.1:2882');
}

function third(cluster: FakeCluster) {
  return cluster.member('127.0.0.1:4882');
}

function withoutLinks(view: ClusterView, from: string, to: string): ClusterView {
  const server = (name: string) => view.nodes.find((node) => node.name === name)?.server ?? '';
  const cut = (node: NodeView): NodeView => {
    if (node.answer === undefined) return node;
    const links = node.answer.links.filter(
      ({ direction, peerServer }) =>
        !(node.name === from && direction === 'OUT' && peerServer === server(to)) &&
        !(node.name === to && direction === 'IN' && peerServer === server(from)),
    );
    return { ...node, answer: { ...node.answer, links } };
  };
  return { ...view, nodes: view.nodes.map(cut) };
}

function withSetting(surveyed: Survey, server: string, name: string, value: string): Survey {
  const facts = surveyed.facts.get(server);
  if (facts === undefined) throw new Error(`no facts of ${server}`);
  const changed = { ...facts, settings: { ...facts.settings, [name]: value } };
  return { ...surveyed, facts: new Map([...surveyed.facts, [server, changed]]) };
}

/** As a node that has loaded its wallet says it, but for what is given. */
function withLoaded(surveyed: Survey, name: string, other: Partial<NodeAnswer['tls']>): Survey {
  const { ca, certificate } = walletOf(name);
  const nodes = surveyed.view.nodes.map((node): NodeView => {
    if (node.name !== name || node.answer === undefined) return node;
    const tls = {
      ...node.answer.tls,
      enabled: true,
      leaf: certificatesIn(certificate).map(sha256Of)[0],
      authorities: certificatesIn(ca).map(sha256Of),
      ...other,
    };
    return { ...node, answer: { ...node.answer, tls } };
  });
  return { ...surveyed, view: { ...surveyed.view, nodes } };
}
