import type { Paint } from '../describe.ts';
import type {
  GapPicture,
  LinkPicture,
  LinkState,
  NodePicture,
  NodeState,
  RungPicture,
  RunPicture,
  SeenEvent,
  Snapshot,
} from '../seeing/snapshot.ts';
import { barText, cut, pad, sparkText } from './cells.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a terminal shows that is no part of the snapshot. */
export interface ScreenState {
  /** The last minutes, the oldest first; null where nothing is known. */
  readonly statements: readonly (number | null)[];
  /** Why there is no snapshot yet, or why it is old; undefined while all is well. */
  readonly trouble: string | undefined;
}

/**
 * The screen as lines, no longer and no more than there is room for. Pure. What matters most comes first: where there is little
 * room, events and horizon give way.
 */
export function screenLines(
  snapshot: Snapshot | undefined,
  state: ScreenState,
  { columns, rows }: ScreenSize,
  paint: Paint,
): readonly string[] {
  if (snapshot === undefined) return [cut(state.trouble ?? 'looking at every node…', columns)];
  const head = [
    ...headLines(snapshot, columns, paint),
    ...(state.trouble === undefined ? [] : [paint.bad(cut(state.trouble, columns))]),
  ];
  const middle = [
    '',
    ...nodeLines(snapshot, columns, paint),
    '',
    ...meshLines(snapshot, columns, paint),
    '',
    ...ladderLines(snapshot, columns, paint),
    '',
    ...figureLines(snapshot, state, columns, paint),
  ];
  const horizon = horizonLine(snapshot, columns, paint);
  const foot = paint.dim(cut('q quits   ═ encrypted  ~ authenticated only  - in clear  x no link', columns));
  const left = rows - head.length - middle.length - 3;
  const events = left > 0 ? ['', ...eventLines(snapshot, left, columns, paint)] : [];
  const all = [...head, ...middle, horizon, ...events];
  return [...all.slice(0, Math.max(1, rows - 1)), foot];
}

function headLines(
  { cluster, summary, run, at }: Snapshot,
  columns: number,
  paint: Paint,
): readonly string[] {
  const { encrypted, pairs, plain, missing, authenticated } = summary;
  const tone = encrypted === pairs ? paint.good : missing > 0 ? paint.bad : paint.warn;
  const others = [
    plain > 0 ? `${plain} in clear` : '',
    authenticated > 0 ? `${authenticated} authenticated only` : '',
    missing > 0 ? `${missing} missing` : '',
  ].filter(Boolean);
  const time = new Date(at).toTimeString().slice(0, 8);
  const what = `${encrypted} of ${pairs} links encrypted${others.length === 0 ? '' : `, ${others.join(', ')}`}`;
  const title = `sealane ${cluster}   `;
  const gap = Math.max(1, columns - title.length - what.length - time.length);
  const first =
    columns < title.length + what.length + time.length + 1
      ? tone(cut(what, columns))
      : `${title}${tone(what)}${' '.repeat(gap)}${paint.dim(time)}`;
  return [first, cut(runText(run, at), columns)];
}

function runText(run: RunPicture | null, at: number): string {
  if (run === null) return 'no run yet';
  const nodes = run.nodesToDo === 0 ? '' : `, ${run.nodesDone} of ${run.nodesToDo} nodes`;
  const end = run.endedAt === null ? at : Date.parse(run.endedAt);
  const took =
    run.state === 'interrupted' ? '' : ` ${((end - Date.parse(run.startedAt)) / 1000).toFixed(1)} s`;
  const told = run.reason ?? (run.waitsFor === null ? run.step : `waits for ${run.waitsFor}`);
  return `${run.goal}: ${run.state}${took}${nodes}${told === null ? '' : `; ${told}`}`;
}

const stateLetters: Readonly<Record<NodeState, string>> = {
  active: 'ACTIVE',
  stopped: 'STOPPED',
  inactive: 'INACTIVE',
  starting: 'STARTING',
  silent: 'SILENT',
  down: 'DOWN',
};

function nodeLines({ nodes, proxies }: Snapshot, columns: number, paint: Paint): readonly string[] {
  const width = Math.max(
    8,
    ...nodes.map(({ name }) => name.length),
    ...proxies.map(({ name }) => name.length),
  );
  const head = `${pad('', width)}  ${pad('state', 9)} ${pad('leads', 7)} ${pad('gap', 8)} ${pad('stmt/s', 7)} ${pad('clients (clear)', 16)} address`;
  return [
    paint.dim(cut(head, columns)),
    ...nodes.map((node) => nodeLine(node, width, columns, paint)),
    ...proxies.map((proxy) => {
      const counts =
        proxy.front === null ? '?' : `${proxy.front.plain + proxy.front.encrypted} (${proxy.front.plain})`;
      const back =
        proxy.back === null ? 'back ?' : `back ${proxy.back.encrypted} enc ${proxy.back.plain} clear`;
      const line = `${pad(proxy.name, width)}  ${pad(proxy.running ? 'RUNS' : 'DOWN', 9)} ${pad(back, 24)} ${pad(counts, 16)} ${proxy.address}`;
      const text = cut(line, columns);
      return proxy.running ? text : paint.bad(text);
    }),
  ];
}

function nodeLine(node: NodePicture, width: number, columns: number, paint: Paint): string {
  const { state, leads, gapMs, statementsPerSecond, sessions } = node;
  const gap = gapMs === null ? '-' : `${gapMs} ms`;
  const rate = statementsPerSecond === null ? '-' : statementsPerSecond.toFixed(0);
  const clients = `${sessions.plain + sessions.encrypted} (${sessions.plain})`;
  const tone =
    state === 'active' ? paint.good : state === 'down' || state === 'silent' ? paint.bad : paint.warn;
  const rest = `${pad(leads.length > 0 ? 'leader' : '', 7)} ${pad(gap, 8)} ${pad(rate, 7)} ${pad(clients, 16)} ${node.sqlAddress}`;
  const room = Math.max(0, columns - width - 12);
  return `${pad(node.name, width)}  ${tone(pad(stateLetters[state], 9))} ${cut(rest, room)}`;
}

/** A row for the node that dials, a column for the one that accepts; letters say what colours say. */
function meshLines({ nodes, links }: Snapshot, columns: number, paint: Paint): readonly string[] {
  const width = Math.max(9, ...nodes.map(({ name }) => name.length));
  const cellWidth = Math.max(3, Math.min(width + 2, Math.floor((columns - width - 2) / nodes.length)));
  const of = (from: string, to: string) => links.find((link) => link.from === from && link.to === to);
  const short = (name: string) => cut(name, cellWidth - 1);
  const head = `${pad('from \\ to', width)}  ${nodes.map(({ name }) => pad(short(name), cellWidth)).join('')}`;
  return [
    paint.dim(head),
    ...nodes.map(({ name: from }) => {
      const cells = nodes.map(({ name: to }) =>
        from === to ? paint.dim(pad('·', cellWidth)) : linkCell(of(from, to), cellWidth, paint),
      );
      return `${pad(from, width)}  ${cells.join('')}`;
    }),
  ];
}

const modeCells: Readonly<Record<LinkState, string>> = {
  ENCRYPTED: '══',
  AUTHENTICATED: '~~ AUTH',
  PLAIN: '-- CLEAR',
  MISSING: 'x  NONE',
};

function linkCell(link: LinkPicture | undefined, width: number, paint: Paint): string {
  const state = link?.state ?? 'MISSING';
  const protocol = (link?.protocol ?? 'TLS').replace('TLSv', 'TLS');
  const text = state === 'ENCRYPTED' ? `${modeCells.ENCRYPTED} ${protocol}` : modeCells[state];
  const tone = { ENCRYPTED: paint.good, AUTHENTICATED: paint.warn, PLAIN: paint.warn, MISSING: paint.bad }[
    state
  ];
  return tone(pad(text, width));
}

function ladderLines({ rungs }: Snapshot, columns: number, paint: Paint): readonly string[] {
  const parts = rungs.map((rung) => ({ rung, text: `${rungMark(rung)} ${rung.title} ${rung.detail}` }));
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const { rung, text } of parts) {
    const fits = width + text.length + 3 <= columns;
    if (!fits && line !== '') {
      lines.push(line);
      line = '';
      width = 0;
    }
    const told = rung.current ? paint.warn(text) : rung.holds === true ? paint.good(text) : text;
    line += `${line === '' ? '' : '   '}${told}`;
    width += text.length + 3;
  }
  return [...lines, line];
}

function rungMark({ holds, current }: RungPicture): string {
  if (current) return '>';
  return holds === true ? '✓' : holds === null ? '?' : '○';
}

function figureLines(
  { rates, gap, streams }: Snapshot,
  { statements }: ScreenState,
  columns: number,
  paint: Paint,
): readonly string[] {
  const number = (value: number | null) => (value === null ? '-' : value.toFixed(0));
  const logGap = streams.length === 0 ? '-' : `${Math.max(...streams.map(({ gapMs }) => gapMs))} ms`;
  const figures = `statements ${pad(`${number(rates.statements)}/s`, 8)} commits ${pad(`${number(rates.commits)}/s`, 8)} failed ${rates.failedSinceStart}   log gap ${logGap}`;
  const room = Math.max(0, columns - figures.length - 3);
  const failed = rates.failedSinceStart > 0 ? paint.bad : (text: string) => text;
  return [
    `${failed(cut(figures, columns))}${room > 10 ? `   ${paint.dim(sparkText(statements, Math.min(room, 60)))}` : ''}`,
    cut(gapText(gap), columns),
  ];
}

function gapText({ how, longestMs, longestAt, precisionMs, trouble, writes, failed }: GapPicture): string {
  if (how === 'probe' && trouble !== null) return `gap in writes: the probe can't write: ${trouble}`;
  const source =
    how === 'probe' ? `probe, ${writes} writes, ${failed} failed` : `commit counters, ±${precisionMs} ms`;
  if (longestMs === null) return `longest gap in writes: none seen (${source})`;
  const when = longestAt === null ? '' : ` at ${new Date(longestAt).toTimeString().slice(0, 8)}`;
  return `longest gap in writes: ${Math.round(longestMs)} ms${when} (${source})`;
}

function horizonLine({ horizon }: Snapshot, columns: number, paint: Paint): string {
  const [first] = horizon;
  if (first === undefined) return cut('horizon: no certificate is known', columns);
  const when = first.daysLeft < 0 ? 'EXPIRED' : `${first.daysLeft} days`;
  const bar = columns >= 100 ? ` ${barText(first.daysLeft / 400, 20)}` : '';
  const text = cut(`horizon: ${first.what} ${when}${bar}`, columns);
  return first.daysLeft < 0 ? paint.bad(text) : first.daysLeft < 30 ? paint.warn(text) : text;
}

function eventLines({ events }: Snapshot, count: number, columns: number, paint: Paint): readonly string[] {
  return events.slice(0, count - 1).map((event) => eventLine(event, columns, paint));
}

function eventLine({ at, tone, text }: SeenEvent, columns: number, paint: Paint): string {
  const time = new Date(at).toTimeString().slice(0, 8);
  const line = cut(text, Math.max(0, columns - 11));
  const told = tone === 'good' ? paint.good(line) : tone === 'bad' ? paint.bad(line) : line;
  return `${paint.dim(time)}  ${told}`;
}
