import type { CdcRecord } from '../record.ts';

/** How records are written. */
export interface Format {
  /** What stands before the first record of a new output. */
  begin(): string;
  /** @returns '' where there is nothing to write, or not yet */
  write(record: CdcRecord): string;
}
