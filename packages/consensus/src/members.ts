import { ObError } from '@sealane/errors';

/** Payload of an entry of kind `members`: UTF-8 JSON array of names, the most preferred leader first. */
export function encodeMembers(members: readonly string[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(members));
}

/** @throws ObError OB_INVALID_LOG for a payload that no encodeMembers made */
export function decodeMembers(payload: Uint8Array): readonly string[] {
  const members = parsed(payload);
  if (Array.isArray(members) && members.every((each) => typeof each === 'string')) return members;
  throw new ObError('OB_INVALID_LOG', [], {
    message: `Invalid log: ${payload.length} bytes of an entry with members are no list of names`,
  });
}

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    // No JSON is no list either.
    return undefined;
  }
}
