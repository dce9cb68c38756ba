import { simulate } from './simulation.ts';

/** What a campaign asks of a worker process: these seeds, one after the other. */
export interface Order {
  readonly firstSeed: number;
  readonly count: number;
  /** Of the trace that is kept for a failure. */
  readonly linesMax: number;
}

// Errors are made by the thousands here, and hardly any is looked at.
Error.stackTraceLimit = 4;

process.on('message', (order: Order) => {
  setImmediate(() => {
    for (let seed = order.firstSeed; seed < order.firstSeed + order.count; seed++) {
      const run = simulate(seed, order);
      process.send?.({ ...run, counts: [...run.counts] });
    }
  });
});
