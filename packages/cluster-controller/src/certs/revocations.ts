import { type Crl, parseCrl, revocationTexts } from '@sealane/transport-security';

/** The lists of a crl.pem, each a PEM text of its own; none for a wallet without. */
export function listTexts(crl: string | undefined): readonly string[] {
  return revocationTexts(crl ?? '');
}

/** What they say; a damaged one is left out, since the node says of it what is wrong. */
export function listsIn(crl: string | undefined): readonly Crl[] {
  try {
    return listTexts(crl).map(parseCrl);
  } catch {
    return [];
  }
}

/** The first of the lists to end, and with it every certificate of its CA; undefined when there is none. */
export function nextUpdateOf(crl: string | undefined): Date | undefined {
  const updates = listsIn(crl).flatMap(({ nextUpdate }) => nextUpdate ?? []);
  return updates.length === 0 ? undefined : new Date(Math.min(...updates.map(Number)));
}
