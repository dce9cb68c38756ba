import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { readCorpus } from './corpus.ts';
import { FuzzLoop, type LoopFigures } from './fuzz-loop.ts';
import { loadTarget } from './targets/index.ts';

/**
 * Feeds one decoder until its time is up. The input that is being fed lies in shared memory, so that whoever watches has it
 * when nothing comes back.
 */
export interface WorkerOrder {
  readonly decoder: string;
  readonly seed: number;
  readonly durationMs: number;
  readonly warmUpMs: number;
  readonly current: CurrentInput;
}

/** `head` counts the inputs, then has the size of this one. */
export interface CurrentInput {
  readonly head: Int32Array;
  readonly bytes: Uint8Array;
}

export type FromWorker =
  | { readonly kind: 'found'; readonly what: string; readonly stack: string; readonly input: Uint8Array }
  /** Memory is as small as it gets: time to read it. */
  | { readonly kind: 'settled'; readonly when: 'warm' | 'end'; readonly heapBytes: number }
  | { readonly kind: 'done'; readonly figures: LoopFigures; readonly corpusCount: number };

const findingsMax = 20;
const turnEveryMs = 50;
const pauseMs = 1_000;

async function work({ decoder, seed, durationMs, warmUpMs, current }: WorkerOrder): Promise<void> {
  const target = await loadTarget(decoder);
  const corpus = readCorpus(decoder).map(({ bytes }) => bytes);
  const loop = new FuzzLoop(target, { seed, corpus });
  const findings = new Set<string>();
  let lastAt = performance.now();
  let turnAt = lastAt;
  let activeMs = 0;
  let warm = false;
  const feed = async (input: Uint8Array): Promise<void> => {
    show(current, input);
    const found = await loop.feed(input);
    // What differs in numbers only is one finding.
    const which = found?.what.replace(/[0-9a-f]+/g, '#').slice(0, 120) ?? '';
    if (found === undefined || findings.has(which)) return;
    findings.add(which);
    post({ kind: 'found', ...found });
  };
  for (const input of corpus) await feed(input);
  while (findings.size < findingsMax) {
    const now = performance.now();
    // A process that was stopped for a while has not worked meanwhile.
    activeMs += Math.min(now - lastAt, pauseMs);
    lastAt = now;
    if (activeMs > durationMs) break;
    if (!warm && activeMs > warmUpMs) {
      warm = true;
      await settle('warm');
    }
    await feed(loop.next());
    if (now < turnAt) continue;
    turnAt = now + turnEveryMs;
    await turn();
  }
  await settle('end');
  post({ kind: 'done', figures: loop.figures, corpusCount: corpus.length });
}

function show({ head, bytes }: CurrentInput, input: Uint8Array): void {
  bytes.set(input);
  head[1] = input.length;
  Atomics.add(head, 0, 1);
}

/** Twice: what a first collection releases may be held by others. */
async function settle(when: 'warm' | 'end'): Promise<void> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await turn();
  }
  const { heapUsed, external } = process.memoryUsage();
  post({ kind: 'settled', when, heapBytes: heapUsed + external });
}

function post(message: FromWorker): void {
  parentPort?.postMessage(message);
}

await work(workerData as WorkerOrder);
