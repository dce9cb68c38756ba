import type { SimulatedThread } from './simulated-environment.ts';
import type { VirtualTime } from './virtual-time.ts';

/**
 * Code above the log stream (waiters, queues, deadlines) uses the timers and clocks of its process. While a simulation
 * runs, these are the virtual ones of whoever runs at that moment; a real one would never come, as the loop is synchronous.
 *
 * @returns what gives the real ones back
 */
export function installVirtualGlobals(time: VirtualTime): () => void {
  const real = { setTimeout, clearTimeout, setImmediate };
  const realNow = performance.now;
  const realDateNow = Date.now;
  const realHrtime = process.hrtime.bigint;
  const realNextTick = process.nextTick;
  const current = (): SimulatedThread => {
    if (time.current === undefined)
      throw new Error('a clock or timer was used by code that belongs to no thread');
    return time.current as SimulatedThread;
  };
  Object.assign(globalThis, {
    setTimeout: (run: () => void, delayMs = 0) => current().setTimer(delayMs, run),
    clearTimeout: (timer: { clear?(): void } | undefined) => timer?.clear?.(),
    setImmediate: (run: () => void) => current().defer(run),
  });
  process.nextTick = (run: (...args: unknown[]) => void, ...args: unknown[]) => {
    if (time.current === undefined) realNextTick(run, ...args);
    else time.nextTick(() => run(...args));
  };
  performance.now = () => (time.current as SimulatedThread | undefined)?.nowMs ?? time.nowMs;
  process.hrtime.bigint = () => BigInt(Math.floor(current().nowMs * 1000)) * 1000n;
  Date.now = () => Math.floor(time.nowMs);
  return () => {
    Object.assign(globalThis, real);
    performance.now = realNow;
    Date.now = realDateNow;
    process.hrtime.bigint = realHrtime;
    process.nextTick = realNextTick;
  };
}
