/**
 * The blocks of one label in a PEM text, in order; text between blocks is a comment.
 *
 * @param label  `CERTIFICATE`, `X509 CRL`; may be a regular expression's source
 * @throws TypeError when a block begins and doesn't end: the file is cut off
 */
export function pemBlocks(text: string, label: string): readonly string[] {
  const blocks = text.match(new RegExp(`-----BEGIN (${label})-----[^-]*-----END \\1-----`, 'g')) ?? [];
  const begun = text.match(/-----BEGIN /g)?.length ?? 0;
  const ended = text.match(/-----END [^-\n]+-----/g)?.length ?? 0;
  if (begun !== ended) throw new TypeError(`${begun} blocks begin and ${ended} end`);
  return blocks;
}

/** The certificates of a PEM text, each ending in a line break; empty when there is none. Throws as `pemBlocks` does. */
export function certificateTexts(text: string): readonly string[] {
  return pemBlocks(text, 'CERTIFICATE').map((block) => `${block}\n`);
}

/** One PEM text of several certificates, each once, in the order of their first appearance. */
export function certificateBundle(texts: readonly string[]): string {
  return [...new Set(texts.flatMap(certificateTexts))].join('');
}

/** The certificate revocation lists of a PEM text, as `certificateTexts` gives certificates. */
export function revocationTexts(text: string): readonly string[] {
  return pemBlocks(text, 'X509 CRL').map((block) => `${block}\n`);
}

/** One PEM text of several lists, each once. */
export function revocationBundle(texts: readonly string[]): string {
  return [...new Set(texts.flatMap(revocationTexts))].join('');
}
