/** Payload of an entry of kind `members`: UTF-8 JSON array of names, the most preferred leader first. */
export function encodeMembers(members: readonly string[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(members));
}

/** @throws SyntaxError for a payload that no encodeMembers made */
export function decodeMembers(payload: Uint8Array): readonly string[] {
  const members: unknown = JSON.parse(new TextDecoder().decode(payload));
  if (Array.isArray(members) && members.every((each) => typeof each === 'string')) return members;
  throw new SyntaxError('a list of members is an array of strings');
}
