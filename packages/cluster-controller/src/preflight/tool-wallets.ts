import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadWallet, type Wallet } from '@sealane/transport-security';

/**
 * The wallet of a program that dials the nodes and is none: obcdc, ob_admin, a MySQL client with a certificate. Laid out as
 * OceanBase's tools have it: ca.pem, client-cert.pem, client-key.pem.
 */
export interface ToolWallet {
  readonly name: string;
  /** Where it dials: obcdc and ob_admin both, a MySQL client `sql`. */
  readonly ports: readonly ('rpc' | 'sql')[];
  readonly wallet: Wallet | { readonly unusable: string };
}

export interface ToolDirectory {
  readonly name: string;
  readonly directory: string;
}

/**
 * Reads the wallets that were named, and the MySQL clients' one that `up` made beside the CA, if it is there. A named one is tried
 * on both ports, as OceanBase's tools use them.
 */
export function readToolWallets(
  named: readonly ToolDirectory[],
  certificatesDirectory: string,
): readonly ToolWallet[] {
  const own = existsSync(join(certificatesDirectory, 'client-cert.pem'))
    ? [readOne({ name: 'client', directory: certificatesDirectory }, ['sql'])]
    : [];
  return [...own, ...named.map((tool) => readOne(tool, ['rpc', 'sql']))];
}

function readOne({ name, directory }: ToolDirectory, ports: ToolWallet['ports']): ToolWallet {
  try {
    return { name, ports, wallet: loadWallet(directory, { role: 'client' }) };
  } catch (error) {
    return { name, ports, wallet: { unusable: error instanceof Error ? error.message : String(error) } };
  }
}
