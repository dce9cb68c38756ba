import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { saveInput } from './corpus.ts';
import type { LoopFigures } from './fuzz-loop.ts';
import { loadTarget } from './targets/index.ts';
import type { CurrentInput, FromWorker, WorkerOrder } from './worker.ts';

/** What came of one decoder's campaign. */
export interface DecoderReport {
  readonly decoder: string;
  readonly seed: number;
  readonly seconds: number;
  readonly inputCount: number;
  readonly corpusCount: number;
  readonly poolCount: number;
  readonly slowestMs: number;
  readonly slowestSize: number;
  /** Of the process, from the end of the warm-up to the end, after a collection each time. */
  readonly rssGrowthBytes: number;
  readonly heapGrowthBytes: number;
  readonly findings: readonly { readonly what: string; readonly stack: string; readonly path: string }[];
}

/** An input that takes so long, however busy the machine is, will not end. Counted in looks: this process may be stopped too. */
const hangMs = 20_000;
const lookEveryMs = 250;
/** After the warm-up nothing may keep growing; so much is the allocator's. */
const rssGrowthMax = 64 * 1024 * 1024;
const heapGrowthMax = 24 * 1024 * 1024;
/** A shorter run ends before the allocator has found its size. */
const judgedFromMs = 60_000;
const warmUpShare = 0.2;
const warmUpMsMax = 20_000;
const workerHeapMib = 1_024;

/** Runs one decoder in a thread of this process, and watches it: for hangs, for its death, for the memory. */
export async function watchDecoder(options: {
  readonly decoder: string;
  readonly seed: number;
  readonly durationMs: number;
  readonly findingsFolder: string;
}): Promise<DecoderReport> {
  const { decoder, seed, durationMs, findingsFolder } = options;
  const { inputSizeMax } = await loadTarget(decoder);
  const current: CurrentInput = {
    head: new Int32Array(new SharedArrayBuffer(8)),
    bytes: new Uint8Array(new SharedArrayBuffer(inputSizeMax)),
  };
  const warmUpMs = Math.min(durationMs * warmUpShare, warmUpMsMax);
  const order: WorkerOrder = { decoder, seed, durationMs, warmUpMs, current };
  const findings: { what: string; stack: string; path: string }[] = [];
  const save = (what: string, stack: string, input: Uint8Array): void => {
    findings.push({ what, stack, path: saveInput(join(findingsFolder, decoder), input) });
  };
  const memory = new Map<string, { readonly rss: number; readonly heap: number }>();
  let figures: LoopFigures | undefined;
  let corpusCount = 0;
  const startedAt = performance.now();
  await runWorker(order, {
    message: (message) => {
      if (message.kind === 'found') save(message.what, message.stack, message.input);
      else if (message.kind === 'settled') {
        memory.set(message.when, { rss: process.memoryUsage.rss(), heap: message.heapBytes });
      } else ({ figures, corpusCount } = message);
    },
    broken: (what, stack) => save(what, stack, inputOf(current)),
  });
  const growth = (which: 'rss' | 'heap'): number =>
    (memory.get('end')?.[which] ?? 0) - (memory.get('warm')?.[which] ?? 0);
  const rssGrowthBytes = growth('rss');
  const heapGrowthBytes = growth('heap');
  if (durationMs >= judgedFromMs && (rssGrowthBytes > rssGrowthMax || heapGrowthBytes > heapGrowthMax)) {
    const what = `memory grew: ${mib(rssGrowthBytes)} of the process, ${mib(heapGrowthBytes)} of its heap`;
    save(what, '', inputOf(current));
  }
  return {
    decoder,
    seed,
    seconds: (performance.now() - startedAt) / 1000,
    inputCount: figures?.inputCount ?? current.head[0] ?? 0,
    corpusCount,
    poolCount: figures?.poolCount ?? 0,
    slowestMs: figures?.slowestMs ?? 0,
    slowestSize: figures?.slowest.length ?? 0,
    rssGrowthBytes,
    heapGrowthBytes,
    findings,
  };
}

async function runWorker(
  order: WorkerOrder,
  on: { message(message: FromWorker): void; broken(what: string, stack: string): void },
): Promise<void> {
  const worker = new Worker(join(import.meta.dirname, 'worker.ts'), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: workerHeapMib },
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  let seen = 0;
  let looks = 0;
  const timer = setInterval(() => {
    const count = Atomics.load(order.current.head, 0);
    if (count !== seen) {
      seen = count;
      looks = 0;
    } else if (count > 0 && ++looks * lookEveryMs > hangMs) {
      on.broken(`an input is still being read after ${hangMs} ms`, '');
      void worker.terminate().then(() => resolve());
    }
  }, lookEveryMs);
  worker.on('message', on.message);
  worker.on('error', (error: Error) => on.broken(`the worker ended: ${error.message}`, error.stack ?? ''));
  worker.on('exit', () => resolve());
  await promise.finally(() => clearInterval(timer));
}

function inputOf({ head, bytes }: CurrentInput): Uint8Array {
  return Uint8Array.from(bytes.subarray(0, head[1]));
}

function mib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
