/** @import { HorizonEntry, LinkPicture, SeenEvent, Snapshot } from '../../seeing/snapshot.ts' */
import { byId, html, setAttributes, setText, svg } from './elements.js';
import { bytesText, clockText, modeWords } from './words.js';

const horizonList = byId('horizon');
const eventList = byId('events');
const linkRows = byId('links');
/** When it is time to renew. */
const SOON_DAYS = 30;
/** A CA's ten years would make everything else a dot. */
const FULL_DAYS = 400;

const signs = { good: '✓', plain: '·', bad: '✗' };

let horizonShown = '';
let eventsShown = '';

/** @param {Snapshot} snapshot */
export function showLists({ horizon, events, links }) {
  const horizonKey = JSON.stringify(horizon);
  if (horizonKey !== horizonShown) {
    horizonShown = horizonKey;
    const items =
      horizon.length === 0
        ? [html('li', { class: 'muted' }, 'no certificate is known')]
        : horizon.map(horizonItem);
    horizonList.replaceChildren(...items);
  }
  const eventsKey = JSON.stringify([events[0], events.length]);
  if (eventsKey !== eventsShown) {
    eventsShown = eventsKey;
    eventList.replaceChildren(
      ...(events.length === 0
        ? [html('li', { class: 'none muted' }, 'nothing happened yet')]
        : events.map(eventItem)),
    );
  }
  showTable(links);
}

/** @param {HorizonEntry} entry */
function horizonItem({ at, daysLeft, what, links }) {
  const tone = daysLeft < 0 ? 'over' : daysLeft < SOON_DAYS ? 'soon' : '';
  const days = daysLeft < 0 ? 'expired' : `${daysLeft} days`;
  const width = Math.max(1, Math.min(100, (daysLeft / FULL_DAYS) * 100));
  const then = links === 0 ? '' : `; then ${links} links can't be made again`;
  return html(
    'li',
    { class: tone, title: `${what}: ${at}${then}` },
    html('span', { class: 'what' }, what),
    html('span', { class: 'days' }, days),
    svg(
      'svg',
      { class: 'track', viewBox: '0 0 100 4', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      svg('rect', { width, height: 4 }),
    ),
  );
}

/** @param {SeenEvent} event */
function eventItem({ at, tone, text }) {
  return html(
    'li',
    { class: `tone-${tone}` },
    html('time', { datetime: new Date(at).toISOString() }, clockText(at)),
    html('span', { class: 'sign', 'aria-hidden': 'true' }, signs[tone]),
    html('span', { class: 'text' }, text),
  );
}

/** @param {readonly LinkPicture[]} links */
function showTable(links) {
  if (linkRows.children.length !== links.length)
    linkRows.replaceChildren(
      ...links.map(() => html('tr', {}, ...Array.from({ length: 7 }, () => html('td')))),
    );
  for (const [index, link] of links.entries()) {
    const row = /** @type {HTMLElement} */ (linkRows.children[index]);
    const cells = [
      link.from,
      link.to,
      modeWords[link.state],
      link.protocol ?? '–',
      link.cipher ?? '–',
      bytesText(link.clearBytes),
      bytesText(link.encryptedBytes),
    ];
    for (const [at, text] of cells.entries()) {
      const cell = /** @type {HTMLElement} */ (row.children[at]);
      setText(cell, text);
      setAttributes(cell, { class: at === 2 ? `mode mode-${link.state}` : at > 4 ? 'number' : undefined });
    }
  }
}
