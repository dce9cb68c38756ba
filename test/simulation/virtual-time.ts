import { setFlagsFromString } from 'node:v8';

/** A thread as virtual time sees it: dead ones get no more events, busy ones get them later. */
export interface Owner {
  readonly alive: boolean;
  /** Nothing reaches it before: it is paused, or computes. */
  busyUntilMs: number;
  /** What it has computed within the event that is going on. */
  spentMs: number;
}

/** Something that will happen. */
export interface Happening {
  atMs: number;
  readonly sequence: number;
  readonly owner: Owner | undefined;
  readonly run: () => void;
  cancelled: boolean;
  /** It was due when its owner was busy. */
  deferred: boolean;
}

/**
 * Virtual time: what is to happen, soonest first, in the order of scheduling among equals. Promises that an event
 * fulfils are followed up before the next event, so that real asynchronous code runs the same way each time. The loop
 * is synchronous as a whole: no real timer and no real input can get in between.
 */
export class VirtualTime {
  nowMs = 0;
  /** Events so far: a failure names it, and a replay comes to the same one. */
  step = 0;
  /** Whose code is running. */
  current: Owner | undefined;
  #sequence = 0;
  readonly #ticks: (() => void)[] = [];
  readonly #heap: Happening[] = [];

  after(delayMs: number, owner: Owner | undefined, run: () => void): Happening {
    const happening = {
      atMs: this.nowMs + delayMs,
      sequence: this.#sequence++,
      owner,
      run,
      cancelled: false,
      deferred: false,
    };
    this.#push(happening);
    return happening;
  }

  /** It is busy no more: what waited for that comes now, in its old order. */
  release(owner: Owner): void {
    if (owner.busyUntilMs <= this.nowMs) return;
    owner.busyUntilMs = this.nowMs;
    for (const happening of this.#heap.splice(0)) {
      if (happening.owner === owner && happening.deferred) happening.atMs = this.nowMs;
      this.#push(happening);
    }
  }

  /** Has something said by this thread, on its clock. */
  as<Result>(owner: Owner, say: () => Result): Result {
    const before = this.current;
    this.current = owner;
    try {
      return say();
    } finally {
      this.current = before;
    }
  }

  /** For the end of this step, when no promised code is left. */
  nextTick(run: () => void): void {
    this.#ticks.push(run);
  }

  /** Runs everything that is due until then. Call it from a macrotask, never from promised code. */
  runUntil(endMs: number, stepped: () => void): void {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= endMs; next = this.#heap[0]) {
      this.#removeFirst();
      if (next.cancelled || next.owner?.alive === false) continue;
      this.nowMs = next.atMs;
      if (next.owner !== undefined && next.owner.busyUntilMs > this.nowMs) {
        next.atMs = next.owner.busyUntilMs;
        next.deferred = true;
        this.#push(next);
      } else {
        this.#run(next);
        stepped();
      }
    }
    this.nowMs = endMs;
  }

  #run({ owner, run }: Happening): void {
    this.step += 1;
    this.current = owner;
    run();
    this.#drain();
    this.current = undefined;
    if (owner === undefined || owner.spentMs === 0) return;
    owner.busyUntilMs = this.nowMs + owner.spentMs;
    owner.spentMs = 0;
  }

  /** As Node does it: promised code first, then what was put off until then, which may promise more. */
  #drain(): void {
    drainMicrotasks();
    for (let tick = this.#ticks.shift(); tick !== undefined; tick = this.#ticks.shift()) {
      tick();
      if (this.#ticks.length === 0) drainMicrotasks();
    }
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(happening);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Happening;
      if (isBefore(above, happening)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = happening;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Happening;
    const size = heap.length;
    if (size === 0) return;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(heap[child + 1] as Happening, heap[child] as Happening)) child += 1;
      if (isBefore(last, heap[child] as Happening)) break;
      heap[index] = heap[child] as Happening;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}

/** Runs every promise reaction that is due, now. Does nothing while one is running. */
const drainMicrotasks = microtaskCheckpoint();

/** V8 can do that, but has no name for it that a script may say without this flag. */
function microtaskCheckpoint(): () => void {
  setFlagsFromString('--allow-natives-syntax');
  try {
    return new Function('%PerformMicrotaskCheckpoint()') as () => void;
  } finally {
    setFlagsFromString('--no-allow-natives-syntax');
  }
}
