import {
  decodeEntry,
  type LogEntry,
  type Message,
  type MessageKind,
  type PushMessage,
} from '@sealane/consensus';
import { ObError } from '@sealane/errors';
import { memberListOf } from './member-lists.ts';

/** The packet code that carries each kind of message between log streams. Source: docs/protocol, OB-RPC packet codes. */
export const messagePcodes = {
  push: 0x1501,
  'push-answer': 0x1502,
  prepare: 0x1508,
  'prepare-answer': 0x1509,
  'change-leader': 0x150c,
  // PALF has no such messages; these are the codes of what comes nearest: log prepare, config meta.
  'join-request': 0x1504,
  'join-answer': 0x1505,
  snapshot: 0x1506,
  committed: 0x1516,
} as const satisfies Record<MessageKind, number>;

/**
 * A message as a plain array for the payload of a packet: the log stream's id, then the fields in the order below.
 * Entries stay the bytes they are on disk.
 */
export function encodeMessage(lsId: number, message: Message): readonly unknown[] {
  const fields = fieldNames[message.kind].map(
    (name) => (message as unknown as Record<string, unknown>)[name],
  );
  if (message.kind !== 'push') return [lsId, ...fields];
  return [lsId, ...fields, message.entries.map((entry) => entry.bytes)];
}

/**
 * @throws ObError OB_RPC_PACKET_INVALID for a body of another shape, OB_CHECKSUM_ERROR for a damaged entry, OB_INVALID_LOG for
 *   one with members that are no list
 */
export function decodeMessage(pcode: number, body: unknown): { lsId: number; message: Message } {
  const kind = kindByPcode.get(pcode);
  if (kind === undefined || !Array.isArray(body)) throw invalid(pcode, 'it is no array of a known kind');
  const [lsId, ...values] = body as readonly unknown[];
  if (typeof lsId !== 'number') throw invalid(pcode, 'the log stream id is no number');
  const message: Record<string, unknown> = { kind };
  for (const [index, name] of fieldNames[kind].entries()) {
    const value = values[index];
    if (!isOfType[fieldTypes[name]](value)) throw invalid(pcode, `field ${name} is no ${fieldTypes[name]}`);
    message[name] = value;
  }
  if (kind === 'push') {
    const entries = decodeEntries(pcode, values[fieldNames.push.length]);
    checkSequence(pcode, { ...(message as unknown as PushMessage), entries });
    message['entries'] = entries;
  }
  return { lsId, message: message as unknown as Message };
}

function decodeEntries(pcode: number, list: unknown): LogEntry[] {
  if (!Array.isArray(list)) throw invalid(pcode, 'the entries are no array');
  return list.map((bytes: unknown) => {
    if (!(bytes instanceof Uint8Array)) throw invalid(pcode, 'an entry is no bytes');
    // A copy: the entry outlives the packet, and must not keep the whole frame alive.
    const entry = decodeEntry(new Uint8Array(bytes));
    // A replica takes its entries as they are: a list that can't be read must not get so far.
    memberListOf(entry);
    return entry;
  });
}

/** A replica relies on entries that follow one another, and on terms that never fall. */
function checkSequence(pcode: number, push: PushMessage): void {
  let { previousLsn: lsn, previousTerm: term } = push;
  for (const entry of push.entries) {
    if (entry.lsn !== lsn + 1 || entry.term < term || entry.term > push.term) {
      throw invalid(pcode, `entry ${entry.lsn} of term ${entry.term} after entry ${lsn} of term ${term}`);
    }
    ({ lsn, term } = entry);
  }
}

function invalid(pcode: number, why: string): ObError {
  return new ObError('OB_RPC_PACKET_INVALID', [], {
    message: `log stream message 0x${pcode.toString(16)} is invalid: ${why}`,
  });
}

const fieldTypes = {
  term: 'count',
  round: 'count',
  probe: 'boolean',
  transfer: 'boolean',
  granted: 'boolean',
  silent: 'boolean',
  vouched: 'boolean',
  incarnation: 'count',
  lastLsn: 'count',
  lastTerm: 'count',
  previousLsn: 'count',
  previousTerm: 'count',
  committedLsn: 'count',
  sentAtMs: 'time',
  accepted: 'boolean',
  lsn: 'count',
  lsnTerm: 'count',
  stopping: 'boolean',
  joined: 'boolean',
  full: 'boolean',
  lagging: 'boolean',
  leader: 'boolean',
} as const;

const isOfType = {
  boolean: (value: unknown) => typeof value === 'boolean',
  count: (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0,
  time: (value: unknown) => Number.isFinite(value),
};

type FieldName = keyof typeof fieldTypes;

const fieldNames = {
  prepare: ['term', 'probe', 'transfer', 'lastLsn', 'lastTerm', 'round', 'incarnation'],
  'prepare-answer': ['term', 'round', 'probe', 'granted', 'silent', 'incarnation', 'vouched'],
  push: ['term', 'previousLsn', 'previousTerm', 'committedLsn', 'sentAtMs'],
  'push-answer': [
    'term',
    'accepted',
    'lsn',
    'lsnTerm',
    'previousLsn',
    'sentAtMs',
    'incarnation',
    'joined',
    'stopping',
    'full',
    'lagging',
  ],
  committed: ['term', 'committedLsn'],
  'change-leader': ['term'],
  'join-request': ['term', 'incarnation'],
  'join-answer': ['term', 'incarnation', 'joined', 'lastLsn', 'committedLsn', 'leader'],
  snapshot: ['term', 'lsn', 'lsnTerm'],
} as const satisfies Record<MessageKind, readonly FieldName[]>;

const kindByPcode = new Map<number, MessageKind>(
  Object.entries(messagePcodes).map(([kind, pcode]) => [pcode, kind as MessageKind]),
);
