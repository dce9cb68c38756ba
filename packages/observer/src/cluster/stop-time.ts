import type { InternalSql } from './ports.ts';
import { readServers, rowName } from './server-table.ts';

export interface StopTimeOptions {
  /** `ip:rpc_port` of this server. */
  readonly self: string;
  readonly sql: InternalSql;
  /** STOP SERVER named this server, or START SERVER did. */
  changed(stopping: boolean): void;
}

/** Follows what `__all_server` says of this server: a stopped server leads nothing, if anybody else can. */
export class StopTime {
  readonly #options: StopTimeOptions;
  #stopping = false;

  constructor(options: StopTimeOptions) {
    this.#options = options;
  }

  /** To be called at the start and after each change of the table. */
  follow(): void {
    const { self, sql, changed } = this.#options;
    const own = readServers(sql).find((row) => rowName(row) === self);
    const stopping = (own?.stopTimeUs ?? 0n) > 0n;
    if (stopping === this.#stopping) return;
    this.#stopping = stopping;
    changed(stopping);
  }
}
