import type { SimulatedProcess } from './simulated-environment.ts';
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
  const current = (): SimulatedProcess => {
    if (time.current === undefined) throw new Error('a timer was set by code that belongs to no process');
    return time.current as SimulatedProcess;
  };
  Object.assign(globalThis, {
    setTimeout: (run: () => void, delayMs = 0) => current().setTimer(delayMs, run),
    clearTimeout: (timer: { clear?(): void } | undefined) => timer?.clear?.(),
    setImmediate: (run: () => void) => current().defer(run),
  });
  performance.now = () => (time.current as SimulatedProcess | undefined)?.nowMs ?? time.nowMs;
  Date.now = () => Math.floor(time.nowMs);
  return () => {
    Object.assign(globalThis, real);
    performance.now = realNow;
    Date.now = realDateNow;
  };
}
