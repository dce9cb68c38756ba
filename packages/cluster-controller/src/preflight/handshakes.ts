import { type RehearsalEnd, rehearseHandshake, tlsProfile, type Wallet } from '@sealane/transport-security';
import type { NodeView } from '../cluster-view.ts';
import { openWallet } from '../wallet-check.ts';
import { type Finding, fault, good } from './finding.ts';
import type { Survey } from './survey.ts';

/** One ordered pair of processes, and how their handshake would end. */
export interface PairHandshake {
  readonly kind: 'node' | 'tool' | 'client';
  /** Names; the first dials. */
  readonly from: string;
  readonly to: string;
  readonly port: 'rpc' | 'sql';
  readonly agreed: boolean;
  readonly protocol: string | null;
  readonly cipher: string | null;
  /** Who refuses, and why. */
  readonly reason: string | null;
}

/** An end that can't take part is no pair: its wallet has a finding of its own. */
interface NodeEnd {
  readonly node: NodeView;
  readonly end: RehearsalEnd;
}

/** Shakes hands for every ordered pair of processes, in this process, from the wallets as they lie on disk. */
export async function rehearsePairs(survey: Survey): Promise<readonly PairHandshake[]> {
  const nodes = survey.view.nodes.flatMap((node) => nodeEnd(survey, node));
  const pairs: PairHandshake[] = [];
  for (const to of nodes) {
    for (const from of nodes.filter((each) => each !== to))
      pairs.push(await rehearse(from.end, to, { kind: 'node', from: from.node.name, port: 'rpc' }));
    for (const { name, ports, wallet } of survey.tools) {
      if ('unusable' in wallet) continue;
      for (const port of ports)
        pairs.push(await rehearse({ wallet }, to, { kind: 'tool', from: name, port }));
    }
    if (survey.clientCa !== undefined) {
      const about = { kind: 'client', from: 'a client with ca.pem', port: 'sql' } as const;
      pairs.push(await rehearse({ ca: survey.clientCa }, to, about));
    }
  }
  return pairs;
}

/** Each pair that would not agree; those that would, counted. */
export function handshakeFindings(survey: Survey, pairs: readonly PairHandshake[]): readonly Finding[] {
  const kinds = [
    { kind: 'node', what: 'ordered pairs of nodes' },
    { kind: 'tool', what: 'ways from clients with a certificate to nodes' },
    { kind: 'client', what: 'ways from clients with ca.pem alone to nodes' },
  ] as const;
  const refused = pairs
    .filter(({ agreed }) => !agreed)
    .map(({ from, to, port, reason }) => {
      const what = `no ${port === 'rpc' ? 'RPC' : 'SQL'} handshake: ${reason}`;
      return fault(
        `${from} → ${to}`,
        what,
        `mend the wallet that is named (cluster-controller certs inspect)`,
      );
    });
  const agreed = kinds.flatMap(({ kind, what }) => {
    const of = pairs.filter((pair) => pair.kind === kind);
    if (of.length === 0 || of.some((pair) => !pair.agreed)) return [];
    const protocols = [...new Set(of.map(({ protocol }) => protocol))].join(', ');
    return [good('cluster', `${of.length} ${what} shake hands (rehearsed, ${protocols})`)];
  });
  return [...survey.tools.flatMap(unusableTool), ...refused, ...agreed];
}

function unusableTool({ name, wallet }: Survey['tools'][number]): readonly Finding[] {
  if (!('unusable' in wallet)) return [];
  return [
    fault(name, `its wallet can't be used: ${wallet.unusable}`, 'ca.pem, client-cert.pem, client-key.pem'),
  ];
}

function nodeEnd(survey: Survey, node: NodeView): readonly NodeEnd[] {
  const files = survey.wallets.get(node.server);
  if (files === undefined || 'unread' in files) return [];
  const wallet: Wallet | { unusable: string } = openWallet(files, ipOf(node), survey.now);
  if ('unusable' in wallet) return [];
  const settings = survey.facts.get(node.server)?.settings ?? {};
  const { _tls_profile: profile = '', sql_protocol_min_tls_version: sqlMinTlsVersion } = settings;
  const end = { wallet, profile: tlsProfile(profile) };
  return [{ node, end: sqlMinTlsVersion === undefined ? end : { ...end, sqlMinTlsVersion } }];
}

async function rehearse(
  dialler: Parameters<typeof rehearseHandshake>[0]['dialler'],
  { node, end }: NodeEnd,
  about: Pick<PairHandshake, 'kind' | 'from' | 'port'>,
): Promise<PairHandshake> {
  const pair = { ...about, to: node.name };
  try {
    const { facts, refusals } = await rehearseHandshake({
      dialler,
      acceptor: end,
      port: about.port,
      host: ipOf(node),
    });
    const names = { dialler: about.from, acceptor: node.name };
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

function ipOf(node: NodeView): string {
  return node.server.split(':')[0] ?? '';
}
