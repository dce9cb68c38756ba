import { getHeapStatistics } from 'node:v8';
import { Chance } from '../simulation/random.ts';
import { type Material, mutate } from './mutate.ts';
import { Finding, type Target } from './target.ts';

export interface FoundInput {
  readonly what: string;
  readonly stack: string;
  readonly input: Uint8Array;
}

/** What the loop knows after each input. */
export interface LoopFigures {
  inputCount: number;
  /** Kept because something new came of them. */
  poolCount: number;
  labelCount: number;
  slowestMs: number;
  slowest: Uint8Array;
  /** The most memory that one input took beyond its own size. */
  memoryMax: number;
}

/** CPU time that one input may take, whatever the machine is doing meanwhile: the least of several attempts counts. */
const cpuMsBase = 100;
/** Some inputs are thousands of packets, each with an answer. */
const cpuMsPerKib = 4;
const slowAttempts = 4;
/** Below this nobody asks for the CPU time: the slowest input is told as 0 ms then. */
const worthALookMs = 1;
/** Memory that one input may take, what is garbage already included: so much in any case, and so many times its size. */
const memoryBase = 64 * 1024 * 1024;
const memoryFactor = 256;
const poolCountMax = 4_000;
const poolBytesMax = 8 * 1024 * 1024;

/**
 * Makes inputs for one decoder and feeds them, one after the other. The same seed and corpus give the same inputs: what
 * is kept for further mutation depends on what came of an input, never on time.
 */
export class FuzzLoop {
  readonly figures: LoopFigures = {
    inputCount: 0,
    poolCount: 0,
    labelCount: 0,
    slowestMs: 0,
    slowest: new Uint8Array(0),
    memoryMax: 0,
  };
  readonly #target: Target;
  readonly #chance: Chance;
  readonly #pool: Uint8Array[];
  readonly #labels = new Map<string, number>();
  readonly #material: Material;
  #poolBytes = 0;

  constructor(target: Target, options: { readonly seed: number; readonly corpus: readonly Uint8Array[] }) {
    this.#target = target;
    this.#chance = new Chance(options.seed);
    this.#pool = [...options.corpus];
    this.#material = {
      tokens: target.tokens ?? [],
      other: () => this.#chance.pick(this.#pool) ?? this.#target.generate(this.#chance),
    };
  }

  /** The next input: fresh, or made of one that is known. */
  next(): Uint8Array {
    return this.#make().subarray(0, this.#target.inputSizeMax);
  }

  #make(): Uint8Array {
    const chance = this.#chance;
    const fresh = this.#pool.length === 0 || chance.happens(0.2);
    const base = fresh ? this.#target.generate(chance) : this.#fromPool();
    if (fresh && chance.happens(0.3)) return base;
    const { inputSizeMax, repair } = this.#target;
    const damaged = mutate(base, chance, this.#material).subarray(0, inputSizeMax);
    return repair === undefined || chance.happens(0.2) ? damaged : repair(damaged, chance);
  }

  /** @returns the finding, if there is one */
  async feed(input: Uint8Array): Promise<FoundInput | undefined> {
    const { figures } = this;
    figures.inputCount += 1;
    try {
      const before = memoryInUse();
      const startedAt = performance.now();
      const label = await this.#target.run(input);
      const tookMs = performance.now() - startedAt;
      this.#checkMemory(memoryInUse() - before, input);
      if (tookMs > Math.max(worthALookMs, figures.slowestMs)) await this.#checkTime(input, tookMs);
      this.#keepIfNew(label, input);
      if (figures.inputCount % propertyEvery === 0) this.#target.property?.(this.#chance);
      return undefined;
    } catch (error) {
      return found(error, input);
    }
  }

  #fromPool(): Uint8Array {
    const pool = this.#pool;
    // New ones more often than old ones.
    const at = this.#chance.happens(0.5) ? Math.floor(this.#chance.skewed(0, pool.length)) : undefined;
    return (at === undefined ? this.#chance.pick(pool) : pool[pool.length - 1 - at]) as Uint8Array;
  }

  #keepIfNew(label: string, input: Uint8Array): void {
    const seen = this.#labels.get(label);
    // A shorter way to the same is news as well.
    if (seen !== undefined && seen <= input.length * 2) return;
    if (seen === undefined && this.#labels.size >= labelCountMax) return;
    this.#labels.set(label, input.length);
    this.figures.labelCount = this.#labels.size;
    this.#pool.push(Uint8Array.from(input));
    this.#poolBytes += input.length;
    while (this.#pool.length > poolCountMax || this.#poolBytes > poolBytesMax) {
      const [dropped] = this.#pool.splice(this.#chance.below(this.#pool.length), 1);
      this.#poolBytes -= dropped?.length ?? 0;
    }
    this.figures.poolCount = this.#pool.length;
  }

  /** A collection in between hides some of it; what is seen is a lower bound, and never too much. */
  #checkMemory(taken: number, input: Uint8Array): void {
    this.figures.memoryMax = Math.max(this.figures.memoryMax, taken - input.length);
    if (taken <= memoryBase + memoryFactor * input.length) return;
    throw new Finding(`${Math.round(taken / 1024)} KiB of memory for an input of ${input.length} bytes`);
  }

  /** The clock on the wall only says whom to look at. */
  async #checkTime(input: Uint8Array, tookMs: number): Promise<void> {
    let cpuMs = tookMs;
    for (let attempt = 0; attempt < slowAttempts && cpuMs > this.figures.slowestMs; attempt++) {
      const before = process.threadCpuUsage();
      await this.#target.run(input);
      const { user, system } = process.threadCpuUsage(before);
      cpuMs = Math.min(cpuMs, (user + system) / 1000);
    }
    if (cpuMs <= this.figures.slowestMs) return;
    this.figures.slowestMs = cpuMs;
    this.figures.slowest = Uint8Array.from(input);
    if (cpuMs > cpuMsBase + (input.length / 1024) * cpuMsPerKib)
      throw new Finding(`${Math.round(cpuMs)} ms for an input of ${input.length} bytes`);
  }
}

const propertyEvery = 16;
const labelCountMax = 4_000;

function memoryInUse(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

function found(error: unknown, input: Uint8Array): FoundInput {
  const what = error instanceof Finding ? error.message : `not caught: ${String(error)}`;
  const origin = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const stack = origin instanceof Error ? (origin.stack ?? '') : '';
  return { what, stack, input };
}
