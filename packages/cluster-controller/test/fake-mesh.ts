import type { Rotation, RotationStep } from '../src/certs/rotation.ts';
import type { RotationView } from '../src/certs/rotation-view.ts';
import type { LinkRow, NodeView, Server, TlsRow } from '../src/cluster-view.ts';

export const SERVERS = ['10.0.0.1:2882', '10.0.0.2:2882', '10.0.0.3:2882'];
export const PROXY = 'obproxy';
export const LATER = new Date('2030-01-01');
export const NOW = new Date('2026-01-01');

export interface FakeNode {
  disk: { authorities: readonly string[]; leaf: string; keyFits: boolean };
  loaded: { authorities: readonly string[]; leaf: string; at: number };
}

/** Nodes that only have certificates. Each leaf is named `CA/server`, so that one sees who signed it. */
export class FakeMesh {
  readonly nodes = new Map<Server, FakeNode>();
  readonly links = new Map<string, { from: string; to: string; openedAt: number }>();
  /** Sentences about handshakes that would have failed, empty at the end of a good rotation. */
  readonly violations: string[] = [];
  trustedHere: readonly string[] = ['old'];
  clock = 1;
  enabled = true;
  /** Leaves of the old CA have expired: nobody can make a link from or to who shows one. */
  expired = false;
  /** Loads no wallet any more. */
  deaf: Server | undefined;
  /** Reads its wallet as soon as it changes. */
  proxy: FakeNode | undefined;

  constructor(leafNames: (server: Server) => string) {
    for (const server of SERVERS) {
      const wallet = { authorities: ['old'], leaf: leafNames(server) };
      this.nodes.set(server, { disk: { ...wallet, keyFits: true }, loaded: { ...wallet, at: 0 } });
    }
    for (const from of SERVERS) this.#renew(from);
  }

  carryOut(step: RotationStep): void {
    this.clock += 1;
    switch (step.kind) {
      case 'trust-here':
        this.trustedHere = step.authorities;
        return;
      case 'install':
        if (step.server === PROXY) this.#installAtProxy(step.wallet);
        else this.#node(step.server).disk = { ...step.wallet, keyFits: true };
        return;
      case 'reload': {
        if (this.deaf === step.server) return;
        const { authorities, leaf } = this.#node(step.server).disk;
        this.#node(step.server).loaded = { authorities, leaf, at: this.clock };
        this.#checkHandshakes();
        this.#dialAgain();
        return;
      }
      case 'renew-links':
        this.#renew(step.server);
        return;
    }
  }

  view(): RotationView {
    return {
      cluster: { proxies: [], nodes: SERVERS.map((server) => this.#nodeView(server)) },
      wallets: new Map([...this.#everybody()].map(([member, { disk }]) => [member, disk])),
      proxies:
        this.proxy === undefined
          ? []
          : [{ name: PROXY, tls: this.#tlsOf(PROXY, this.proxy), silent: undefined }],
      trustedHere: this.trustedHere,
      now: NOW,
    };
  }

  /** At every moment any node may have to dial any other, and local clients must believe every node. */
  #checkHandshakes(): void {
    for (const [server, { loaded }] of this.#everybody()) {
      const [issuer = ''] = loaded.leaf.split('/');
      for (const [other, { loaded: theirs }] of this.#everybody()) {
        if (!theirs.authorities.includes(issuer)) this.violations.push(`${other} would refuse ${server}`);
      }
      if (!this.trustedHere.includes(issuer)) this.violations.push(`clients would refuse ${server}`);
    }
  }

  #everybody(): readonly (readonly [string, FakeNode])[] {
    return [...this.nodes, ...(this.proxy === undefined ? [] : [[PROXY, this.proxy] as const])];
  }

  #installAtProxy({ authorities, leaf }: { authorities: readonly string[]; leaf: string }): void {
    if (this.proxy === undefined) throw new Error('no proxy');
    this.proxy.disk = { authorities, leaf, keyFits: true };
    if (this.deaf === PROXY) return;
    this.proxy.loaded = { authorities, leaf, at: this.clock };
    this.#checkHandshakes();
  }

  #renew(from: Server): void {
    for (const to of SERVERS) this.#dial(from, to);
  }

  #dial(from: Server, to: Server): void {
    if (from === to || this.#hasExpired(from) || this.#hasExpired(to)) return;
    const leaves = { from: this.#node(from).loaded.leaf, to: this.#node(to).loaded.leaf };
    this.links.set(`${from} ${to}`, { ...leaves, openedAt: this.clock });
  }

  /** Nodes without a link try again and again by themselves. */
  #dialAgain(): void {
    for (const from of SERVERS) {
      for (const to of SERVERS) if (!this.links.has(`${from} ${to}`)) this.#dial(from, to);
    }
  }

  #hasExpired(server: Server): boolean {
    return this.expired && /^old\/[^ ]*$/.test(this.#node(server).loaded.leaf);
  }

  #node(server: Server): FakeNode {
    const node = this.nodes.get(server);
    if (node === undefined) throw new Error(`no ${server}`);
    return node;
  }

  #tlsOf(member: string, { loaded }: FakeNode): TlsRow {
    return {
      enabled: this.enabled,
      leaf: this.enabled ? loaded.leaf : undefined,
      expiresAt: member !== PROXY && this.#hasExpired(member) ? new Date(0) : LATER,
      authorities: this.enabled ? loaded.authorities : [],
      loadedAt: String(loaded.at).padStart(6, '0'),
      crlNumber: null,
      lastReloadResult: 'LOADED',
      lastReloadReason: null,
    };
  }

  #nodeView(server: Server): NodeView {
    const tls = this.#tlsOf(server, this.#node(server));
    const links = [...this.links].flatMap(([key, link]) => {
      const [from = '', to = ''] = key.split(' ');
      if (from === server) return [linkRow('OUT', to, link.from, link.to, link.openedAt)];
      return to === server ? [linkRow('IN', from, link.to, link.from, link.openedAt)] : [];
    });
    return {
      ...{ name: `node-${server}`, server, zone: 'z', sqlHost: 'h', sqlPort: 1 },
      process: { running: true, pid: 1, instance: '1' },
      unreachable: undefined,
      answer: {
        ...{ servers: [], parameters: {}, streams: [], certificateExpiresAt: null },
        ...{ askedEncrypted: true, tenantsServe: true, links, tls },
      },
    };
  }
}

export function linkRow(
  direction: 'IN' | 'OUT',
  peer: Server,
  local: string,
  theirs: string,
  at: number,
): LinkRow {
  return {
    ...{ linkId: '1', kind: 'RPC', direction, peerAddress: peer, peerServer: peer, mode: 'ENCRYPTED' },
    ...{ protocol: null, cipher: null, epoch: 1, openedAt: String(at).padStart(6, '0') },
    ...{ clearBytesIn: 0, clearBytesOut: 0, encryptedBytesIn: 0, encryptedBytesOut: 0 },
    localCertificate: { sha256: local, expiresAt: LATER },
    peerCertificate: { sha256: theirs, expiresAt: LATER },
    peerIdentity: null,
  };
}

export function side(ca: string, generation = '', members = SERVERS): Rotation['old'] {
  return {
    authorities: [ca],
    leaves: Object.fromEntries(members.map((member) => [member, `${ca}/${member}${generation}`])),
    clients: [],
  };
}
