import { ansiPaint, noPaint } from '../describe.ts';
import type { Snapshot } from '../seeing/snapshot.ts';
import { screenLines } from '../watch/screen.ts';
import { Terminal } from '../watch/terminal.ts';
import { openLookout } from './lookout.ts';
import { printJson, type Surroundings } from './surroundings.ts';

export interface WatchCommandOptions {
  readonly probe?: true;
  /** Print one screen and end. */
  readonly once?: true;
}

/** How long the first look may take before an answer is given without it. */
const FIRST_LOOK_MS = 8_000;

/** Shows the cluster until `q`; without a terminal, or with `--once`, one screen. */
export async function watch(around: Surroundings, options: WatchCommandOptions): Promise<number> {
  const lookout = await openLookout(around, { probe: options.probe === true });
  lookout.start();
  try {
    const live = around.output.isTTY === true && options.once !== true && around.options.json !== true;
    return await (live ? show(around, lookout) : printOnce(around, lookout));
  } finally {
    await lookout.stop();
  }
}

type Seen = Awaited<ReturnType<typeof openLookout>>;

function show(around: Surroundings, lookout: Seen): Promise<number> {
  const paint = process.env['NO_COLOR'] ? noPaint : ansiPaint;
  return new Promise((resolve) => {
    const draw = (): void => terminal.draw(linesOf(lookout, terminal.size, paint));
    const quit = (): void => {
      ended();
      terminal.close();
      for (const signal of signals) process.off(signal, quit);
      resolve(0);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const terminal = new Terminal({ input: around.input, output: around.output, resized: draw, quit });
    const ended = lookout.watch(draw);
    for (const signal of signals) process.once(signal, quit);
    draw();
  });
}

async function printOnce(around: Surroundings, lookout: Seen): Promise<number> {
  const snapshot = await firstLook(lookout);
  if (around.options.json === true) {
    printJson(around, snapshot ?? null);
    return snapshot === undefined ? 1 : 0;
  }
  const size = { columns: around.output.columns ?? 100, rows: 48 };
  around.output.write(`${linesOf(lookout, size, noPaint).join('\n')}\n`);
  return snapshot === undefined ? 1 : 0;
}

/** The second snapshot: rates need two readings. */
function firstLook(lookout: Seen): Promise<Snapshot | undefined> {
  return new Promise((resolve) => {
    let count = 0;
    const timer = setTimeout(() => done(lookout.latest), FIRST_LOOK_MS);
    const ended = lookout.watch((snapshot) => {
      count += 1;
      if (count >= 2 && snapshot.rates.statements !== null) done(snapshot);
    });
    const done = (snapshot: Snapshot | undefined): void => {
      clearTimeout(timer);
      ended();
      resolve(snapshot);
    };
  });
}

function linesOf(lookout: Seen, size: { columns: number; rows: number }, paint: typeof noPaint) {
  const statements = lookout.history.map((point) => point.statements);
  const nobody = lookout.latest?.nodes.every(({ state }) => state === 'down' || state === 'silent') === true;
  const trouble = nobody ? 'no node answers: the cluster is away; looking on' : undefined;
  return screenLines(lookout.latest, { statements, trouble }, size, paint);
}
