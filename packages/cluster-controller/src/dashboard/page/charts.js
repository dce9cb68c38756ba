/** @import { HistoryPoint, Snapshot } from '../../seeing/snapshot.ts' */
import { byId, html, setAttributes, setText, svg } from './elements.js';
import { clockText, countText, durationText } from './words.js';

/** As many points as the controller keeps: two minutes. */
const POINTS_MAX = 240;
const WIDTH = 240;
const HEIGHT = 44;

/** One figure with its last minutes. */
class Tile {
  #value = html('span', { class: 'number-value' }, '–');
  #unit = html('span', { class: 'unit' });
  #note = html('p', { class: 'note' });
  #area = svg('path', { class: 'area' });
  #curve = svg('path', { class: 'curve' });
  #chart = svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' },
    svg('path', { class: 'axis', d: `M0 ${HEIGHT}H${WIDTH}` }),
    this.#area,
    this.#curve,
  );
  #tile;

  /** @param {string} id */
  constructor(id) {
    this.#tile = byId(id);
    this.#tile.append(html('p', { class: 'value' }, this.#value, this.#unit), this.#note, this.#chart);
  }

  /**
   * @param {string} value
   * @param {string} unit
   * @param {string} note
   * @param {string} tone  a class of the tile
   */
  tell(value, unit, note, tone) {
    setText(this.#value, value);
    setText(this.#unit, unit);
    setText(this.#note, note);
    setAttributes(this.#tile, { class: `panel tile ${tone}` });
  }

  /**
   * @param {readonly (number | null)[]} values  the oldest first; null where nothing is known
   * @param {string} name
   * @param {number} atLeast  the chart's height, where no value is higher
   */
  draw(values, name, atLeast) {
    const known = values.filter((value) => value !== null);
    const top = Math.max(atLeast, ...known);
    setAttributes(this.#curve, { d: linePath(values, top) });
    setAttributes(this.#area, { d: areaPath(values, top) });
    const span =
      known.length === 0
        ? 'nothing known yet'
        : `between ${countText(Math.min(...known))} and ${countText(Math.max(...known))}`;
    setAttributes(this.#chart, { 'aria-label': `${name} in the last minutes: ${span}` });
  }
}

export class Charts {
  #statements = new Tile('tile-statements');
  #failed = new Tile('tile-failed');
  #gap = new Tile('tile-gap');
  #writes = new Tile('tile-writes');
  /** @type {HistoryPoint[]} */
  #points = [];

  /** @param {readonly HistoryPoint[]} points */
  begin(points) {
    this.#points = [...points];
  }

  /** @param {Snapshot} snapshot */
  show(snapshot) {
    const { at, rates, streams, gap } = snapshot;
    const logGapMs = streams.length === 0 ? null : Math.max(...streams.map(({ gapMs }) => gapMs));
    if ((this.#points.at(-1)?.at ?? 0) < at)
      this.#points.push({ at, ...rates, logGapMs, writeGapMs: gap.recentMs });
    this.#points = this.#points.slice(-POINTS_MAX);
    const { statements, commits, failedSinceStart } = rates;
    this.#statements.tell(
      statements === null ? '–' : countText(statements),
      'a second',
      commits === null ? '' : `${countText(commits)} commits a second`,
      '',
    );
    this.#statements.draw(this.#of('statements'), 'statements a second', 10);
    this.#failed.tell(
      countText(failedSinceStart),
      'so far',
      failedSinceStart === 0 ? 'since the dashboard began' : `${countText(rates.failed ?? 0)} a second now`,
      failedSinceStart > 0 ? 'warm' : 'warm calm',
    );
    this.#failed.draw(this.#of('failed'), 'failed statements a second', 1);
    this.#gap.tell(
      logGapMs === null ? '–' : countText(logGapMs),
      'ms',
      'the last replica behind its leader',
      'calm',
    );
    this.#gap.draw(this.#of('logGapMs'), 'log gap in milliseconds', 10);
    this.#showWrites(gap);
    this.#writes.draw(this.#of('writeGapMs'), 'gap in writes in milliseconds', 100);
  }

  /** @param {Snapshot['gap']} gap */
  #showWrites({ how, longestMs, longestAt, precisionMs, trouble, currentMs, writes, failed }) {
    const when = longestAt === null ? '' : `, at ${clockText(longestAt)}`;
    const [value = '–', unit = ''] = longestMs === null ? [] : durationText(longestMs).split(/ (?=[a-z]+$)/);
    const note =
      how === 'probe'
        ? (trouble ?? `${countText(writes)} probe writes, ${failed} failed${when}`)
        : longestMs === null
          ? 'nobody writes'
          : `±${precisionMs} ms, by commit counters${when}`;
    const waiting = how === 'probe' && currentMs !== null && currentMs > 1_000;
    this.#writes.tell(value, unit, note, trouble !== null || waiting ? 'alarm calm' : 'calm');
  }

  /** @param {'statements' | 'failed' | 'logGapMs' | 'writeGapMs'} name */
  #of(name) {
    return this.#points.map((point) => point[name]);
  }
}

/**
 * A line with gaps where nothing is known; the newest point is at the right edge.
 *
 * @param {readonly (number | null)[]} values
 * @param {number} top
 */
function linePath(values, top) {
  let pen = 'M';
  return values
    .map((value, index) => {
      if (value === null) {
        pen = 'M';
        return '';
      }
      const step = `${pen}${place(values.length, index)} ${level(value, top)}`;
      pen = 'L';
      return step;
    })
    .join('');
}

/**
 * @param {readonly (number | null)[]} values
 * @param {number} top
 */
function areaPath(values, top) {
  if (values.length === 0) return '';
  const points = values.map((value, index) => `L${place(values.length, index)} ${level(value ?? 0, top)}`);
  return `M${place(values.length, 0)} ${HEIGHT}${points.join('')}L${WIDTH} ${HEIGHT}Z`;
}

/**
 * @param {number} count
 * @param {number} index
 */
function place(count, index) {
  return Math.round((WIDTH - ((count - 1 - index) * WIDTH) / (POINTS_MAX - 1)) * 100) / 100;
}

/**
 * @param {number} value
 * @param {number} top
 */
function level(value, top) {
  return Math.round((HEIGHT - (value / top) * (HEIGHT - 3)) * 100) / 100;
}
