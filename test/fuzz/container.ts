/**
 * Several messages in one input: u16 LE size, then the message, again and again. A mutation moves the borders, and what
 * comes out is still a list of messages.
 */
export function pack(messages: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(
    Buffer.concat(messages.flatMap((each) => [Buffer.of(each.length & 0xff, each.length >> 8), each])),
  );
}

export function unpack(bytes: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const size = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    messages.push(bytes.slice(at + 2, at + 2 + size));
    at += 2 + size;
  }
  return messages;
}
