import { serialNumber } from '@sealane/transport-security';
import type { Member, WalletFiles } from '../targets/target.ts';
import { certificatesIn } from './certificate-report.ts';

/** Nodes and proxies whose own certificate is among those that are to be revoked: nobody would talk to them afterwards. */
export function nodesInUse(
  serials: ReadonlySet<string>,
  wallets: ReadonlyMap<Member, WalletFiles>,
): readonly Member[] {
  return [...wallets].flatMap(([server, files]) => {
    const [leaf] = certificatesIn(files.certificate);
    return leaf !== undefined && serials.has(serialNumber(leaf)) ? [server] : [];
  });
}

/** Serial numbers of a certificate file's text, or of a text that is a serial number itself; undefined for neither. */
export function serialsIn(text: string): readonly string[] | undefined {
  const certificates = certificatesIn(text);
  if (certificates.length > 0) return certificates.map(serialNumber);
  const plain = text.trim().replaceAll(':', '').toLowerCase();
  return /^(0x)?[0-9a-f]{2,40}$/.test(plain) ? [plain.replace(/^0x/, '').replace(/^0+/, '')] : undefined;
}
