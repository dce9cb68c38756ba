import { ObError } from '@sealane/errors';
import type { LinkMode, ProcessState, Server } from '../src/cluster-view.ts';
import type { SqlConnection, SqlRow } from '../src/dialer.ts';
import type { CompleteWallet, Target, TargetNode, TargetProxy, WalletFiles } from '../src/targets/target.ts';
import { FakeProxy } from './fake-proxy.ts';

interface FakeNode {
  readonly name: string;
  readonly server: Server;
  readonly zone: string;
  running: boolean;
  starts: number;
  stopTime: string | null;
  parameters: Record<string, string>;
  /** Takes up no parameter: a node that is deaf. */
  deaf: boolean;
  behindNs: bigint;
  /** Never comes back once it is stopped. */
  broken: boolean;
  /** Is in sync again once it is started again. */
  curedByStart: boolean;
  /** How far its clock is ahead of ours. */
  clockOffsetMs: number;
  buildVersion: string;
  /** Bytes. */
  dataFree: number;
  logInUse: number;
}

const DISK_SIZE = 2 ** 40;

/** A cluster in memory that answers the controller's SQL as three observers would. It watches the rules itself. */
export class FakeCluster implements Target {
  readonly kind = 'local';
  readonly fronts: readonly FakeProxy[];
  readonly ca = undefined;
  readonly members: FakeNode[];
  /** Sentences about rules that were broken; empty at the end of a good run. */
  readonly violations: string[] = [];
  /** Every statement that changed something, in order. */
  readonly changes: string[] = [];
  leader: Server;
  /** By tenant: its require_secure_transport. */
  readonly requiresTls = new Map([
    ['sys', false],
    ['test', false],
  ]);
  /** Rows of DBA_OB_TLS_READINESS: KIND, TENANT, NAME, HOST, REASON. */
  lockedOut: SqlRow[] = [];
  readonly #links = new Map<string, LinkMode>();

  constructor(size = 3, proxyCount = 0) {
    this.fronts = Array.from(
      { length: proxyCount },
      (_, index) => new FakeProxy(`obproxy-${index + 1}`, (text) => this.#proxyChanged(text)),
    );
    this.members = Array.from({ length: size }, (_, index) => ({
      name: `observer-${index + 1}`,
      server: `127.0.0.1:${2882 + index * 1000}`,
      zone: `zone${index + 1}`,
      running: true,
      starts: 1,
      stopTime: null,
      parameters: {
        ssl_client_authentication: 'False',
        _ob_ssl_invited_nodes: 'NONE',
        rpc_server_authentication_method: 'ALL',
      },
      deaf: false,
      behindNs: 0n,
      broken: false,
      curedByStart: false,
      clockOffsetMs: 0,
      buildVersion: '4.3.5.0_1',
      dataFree: DISK_SIZE / 2,
      logInUse: 0,
    }));
    this.leader = this.members[0]?.server ?? '';
    this.#connectAll();
  }

  get nodes(): readonly TargetNode[] {
    return this.members.map(({ name, server, zone }) => ({
      name,
      server,
      zone,
      sqlPort: 2881,
      reach: { host: '127.0.0.1', port: 2881 },
    }));
  }

  get proxies(): readonly TargetProxy[] {
    return this.fronts.map(({ name }) => ({
      name,
      reach: { host: '127.0.0.1', port: 2883 },
      identity: '127.0.0.1',
    }));
  }

  linkModes(): readonly LinkMode[] {
    return [...this.#links.values()];
  }

  async processOf(server: Server): Promise<ProcessState> {
    if (this.fronts.some(({ name }) => name === server)) return { running: true, pid: 99, instance: server };
    const node = this.member(server);
    if (!node.running) return { running: false, pid: undefined, instance: undefined };
    return { running: true, pid: 100 + node.starts, instance: `${server} start ${node.starts}` };
  }

  async stop(server: Server): Promise<void> {
    const node = this.member(server);
    if (this.members.some((other) => other !== node && !other.running)) {
      this.violations.push(`${server} was stopped while another node was down`);
    }
    if (node.stopTime === null) this.violations.push(`${server} was stopped without STOP SERVER`);
    if (this.leader === server) this.violations.push(`${server} was stopped while it led`);
    node.running = false;
    this.changes.push(`stop ${server}`);
    for (const key of [...this.#links.keys()]) if (key.split(' ').includes(server)) this.#links.delete(key);
  }

  async start(server: Server): Promise<void> {
    const node = this.member(server);
    if (node.running || node.broken) return;
    node.running = true;
    node.starts += 1;
    if (node.curedByStart) node.behindNs = 0n;
    this.changes.push(`start ${server}`);
    this.#connectAll();
  }

  async rpcEvidence(): Promise<string> {
    return '';
  }

  async lastWords(): Promise<string> {
    return '';
  }

  async walletOf(): Promise<WalletFiles> {
    return { ca: undefined, certificate: undefined, key: undefined };
  }

  async installWallet(server: Server, _files: CompleteWallet): Promise<void> {
    this.changes.push(`install ${server}`);
  }

  dial = async (server: Server): Promise<SqlConnection> => {
    const front = this.fronts.find(({ name }) => name === server);
    if (front !== undefined) return front.connection();
    const node = this.member(server);
    if (!node.running) throw new ObError('OB_RPC_SEND_ERROR', [], { message: `can't connect to ${server}` });
    const encrypted = node.parameters['ssl_client_authentication'] === 'True';
    const start = node.starts;
    return {
      usable: true,
      encryption: encrypted ? { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' } : undefined,
      query: async (text) => {
        if (!node.running || node.starts !== start) {
          throw new ObError('OB_RPC_SEND_ERROR', [], { message: 'the connection broke' });
        }
        return this.#answer(node, text.replace(/\s+/g, ' ').trim());
      },
      close: () => undefined,
    };
  };

  member(server: Server): FakeNode {
    const node = this.members.find((candidate) => candidate.server === server);
    if (node === undefined) throw new Error(`no ${server}`);
    return node;
  }

  #answer(node: FakeNode, text: string): readonly SqlRow[] {
    if (text.startsWith('ALTER')) return this.#change(text);
    if (text.includes('CDB_OB_SYS_VARIABLES'))
      return [...this.requiresTls].map(([tenant, on]) => [tenant, on ? '1' : '0']);
    if (text.includes('DBA_OB_TLS_READINESS')) return this.lockedOut;
    if (text.includes('BUILD_VERSION')) return this.members.map(versionRow);
    if (text.includes('DBA_OB_SERVERS')) return this.members.map((each) => this.#serverRow(each));
    if (text.includes('V$OB_PARAMETERS')) return Object.entries(node.parameters);
    if (text.includes('V$OB_LOG_STAT')) return [this.#streamRow(node)];
    if (text.includes('V$OB_LINKS')) return this.#linkRows(node);
    if (text.includes('V$OB_TLS_STATUS')) return [['NO', null, null, null, null, null, null, null]];
    if (text.includes('UNIX_TIMESTAMP(NOW(6))')) return [this.#machineRow(node)];
    if (text.includes('DBA_OB_TLS_READINESS')) return [];
    if (text.includes('V$OB_SERVERS')) {
      return [
        [node.parameters['ssl_client_authentication'] === 'True' ? '2030-01-01 00:00:00.000000' : null],
      ];
    }
    if (text.includes('COMPACTION_PROGRESS')) return [['0']];
    if (text.includes('DBA_OB_TENANTS')) return [['sys']];
    if (text.includes('cluster_controller.lease'))
      throw new ObError('OB_TABLE_NOT_EXIST', ['cluster_controller', 'lease']);
    throw new Error(`the fake does not know ${text}`);
  }

  #machineRow({ clockOffsetMs, dataFree, logInUse }: FakeNode): SqlRow {
    const seconds = String((Date.now() + clockOffsetMs) / 1000);
    return [
      seconds,
      String(DISK_SIZE),
      String(DISK_SIZE - dataFree),
      'NORMAL',
      String(DISK_SIZE),
      String(logInUse),
    ];
  }

  #change(text: string): readonly SqlRow[] {
    this.changes.push(text);
    const tenant = /ALTER TENANT (\S+) SET VARIABLES require_secure_transport = (ON|OFF)/.exec(text);
    if (tenant !== null) {
      this.#requireTls(tenant[1] ?? '', tenant[2] === 'ON');
      return [];
    }
    const set = /SET (\S+) = '([^']*)'/.exec(text);
    if (set !== null) {
      this.#setParameter(set[1] ?? '', set[2] ?? '');
      return [];
    }
    const [, verb, server = ''] =
      /(STOP SERVER|START SERVER|FREEZE SERVER|LEADER|RENEW RPC LINKS SERVER).*'([^']+)'/.exec(text) ?? [];
    if (verb === 'RENEW RPC LINKS SERVER') this.#renewLinksOf(this.member(server));
    if (verb === 'STOP SERVER') this.#stopServer(server);
    if (verb === 'START SERVER') this.member(server).stopTime = null;
    if (verb === 'LEADER') this.leader = server;
    return [];
  }

  #requireTls(tenant: string, on: boolean): void {
    const offered = this.members.every((node) => node.parameters['ssl_client_authentication'] === 'True');
    if (on && !offered) this.violations.push(`tenant ${tenant} requires TLS that not every node offers`);
    this.requiresTls.set(tenant, on);
  }

  #proxyChanged(text: string): void {
    this.changes.push(text);
    const offered = this.members.every((node) => node.parameters['ssl_client_authentication'] === 'True');
    if (!offered && this.fronts.some((front) => front.speaksTlsToServers))
      this.violations.push('a proxy speaks TLS to servers that do not offer it');
  }

  #setParameter(name: string, value: string): void {
    if (name === 'rpc_server_authentication_method' && value !== 'ALL' && this.linkModes().includes('PLAIN'))
      this.violations.push('clear text was refused while links were in clear');
    if (
      name === 'ssl_client_authentication' &&
      value === 'False' &&
      [...this.requiresTls.values()].includes(true)
    )
      this.violations.push('TLS was turned off while a tenant requires it');
    if (
      name === 'ssl_client_authentication' &&
      value === 'False' &&
      this.fronts.some((each) => each.speaksTlsToServers)
    )
      this.violations.push('TLS was turned off under a proxy that speaks nothing else');
    for (const node of this.members) if (!node.deaf && node.running) node.parameters[name] = value;
  }

  #renewLinksOf(from: FakeNode): void {
    for (const key of [...this.#links.keys()]) if (key.startsWith(`${from.server} `)) this.#links.delete(key);
    this.#connectAll();
  }

  #stopServer(server: Server): void {
    const unfit = this.members.filter(
      (node) => node.server !== server && (!node.running || node.stopTime !== null),
    );
    if (unfit.length > 0) this.violations.push(`STOP SERVER ${server} while ${unfit[0]?.server} was away`);
    this.member(server).stopTime = '2026-01-01 00:00:00.000000';
  }

  #serverRow(node: FakeNode): SqlRow {
    const [ip = '', port = ''] = node.server.split(':');
    const started = node.running ? `2026-01-01 00:00:0${node.starts}.000000` : null;
    return [ip, port, node.zone, '2881', node.running ? 'ACTIVE' : 'INACTIVE', started, node.stopTime];
  }

  #streamRow(node: FakeNode): SqlRow {
    const role = this.leader === node.server ? 'LEADER' : 'FOLLOWER';
    const inSync = node.behindNs < 3_000_000_000n ? 'YES' : 'NO';
    const members = this.members.map((each) => `${each.server}:1`).join(',');
    return ['1', '1', role, inSync, '10', String(10_000_000_000n - node.behindNs), members];
  }

  #linkRows(node: FakeNode): readonly SqlRow[] {
    return [...this.#links].flatMap(([key, mode], index) => {
      const [from = '', to = ''] = key.split(' ');
      if (from !== node.server && to !== node.server) return [];
      const peer = from === node.server ? to : from;
      const [ip = '', port = ''] = peer.split(':');
      const direction = from === node.server ? 'OUT' : 'IN';
      const tls = mode === 'ENCRYPTED';
      const counters = tls ? ['0', '0', '500', '700'] : ['500', '700', '0', '0'];
      const opened = '2026-01-01 00:00:00.000000';
      return [
        [
          String(index),
          'RPC',
          direction,
          peer,
          ip,
          port,
          mode,
          tls ? 'TLSv1.3' : null,
          null,
          '1',
          opened,
          ...counters,
          ...[null, null, null, null, null],
        ],
      ];
    });
  }

  #connectAll(): void {
    const up = this.members.filter((node) => node.running);
    for (const from of up) {
      for (const to of up) {
        const key = `${from.server} ${to.server}`;
        if (from === to || this.#links.has(key)) continue;
        this.#links.set(key, from.parameters['_ob_ssl_invited_nodes'] === 'ALL' ? 'ENCRYPTED' : 'PLAIN');
      }
    }
  }
}

function versionRow({ server, buildVersion }: FakeNode): SqlRow {
  const [ip = '', port = ''] = server.split(':');
  return [ip, port, buildVersion];
}
