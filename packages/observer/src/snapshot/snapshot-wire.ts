import { ObError } from '@sealane/errors';
import { type LogPosition, parsePosition, plainPosition } from './log-position.ts';

/** Packet codes of snapshots, our own: OceanBase copies macro blocks. See docs/protocol/ob-rpc.md#pcodes. */
export const snapshotPcodes = { open: 0xff05, read: 0xff06, close: 0xff07 } as const;

/** Asks for a copy that has at least the entry `lsn`. Asked again until it is ready. */
export interface OpenRequest {
  readonly lsn: number;
}

export type OpenAnswer = { readonly state: 'copying' } | SnapshotOffer;

/** A copy that can be read, for as long as somebody does. */
export interface SnapshotOffer {
  readonly state: 'ready';
  readonly id: string;
  /** Of the last entry whose changes are in the copy. */
  readonly position: LogPosition;
  readonly sizeBytes: number;
  /** Of the whole file, hexadecimal. */
  readonly sha256: string;
}

export interface ReadRequest {
  readonly id: string;
  readonly offset: number;
  readonly size: number;
}

export interface ReadAnswer {
  readonly bytes: Uint8Array;
  /** CRC-32 of the bytes, as zlib counts it. */
  readonly crc32: number;
}

export interface CloseRequest {
  readonly id: string;
}

/** @throws ObError OB_RPC_PACKET_INVALID */
export function openRequest(body: unknown): OpenRequest {
  return { lsn: count(body, 'lsn') };
}

export function readRequest(body: unknown): ReadRequest {
  const request = { id: text(body, 'id'), offset: count(body, 'offset'), size: count(body, 'size') };
  if (request.size > 0 && request.size <= pieceSizeMax) return request;
  throw invalid('size');
}

export function closeRequest(body: unknown): CloseRequest {
  return { id: text(body, 'id') };
}

export function openAnswer(body: unknown): OpenAnswer {
  if (text(body, 'state') === 'copying') return { state: 'copying' };
  const position = parsePosition(field(body, 'position'));
  if (position === undefined) throw invalid('position');
  return {
    state: 'ready',
    id: text(body, 'id'),
    position,
    sizeBytes: count(body, 'sizeBytes'),
    sha256: text(body, 'sha256'),
  };
}

export function openAnswerBody(answer: OpenAnswer): unknown {
  return answer.state === 'copying' ? answer : { ...answer, position: plainPosition(answer.position) };
}

export function readAnswer(body: unknown): ReadAnswer {
  const bytes = field(body, 'bytes');
  if (!(bytes instanceof Uint8Array)) throw invalid('bytes');
  return { bytes, crc32: count(body, 'crc32') };
}

export const pieceSizeMax = 1024 * 1024;

function count(body: unknown, name: string): number {
  const value = field(body, name);
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(name);
}

function text(body: unknown, name: string): string {
  const value = field(body, name);
  if (typeof value === 'string') return value;
  throw invalid(name);
}

function field(body: unknown, name: string): unknown {
  return (body as Record<string, unknown> | null | undefined)?.[name];
}

function invalid(name: string): ObError {
  return new ObError('OB_RPC_PACKET_INVALID', [], {
    message: `RPC packet is invalid: ${name} of a snapshot's packet is none`,
  });
}
