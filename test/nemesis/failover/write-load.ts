import { setTimeout as delay } from 'node:timers/promises';
import { classify } from '../workloads/classify.ts';
import { type NodeAddress, Session } from '../workloads/session.ts';

const RETRY_AFTER_MS = 20;

export interface WriteEvent {
  readonly startMs: number;
  readonly endMs: number;
  /** Undefined where it was acknowledged. */
  readonly error: string | undefined;
  /** A statement alone, or a transaction that was open for a while. */
  readonly kind: 'statement' | 'transaction';
  readonly node: string;
  /** Who wrote it: a writer waits for one answer before it asks again. */
  readonly writer: number;
}

/** Writers over all nodes that note when each row was acknowledged, and writers that hold transactions open. */
export class WriteLoad {
  readonly events: WriteEvent[] = [];
  readonly #nodes: readonly NodeAddress[];
  readonly #finished: Promise<void>[];
  #running = true;
  #next: number;

  private constructor(nodes: readonly NodeAddress[], firstId: number, writers: number, holders: number) {
    this.#nodes = nodes;
    this.#next = firstId;
    this.#finished = [
      ...Array.from({ length: writers }, (_, index) => this.#run(index, 'statement')),
      ...Array.from({ length: holders }, (_, index) => this.#run(index, 'transaction')),
    ];
  }

  static async start(nodes: readonly NodeAddress[], writers: number, holders: number): Promise<WriteLoad> {
    const [node] = nodes;
    if (node === undefined) throw new Error('no node');
    const session = await Session.open(node);
    await session.write('CREATE TABLE IF NOT EXISTS failover (id BIGINT PRIMARY KEY, note VARCHAR(64))');
    const [row] = await session.rows('SELECT COALESCE(MAX(id), 0) + 1 FROM failover');
    session.destroy();
    return new WriteLoad(nodes, Number(row?.[0] ?? 1), writers, holders);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#finished);
  }

  /** Acknowledged statements that ended after this. */
  acknowledgedSince(sinceMs: number): number {
    return this.events.filter(
      ({ error, endMs, kind }) => error === undefined && endMs > sinceMs && kind === 'statement',
    ).length;
  }

  async #run(index: number, kind: WriteEvent['kind']): Promise<void> {
    let turn = index;
    let session: Session | undefined;
    while (this.#running) {
      const node = this.#nodes[turn % this.#nodes.length];
      if (node === undefined) return;
      try {
        session ??= await Session.open(node);
      } catch {
        turn += 1;
        await delay(RETRY_AFTER_MS);
        continue;
      }
      const error = await this.#write(session, kind, index);
      if (error !== undefined) {
        session.destroy();
        session = undefined;
        turn += 1;
        await delay(RETRY_AFTER_MS);
      }
    }
    session?.destroy();
  }

  async #write(session: Session, kind: WriteEvent['kind'], writer: number): Promise<string | undefined> {
    const startMs = performance.now();
    const insert = (): Promise<unknown> =>
      session.write(
        `INSERT INTO failover VALUES (${this.#next++}, 'a row written while the leader changes')`,
      );
    let error: string | undefined;
    try {
      if (kind === 'statement') await insert();
      else {
        await session.transaction(async () => {
          await insert();
          await delay(5);
        });
        await delay(200);
      }
    } catch (thrown) {
      error = classify(thrown, true).error;
    }
    this.events.push({ startMs, endMs: performance.now(), error, kind, node: session.node.name, writer });
    return error;
  }
}

/** A time under load, by the clock of the events. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The longest time without an acknowledged statement of anybody.
 *
 * @throws Error for a span that begins before the first one: the time that a load needs to begin is no gap
 */
export function longestGapMs(events: readonly WriteEvent[], span: Span): number {
  const written = acknowledged(events);
  if (!written.some(({ endMs }) => endMs <= span.fromMs)) throw new Error('the load had not begun');
  return longestBetween(written, span);
}

/** The same for the writer who waited longest from one acknowledged statement of his to the next. */
export function longestWaitMs(events: readonly WriteEvent[], span: Span): number {
  const byWriter = Map.groupBy(acknowledged(events), ({ writer }) => writer);
  return Math.max(0, ...[...byWriter.values()].map((own) => longestBetween(own, span)));
}

function acknowledged(events: readonly WriteEvent[]): readonly WriteEvent[] {
  return events.filter(({ error, kind }) => error === undefined && kind === 'statement');
}

/** A gap that had begun when the span does counts as a whole. */
function longestBetween(events: readonly WriteEvent[], { fromMs, toMs }: Span): number {
  const ends = events.map(({ endMs }) => endMs).toSorted((a, b) => a - b);
  const begun = ends.findLast((endMs) => endMs <= fromMs) ?? fromMs;
  const points = [begun, ...ends.filter((endMs) => endMs > fromMs && endMs < toMs), toMs];
  return Math.max(...points.slice(1).map((end, index) => end - (points[index] ?? end)));
}
