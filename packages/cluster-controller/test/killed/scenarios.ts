import type { Goal } from '../../src/goal.ts';
import { FakeCluster } from '../fake-cluster.ts';
import type { Death } from './mortal-journal.ts';

export interface Scenario {
  readonly cluster: () => FakeCluster;
  /** What was reached before, undisturbed. */
  readonly after?: Goal;
  /** What the controller is killed at. */
  readonly goal: Goal;
  /** What the next controller is started for: the same when not given. */
  readonly next?: Goal | 'back out';
  /** Where in a line it dies; everywhere when not given. */
  readonly deaths?: readonly Death[];
  /** The next controller is killed as well, and a third one ends it. */
  readonly diesTwice?: true;
  /** What the third one is started for: the same as the second when not given. */
  readonly last?: Goal;
  readonly end: End;
  /** How often each node was started since the cluster was made; not given where that depends on the position. */
  readonly starts?: readonly number[];
}

/** What must be seen in the end. */
export interface End {
  readonly modes: readonly string[];
  readonly linkCount: number;
  /** Of the nodes, as JSON; one text, since all are equal. */
  readonly parameters: readonly string[];
  readonly requires: readonly boolean[];
  readonly proxies: readonly object[];
  readonly downCount: number;
}

const encrypt: Goal = { kind: 'encrypt' };
const encryptAndRequire: Goal = { kind: 'encrypt', require: true };
const decrypt: Goal = { kind: 'decrypt' };
const all = new FakeCluster().members.map(({ server }) => server);
/** A torn line is the same everywhere; these two tell what was done from what was noted. */
const wholeLines: readonly Death[] = ['before', 'after'];
const alone = () => new FakeCluster();
const withProxies = () => new FakeCluster(3, 2);

export const scenarios = {
  enable: { cluster: alone, goal: encrypt, end: encrypted(0), starts: [2, 2, 2] },
  'enable --require, with proxies': {
    cluster: withProxies,
    goal: encryptAndRequire,
    end: required(2),
    starts: [2, 2, 2],
  },
  'disable of what is required, with proxies': {
    deaths: wholeLines,
    cluster: withProxies,
    after: encryptAndRequire,
    goal: decrypt,
    end: plain(2),
    starts: [3, 3, 3],
  },
  restart: {
    deaths: wholeLines,
    cluster: alone,
    goal: { kind: 'restart', servers: all },
    end: plain(0),
    starts: [2, 2, 2],
  },
  'enable --require, then back out, killed there as well': {
    cluster: withProxies,
    goal: encryptAndRequire,
    next: 'back out',
    diesTwice: true,
    end: plain(2),
  },
  'disable, then back out': {
    deaths: wholeLines,
    cluster: withProxies,
    after: encryptAndRequire,
    goal: decrypt,
    next: 'back out',
    end: required(2),
  },
  'enable, then disable': { deaths: wholeLines, cluster: alone, goal: encrypt, next: decrypt, end: plain(0) },
  'enable, then disable, killed there as well, then enable': {
    deaths: wholeLines,
    cluster: alone,
    goal: encrypt,
    next: decrypt,
    diesTwice: true,
    last: encrypt,
    end: encrypted(0),
  },
} satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;

function plain(proxyCount: number): End {
  return endOf('PLAIN', { ssl: 'False', invited: 'NONE', method: 'ALL' }, proxyCount);
}

function encrypted(proxyCount: number): End {
  return endOf('ENCRYPTED', { ssl: 'True', invited: 'ALL', method: 'ALL' }, proxyCount);
}

function required(proxyCount: number): End {
  return endOf('ENCRYPTED', { ssl: 'True', invited: 'ALL', method: 'SSL_IO' }, proxyCount);
}

function endOf(
  mode: string,
  { ssl, invited, method }: { ssl: string; invited: string; method: string },
  proxyCount: number,
): End {
  const parameters = {
    ssl_client_authentication: ssl,
    _ob_ssl_invited_nodes: invited,
    rpc_server_authentication_method: method,
  };
  const requires = method !== 'ALL';
  return {
    modes: [mode],
    linkCount: 6,
    parameters: [JSON.stringify(parameters)],
    requires: [requires, requires],
    proxies: Array.from({ length: proxyCount }, () => ({ enable_server_ssl: ssl, enable_client_ssl: ssl })),
    downCount: 0,
  };
}
