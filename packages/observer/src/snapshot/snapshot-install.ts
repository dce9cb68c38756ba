import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import { checkDatabaseFile, putDatabaseFile } from '@sealane/storage';
import { type LogPosition, parsePosition, plainPosition } from './log-position.ts';
import type { SnapshotOffer } from './snapshot-wire.ts';

/** Where a tenant's file and what becomes of it lie. */
export interface TenantFiles {
  /** `store/<tenant>` */
  readonly directory: string;
  readonly database: string;
  readonly log: string;
  /** A copy on its way in. */
  readonly incoming: string;
  /** Copies for others. */
  readonly outgoing: string;
  /** Says that the copy at `incoming` is whole and takes the place of the database, whatever happens. */
  readonly decision: string;
}

export function tenantFiles(storeDirectory: string, tenant: string): TenantFiles {
  const directory = join(storeDirectory, tenant);
  return {
    directory,
    database: join(directory, 'data.sqlite'),
    log: join(directory, 'log'),
    incoming: join(directory, 'incoming.sqlite'),
    outgoing: join(directory, 'outgoing'),
    decision: join(directory, 'install'),
  };
}

/**
 * Before a tenant is opened: ends an installation that a crash has cut short, or removes what was fetched for one.
 *
 * @returns the position at which the log must begin; `forgetDecision` once it does
 */
export function recoverInstallation(files: TenantFiles): LogPosition | undefined {
  mkdirSync(files.log, { recursive: true });
  const position = readDecision(files);
  if (position === undefined) rmSync(files.incoming, { force: true });
  else if (existsSync(files.incoming)) putDatabaseFile(files.incoming, files.database);
  return position;
}

/** Reads the fetched copy through. @throws ObError OB_CHECKSUM_ERROR when it isn't what was offered */
export async function checkIncoming(files: TenantFiles, offer: SnapshotOffer): Promise<void> {
  const found = await checkDatabaseFile(files.incoming);
  const { lsn } = offer.position;
  if (found.sha256 === offer.sha256 && found.lsn === lsn) return;
  throw new ObError('OB_CHECKSUM_ERROR', [], {
    message: `the snapshot that was fetched ends with entry ${found.lsn} and has hash ${found.sha256}, not ${lsn} and ${offer.sha256}`,
  });
}

/** From here on the copy will be the database, after a crash too. */
export function decide(files: TenantFiles, position: LogPosition): void {
  const beside = `${files.decision}.new`;
  writeFileSync(beside, JSON.stringify(plainPosition(position)), { flush: true });
  renameSync(beside, files.decision);
  const directory = openSync(files.directory, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** The log begins where the copy ends: nothing is left to be done. */
export function forgetDecision(files: TenantFiles): void {
  rmSync(files.decision, { force: true });
}

/** @throws ObError OB_IO_ERROR for a file that `decide` didn't write */
function readDecision({ decision }: TenantFiles): LogPosition | undefined {
  if (!existsSync(decision)) return undefined;
  const position = parsePosition(JSON.parse(readFileSync(decision, 'utf8')));
  if (position !== undefined) return position;
  throw new ObError('OB_IO_ERROR', [], {
    message: `${decision} doesn't say where the log begins: remove this tenant's directory, and the node takes its data from the others`,
  });
}
