import { setTimeout as sleep } from 'node:timers/promises';

/** Time as deadlines and windows count it; a test hands over one that doesn't wait. */
export interface Clock {
  /** Milliseconds from some moment on, never backwards. */
  nowMs(): number;
  delay(ms: number): Promise<void>;
}

export const realClock: Clock = {
  nowMs: () => performance.now(),
  delay: async (ms) => {
    await sleep(ms);
  },
};
