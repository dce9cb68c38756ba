import { commandCode, decodeQueryText } from '@sealane/mysql-protocol';

/** What a proxy must know of a command before it sends it. */
export interface CommandKind {
  /** Outside a transaction nothing changes if it runs twice, or half: it may be sent again where its answer got lost. */
  readonly repeatable: boolean;
  /** Rows that were read, and nothing else: a follower may answer it. */
  readonly reads: boolean;
  /** In a transaction, it may end with it: where its answer got lost nobody knows whether it was committed. */
  readonly mayCommit: boolean;
  /** It wants nothing but an end without a trace: which a lost server has brought about. */
  readonly undoes: boolean;
  /** Its session holds something afterwards that can't be made anew elsewhere, or nothing of that any more. */
  readonly pins: 'on' | 'off' | undefined;
  /** `READ_CONSISTENCY(WEAK)` stands in it. */
  readonly weak: boolean;
  /** It asks of the statement before: of its counts, or of its warnings. */
  readonly asksOfLast: 'counts' | 'warnings' | undefined;
  /** It may change user variables, which the end of a result doesn't tell. */
  readonly assigns: boolean;
  /** A statement that the session keeps by a name, or its roles. */
  readonly keeps: KeptText | undefined;
  readonly kill: KillCommand | undefined;
}

/** A text that makes a part of the session, by what it replaces: `prepare <name>` or `role`. */
export interface KeptText {
  readonly key: string;
  /** The name of the user variable it takes its statement from. */
  readonly variable: string | undefined;
  readonly removes: boolean;
}

export interface KillCommand {
  readonly connectionId: number;
  readonly what: 'query' | 'connection';
}

/** Of what isn't known: it runs once, and may do anything. */
export const unknownKind: CommandKind = {
  repeatable: false,
  reads: false,
  mayCommit: true,
  undoes: false,
  pins: undefined,
  weak: false,
  asksOfLast: undefined,
  assigns: false,
  keeps: undefined,
  kill: undefined,
};

/** Concerns the session alone, which is made anew with its server. */
const ofSession: CommandKind = { ...unknownKind, repeatable: true, mayCommit: false };
const write: CommandKind = { ...unknownKind, mayCommit: false };

/** From the command's bytes, but for COM_STMT_EXECUTE, which is what its statement is. A text is looked at as far as its beginning goes. */
export function commandKind(payload: Uint8Array): CommandKind {
  switch (payload[0]) {
    case commandCode.COM_QUERY:
      return textKind(decodeQueryText(payload.subarray(1, 1 + looksAt)));
    case commandCode.COM_STMT_PREPARE:
    case commandCode.COM_STMT_RESET:
    case commandCode.COM_SET_OPTION:
    case commandCode.COM_PING:
    case commandCode.COM_INIT_DB:
    case commandCode.COM_STATISTICS:
    case commandCode.COM_FIELD_LIST:
    case commandCode.COM_PROCESS_INFO:
      return ofSession;
    case commandCode.COM_RESET_CONNECTION:
      return { ...ofSession, undoes: true };
    case commandCode.COM_PROCESS_KILL:
      return payload.length < 5
        ? write
        : { ...write, kill: { connectionId: Buffer.from(payload).readUInt32LE(1), what: 'connection' } };
    default:
      return unknownKind;
  }
}

/** @param text  its first 8 KiB at least */
export function textKind(text: string): CommandKind {
  // What stands in executable comments is part of the statement, and isn't looked for.
  if (text.includes('/*!')) return { ...unknownKind, pins: pinOf(text), assigns: true };
  const plain = text.replace(comments, ' ');
  const word = firstWord.exec(plain)?.[1]?.toLowerCase() ?? '';
  if (plain.includes(';') && several.test(plain)) return { ...unknownKind, pins: pinOf(text), assigns: true };
  const statement = withoutEnd(plain);
  switch (word) {
    case 'select':
    case 'show':
    case 'desc':
    case 'describe':
    case 'explain':
    case 'values':
    case 'table':
    case 'with':
      return readKind(word, text, plain);
    case 'insert':
    case 'update':
    case 'delete':
    case 'replace':
    case 'savepoint':
      return { ...write, assigns: assigning.test(text) };
    case 'begin':
    case 'start':
    case 'commit':
      return { ...unknownKind, repeatable: true };
    case 'rollback':
      return { ...ofSession, undoes: /^rollback(?:\s+work)?$/i.test(statement) };
    case 'use':
      return ofSession;
    case 'set':
      return setKind(statement);
    case 'prepare':
    case 'deallocate':
    case 'drop':
      return preparingKind(statement);
    case 'kill':
      return { ...write, kill: killOf(statement) };
    case 'lock':
    case 'xa':
    case 'handler':
      return { ...unknownKind, pins: 'on' };
    case 'unlock':
      return { ...unknownKind, pins: 'off' };
    case 'create':
      return { ...unknownKind, pins: /^create\s+temporary\b/i.test(statement) ? 'on' : undefined };
    default:
      return { ...unknownKind, pins: pinOf(text), asksOfLast: askedOfLast(plain), assigns: true };
  }
}

function readKind(word: string, text: string, plain: string): CommandKind {
  const whole = text.length < looksAt;
  const writes = word === 'with' && writing.test(plain);
  const hasEffects = !whole || writes || effects.test(plain) || effects.test(text);
  return {
    ...unknownKind,
    repeatable: !hasEffects,
    reads: !hasEffects,
    mayCommit: false,
    pins: pinOf(text),
    weak: weakHint.test(text),
    asksOfLast: askedOfLast(plain),
    assigns: !whole || assigning.test(text),
  };
}

/** What a session's own variables are set to is told by its server; what is set for all, or a password, is done once. */
function setKind(statement: string): CommandKind {
  if (/\b(?:global|persist|persist_only|password)\b|\bselect\b/i.test(statement)) return unknownKind;
  if (/^set\s+role\b/i.test(statement))
    return { ...ofSession, keeps: { key: 'role', variable: undefined, removes: false } };
  if (/^set\s+default\s+role\b/i.test(statement)) return unknownKind;
  return { ...ofSession, mayCommit: /\bautocommit\b/i.test(statement), pins: pinOf(statement) };
}

function preparingKind(statement: string): CommandKind {
  const prepared = /^prepare\s+(`(?:[^`]|``)+`|\S+)\s+from\s+(?:@(`(?:[^`]|``)+`|[\w$.]+))?/i.exec(statement);
  if (prepared !== null) {
    const [, name = '', variable] = prepared;
    const source = variable === undefined ? undefined : unquoted(variable).toLowerCase();
    return { ...ofSession, keeps: { key: keyOf(name), variable: source, removes: false } };
  }
  const removed = /^(?:deallocate|drop)\s+prepare\s+(`(?:[^`]|``)+`|\S+)$/i.exec(statement);
  if (removed === null) return unknownKind;
  return { ...ofSession, keeps: { key: keyOf(removed[1] ?? ''), variable: undefined, removes: true } };
}

function keyOf(name: string): string {
  return `prepare ${unquoted(name).toLowerCase()}`;
}

function unquoted(name: string): string {
  return name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name;
}

function killOf(statement: string): KillCommand | undefined {
  const [, what, id] = /^kill\s+(?:(query|connection)\s+)?(\d{1,10})$/i.exec(statement) ?? [];
  if (id === undefined) return undefined;
  return { connectionId: Number(id), what: what?.toLowerCase() === 'query' ? 'query' : 'connection' };
}

function pinOf(text: string): 'on' | 'off' | undefined {
  if (/\bget_lock\s*\(/i.test(text)) return 'on';
  return /\brelease_all_locks\s*\(/i.test(text) ? 'off' : undefined;
}

function askedOfLast(plain: string): 'counts' | 'warnings' | undefined {
  if (/\b(?:found_rows|row_count)\s*\(/i.test(plain)) return 'counts';
  const warnings =
    /^\s*show\s+(?:count\s*\(\s*\*\s*\)\s*)?(?:warnings|errors)\b|^\s*get\s+|@@(?:session\s*\.\s*)?(?:warning|error)_count/i;
  return warnings.test(plain) ? 'warnings' : undefined;
}

function withoutEnd(plain: string): string {
  return plain.trim().replace(/[;\s]+$/, '');
}

const looksAt = 8_192;
const comments = /\/\*(?!\+)[\s\S]*?\*\/|--[^\n]*\n|#[^\n]*\n/g;
const firstWord = /^[\s(]*([a-z]+)/i;
const several = /;\s*[^;\s]/;
/** A SELECT that locks, writes, or answers something else the second time. */
const effects =
  /\bfor\s+(?:update|share)\b|\block\s+in\s+share\b|\binto\b|:=|_locks?\s*\(|nextval|row_count|found_rows|last_insert_id\s*\(\s*[^)\s]/i;
const writing = /\b(?:insert|update|delete|replace)\b/i;
const assigning = /:=|\binto\s+@|last_insert_id\s*\(\s*[^)\s]/i;
const weakHint = /read_consistency\s*\(\s*weak\s*\)/i;
