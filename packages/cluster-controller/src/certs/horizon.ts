import type { X509Certificate } from 'node:crypto';
import { certificateFacts } from '@sealane/transport-security';
import {
  type ClusterView,
  type LinkCertificate,
  type LinkRow,
  type NodeView,
  nodeOf,
} from '../cluster-view.ts';
import type { Member, WalletFiles } from '../targets/target.ts';
import { certificatesIn, sha256Of } from './certificate-report.ts';

/** One thing that ends, and the links that can't be made any more from then on. */
export interface Expiry {
  readonly at: Date;
  /** `certificate of observer-1`, `CA /O=Sealane/CN=Sealane CA`, `crl.pem of observer-1`. */
  readonly what: string;
  /** `from → to`, by name; those of clients as one. */
  readonly links: readonly string[];
}

export interface HorizonSource {
  readonly view: ClusterView;
  /** Of nodes and proxies. */
  readonly wallets: ReadonlyMap<Member, WalletFiles>;
  /** When each revocation list ends; wallets without one are left out. */
  readonly listsEnd: ReadonlyMap<Member, Date>;
}

/** Less than this is a warning: what Strimzi and the big CAs renew at. */
export const WARN_BEFORE_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * Everything that will break links if nothing is done, the first first. From the ledger: both ends' certificates of each live
 * link; from the wallets: the CA that signed them, and when revocation lists end. A link that is open stays open; it is the
 * next one between the same ends that fails. Nodes that show no certificate on any link, because encryption is off, count with
 * what lies in their wallets.
 */
export function horizonOf(source: HorizonSource): readonly Expiry[] {
  const found = new Map<string, { at: Date; what: string; links: Set<string> }>();
  const note = (key: string, at: Date, what: string, link: string | undefined): void => {
    const entry = found.get(key) ?? { at, what, links: new Set() };
    if (link !== undefined) entry.links.add(link);
    found.set(key, entry);
  };
  const chains = chainsOf(source);
  for (const { found: own } of chains.values())
    for (const { key, at, what } of own) note(key, at, what, undefined);
  for (const node of source.view.nodes) {
    for (const link of node.answer?.links ?? []) {
      for (const { key, at, what } of linkExpiries(source.view, chains, node, link)) {
        note(key, at, what, linkName(source.view, node, link));
      }
    }
  }
  return [...found.values()]
    .map(({ at, what, links }) => ({ at, what, links: [...links].toSorted() }))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || a.what.localeCompare(b.what));
}

export function daysUntil(at: Date, now: Date): number {
  return Math.floor((at.getTime() - now.getTime()) / DAY_MS);
}

/** One line: what ends first, and when. */
export function horizonText(horizon: readonly Expiry[], now: Date): string {
  const [first] = horizon;
  if (first === undefined) return 'no certificate is in use';
  const days = daysUntil(first.at, now);
  const when = days < 0 ? 'EXPIRED' : `expires in ${days} days`;
  const links =
    first.links.length === 0 ? '' : `; then ${first.links.length} links fail when they are made again`;
  return `${first.what} ${when}, ${first.at.toISOString()}${links}`;
}

export function horizonJson(horizon: readonly Expiry[], now: Date) {
  return horizon.map(({ at, what, links }) => ({
    at: at.toISOString(),
    days_left: daysUntil(at, now),
    what,
    links,
  }));
}

interface Found {
  readonly key: string;
  readonly at: Date;
  readonly what: string;
}

/** What a node's wallet and the lists say, read once. */
interface Chain {
  readonly leaf: X509Certificate | undefined;
  readonly found: readonly Found[];
}

type Chains = ReadonlyMap<Member, Chain>;

function chainsOf({ view, wallets, listsEnd }: HorizonSource): Chains {
  return new Map(
    [...wallets].map(([member, files]) => {
      const name = nodeOf(view, member)?.name ?? member;
      const [leaf] = certificatesIn(files.certificate);
      const issuer = certificatesIn(files.ca).find((authority) => leaf?.checkIssued(authority) === true);
      const listEnd = listsEnd.get(member);
      const found = [
        ...(leaf === undefined ? [] : [leafFound(leaf, name)]),
        ...(issuer === undefined ? [] : [authorityFound(issuer)]),
        ...(listEnd === undefined ? [] : [{ key: `crl ${member}`, at: listEnd, what: `crl.pem of ${name}` }]),
      ];
      return [member, { leaf, found }];
    }),
  );
}

/** A link stands and falls with both its ends: their certificates, who signed them, and the lists they are checked by. */
function linkExpiries(view: ClusterView, chains: Chains, node: NodeView, link: LinkRow): readonly Found[] {
  const { localCertificate: local, peerCertificate: peer, peerServer } = link;
  if (local === undefined) return [];
  const peerNode = peerServer === undefined ? undefined : nodeOf(view, peerServer);
  const own = endFound(chains, node, local);
  if (peerNode !== undefined) {
    const theirs =
      peer === undefined ? (chains.get(peerNode.server)?.found ?? []) : endFound(chains, peerNode, peer);
    return [...own, ...theirs];
  }
  if (peer === undefined) return own;
  return [
    ...own,
    { key: peer.sha256, at: peer.expiresAt, what: `client certificate ${link.peerIdentity ?? peer.sha256}` },
  ];
}

/** A link may still show a certificate that was replaced: that one fails nothing any more, the one in the wallet will. */
function endFound(chains: Chains, node: NodeView, { sha256, expiresAt }: LinkCertificate): readonly Found[] {
  const chain = chains.get(node.server);
  if (chain?.leaf !== undefined) return chain.found;
  return [{ key: sha256, at: expiresAt, what: `certificate of ${node.name}` }];
}

function leafFound(leaf: X509Certificate, name: string): Found {
  return { key: sha256Of(leaf), at: leaf.validToDate, what: `certificate of ${name}` };
}

function authorityFound(issuer: X509Certificate): Found {
  return { key: sha256Of(issuer), at: issuer.validToDate, what: `CA ${certificateFacts(issuer).subject}` };
}

function linkName(view: ClusterView, node: NodeView, link: LinkRow): string {
  const peer = link.peerServer === undefined ? undefined : nodeOf(view, link.peerServer);
  // Clients come and go; which of them is connected now says nothing.
  const other = peer?.name ?? `${link.kind} clients`;
  return link.direction === 'OUT' ? `${node.name} → ${other}` : `${other} → ${node.name}`;
}
