import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeCertificates, type NodeCertificate } from '@sealane/transport-security';

/** Makes a set of certificates for tests and rehearsals; see README.md beside this file. */

const EXIT_USAGE = 2;
const USAGE = `usage: make-certificates --out DIR --node NAME=ADDRESS[,ADDRESS…] [--node …] [--wallets DIR] [--days N] [--keep]

  --out      for ca.pem, ca-key.pem, client-cert.pem, client-key.pem
  --node     a node's name, the address by which other nodes dial it, more addresses by which clients reach it
  --wallets  the nodes' wallets go to DIR/NAME/wallet; without it to OUT/NAME/wallet
  --days     how long certificates are good, 365 when not given
  --keep     leave a complete set as it is
`;

await main();

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) {
    process.stderr.write(USAGE);
    process.exitCode = EXIT_USAGE;
    return;
  }
  const { directory, nodes, days, keep } = options;
  if (keep && isComplete(directory, nodes)) {
    process.stdout.write(`${directory}: complete, left as it is\n`);
    return;
  }
  await makeCertificates({ directory, nodes, ...(days === undefined ? {} : { days }) });
  process.stdout.write(`${directory}: a CA, ${nodes.length} node certificates, one for clients\n`);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: 'string' },
        node: { type: 'string', multiple: true },
        wallets: { type: 'string' },
        days: { type: 'string' },
        keep: { type: 'boolean', default: false },
      },
    });
    const { out, node } = values;
    const days = values.days === undefined ? undefined : Number(values.days);
    if (out === undefined || node === undefined || (days !== undefined && !(days > 0))) return undefined;
    const directory = resolve(out);
    const wallets = resolve(values.wallets ?? directory);
    const nodes = node.map((text) => parseNode(text, wallets));
    if (nodes.some((each) => each.name === '' || each.ip === '')) return undefined;
    return { directory, nodes, days, keep: values.keep };
  } catch {
    return undefined; // An option that there isn't: the usage says which there are.
  }
}

function parseNode(text: string, wallets: string): NodeCertificate {
  const [name = '', list = ''] = text.split('=');
  const [ip = '', ...others] = list.split(',');
  const addresses = others.length === 0 ? {} : { addresses: others };
  return { name, ip, ...addresses, wallet: join(wallets, name, 'wallet') };
}

function isComplete(directory: string, nodes: readonly NodeCertificate[]): boolean {
  const files = nodes.flatMap(({ wallet }) =>
    ['ca.pem', 'server-cert.pem', 'server-key.pem'].map((file) => join(wallet, file)),
  );
  return [join(directory, 'ca.pem'), ...files].every((file) => existsSync(file));
}
