/**
 * Environment for programs of ours whose clock is to be wrong: `Date` of processes that work in a directory of this name is ahead by so
 * much (behind, when negative). What stays right: OpenSSL's clock, `performance.now()`, timers, SQLite's and the kernel's times.
 *
 * @param directoryName  of the node, `observer-3`: programs are told apart by where they work
 */
export function shiftedClock(directoryName: string, offsetMs: number): Readonly<Record<string, string>> {
  const source = `
    import { basename } from 'node:path';
    if (basename(process.cwd()) === ${JSON.stringify(directoryName)}) {
      const Real = Date;
      globalThis.Date = class Date extends Real {
        constructor(...of) {
          if (of.length === 0) super(Real.now() + ${offsetMs});
          else super(...of);
        }
        static now() {
          return Real.now() + ${offsetMs};
        }
      };
    }`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(source)}` };
}
