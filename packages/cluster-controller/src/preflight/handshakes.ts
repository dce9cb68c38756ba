import { type RehearsalEnd, rehearseHandshake, tlsProfile } from '@sealane/transport-security';
import { openWallet } from '../wallet-check.ts';
import { type Finding, fault, good } from './finding.ts';
import { type Participant, participantsOf, type Survey } from './survey.ts';

/** One ordered pair of processes, and how their handshake would end. */
export interface PairHandshake {
  /** What the dialling one is. */
  readonly kind: 'node' | 'proxy' | 'tool' | 'client';
  /** Names; the first dials. */
  readonly from: string;
  readonly to: string;
  readonly port: 'rpc' | 'sql';
  /** Over no socket, from the files on disk; or with the node as it runs. */
  readonly over: 'memory' | 'wire';
  readonly agreed: boolean;
  readonly protocol: string | null;
  readonly cipher: string | null;
  /** Who refuses, and why. */
  readonly reason: string | null;
}

/** Somebody who shows a certificate, ready to shake hands. */
export interface End {
  readonly name: string;
  readonly kind: Participant['kind'];
  readonly address: string;
  readonly end: RehearsalEnd;
}

type Dialler = Pick<PairHandshake, 'kind' | 'port'> & {
  readonly name: string;
  readonly end: RehearsalEnd | { readonly ca: string };
};

/** Shakes hands for every ordered pair of processes, in this process, from the wallets as they lie on disk. */
export async function rehearsePairs(surveyed: Survey): Promise<readonly PairHandshake[]> {
  const ends = endsOf(surveyed);
  const pairs: PairHandshake[] = [];
  for (const to of ends) {
    for (const dialler of diallersOf(to, ends, surveyed)) pairs.push(await rehearse(dialler, to));
  }
  return pairs;
}

/** Who can't take part is left out: its wallet has a finding of its own. */
export function endsOf(surveyed: Survey): readonly End[] {
  return participantsOf(surveyed).flatMap(endOf);
}

/** Nodes dial nodes, proxies dial nodes, tools dial nodes, clients dial whatever has a SQL port. */
function diallersOf(to: End, ends: readonly End[], { tools, clientCa }: Survey): readonly Dialler[] {
  const others = ends
    .filter((from) => from !== to && to.kind === 'node')
    .map(({ kind, name, end }): Dialler => ({ kind, name, end, port: kind === 'node' ? 'rpc' : 'sql' }));
  const withWallet = tools.flatMap(({ name, ports, wallet }) => {
    if ('unusable' in wallet) return [];
    const usable = to.kind === 'node' ? ports : ports.filter((port) => port === 'sql');
    return usable.map((port): Dialler => ({ kind: 'tool', name, port, end: { wallet } }));
  });
  const bare: readonly Dialler[] =
    clientCa === undefined
      ? []
      : [{ kind: 'client', name: 'a client with ca.pem', port: 'sql', end: { ca: clientCa } }];
  return [...others, ...withWallet, ...bare];
}

/** Each pair that would not agree; those that would, counted. */
export function handshakeFindings(surveyed: Survey, pairs: readonly PairHandshake[]): readonly Finding[] {
  const kinds = [
    { kind: 'node', over: 'memory', what: 'ordered pairs of nodes' },
    { kind: 'node', over: 'wire', what: 'ordered pairs of nodes' },
    { kind: 'proxy', over: 'memory', what: 'ways from proxies to nodes' },
    { kind: 'tool', over: 'memory', what: 'ways from clients with a certificate' },
    { kind: 'client', over: 'memory', what: 'ways from clients with ca.pem alone' },
  ] as const;
  const refused = pairs
    .filter(({ agreed }) => !agreed)
    .map(({ from, to, port, over, reason }) => {
      const where = over === 'wire' ? ' over the wire' : '';
      const what = `no ${port === 'rpc' ? 'RPC' : 'SQL'} handshake${where}: ${reason}`;
      return fault(
        `${from} → ${to}`,
        what,
        `mend the wallet that is named (cluster-controller certs inspect)`,
      );
    });
  const agreed = kinds.flatMap(({ kind, over, what }) => {
    const of = pairs.filter((pair) => pair.kind === kind && pair.over === over);
    if (of.length === 0 || of.some((pair) => !pair.agreed)) return [];
    const protocols = [...new Set(of.map(({ protocol }) => protocol))].join(', ');
    return [
      good(
        'cluster',
        `${of.length} ${what} shake hands (${over === 'wire' ? 'over the wire' : 'rehearsed'}, ${protocols})`,
      ),
    ];
  });
  return [...surveyed.tools.flatMap(unusableTool), ...refused, ...agreed];
}

function unusableTool({ name, wallet }: Survey['tools'][number]): readonly Finding[] {
  if (!('unusable' in wallet)) return [];
  return [
    fault(name, `its wallet can't be used: ${wallet.unusable}`, 'ca.pem, client-cert.pem, client-key.pem'),
  ];
}

function endOf({ name, kind, address, files, now, settings }: Participant): readonly End[] {
  if ('unread' in files) return [];
  const wallet = openWallet(files, address, now);
  if ('unusable' in wallet) return [];
  const { _tls_profile: profile = '', sql_protocol_min_tls_version: sqlMinTlsVersion } = settings;
  const end = { wallet, profile: tlsProfile(profile) };
  return [{ name, kind, address, end: sqlMinTlsVersion === undefined ? end : { ...end, sqlMinTlsVersion } }];
}

async function rehearse({ kind, name, port, end }: Dialler, to: End): Promise<PairHandshake> {
  const pair = { kind, from: name, to: to.name, port, over: 'memory' } as const;
  try {
    const { facts, refusals } = await rehearseHandshake({
      dialler: end,
      acceptor: to.end,
      port,
      host: to.address,
    });
    const names = { dialler: name, acceptor: to.name };
    const reason = refusals.map(({ by, reason: why }) => `${names[by]} refuses: ${why}`).join('; ');
    return {
      ...pair,
      agreed: refusals.length === 0,
      protocol: facts?.protocol ?? null,
      cipher: facts?.cipher ?? null,
      reason: reason === '' ? null : reason,
    };
  } catch (error) {
    // OpenSSL doesn't even take the files: a key too weak for its security level.
    const reason = error instanceof Error ? error.message : String(error);
    return { ...pair, agreed: false, protocol: null, cipher: null, reason };
  }
}
