import type { CellValue } from '@sealane/sql';
import type { Logger } from '../logger.ts';
import type { InternalSql } from './ports.ts';

/** One row of DBA_OB_ROOTSERVICE_EVENT_HISTORY. Modules and events are named as in OceanBase 4.x where it has them. */
export interface RootServiceEvent {
  readonly module:
    | 'bootstrap'
    | 'server'
    | 'zone'
    | 'root_service'
    | 'disaster_recovery'
    | 'ELECTION'
    | 'FAILURE_DETECTOR';
  readonly event: string;
  /** Facts in order, at most six: they become NAME1/VALUE1 and so on. */
  readonly facts: readonly (readonly [name: string, value: string | number])[];
}

type RootServer = { readonly ip: string; readonly rpcPort: number };

/** Pairs of NAME and VALUE in a row. */
export const eventFactCount = 6;
/** Older rows are removed. */
const historySizeMax = 10_000;

export async function recordEvent(
  sql: Pick<InternalSql, 'execute'>,
  rootServer: RootServer,
  event: RootServiceEvent,
): Promise<void> {
  const { text, parameters } = eventStatement(rootServer, event);
  await sql.execute(text, parameters);
}

/** For a transaction with the change that the event tells of. */
export function eventStatement(
  rootServer: RootServer,
  { module, event, facts }: RootServiceEvent,
): { readonly text: string; readonly parameters: readonly CellValue[] } {
  const names = Array.from({ length: eventFactCount }, (_, at) => `name${at + 1}, value${at + 1}`);
  const values = Array.from({ length: eventFactCount }, (_, at): CellValue[] => {
    const [name, value] = facts[at] ?? [];
    return [name ?? null, value === undefined ? null : String(value).slice(0, 256)];
  });
  return {
    text: `INSERT INTO oceanbase.__all_rootservice_event_history
      (gmt_create, module, event, ${names.join(', ')}, rs_svr_ip, rs_svr_port) VALUES (NOW(6), ${'?, '.repeat(15)}?)`,
    parameters: [module, event, ...values.flat(), rootServer.ip, rootServer.rpcPort],
  };
}

/** @returns what brings the history back to its bound; undefined while it is within */
export function historyCut(
  sql: Pick<InternalSql, 'local'>,
): { readonly text: string; readonly parameters: readonly CellValue[] } | undefined {
  const [row] = sql.local(
    '__all_rootservice_event_history',
    'SELECT min(event_id), max(event_id) FROM "oceanbase.__all_rootservice_event_history"',
  );
  const [first, last] = [Number(row?.[0] ?? 0), Number(row?.[1] ?? 0)];
  // A tenth more than the bound, so that it isn't cut for every event.
  if (last - first < historySizeMax * 1.1) return undefined;
  return {
    text: 'DELETE FROM oceanbase.__all_rootservice_event_history WHERE event_id <= ?',
    parameters: [last - historySizeMax],
  };
}

export interface EventRecorderOptions {
  readonly sql: Pick<InternalSql, 'execute'>;
  /** The leader of the sys tenant; undefined while there is none. */
  rootServer(): RootServer | undefined;
  readonly logger: Logger;
  readonly retryMs?: number;
}

/**
 * What happens on any node goes into the cluster's history when there is a leader to write it: one at a time, in order.
 * An event that can't be written for long is only in the node's own log.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #waiting: RootServiceEvent[] = [];
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;
  #stopped = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  record(event: RootServiceEvent): void {
    const { logger } = this.#options;
    logger.info({ module: event.module, event: event.event, ...Object.fromEntries(event.facts) }, 'event');
    if (this.#stopped) return;
    if (this.#waiting.length >= waitingMax) this.#waiting.shift();
    this.#waiting.push(event);
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Doesn't wait for what is being written: that may wait for a leader. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#wake?.();
  }

  async #write(): Promise<void> {
    for (let failures = 0; !this.#stopped; ) {
      const [event] = this.#waiting;
      if (event === undefined) return;
      if (await this.#written(event)) {
        if (this.#waiting[0] === event) this.#waiting.shift();
        failures = 0;
        continue;
      }
      failures += 1;
      await this.#pause(Math.min(retryMaxMs, (this.#options.retryMs ?? 500) * failures));
    }
  }

  async #written(event: RootServiceEvent): Promise<boolean> {
    const { sql, rootServer, logger } = this.#options;
    const server = rootServer();
    if (server === undefined) return false;
    try {
      await recordEvent(sql, server, event);
      return true;
    } catch (error) {
      logger.debug({ event: event.event, error: String(error) }, 'an event is not in the history yet');
      return false;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#timer = setTimeout(resolve, ms);
    });
  }
}

const waitingMax = 200;
const retryMaxMs = 5_000;
