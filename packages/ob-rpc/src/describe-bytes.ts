/**
 * Names what a stranger sent, for the log: first bytes as hex, and what they look like.
 *
 * @param head  the first bytes that came; only the first 32 are used
 */
export function describeBytes(head: Uint8Array): string {
  const first = Buffer.from(head.subarray(0, 32));
  const look = LOOKS.find((candidate) => candidate.pattern.test(first.toString('latin1')));
  const text = first.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
  return `${look?.name ?? 'neither OB-RPC nor TLS'}: ${first.toString('hex')} "${text}"`;
}

const LOOKS: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: 'an HTTP request', pattern: /^(GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|CONNECT|PRI) / },
  { name: 'an SSH greeting', pattern: /^SSH-/ },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are bytes, not text.
  { name: 'a compressed OB-RPC stream', pattern: /^\x01\xdb\xdb\xcc/ },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are bytes, not text.
  { name: 'an SSLv2 hello', pattern: /^[\x80-\xff].\x01/ },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are bytes, not text.
  { name: 'a MySQL packet', pattern: /^..\x00[\x00\x01]/s },
];
