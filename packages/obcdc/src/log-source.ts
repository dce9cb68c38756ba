import { setTimeout as delay } from 'node:timers/promises';
import { decodeEntry, decodeEntryHeader, type LogEntry } from '@sealane/consensus';
import { isObError, ObError } from '@sealane/errors';
import {
  DialledLink,
  type Encrypter,
  type FetchedLog,
  noLedger,
  pcodes,
  type UsslMethod,
} from '@sealane/ob-rpc';
import type { ServerEndpoint } from './config.ts';
import type { Logger } from './logger.ts';
import { fetchSnapshot } from './snapshot.ts';

export interface LogSourceOptions {
  readonly tenantId: number;
  servers(): Promise<readonly ServerEndpoint[]>;
  /** Of the next link. */
  method(): Promise<UsslMethod>;
  readonly encrypter: Encrypter;
  /** Without a sign of life. */
  readonly timeoutMs: number;
  readonly blacklistMs: number;
  readonly logger: Logger;
}

/** Entries that followed one another, or none: a sign of life. */
export interface LogPiece {
  readonly entries: readonly LogEntry[];
  /** Microseconds since 1970; 0 where the server couldn't say. */
  readonly safeTimeUs: number;
}

/**
 * A tenant's committed log from whichever server has it: any replica does. One that fails is left alone for a while, twice as
 * long each time, and the next one goes on behind the last entry.
 */
export class LogSource {
  readonly #options: LogSourceOptions;
  readonly #failures = new Map<string, { readonly count: number; readonly untilMs: number }>();
  #link: DialledLink | undefined;
  #stopped = false;

  constructor(options: LogSourceOptions) {
    this.#options = options;
  }

  /** The last LSN before that time. @throws ObError when no server can say */
  async lsnBefore(timestampUs: number): Promise<number> {
    const { tenantId, timeoutMs } = this.#options;
    let last: unknown;
    for (const server of await this.#options.servers()) {
      const link = await this.#dial(server);
      try {
        const answer = await link.call(pcodes.REQ_START_LSN_BY_TS, { timestampUs }, { tenantId, timeoutMs });
        return Number((answer as { lsn: unknown }).lsn);
      } catch (error) {
        last = error;
      } finally {
        await link.close();
      }
    }
    throw last;
  }

  /**
   * A copy of the tenant's tables from whichever server has it.
   *
   * @returns the LSN of the last entry that is in it; @throws ObError when no server gives one
   */
  async snapshot(target: string): Promise<number> {
    const { tenantId, timeoutMs, logger } = this.#options;
    let last: unknown;
    for (const server of await this.#options.servers()) {
      const link = await this.#dial(server);
      try {
        logger.info({ tenantId, server: nameOf(server) }, 'fetching a snapshot');
        return await fetchSnapshot((pcode, body) => link.call(pcode, body, { tenantId, timeoutMs }), target);
      } catch (error) {
        last = error;
      } finally {
        await link.close();
      }
    }
    throw last;
  }

  /** @throws ObError OB_ENTRY_NOT_EXIST: no server's log reaches back so far */
  async *follow(afterLsn: number): AsyncGenerator<LogPiece> {
    let lsn = afterLsn;
    const tooLate = new Set<string>();
    while (!this.#stopped) {
      const server = await this.#choose();
      if (server === undefined) continue;
      const name = nameOf(server);
      try {
        for await (const piece of this.#fetch(server, lsn)) {
          const entries = continued(piece, lsn);
          lsn = entries.at(-1)?.lsn ?? lsn;
          this.#failures.delete(name);
          yield { entries, safeTimeUs: piece.safeTimeUs };
        }
      } catch (error) {
        if (isObError(error, 'OB_ENTRY_NOT_EXIST')) tooLate.add(name);
        const servers = await this.#options.servers().catch(() => []);
        if (servers.length > 0 && servers.every((each) => tooLate.has(nameOf(each)))) throw error;
        this.#leaveAlone(name, error);
      } finally {
        await this.#hangUp();
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#hangUp();
  }

  async *#fetch(server: ServerEndpoint, afterLsn: number): AsyncGenerator<FetchedLog> {
    const { tenantId, timeoutMs, logger } = this.#options;
    const link = await this.#dial(server);
    this.#link = link;
    logger.info({ tenantId, server: nameOf(server), afterLsn }, 'following the log');
    const pieces = link.stream(pcodes.LS_FETCH_LOG, { afterLsn }, { tenantId, timeoutMs });
    for await (const piece of pieces) yield fetchedLog(piece);
  }

  /** Waits a moment when everybody is left alone, or nobody can be asked who is there. */
  async #choose(): Promise<ServerEndpoint | undefined> {
    const servers = await this.#options.servers().catch((error: unknown) => {
      this.#options.logger.warn({ reason: String(error) }, 'nobody says which servers there are');
      return [];
    });
    const free = servers.filter(
      (server) => (this.#failures.get(nameOf(server))?.untilMs ?? 0) <= performance.now(),
    );
    // The same tenant from the same server, tenants from several.
    const chosen = free[this.#options.tenantId % Math.max(1, free.length)];
    if (chosen === undefined) await delay(retryAfterMs);
    return chosen;
  }

  #leaveAlone(server: string, error: unknown): void {
    if (this.#stopped) return;
    const count = (this.#failures.get(server)?.count ?? 0) + 1;
    const ms = Math.min(this.#options.blacklistMs * 2 ** (count - 1), blacklistMsMax);
    this.#failures.set(server, { count, untilMs: performance.now() + ms });
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn({ server, reason, for_ms: ms }, 'another server is asked');
  }

  async #dial({ ip, rpcPort }: ServerEndpoint): Promise<DialledLink> {
    const { encrypter } = this.#options;
    const method = await this.#options.method();
    return new DialledLink({
      peer: { host: ip, port: rpcPort },
      self: { server: undefined, identity: 'obcdc', clusterName: '', clusterId: 0 },
      plan: () => ({ generation: 'ussl', method }),
      encrypter,
      watcher: noLedger,
      logger: silent,
    });
  }

  async #hangUp(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await link?.close();
  }
}

/** Entries that are known already are left out. @throws ObError OB_INVALID_LOG when some are missing */
function continued(piece: FetchedLog, afterLsn: number): readonly LogEntry[] {
  const entries = entriesIn(piece.entries).filter(({ lsn }) => lsn > afterLsn);
  const gap = entries.find(({ lsn }, at) => lsn !== afterLsn + 1 + at);
  if (gap === undefined) return entries;
  throw new ObError('OB_INVALID_LOG', [], { message: `entry ${gap.lsn} came where ${afterLsn + 1} was due` });
}

/** @throws ObError OB_CHECKSUM_ERROR */
function entriesIn(bytes: Uint8Array): LogEntry[] {
  const entries: LogEntry[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const header = decodeEntryHeader(bytes, offset);
    const end = offset + (header?.entrySize ?? bytes.length);
    entries.push(decodeEntry(bytes.subarray(offset, end)));
    offset = end;
  }
  return entries;
}

function fetchedLog(value: unknown): FetchedLog {
  const { entries, endLsn, safeTimeUs } = (value ?? {}) as Partial<FetchedLog>;
  if (entries instanceof Uint8Array && endLsn !== undefined && safeTimeUs !== undefined)
    return { entries, endLsn: Number(endLsn), safeTimeUs: Number(safeTimeUs) };
  throw new ObError('OB_RPC_PACKET_INVALID', [], { message: 'a server sent something that is no log' });
}

function nameOf({ ip, rpcPort }: ServerEndpoint): string {
  return `${ip}:${rpcPort}`;
}

const retryAfterMs = 100;
const blacklistMsMax = 60_000;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
