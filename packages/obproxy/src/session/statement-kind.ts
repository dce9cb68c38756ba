import { commandCode, decodeQueryText } from '@sealane/mysql-protocol';

/** What a proxy must know of a command before it sends it. */
export interface CommandKind {
  /** Nothing changes if it runs twice, or half: it may be sent again where its answer got lost. */
  readonly repeatable: boolean;
  /** Its session holds something afterwards that can't be made anew elsewhere. */
  readonly pins: boolean;
  /** `READ_CONSISTENCY(WEAK)` stands in it. */
  readonly weak: boolean;
}

const plain: CommandKind = { repeatable: false, pins: false, weak: false };

/** From the command's bytes. A text is looked at as far as its beginning goes. */
export function commandKind(payload: Uint8Array): CommandKind {
  switch (payload[0]) {
    case commandCode.COM_QUERY:
      return queryKind(decodeQueryText(payload.subarray(1, 1 + looksAt)));
    case commandCode.COM_STMT_PREPARE:
      return { ...plain, repeatable: true };
    case commandCode.COM_PING:
    case commandCode.COM_INIT_DB:
    case commandCode.COM_STATISTICS:
    case commandCode.COM_FIELD_LIST:
      return { ...plain, repeatable: true };
    default:
      return plain;
  }
}

function queryKind(text: string): CommandKind {
  const whole = text.length < looksAt;
  const start = text.replace(comments, ' ').trimStart();
  return {
    repeatable: whole && reads.test(start) && !effects.test(start),
    pins: pinning.test(text),
    weak: weakHint.test(text),
  };
}

const looksAt = 8_192;
const comments = /\/\*(?!\+)[\s\S]*?\*\/|--[^\n]*\n|#[^\n]*\n/g;
const reads = /^\(*\s*(?:select|show|desc|describe|explain|with|values|table)\b/i;
/** A SELECT that locks, writes, or answers something else the second time. */
const effects =
  /\bfor\s+(?:update|share)\b|\block\s+in\s+share\b|\binto\b|:=|;\s*\S|_lock\s*\(|nextval|row_count|found_rows/i;
const pinning = /\bget_lock\s*\(/i;
const weakHint = /read_consistency\s*\(\s*weak\s*\)/i;
