/** @import { RunPicture, Snapshot } from '../../seeing/snapshot.ts' */
import { byId, html, setAttributes, setText } from './elements.js';
import { durationText, rungWords } from './words.js';

const list = byId('rungs');
const chip = byId('run-state');
const line = byId('run');
const waits = byId('waits');

/** @param {Snapshot} snapshot */
export function showLadder({ at, rungs, run }) {
  if (list.children.length !== rungs.length) list.replaceChildren(...rungs.map(emptyRung));
  for (const [index, { id, title, holds, detail, current }] of rungs.entries()) {
    const item = /** @type {HTMLElement} */ (list.children[index]);
    setAttributes(item, {
      class: `${holds === true ? 'holds' : 'open'}${current ? ' current' : ''}`,
      'aria-current': current ? 'step' : undefined,
    });
    const [mark, name, told] = [...item.children];
    if (mark) setText(mark, holds === true ? '✓' : '');
    if (name?.firstChild) setText(/** @type {Element} */ (name.firstElementChild), title);
    const what = name?.querySelector('.what');
    if (what) setText(what, rungWords[id] ?? '');
    if (told) setText(told, holds === null ? 'unknown' : detail);
  }
  showRun(at, run);
}

/**
 * @param {number} at
 * @param {RunPicture | null} run
 */
function showRun(at, run) {
  chip.hidden = run === null;
  if (run === null) {
    setText(line, 'no run yet');
    setAttributes(waits, { 'data-shown': false });
    return;
  }
  setAttributes(chip, { 'data-state': run.state });
  setText(chip, run.state);
  const began = Date.parse(run.startedAt);
  const ended = run.endedAt === null ? at : Date.parse(run.endedAt);
  const nodes = run.nodesToDo === 0 ? '' : `, ${run.nodesDone} of ${run.nodesToDo} nodes`;
  const interrupted = run.state === 'interrupted' ? ', its controller is gone' : '';
  const took = run.state === 'interrupted' ? '' : `, ${durationText(Math.max(0, ended - began))}`;
  setText(line, `${run.goal}${nodes}${took}${interrupted}`);
  const told = run.reason ?? (run.waitsFor === null ? run.step : `waits for ${run.waitsFor}`);
  setAttributes(waits, {
    'data-shown': told !== null,
    'data-tone': run.reason === null ? undefined : 'bad',
    title: told ?? undefined,
  });
  setText(waits, told ?? '');
}

function emptyRung() {
  return html(
    'li',
    {},
    html('span', { class: 'mark', 'aria-hidden': 'true' }),
    html('span', { class: 'title' }, html('span'), html('span', { class: 'what' })),
    html('span', { class: 'detail' }),
  );
}
