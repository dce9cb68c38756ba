/** @import { LinkPicture, NodePicture, ProxyPicture, SessionCounts, Snapshot } from '../../seeing/snapshot.ts' */
/** @import { Point } from './mesh-layout.js' */
import { setAttributes, setText, svg } from './elements.js';
import { curveBetween, curvePath, headPath, meshLayout, NODE, PROXY, pointOn } from './mesh-layout.js';
import { modeWords, stateWords } from './words.js';

/** @typedef {{ readonly kind: 'node' | 'proxy' | 'link'; readonly id: string }} Thing */

const BEND = 26;
/** More links than this have no room for words; colour, dashes and details tell. */
const LABELS_MAX = 12;
const CHANGED_MS = 1_600;
/** Below this the words of the wide picture can't be read. */
const NARROW_PX = 560;

/** The picture: made anew when other nodes are there, otherwise only what differs is set. */
export class Mesh {
  /** @type {SVGSVGElement | undefined} */
  #picture;
  #shape = '';
  /** @type {Map<string, SVGGElement>} */
  #things = new Map();
  /** @type {Map<string, string>} */
  #states = new Map();
  #host;

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#host = host;
  }

  /** Everything that can be gone to, in the order of the keyboard. */
  get things() {
    return [...this.#things.values()];
  }

  /** @param {Snapshot} snapshot */
  show(snapshot) {
    const narrow = this.#host.clientWidth < NARROW_PX;
    const shape = JSON.stringify([
      narrow,
      snapshot.nodes.map(({ name }) => name),
      snapshot.proxies.map(({ name }) => name),
      snapshot.links.map(({ id }) => id),
    ]);
    if (shape !== this.#shape) this.#draw(snapshot, narrow);
    this.#shape = shape;
    for (const node of snapshot.nodes) this.#showNode(node);
    for (const proxy of snapshot.proxies) this.#showProxy(proxy);
    for (const link of snapshot.links) this.#showLink(link);
  }

  /**
   * @param {Snapshot} snapshot
   * @param {boolean} narrow
   */
  #draw({ nodes, proxies, links }, narrow) {
    const focused = document.activeElement?.getAttribute('data-id');
    const layout = meshLayout(nodes.length, proxies.length, narrow);
    const { nodes: places, proxies: fronts } = layout;
    /** @type {(name: string) => Point} */
    const placeOf = (name) =>
      places[nodes.findIndex((node) => node.name === name)] ?? { x: layout.width / 2, y: layout.height / 2 };
    this.#things.clear();
    this.#states.clear();
    const picture = svg('svg', {
      viewBox: `0 0 ${layout.width} ${layout.height}`,
      role: 'group',
      'aria-labelledby': 'mesh-title',
      'aria-describedby': 'mesh-help',
    });
    for (const [index, proxy] of proxies.entries()) {
      const at = fronts[index] ?? { x: 0, y: 0 };
      for (const node of nodes) picture.append(backPath(proxy.name, at, node.server, placeOf(node.name)));
    }
    const withLabels = links.length <= LABELS_MAX;
    const drawn = links.map((link) => this.#link(link, placeOf(link.from), placeOf(link.to), withLabels));
    picture.append(...drawn);
    for (const [index, { name }] of nodes.entries())
      picture.append(this.#add('node', name, nodeCard(places[index] ?? { x: 0, y: 0 })));
    for (const [index, { name }] of proxies.entries())
      picture.append(this.#add('proxy', name, proxyCard(fronts[index] ?? { x: 0, y: 0 })));
    // Nodes first, then proxies, then links: the order in which the keyboard goes.
    for (const { id } of links) {
      const link = this.#things.get(`link ${id}`);
      this.#things.delete(`link ${id}`);
      if (link !== undefined) this.#things.set(`link ${id}`, link);
    }
    this.#host.replaceChildren(picture);
    this.#picture = picture;
    const again = this.things.find((thing) => thing.dataset['id'] === focused) ?? this.things[0];
    again?.setAttribute('tabindex', '0');
    if (focused) again?.focus();
  }

  /**
   * @param {LinkPicture} link
   * @param {Point} from
   * @param {Point} to
   * @param {boolean} withLabel
   */
  #link({ id }, from, to, withLabel) {
    const curve = curveBetween(from, to, BEND);
    const path = curvePath(curve);
    const at = pointOn(curve, 0.42);
    const label = withLabel
      ? [
          svg('rect', { x: at.x - 31, y: at.y - 9.5, width: 62, height: 19, rx: 9.5 }),
          svg('text', { x: at.x, y: at.y + 0.5 }),
        ]
      : [];
    return this.#add('link', id, [
      svg('path', { class: 'halo', d: path }),
      svg('path', { class: 'line', d: path }),
      svg('path', { class: 'head', d: headPath(curve) }),
      svg('path', { class: 'hit', d: path }),
      ...label,
    ]);
  }

  /**
   * @param {Thing['kind']} kind
   * @param {string} id
   * @param {readonly Element[]} parts
   */
  #add(kind, id, parts) {
    const thing = svg('g', { class: kind, role: 'button', tabindex: '-1', 'data-kind': kind, 'data-id': id });
    thing.append(...parts);
    this.#things.set(`${kind} ${id}`, thing);
    return thing;
  }

  /** @param {NodePicture} node */
  #showNode(node) {
    const thing = this.#things.get(`node ${node.name}`);
    if (thing === undefined) return;
    const leads = node.leads.length > 0;
    const clients = node.sessions.plain + node.sessions.encrypted;
    setAttributes(thing, {
      'data-state': node.state,
      'aria-label': `${node.name}, ${stateWords[node.state]}${leads ? ', leader' : ''}, log gap ${node.gapMs ?? 'unknown'} ms, ${clients} clients, ${node.sessions.plain} of them in clear`,
    });
    setPart(thing, '.name', node.name);
    setPart(
      thing,
      '.state',
      node.state === 'active' ? `gap ${node.gapMs ?? '–'} ms` : stateWords[node.state],
    );
    setPart(thing, '.clients', node.state === 'down' ? '' : clientsText(node.sessions));
    const badge = thing.querySelector('.badge');
    if (badge !== null) setAttributes(badge, { visibility: leads ? 'visible' : 'hidden' });
  }

  /** @param {ProxyPicture} proxy */
  #showProxy(proxy) {
    const thing = this.#things.get(`proxy ${proxy.name}`);
    if (thing === undefined) return;
    const front = proxy.front === null ? '' : clientsText(proxy.front);
    setAttributes(thing, {
      'data-running': proxy.running,
      'aria-label': `proxy ${proxy.name}, ${proxy.running ? 'runs' : 'down'}${front === '' ? '' : `, ${front}`}`,
    });
    thing.setAttribute('data-running', String(proxy.running));
    setPart(thing, '.name', proxy.name);
    setPart(thing, '.state', proxy.running ? proxy.address : 'down');
    setPart(thing, '.clients', front);
    for (const path of this.#picture?.querySelectorAll('.back') ?? []) {
      if (path.getAttribute('data-proxy') === proxy.name)
        path.setAttribute('class', `back ${backMode(proxy.servers[path.getAttribute('data-server') ?? ''])}`);
    }
  }

  /** @param {LinkPicture} link */
  #showLink(link) {
    const thing = this.#things.get(`link ${link.id}`);
    if (thing === undefined) return;
    const before = this.#states.get(link.id);
    this.#states.set(link.id, link.state);
    const words = `link from ${link.from} to ${link.to}, ${modeWords[link.state]}`;
    setAttributes(thing, { 'aria-label': link.protocol === null ? words : `${words}, ${link.protocol}` });
    if (before === link.state) return;
    thing.setAttribute('class', `link mode-${link.state}${before === undefined ? '' : ' changed'}`);
    if (before !== undefined) setTimeout(() => thing.classList.remove('changed'), CHANGED_MS);
    const text = thing.querySelector('text');
    if (text !== null) setText(text, labelOf(link));
  }
}

/** @param {LinkPicture} link */
function labelOf({ state, protocol }) {
  if (state === 'ENCRYPTED') return (protocol ?? 'TLS').replace('TLSv', 'TLS ');
  return { PLAIN: 'in clear', AUTHENTICATED: 'auth only', MISSING: 'no link' }[state];
}

/** @param {SessionCounts} sessions */
function clientsText({ plain, encrypted }) {
  const all = plain + encrypted;
  if (all === 0) return 'no clients';
  const clients = all === 1 ? '1 client' : `${all} clients`;
  return plain === 0 ? `${clients}, TLS` : `${clients}, ${plain} in clear`;
}

/** @param {SessionCounts | undefined} links  to one server */
function backMode(links) {
  if (links === undefined) return '';
  return links.plain > 0 ? 'mode-PLAIN' : 'mode-ENCRYPTED';
}

/** @param {Point} at */
function nodeCard({ x, y }) {
  const left = x - NODE.width / 2;
  const top = y - NODE.height / 2;
  return [
    svg('rect', { class: 'card', x: left, y: top, width: NODE.width, height: NODE.height, rx: 10 }),
    svg('circle', { class: 'state-dot', cx: left + 17, cy: top + 19, r: 4.5 }),
    svg('text', { class: 'name', x: left + 29, y: top + 24 }),
    svg('text', { class: 'fact state', x: left + 14, y: top + 43 }),
    svg('text', { class: 'fact clients', x: left + 14, y: top + 59 }),
    svg(
      'g',
      { class: 'badge', visibility: 'hidden' },
      svg('rect', { x: left + NODE.width - 58, y: top - 9, width: 48, height: 18, rx: 9 }),
      svg('text', { x: left + NODE.width - 34, y: top + 0.5 }, 'leader'),
    ),
  ];
}

/** @param {Point} at */
function proxyCard({ x, y }) {
  const left = x - PROXY.width / 2;
  const top = y - PROXY.height / 2;
  return [
    svg('rect', { class: 'card', x: left, y: top, width: PROXY.width, height: PROXY.height, rx: 10 }),
    svg('circle', { class: 'state-dot', cx: left + 17, cy: top + 19, r: 4.5 }),
    svg('text', { class: 'name', x: left + 29, y: top + 24 }),
    svg('text', { class: 'fact state', x: left + 14, y: top + 43 }),
    svg('text', { class: 'fact clients', x: left + 14, y: top + 59 }),
  ];
}

/**
 * @param {string} proxy
 * @param {Point} from
 * @param {string} server
 * @param {Point} to
 */
function backPath(proxy, from, server, to) {
  const path = curvePath(curveBetween(from, to, 0, PROXY));
  return svg('path', { class: 'back', d: path, 'data-proxy': proxy, 'data-server': server });
}

/**
 * @param {Element} thing
 * @param {string} selector
 * @param {string} text
 */
function setPart(thing, selector, text) {
  const part = thing.querySelector(selector);
  if (part !== null) setText(part, text);
}
