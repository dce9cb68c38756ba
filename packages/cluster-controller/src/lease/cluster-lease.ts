import { setTimeout as delay } from 'node:timers/promises';
import { isObError, ObError } from '@sealane/errors';
import type { Server } from '../cluster-view.ts';
import type { SqlRow } from '../dialer.ts';
import type { SqlAccess } from '../sql-access.ts';
import { type Holder, isGone } from './holder.ts';
import {
  createSql,
  describeHolder,
  giveBackSql,
  isNoTable,
  type LeaseRow,
  leaseRow,
  readSql,
  renewSql,
  takeSql,
} from './lease-table.ts';

/** A holder that dies keeps others away for no longer than this. */
export const LEASE_MS = 20_000;
const RENEW_INTERVAL_MS = 4_000;
/** Before it runs out for others, it has run out for us: clocks of servers may differ by 2 s, and a step takes its time. */
const MARGIN_MS = 4_000;
/** To find a node that answers, while leaders move. */
const TAKE_TIMEOUT_MS = 10_000;
const RETRY_INTERVAL_MS = 200;
/** One node's time to answer one statement, before another is asked. */
const STATEMENT_TIMEOUT_MS = 3_000;

export interface ClusterLeaseOptions {
  /** Any of them will do. */
  readonly servers: readonly Server[];
  /** Connections of its own: renewals come while others are busy. */
  readonly sql: SqlAccess;
  readonly holder: Holder;
  /** For others to read. */
  readonly work: string;
  readonly durationMs?: number;
  readonly renewIntervalMs?: number;
  readonly marginMs?: number;
  readonly takeTimeoutMs?: number;
}

/** A lease of the whole cluster, kept by renewing it until it is given back. */
export class ClusterLease {
  readonly #options: ClusterLeaseOptions;
  readonly #durationMs: number;
  #timer: NodeJS.Timeout | undefined;
  #renewal: Promise<void> = Promise.resolve();
  /** By performance.now(): taken just before the statement was sent that renewed it. */
  #renewedAt: number;
  #trouble = '';
  #lostTo: LeaseRow | undefined;
  #ended = false;

  private constructor(options: ClusterLeaseOptions, takenAt: number) {
    this.#options = options;
    this.#durationMs = options.durationMs ?? LEASE_MS;
    this.#renewedAt = takenAt;
    this.#schedule();
  }

  /**
   * Takes it if it is free, has run out, or belonged to a process of this machine that is gone.
   *
   * @throws ObError OB_OP_NOT_ALLOW when another controller holds it, or no node could be asked in time
   */
  static async take(options: ClusterLeaseOptions): Promise<ClusterLease> {
    try {
      return await ClusterLease.#take(options);
    } catch (error) {
      options.sql.close();
      throw error;
    }
  }

  static async #take(options: ClusterLeaseOptions): Promise<ClusterLease> {
    const deadline = performance.now() + (options.takeTimeoutMs ?? TAKE_TIMEOUT_MS);
    for (;;) {
      try {
        const takenAt = performance.now();
        if (await tryTake(options)) return new ClusterLease(options, takenAt);
      } catch (error) {
        if (isObError(error, 'OB_OP_NOT_ALLOW') || performance.now() > deadline) throw notTaken(error);
      }
      if (performance.now() > deadline) throw notTaken(undefined);
      await delay(RETRY_INTERVAL_MS);
    }
  }

  /** @throws ObError OB_OP_NOT_ALLOW when it isn't ours any more, or may not be: nothing more may be changed */
  check(): void {
    if (this.#lostTo !== undefined) throw lost(describeHolder(this.#lostTo));
    const sinceMs = performance.now() - this.#renewedAt;
    if (sinceMs <= this.#durationMs - (this.#options.marginMs ?? MARGIN_MS)) return;
    throw lost(
      `it could not be renewed for ${(sinceMs / 1000).toFixed(1)} s (${this.#trouble || 'no answer yet'})`,
    );
  }

  /** Others need not wait until it runs out. That it can't be given back is no failure: it will run out. */
  async giveBack(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#renewal;
    try {
      await ask(this.#options, giveBackSql(this.#options.holder.token));
    } catch {
      // No node answers now.
    }
    this.#options.sql.close();
  }

  #schedule(): void {
    if (this.#ended) return;
    this.#timer = setTimeout(() => {
      this.#renewal = this.#renew();
    }, this.#options.renewIntervalMs ?? RENEW_INTERVAL_MS);
    // The program's end isn't kept waiting.
    this.#timer.unref();
  }

  async #renew(): Promise<void> {
    const sentAt = performance.now();
    try {
      const { token } = this.#options.holder;
      await ask(this.#options, renewSql(token, this.#durationMs));
      const row = leaseRow((await ask(this.#options, readSql))[0]);
      if (row?.token === token) this.#renewedAt = sentAt;
      else if (row !== undefined) this.#lostTo = row;
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : String(error);
    }
    if (this.#lostTo === undefined) this.#schedule();
  }
}

/** One attempt. @returns false when another one was quicker and has given it back since */
async function tryTake(options: ClusterLeaseOptions): Promise<boolean> {
  const { holder, work, durationMs = LEASE_MS } = options;
  const row = await readOrCreate(options);
  if (isHeld(row, holder)) throw held(row);
  await ask(options, takeSql(holder, work, row.token, durationMs));
  const after = await readOrCreate(options);
  if (after.token === holder.token) return true;
  if (isHeld(after, holder)) throw held(after);
  return false;
}

function isHeld(row: LeaseRow, holder: Holder): boolean {
  return row.token !== '' && row.remainingMs > 0 && !isGone(row, holder);
}

/** Who holds it now; undefined when nobody does. Makes no table. */
export async function readClusterLease(
  options: Pick<ClusterLeaseOptions, 'servers' | 'sql'>,
): Promise<LeaseRow | undefined> {
  try {
    const row = leaseRow((await ask(options, readSql))[0]);
    return row === undefined || row.token === '' || row.remainingMs <= 0 ? undefined : row;
  } catch (error) {
    if (isNoTable(error)) return undefined;
    throw error;
  }
}

async function readOrCreate(options: ClusterLeaseOptions): Promise<LeaseRow> {
  const known = await readRow(options);
  if (known !== undefined) return known;
  for (const statement of createSql) await ask(options, statement);
  const made = await readRow(options);
  if (made !== undefined) return made;
  throw new ObError('OB_ERR_UNEXPECTED', [], {
    message: 'the row of the lease is not there after it was made',
  });
}

async function readRow(options: ClusterLeaseOptions): Promise<LeaseRow | undefined> {
  try {
    return leaseRow((await ask(options, readSql))[0]);
  } catch (error) {
    if (isNoTable(error)) return undefined;
    throw error;
  }
}

const lastAnswered = new WeakMap<SqlAccess, Server>();

/**
 * Asks one node after the other until one answers, the one first that answered last: a node that hangs costs its time once. An answer
 * that is an error about the table is an answer.
 */
async function ask(
  { servers, sql }: Pick<ClusterLeaseOptions, 'servers' | 'sql'>,
  statement: string,
): Promise<readonly SqlRow[]> {
  let last: unknown;
  const known = lastAnswered.get(sql);
  for (const server of servers.toSorted((a, b) => Number(b === known) - Number(a === known))) {
    try {
      const rows = await inTime(sql.query(server, statement), server);
      lastAnswered.set(sql, server);
      return rows;
    } catch (error) {
      if (isNoTable(error)) throw error;
      sql.forget(server);
      last = error;
    }
  }
  throw last;
}

async function inTime<Value>(answer: Promise<Value>, server: Server): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const message = `${server} did not answer within ${STATEMENT_TIMEOUT_MS / 1000} s`;
    timer = setTimeout(() => reject(new ObError('OB_TIMEOUT', [], { message })), STATEMENT_TIMEOUT_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function held(row: LeaseRow): ObError {
  const seconds = Math.ceil(row.remainingMs / 1000);
  const message = `${describeHolder(row)}; wait for it or stop it (if it is gone, its lease runs out in ${seconds} s)`;
  return new ObError('OB_OP_NOT_ALLOW', [], { message });
}

function notTaken(error: unknown): ObError {
  if (isObError(error, 'OB_OP_NOT_ALLOW')) return error;
  const why = error instanceof Error ? error.message : 'others keep taking it';
  const message = `the cluster's lease can't be taken: ${why}; nothing was changed. Bring a majority of the nodes up first (cluster-controller up)`;
  return new ObError('OB_OP_NOT_ALLOW', [], { message });
}

function lost(why: string): ObError {
  const message = `this controller has lost the cluster's lease: ${why}; it changes nothing more. Run it again to go on`;
  return new ObError('OB_OP_NOT_ALLOW', [], { message });
}
