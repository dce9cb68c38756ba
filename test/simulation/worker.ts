import { type Run, simulate } from './simulation.ts';

/** What a campaign asks of a worker process: these seeds, one after the other. */
export interface Order {
  readonly firstSeed: number;
  readonly count: number;
  /** Of the trace that is kept for a failure. */
  readonly linesMax: number;
}

// Errors are made by the thousands here, and hardly any is looked at.
Error.stackTraceLimit = 4;

/** Of the seed that is running, or has just run: Node tells of them when the loop is over. */
let unhandled: unknown;
process.on('unhandledRejection', (error) => {
  unhandled ??= error;
});

process.on('message', (order: Order) => runFrom(order, order.firstSeed));

function runFrom(order: Order, seed: number): void {
  if (seed >= order.firstSeed + order.count) return;
  setImmediate(() => {
    unhandled = undefined;
    const run = simulate(seed, order);
    setImmediate(() => {
      const violation = run.violation ?? violationOf(unhandled);
      process.send?.({ ...run, violation, counts: [...run.counts] });
      runFrom(order, seed + 1);
    });
  });
}

function violationOf(error: unknown): Run['violation'] {
  if (error === undefined) return undefined;
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { invariant: 'no failure without a cause', message: `an error that nobody took: ${what}` };
}
