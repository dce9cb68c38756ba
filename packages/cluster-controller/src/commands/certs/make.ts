import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ObError } from '@sealane/errors';
import {
  certificateFiles,
  type Issued,
  type KeyType,
  makeCertificates,
  type NodeCertificate,
  readAuthority,
} from '@sealane/transport-security';
import { printJson, type Surroundings } from '../surroundings.ts';

export interface MakeOptions {
  readonly out: string;
  /** `NAME=ADDRESS[,ADDRESS…]` */
  readonly node?: readonly string[];
  /** Directory of the CA that signs; the one in `out` when not given. */
  readonly authority?: string;
  readonly client?: readonly string[];
  readonly wallets?: string;
  readonly key: KeyType;
  readonly days?: number;
  readonly caDays?: number;
  readonly crlUrl?: string;
  readonly keep?: true;
  readonly overwrite?: true;
}

/** A CA, a wallet for each node, certificates for clients: for tests, rehearsals, and clusters without a company CA. */
export async function makeCerts(around: Surroundings, options: MakeOptions): Promise<number> {
  const directory = resolve(options.out);
  const wallets = resolve(options.wallets ?? directory);
  const clients = options.client ?? ['client'];
  const nodes = (options.node ?? []).map((text) => parseNode(text, wallets));
  const elsewhere =
    options.authority === undefined ? {} : { authority: authorityIn(resolve(options.authority)) };
  const files = certificateFiles({ directory, nodes, clients, ...elsewhere });
  const present = files.filter((file) => existsSync(file));
  const complete = present.length === files.length;
  if (options.keep === true && complete)
    return tell(around, 'complete, left as it is', { made: false, directory });
  const authority = [join(directory, 'ca.pem'), join(directory, 'ca-key.pem')];
  // Filling in nodes and clients of a CA that is there takes nothing away.
  const inTheWay = present.filter((file) => !authority.includes(file));
  if (inTheWay.length > 0 && options.overwrite !== true && options.keep !== true) throw refused(inTheWay);
  await makeCertificates({
    ...elsewhere,
    directory,
    nodes,
    clients,
    keyType: options.key,
    ...(options.days === undefined ? {} : { days: options.days }),
    ...(options.crlUrl === undefined ? {} : { crlUrl: options.crlUrl }),
    ...(options.caDays === undefined ? {} : { authorityDays: options.caDays }),
  });
  const given = options.authority !== undefined || authority.every((file) => present.includes(file));
  const authorityText = given ? 'the CA that was there' : 'a CA';
  const text = `${directory}: ${authorityText}, ${nodes.length} node certificates, ${clients.length} for clients`;
  return tell(around, text, { made: true, directory, files });
}

function tell(around: Surroundings, text: string, json: object): number {
  if (around.options.json === true) printJson(around, json);
  else around.output.write(`${text}\n`);
  return 0;
}

function parseNode(text: string, wallets: string): NodeCertificate {
  const [name = '', list = ''] = text.split('=');
  const [ip = '', ...others] = list.split(',');
  return {
    name,
    ip,
    ...(others.length === 0 ? {} : { addresses: others }),
    wallet: join(wallets, name, 'wallet'),
  };
}

function authorityIn(directory: string): Issued {
  const authority = readAuthority(directory);
  if (authority !== undefined) return authority;
  throw new ObError('OB_INVALID_CONFIG', [], {
    message: `${directory} has no ca.pem and ca-key.pem to sign with`,
  });
}

function refused(files: readonly string[]): ObError {
  const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
  const message = `${files[0]}${more} would be overwritten; give --overwrite, or --keep to leave a complete set as it is`;
  return new ObError('OB_OP_NOT_ALLOW', [], { message, details: { files } });
}
