import { type RevocationList, readRevocationList, revocationBundle } from '@sealane/transport-security';
import { NO_REVOCATIONS, type Revocations } from '../wallet-check.ts';

const LIST = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g;

/** The lists of a crl.pem, in its order; none for a wallet without. Only who has one loads the library that reads it. */
export async function readLists(crl: string | undefined): Promise<readonly RevocationList[]> {
  const texts = revocationBundle([crl ?? '']).match(LIST) ?? [];
  return Promise.all(texts.map((text) => readRevocationList(text)));
}

/** What a crl.pem says to somebody who checks a certificate. */
export async function readRevocations(crl: string | undefined): Promise<Revocations> {
  const lists = await readLists(crl);
  if (lists.length === 0) return NO_REVOCATIONS;
  const updates = lists.flatMap(({ nextUpdate }) => nextUpdate ?? []);
  return {
    serials: new Set(lists.flatMap(({ revoked }) => revoked.map(({ serialNumber }) => serialNumber))),
    nextUpdate: updates.length === 0 ? undefined : new Date(Math.min(...updates.map(Number))),
  };
}
