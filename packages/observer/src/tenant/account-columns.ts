import { ObError } from '@sealane/errors';
import { missingUserColumns, type SqlHandle } from '@sealane/sql';

/**
 * Accounts of earlier versions were kept otherwise, and nothing converts them.
 *
 * @param file  the tenant's, whose state the reader sees
 * @throws ObError OB_INVALID_CONFIG
 */
export function checkAccountColumns(reader: SqlHandle, file: string): void {
  const missing = missingUserColumns(reader);
  if (missing.length === 0) return;
  const message =
    `${file} was made by an earlier version of Sealane: its accounts lack ${missing.join(', ')}; ` +
    'read the data with that version, and start this one with an empty --base-dir on every server';
  throw new ObError('OB_INVALID_CONFIG', [], { message });
}
