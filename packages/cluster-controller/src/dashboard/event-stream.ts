import type { HistoryPoint, Snapshot } from '../seeing/snapshot.ts';

/** What a stream of server-sent events is written to. */
export interface StreamSink {
  /** Bytes that were written and not taken yet. */
  readonly pendingSize: number;
  write(text: string): void;
  /** Closes without another word. */
  drop(): void;
}

/** Browsers that watch at once: a few people with a few windows. */
export const CLIENTS_MAX = 24;
/** Somebody who lets so much pile up doesn't read: a dozen snapshots. */
export const PENDING_SIZE_MAX = 256 * 1024;
/** After this a browser that lost its stream dials again. */
const RETRY_MS = 1_000;

/**
 * Everybody who watches in a browser. Each gets the history once, then every snapshot; one that doesn't keep up is let go, and
 * begins anew when it comes back.
 */
export class EventStream {
  readonly #sinks = new Set<StreamSink>();

  get clientCount(): number {
    return this.#sinks.size;
  }

  /** @returns false when there are enough */
  add(sink: StreamSink, history: readonly HistoryPoint[], latest: Snapshot | undefined): boolean {
    if (this.#sinks.size >= CLIENTS_MAX) return false;
    this.#sinks.add(sink);
    sink.write(`retry: ${RETRY_MS}\n${eventText('history', history)}`);
    if (latest !== undefined) sink.write(eventText('snapshot', latest));
    return true;
  }

  remove(sink: StreamSink): void {
    this.#sinks.delete(sink);
  }

  tell(snapshot: Snapshot): void {
    if (this.#sinks.size === 0) return;
    const text = eventText('snapshot', snapshot);
    for (const sink of [...this.#sinks]) {
      if (sink.pendingSize > PENDING_SIZE_MAX) {
        this.#sinks.delete(sink);
        sink.drop();
      } else {
        sink.write(text);
      }
    }
  }

  /** A comment, for the sake of the connection. */
  beat(): void {
    for (const sink of this.#sinks) sink.write(': still here\n\n');
  }

  close(): void {
    for (const sink of this.#sinks) sink.drop();
    this.#sinks.clear();
  }
}

/** JSON has no line breaks of its own. */
function eventText(name: string, value: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
}
