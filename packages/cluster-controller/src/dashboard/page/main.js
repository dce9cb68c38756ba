/** @import { Snapshot } from '../../seeing/snapshot.ts' */
/** @import { StreamState } from './stream.js' */
import { Charts } from './charts.js';
import { Details } from './details.js';
import { byId, html, setAttributes, setText } from './elements.js';
import { showLadder } from './ladder.js';
import { showLists } from './lists.js';
import { Mesh } from './mesh.js';
import { meshKeys } from './mesh-keys.js';
import { openStream } from './stream.js';
import { themeSwitch } from './theme.js';

const host = byId('mesh');
const mesh = new Mesh(host);
const charts = new Charts();
const details = new Details();
const segments = byId('segments');
/** @type {Snapshot | undefined} */
let latest;
let announced = '';

const states = {
  connecting: 'connecting',
  live: 'live',
  lost: 'no word from the controller',
  full: 'too many watch',
};

themeSwitch();
meshKeys(host, mesh, (thing) => details.open(thing, latest));
openStream({
  history: (points) => charts.begin(points),
  snapshot: (snapshot) => {
    latest = snapshot;
    show(snapshot);
  },
  state: (state) => showState(state),
});

/** @param {Snapshot} snapshot */
function show(snapshot) {
  const { cluster, summary } = snapshot;
  setText(byId('cluster'), cluster);
  const text = headline(snapshot);
  setText(byId('headline'), text);
  document.title = `${summary.encrypted}/${summary.pairs} encrypted · Sealane`;
  showSegments(snapshot);
  mesh.show(snapshot);
  details.show(snapshot);
  showLadder(snapshot);
  charts.show(snapshot);
  showLists(snapshot);
  announce(text, snapshot);
}

/** @param {Snapshot} snapshot */
function headline({ nodes, summary }) {
  if (nodes.every(({ state }) => state === 'down')) return 'The cluster is down';
  if (summary.pairs === 0) return 'One node, no links between nodes';
  return `${summary.encrypted} of ${summary.pairs} links encrypted`;
}

/** @param {Snapshot} snapshot */
function showSegments({ links }) {
  const inOrder = ['ENCRYPTED', 'AUTHENTICATED', 'PLAIN', 'MISSING'].flatMap((mode) =>
    links.filter(({ state }) => state === mode),
  );
  if (segments.children.length !== links.length) segments.replaceChildren(...links.map(() => html('i')));
  for (const [index, { state }] of inOrder.entries()) {
    const segment = segments.children[index];
    if (segment !== undefined) setAttributes(segment, { class: `mode-${state}` });
  }
}

/**
 * For readers of the screen: what matters, when it changes.
 *
 * @param {string} text
 * @param {Snapshot} snapshot
 */
function announce(text, { run, nodes }) {
  const away = nodes
    .filter(({ state }) => state !== 'active')
    .map(({ name, stateText }) => `${name}: ${stateText}`);
  const sentence = [text, ...away, ...(run === null ? [] : [`${run.goal} ${run.state}`])].join('. ');
  if (sentence === announced) return;
  announced = sentence;
  setText(byId('announce'), sentence);
}

/** @param {StreamState} state */
function showState(state) {
  setAttributes(byId('live'), { 'data-state': state === 'full' ? 'lost' : state });
  setText(byId('live-text'), states[state]);
}
