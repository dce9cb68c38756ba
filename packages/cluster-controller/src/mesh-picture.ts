import {
  type ClusterView,
  type LinkMode,
  ledStreams,
  linksOf,
  missingPairs,
  ownRow,
} from './cluster-view.ts';
import { html, type Markup, styleSheet } from './markup.ts';

/** The mesh as a picture: a box for each program, an arrow for each direction, its mode by colour, by dashes and in a word. Pure. */

export interface PictureBox {
  /** What links name: a node's `ip:rpc_port`, a proxy's name. */
  readonly id: string;
  readonly name: string;
  /** Second line. */
  readonly detail: string;
  readonly kind: 'node' | 'proxy';
  readonly up: boolean;
}

/** MISSING: no link where one should be. */
export type PictureMode = LinkMode | 'MISSING';

export interface PictureLink {
  readonly from: string;
  readonly to: string;
  readonly mode: PictureMode;
  /** In a word or two: `TLSv1.3`. */
  readonly label: string;
}

export interface MeshPicture {
  readonly boxes: readonly PictureBox[];
  readonly links: readonly PictureLink[];
  /** A line below the picture; empty for none. */
  readonly caption: string;
}

/** @param proxies  by name and address, as the target knows them */
export function pictureOf(
  view: ClusterView,
  proxies: readonly { readonly name: string; readonly address: string }[] = [],
): MeshPicture {
  const nodes = view.nodes.map((node): PictureBox => {
    const leads = ledStreams(node).length > 0 ? ', leader' : '';
    const up = ownRow(node)?.status === 'ACTIVE';
    const detail = `${node.server}${up ? leads : ', not serving'}`;
    return { id: node.server, name: node.name, detail, kind: 'node', up };
  });
  const boxes = proxies.map(
    ({ name, address }): PictureBox => ({ id: name, name, detail: address, kind: 'proxy', up: true }),
  );
  return {
    boxes: [...nodes, ...boxes],
    links: [...meshLinks(view), ...proxyLinks(view)],
    caption: clientCaption(view),
  };
}

function meshLinks(view: ClusterView): readonly PictureLink[] {
  const between = linksOf(view).filter((link) => link.betweenNodes);
  const missing = missingPairs(view).map(
    (pair): PictureLink => ({ ...pair, mode: 'MISSING', label: 'no link' }),
  );
  return [
    ...worstOfEach(between.map(({ from, to, mode, protocol }) => ({ from, to, mode, protocol }))),
    ...missing,
  ];
}

/** By the proxy's own ledger: what it dials are SQL ports. */
function proxyLinks(view: ClusterView): readonly PictureLink[] {
  const nodes = new Map(view.nodes.map(({ server, sqlPort }) => [`${ipOf(server)}:${sqlPort}`, server]));
  const links = view.proxies.flatMap(({ name, answer }) =>
    (answer?.links ?? []).flatMap(({ direction, peerAddress, mode, protocol }) => {
      const to = nodes.get(peerAddress);
      return direction === 'OUT' && to !== undefined ? [{ from: name, to, mode, protocol }] : [];
    }),
  );
  return worstOfEach(links);
}

function ipOf(server: string): string {
  return server.slice(0, server.lastIndexOf(':'));
}

interface OneLink {
  readonly from: string;
  readonly to: string;
  readonly mode: LinkMode;
  readonly protocol: string | null;
}

const ORDER: readonly LinkMode[] = ['PLAIN', 'AUTHENTICATED', 'ENCRYPTED'];

/** Two programs may have several links: the worst one is shown. */
function worstOfEach(links: readonly OneLink[]): readonly PictureLink[] {
  const worst = new Map<string, OneLink>();
  for (const link of links) {
    const key = `${link.from} ${link.to}`;
    const known = worst.get(key);
    if (known === undefined || ORDER.indexOf(link.mode) < ORDER.indexOf(known.mode)) worst.set(key, link);
  }
  return [...worst.values()].map(({ from, to, mode, protocol }) => ({
    from,
    to,
    mode,
    label: labelOf(mode, protocol),
  }));
}

function labelOf(mode: LinkMode, protocol: string | null): string {
  if (mode === 'ENCRYPTED') return protocol ?? 'TLS';
  return mode === 'PLAIN' ? 'clear' : 'clear, auth';
}

function clientCaption(view: ClusterView): string {
  const clients = linksOf(view).filter((link) => !link.betweenNodes && link.kind !== 'PROXY');
  const plain = clients.filter((link) => link.mode !== 'ENCRYPTED').length;
  return `${clients.length} client connections, ${plain} of them in clear`;
}

const WIDTH = 760;
const BOX = { width: 178, height: 54 };
/** Of the middle of two opposite arrows from one another. */
const APART = 16;
/** More nodes than this, and words on every arrow hide the picture. */
const LABELLED_NODES_MAX = 5;

interface Placed extends PictureBox {
  readonly x: number;
  readonly y: number;
}

/** @returns one `<svg>`; colours come from `--mesh-…` where the page sets them */
export function drawMesh({ boxes, links, caption }: MeshPicture): Markup {
  const nodes = boxes.filter(({ kind }) => kind === 'node');
  const proxies = boxes.filter(({ kind }) => kind === 'proxy');
  const ring = nodes.length <= 2 ? 120 : 340;
  const top = 16;
  const height = top + ring + (proxies.length > 0 ? 130 : 0) + (caption === '' ? 10 : 40);
  const placed = new Map<string, Placed>(
    [...onRing(nodes, top, ring), ...inRow(proxies, top + ring + 90)].map((box) => [box.id, box]),
  );
  const labelled = nodes.length <= LABELLED_NODES_MAX;
  return html`<svg class="mesh" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="mesh-title mesh-text">
<title id="mesh-title">Links between the programs of the cluster</title>
<desc id="mesh-text">${description(boxes, links)}</desc>
${styleSheet(MESH_STYLE)}
<defs>${MODES.map(arrowHead)}</defs>
${links.map((link) => drawLink(link, placed, labelled))}
${[...placed.values()].map(drawBox)}
${caption === '' ? '' : html`<text class="mesh-small" x="${WIDTH / 2}" y="${height - 12}" text-anchor="middle">${caption}</text>`}
</svg>`;
}

const MODES: readonly PictureMode[] = ['ENCRYPTED', 'AUTHENTICATED', 'PLAIN', 'MISSING'];

const MESH_STYLE = `
.mesh { font-family: system-ui, sans-serif; font-size: 14px; width: 100%; height: auto;
  --good: var(--mesh-good, #1a7f37); --warn: var(--mesh-warn, #9a6700); --bad: var(--mesh-bad, #bc4c00); --gone: var(--mesh-gone, #6e7781);
  --ink: var(--mesh-ink, #1f2328); --soft: var(--mesh-soft, #59636e); --paper: var(--mesh-paper, #ffffff) }
.mesh text { fill: var(--ink) } .mesh .mesh-small { font-size: 12px; fill: var(--soft) } .mesh .mesh-name { font-weight: 600 }
.mesh rect { fill: var(--paper); stroke: var(--soft); stroke-width: 1.5 } .mesh .mesh-down { stroke-dasharray: 4 4 }
.mesh path { fill: none; stroke-width: 2.5 } .mesh marker path { stroke: none }
.mesh .mesh-encrypted { stroke: var(--good); color: var(--good) } .mesh marker.mesh-encrypted path { fill: var(--good) }
.mesh .mesh-authenticated { stroke: var(--warn); color: var(--warn); stroke-dasharray: 10 3 2 3 } .mesh marker.mesh-authenticated path { fill: var(--warn) }
.mesh .mesh-plain { stroke: var(--bad); color: var(--bad); stroke-dasharray: 5 5 } .mesh marker.mesh-plain path { fill: var(--bad) }
.mesh .mesh-missing { stroke: var(--gone); color: var(--gone); stroke-dasharray: 1 6 } .mesh marker.mesh-missing path { fill: var(--gone) }
.mesh rect.mesh-tag { stroke-width: 1; stroke-dasharray: none } .mesh text.mesh-word { font-size: 11px; fill: currentColor; stroke: none }`;

/** One above, the others around; two side by side. */
function onRing(nodes: readonly PictureBox[], top: number, ring: number): readonly Placed[] {
  const centre = { x: WIDTH / 2, y: top + ring / 2 };
  const radius = { x: 262, y: (ring - BOX.height) / 2 };
  const start = nodes.length === 2 ? Math.PI : -Math.PI / 2;
  return nodes.map((node, index) => {
    const angle = start + (2 * Math.PI * index) / nodes.length;
    // Three nodes would leave the lower third empty.
    const lower = nodes.length === 3 && index > 0 ? radius.y : radius.y * Math.sin(angle);
    return {
      ...node,
      x: centre.x + (nodes.length === 1 ? 0 : radius.x * Math.cos(angle)),
      y: centre.y + lower,
    };
  });
}

function inRow(boxes: readonly PictureBox[], y: number): readonly Placed[] {
  return boxes.map((box, index) => ({ ...box, x: (WIDTH * (index + 1)) / (boxes.length + 1), y }));
}

function drawBox({ x, y, name, detail, kind, up }: Placed): Markup {
  const corner = kind === 'proxy' ? 26 : 8;
  return html`<g><rect class="${up ? 'mesh-box' : 'mesh-box mesh-down'}" x="${x - BOX.width / 2}" y="${y - BOX.height / 2}" width="${BOX.width}" height="${BOX.height}" rx="${corner}"/>
<text class="mesh-name" x="${x}" y="${y - 4}" text-anchor="middle">${name}</text>
<text class="mesh-small" x="${x}" y="${y + 15}" text-anchor="middle">${detail}</text></g>`;
}

function drawLink(
  { from, to, mode, label }: PictureLink,
  placed: ReadonlyMap<string, Placed>,
  labelled: boolean,
): Markup | null {
  const source = placed.get(from);
  const target = placed.get(to);
  if (source === undefined || target === undefined) return null;
  const length = Math.hypot(target.x - source.x, target.y - source.y);
  const along = { x: (target.x - source.x) / length, y: (target.y - source.y) / length };
  // To the left of its own way, so that the way back is on the other side.
  const aside = { x: (along.y * APART) / 2, y: (-along.x * APART) / 2 };
  const begin = shifted(source, along, aside, edgeDistance(along) + 2);
  const end = shifted(target, along, aside, -edgeDistance(along) - 8);
  const name = mode.toLowerCase();
  const path = html`<path class="mesh-${name}" marker-end="url(#mesh-to-${name})" d="M${round(begin.x)} ${round(begin.y)} ${round(end.x)} ${round(end.y)}"/>`;
  if (!labelled) return path;
  const word = { x: begin.x + (end.x - begin.x) * 0.3, y: begin.y + (end.y - begin.y) * 0.3 };
  const width = label.length * 6.4 + 12;
  return html`${path}<g class="mesh-${name}"><rect class="mesh-tag" style="stroke: currentColor" x="${round(word.x - width / 2)}" y="${round(word.y - 9)}" width="${round(width)}" height="18" rx="9"/>
<text class="mesh-word" x="${round(word.x)}" y="${round(word.y + 4)}" text-anchor="middle">${label}</text></g>`;
}

/** How far it is from the middle of a box to its edge. */
function edgeDistance(along: { readonly x: number; readonly y: number }): number {
  const across = Math.abs(along.x) < 1e-9 ? Infinity : BOX.width / 2 / Math.abs(along.x);
  const down = Math.abs(along.y) < 1e-9 ? Infinity : BOX.height / 2 / Math.abs(along.y);
  return Math.min(across, down);
}

function shifted(
  { x, y }: Placed,
  along: { readonly x: number; readonly y: number },
  aside: { readonly x: number; readonly y: number },
  distance: number,
): { readonly x: number; readonly y: number } {
  return { x: x + along.x * distance + aside.x, y: y + along.y * distance + aside.y };
}

function arrowHead(mode: PictureMode): Markup {
  const name = mode.toLowerCase();
  return html`<marker class="mesh-${name}" id="mesh-to-${name}" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="5" markerHeight="5" orient="auto"><path d="M0 0 8 4 0 8z"/></marker>`;
}

/** The picture for who can't see it. */
function description(boxes: readonly PictureBox[], links: readonly PictureLink[]): string {
  const names = new Map(boxes.map(({ id, name }) => [id, name]));
  const words = links.map(
    ({ from, to, mode, label }) =>
      `${names.get(from) ?? from} to ${names.get(to) ?? to}: ${mode.toLowerCase()}, ${label}`,
  );
  return `${words.join('; ')}.`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
