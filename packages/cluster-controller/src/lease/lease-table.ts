import { isObError } from '@sealane/errors';
import type { SqlRow } from '../dialer.ts';
import type { Holder } from './holder.ts';

/**
 * The lease as a row of an ordinary table in the sys tenant: nothing but documented SQL, so that it is the same on OceanBase. Times
 * are the asked server's, in milliseconds since 1970, so that no session's time zone matters; clocks of servers may differ by what
 * the preflight lets pass.
 */
export interface LeaseRow {
  /** Empty when nobody holds it. */
  readonly token: string;
  readonly machine: string;
  readonly pid: number;
  readonly who: string;
  /** `encryption enable` */
  readonly work: string;
  /** By the clock of the server that answered; negative when it has run out. */
  readonly remainingMs: number;
}

const TABLE = 'cluster_controller.lease';
const NOW_MS = 'CAST(UNIX_TIMESTAMP(NOW(6)) * 1000 AS SIGNED)';

export const createSql: readonly string[] = [
  'CREATE DATABASE IF NOT EXISTS cluster_controller',
  `CREATE TABLE IF NOT EXISTS ${TABLE} (name VARCHAR(64) NOT NULL PRIMARY KEY, token VARCHAR(64) NOT NULL,
    machine VARCHAR(256) NOT NULL, pid BIGINT NOT NULL, who VARCHAR(256) NOT NULL, work VARCHAR(256) NOT NULL,
    expires_at_ms BIGINT NOT NULL)`,
  `INSERT IGNORE INTO ${TABLE} VALUES ('cluster', '', '', 0, '', '', 0)`,
];

export const readSql = `SELECT token, machine, pid, who, work, expires_at_ms - ${NOW_MS} FROM ${TABLE} WHERE name = 'cluster'`;

/** Takes it from whoever had it when it was read, and from nobody else. */
export function takeSql(holder: Holder, work: string, from: string, durationMs: number): string {
  const { token, machine, pid, who } = holder;
  return `UPDATE ${TABLE} SET token = ${quoted(token)}, machine = ${quoted(machine)}, pid = ${pid}, who = ${quoted(who)},
    work = ${quoted(work)}, expires_at_ms = ${NOW_MS} + ${durationMs} WHERE name = 'cluster' AND token = ${quoted(from)}`;
}

export function renewSql(token: string, durationMs: number): string {
  return `UPDATE ${TABLE} SET expires_at_ms = ${NOW_MS} + ${durationMs} WHERE name = 'cluster' AND token = ${quoted(token)}`;
}

export function giveBackSql(token: string): string {
  return `UPDATE ${TABLE} SET token = '', expires_at_ms = 0 WHERE name = 'cluster' AND token = ${quoted(token)}`;
}

/** @returns undefined when there is no such row */
export function leaseRow(row: SqlRow | undefined): LeaseRow | undefined {
  if (row === undefined) return undefined;
  const [token, machine, pid, who, work, remainingMs] = row;
  return {
    token: token ?? '',
    machine: machine ?? '',
    pid: Number(pid),
    who: who ?? '',
    work: work ?? '',
    remainingMs: Number(remainingMs),
  };
}

/** Before the first run there is no table; whoever only looks makes none. */
export function isNoTable(error: unknown): boolean {
  return isObError(error, 'OB_TABLE_NOT_EXIST') || isObError(error, 'OB_ERR_BAD_DATABASE');
}

/** For people. */
export function describeHolder({ who, pid, work }: LeaseRow): string {
  return `another controller is at work on this cluster: "${work}" by ${who}, process ${pid}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
