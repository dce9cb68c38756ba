import { hostname } from 'node:os';
import type { CellValue } from '@sealane/sql';

/** System variables whose values are the node's own. @returns undefined for the others */
export function nodeVariable(
  name: string,
  self: { readonly sqlPort: number },
  tls: boolean,
): CellValue | undefined {
  switch (name) {
    case 'hostname':
      return hostname();
    case 'port':
      return BigInt(self.sqlPort);
    case 'have_ssl':
    case 'have_openssl':
      return tls ? 'YES' : 'DISABLED';
    default:
      return undefined;
  }
}
