import { readAppliedLsn } from './applied-lsn.ts';
import { Database } from './database.ts';
import type { TenantDatabaseOptions } from './tenant-database.ts';
import type { SqlHandle, SqlValue } from './values.ts';

/** Opens the file for reading only, in whichever process. @throws StorageError when there is none */
export function openTenantReader(options: TenantDatabaseOptions): TenantReader {
  return new TenantReader(options);
}

/** A handle of its own on a tenant's file. Between `begin` and `end` it sees one state. */
export class TenantReader implements SqlHandle {
  readonly #database: Database;

  constructor({ cacheSizeKib = cacheSizeKibDefault, ...options }: TenantDatabaseOptions) {
    // What doesn't fit into memory is sorted on the disk: one large sort must not be the end of the process.
    this.#database = new Database({ ...options, readOnly: true, cacheSizeKib, temporaryFiles: true });
  }

  /** Goes on with the state that is seen, if there is one. @returns the LSN of the last entry whose changes are seen */
  begin(): number {
    if (!this.#database.inTransaction) this.#database.execute('BEGIN');
    // BEGIN alone reads nothing: the first read fixes the state.
    return readAppliedLsn(this.#database);
  }

  /** Does nothing when there is no state to let go. */
  end(): void {
    if (this.#database.inTransaction) this.#database.execute('ROLLBACK');
  }

  all(sql: string, binds?: readonly SqlValue[]): SqlValue[][] {
    return this.#database.all(sql, binds);
  }

  run(sql: string, binds?: readonly SqlValue[]): { readonly changes: number } {
    return this.#database.run(sql, binds);
  }

  each(sql: string, binds?: readonly SqlValue[]): Iterable<SqlValue[]> {
    return this.#database.each(sql, binds);
  }

  close(): void {
    this.end();
    this.#database.close();
  }
}

const cacheSizeKibDefault = 8_192;
