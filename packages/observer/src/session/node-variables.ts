import { hostname } from 'node:os';
import type { CellValue } from '@sealane/sql';

interface NodeFacts {
  readonly sqlPort: number;
  readonly tls: boolean;
}

const hasTls = ({ tls }: NodeFacts): CellValue => (tls ? 'YES' : 'DISABLED');

/** System variables whose values are the node's own. */
const values = new Map<string, (node: NodeFacts) => CellValue>([
  ['hostname', () => hostname()],
  ['port', ({ sqlPort }) => BigInt(sqlPort)],
  ['have_ssl', hasTls],
  ['have_openssl', hasTls],
]);

export const nodeVariableNames: readonly string[] = [...values.keys()];

/** @returns undefined for variables that aren't the node's own */
export function nodeVariable(
  name: string,
  { sqlPort }: { readonly sqlPort: number },
  tls: boolean,
): CellValue | undefined {
  return values.get(name)?.({ sqlPort, tls });
}
