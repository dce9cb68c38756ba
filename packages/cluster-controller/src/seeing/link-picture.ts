import { type ClusterView, type Link, linksOf, missingPairs, nodeOf, type Server } from '../cluster-view.ts';
import { clientsOf } from './node-picture.ts';
import type { LinkPicture, Summary } from './snapshot.ts';

/** One for each ordered pair of nodes, in the order of the nodes. */
export function linkPictures(view: ClusterView): readonly LinkPicture[] {
  const name = (server: Server): string => nodeOf(view, server)?.name ?? server;
  const live = worstOfEachPair(linksOf(view).filter(({ betweenNodes }) => betweenNodes));
  const there = live.map((link) => livePicture(link, name(link.from), name(link.to)));
  const missing = missingPairs(view).map(({ from, to }) => missingPicture(name(from), name(to)));
  return [...there, ...missing].toSorted((a, b) => a.id.localeCompare(b.id));
}

export function summaryOf(view: ClusterView, links: readonly LinkPicture[]): Summary {
  const count = (state: string) => links.filter((link) => link.state === state).length;
  const clients = view.nodes.map(clientsOf);
  return {
    pairs: links.length,
    encrypted: count('ENCRYPTED'),
    authenticated: count('AUTHENTICATED'),
    plain: count('PLAIN'),
    missing: count('MISSING'),
    clients: {
      plain: clients.reduce((sum, { plain }) => sum + plain, 0),
      encrypted: clients.reduce((sum, { encrypted }) => sum + encrypted, 0),
    },
  };
}

/** While a link is renewed a pair has two: the one that hides less is shown. */
function worstOfEachPair(links: readonly Link[]): readonly Link[] {
  const order = ['PLAIN', 'AUTHENTICATED', 'ENCRYPTED'];
  const pairs = Map.groupBy(links, ({ from, to }) => `${from} ${to}`);
  return [...pairs.values()].flatMap(
    (each) => each.toSorted((a, b) => order.indexOf(a.mode) - order.indexOf(b.mode))[0] ?? [],
  );
}

function livePicture(link: Link, from: string, to: string): LinkPicture {
  const { clearIn, clearOut, encryptedIn, encryptedOut } = link.bytes;
  return {
    id: `${from}→${to}`,
    from,
    to,
    state: link.mode,
    protocol: link.protocol,
    cipher: link.cipher,
    openedAt: link.openedAt,
    epoch: link.epoch,
    clearBytes: clearIn + clearOut,
    encryptedBytes: encryptedIn + encryptedOut,
    seenByBoth: link.seenByBoth,
  };
}

function missingPicture(from: string, to: string): LinkPicture {
  return {
    id: `${from}→${to}`,
    from,
    to,
    state: 'MISSING',
    protocol: null,
    cipher: null,
    openedAt: null,
    epoch: null,
    clearBytes: 0,
    encryptedBytes: 0,
    seenByBoth: false,
  };
}
