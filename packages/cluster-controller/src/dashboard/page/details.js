/** @import { LinkPicture, NodePicture, ProxyPicture, Snapshot } from '../../seeing/snapshot.ts' */
import { byId, html, setText } from './elements.js';
import { bytesText, durationText, modeWords, stateWords } from './words.js';

/** @typedef {readonly (readonly [name: string, value: string])[]} Facts */

/** What is known of one node, proxy or link; kept up to date while it is open. */
export class Details {
  /** @type {SVGGElement | undefined} */
  #of;
  #panel = /** @type {HTMLDialogElement} */ (byId('details'));
  #title = byId('details-title');
  #facts = byId('details-facts');

  constructor() {
    byId('details-close').addEventListener('click', () => this.close());
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#panel.open) this.close();
    });
  }

  /**
   * @param {SVGGElement} thing
   * @param {Snapshot | undefined} snapshot
   */
  open(thing, snapshot) {
    this.#of?.setAttribute('aria-expanded', 'false');
    this.#of = thing;
    thing.setAttribute('aria-expanded', 'true');
    if (snapshot !== undefined) this.show(snapshot);
    // The keyboard goes there, too: a reader of the screen reads it out.
    this.#panel.show();
  }

  /** The keyboard goes back to where it came from. */
  close() {
    const of = this.#of;
    this.#panel.close();
    this.#of = undefined;
    of?.setAttribute('aria-expanded', 'false');
    of?.focus();
  }

  /** @param {Snapshot} snapshot */
  show(snapshot) {
    if (this.#of === undefined) return;
    const { kind, id } = this.#of.dataset;
    const [title, facts] = factsOf(snapshot, kind, id);
    setText(this.#title, title);
    const rows = [...this.#facts.children];
    if (rows.length !== facts.length * 2) {
      this.#facts.replaceChildren(
        ...facts.flatMap(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]),
      );
      return;
    }
    for (const [index, [name, value]] of facts.entries()) {
      setText(/** @type {Element} */ (rows[index * 2]), name);
      setText(/** @type {Element} */ (rows[index * 2 + 1]), value);
    }
  }
}

/**
 * @param {Snapshot} snapshot
 * @param {string | undefined} kind
 * @param {string | undefined} id
 * @returns {readonly [title: string, facts: Facts]}
 */
function factsOf({ nodes, proxies, links }, kind, id) {
  const node = nodes.find(({ name }) => kind === 'node' && name === id);
  if (node !== undefined) return [node.name, nodeFacts(node)];
  const proxy = proxies.find(({ name }) => kind === 'proxy' && name === id);
  if (proxy !== undefined) return [proxy.name, proxyFacts(proxy)];
  const link = links.find((each) => kind === 'link' && each.id === id);
  return link === undefined ? [id ?? '', []] : [`${link.from} → ${link.to}`, linkFacts(link)];
}

/**
 * @param {NodePicture} node
 * @returns {Facts}
 */
function nodeFacts(node) {
  const { plain, encrypted } = node.sessions;
  return [
    ['State', node.state === 'silent' ? node.stateText : `${stateWords[node.state]} (${node.stateText})`],
    ['Server', `${node.server}, ${node.zone}`],
    ['SQL', node.sqlAddress],
    ['Process', node.pid === null ? 'none' : String(node.pid)],
    ['Leads', node.leads.length === 0 ? 'nothing' : node.leads.map(tenantText).join(', ')],
    ['Log gap', node.gapMs === null ? 'unknown' : durationText(node.gapMs)],
    ['Clients', `${encrypted} encrypted, ${plain} in clear`],
    [
      'Statements',
      node.statementsPerSecond === null ? 'unknown' : `${node.statementsPerSecond.toFixed(0)} a second`,
    ],
    ['TLS', node.tlsEnabled ? 'offered' : 'off'],
    [
      'Certificate',
      node.certificateExpiresAt === null ? 'none in use' : `until ${node.certificateExpiresAt}`,
    ],
    ...(node.walletTrouble === null ? [] : [/** @type {const} */ (['Wallet', node.walletTrouble])]),
    ['Heard', node.heardMsAgo === null ? 'never' : `${durationText(node.heardMsAgo)} ago`],
  ];
}

/**
 * @param {ProxyPicture} proxy
 * @returns {Facts}
 */
function proxyFacts({ address, pid, running, front, back, trouble }) {
  /** @param {ProxyPicture['front']} counts */
  const counts = (counts) =>
    counts === null ? 'not told' : `${counts.encrypted} encrypted, ${counts.plain} in clear`;
  return [
    ['State', running ? 'runs' : 'down'],
    ['Address', address],
    ['Process', pid === null ? 'none' : String(pid)],
    ['Clients', counts(front)],
    ['To servers', counts(back)],
    ...(trouble === null ? [] : [/** @type {const} */ (['Trouble', trouble])]),
  ];
}

/**
 * @param {LinkPicture} link
 * @returns {Facts}
 */
function linkFacts(link) {
  if (link.state === 'MISSING') return [['Mode', modeWords.MISSING]];
  return [
    ['Mode', modeWords[link.state]],
    ['Protocol', link.protocol ?? 'none'],
    ['Cipher', link.cipher ?? 'none'],
    ['Opened', link.openedAt ?? 'unknown'],
    ['Under config', String(link.epoch ?? 'unknown')],
    ['In clear', bytesText(link.clearBytes)],
    ['Encrypted', bytesText(link.encryptedBytes)],
    ['Both ends', link.seenByBoth ? 'have it in their ledgers' : 'only one end tells of it'],
  ];
}

/** @param {number} tenantId */
function tenantText(tenantId) {
  return tenantId === 1 ? 'sys' : `tenant ${tenantId}`;
}
