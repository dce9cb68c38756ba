import { KEY_TYPES } from '@sealane/transport-security';
import { type Command, Option } from 'commander';
import { LIST_DAYS } from '../../certs/prepare.ts';
import { PHASES } from '../../certs/rotation.ts';
import { type Run, usage, withTarget } from '../command-line.ts';
import type { CommandOptions } from '../surroundings.ts';
import { inspectCerts } from './inspect.ts';
import { type MakeOptions, makeCerts } from './make.ts';
import { type RenewOptions, renewCerts } from './renew.ts';
import { type RevokeOptions, revokeCerts } from './revoke.ts';
import { type RotateOptions, rotateCerts } from './rotate.ts';

export function addCerts(program: Command, run: Run): void {
  const certs = program
    .command('certs')
    .exitOverride()
    .description('make, look at, and exchange certificates');
  withTarget(certs.command('make'))
    .description(
      'make a CA, a wallet for each node, and certificates for clients; a CA that is there is used',
    )
    .requiredOption('--out <dir>', 'for ca.pem, ca-key.pem, client-cert.pem, client-key.pem')
    .option('--node <name=address,…>', 'a node, the address others dial, more names of it', parseNode)
    .option('--client <name>', "a client's common name; the first one's files are client-….pem", parseName)
    .option('--wallets <dir>', 'nodes’ wallets go to DIR/NAME/wallet, not to OUT/NAME/wallet')
    .addOption(keyOption().default('ecdsa'))
    .option('--days <count>', 'how long leaves are good, 365 when not given', parseDays)
    .addOption(
      new Option('--ca-days <count>', 'how long a new CA is good, 3650 when not given')
        .argParser(parseDays)
        .conflicts('authority'),
    )
    .option(
      '--crl-url <url>',
      "where the CA's revocation list will be published, for the leaves",
      parseCrlUrl,
    )
    .option('--keep', 'leave a complete set as it is')
    .option('--overwrite', 'replace what is there, but for the CA')
    .option(
      '--authority <dir>',
      'where the CA lies that signs; --out when not given, and one is made if it has none',
    )
    .action((options: CommandOptions & MakeOptions) => {
      if (options.node === undefined && options.client === undefined)
        throw usage('certs make wants --node or --client');
      return run(options, (around) => makeCerts(around, options));
    });
  withTarget(certs.command('inspect'))
    .description(
      'show certificates, what would be refused and why; of a running cluster also what ends first',
    )
    .argument('[path]', 'a PEM file or a directory; the running cluster when not given')
    .option('--ca <file>', 'the CAs to judge by, instead of ca.pem beside')
    .action((path: string | undefined, options: CommandOptions & { ca?: string }) => {
      if (path === undefined && options.ca !== undefined)
        throw usage('--ca wants a path; a node is judged by its own ca.pem');
      return run(options, (around) => inspectCerts(around, path, options));
    });
  withSigning(withTarget(certs.command('renew')))
    .description('make new certificates for the nodes and write them beside; nothing in use changes')
    .option('--out <dir>', 'where to; certificates/renewed under the base directory when not given')
    .option('--overwrite', 'replace what is there')
    .action((options: CommandOptions & RenewOptions) =>
      run(options, (around) => renewCerts(around, options)),
    );
  withRotation(withTarget(certs.command('rotate')))
    .description('exchange the nodes’ certificates in a running cluster, node by node, without a restart')
    .action((options: CommandOptions & RotateOptions) =>
      run(options, (around) => rotateCerts(around, 'leaf', options)),
    );
  withRotation(withTarget(certs.command('rotate-ca')))
    .description('exchange the CA: both trusted everywhere, new leaves everywhere, the old one dropped')
    .addOption(
      new Option('--until <phase>', 'stop after this phase; run it again to go on')
        .choices(PHASES)
        .conflicts('backOut'),
    )
    .option('--force', 'drop the old CA although somebody still shows a certificate of it')
    .action((options: CommandOptions & RotateOptions) =>
      run(options, (around) => rotateCerts(around, 'ca', options)),
    );
  withTarget(certs.command('revoke'))
    .description('put certificates on the revocation list, and the list into every wallet')
    .argument('[what...]', 'certificate files or serial numbers; none: a new term for the list that there is')
    .option('--authority <dir>', 'where ca.pem and ca-key.pem lie')
    .option('--days <count>', `until the next list is due, ${LIST_DAYS} when not given`, parseDays)
    .action((what: string[], options: CommandOptions & RevokeOptions) =>
      run(options, (around) => revokeCerts(around, what, options)),
    );
}

function withSigning(command: Command): Command {
  return command
    .option(
      '--authority <dir>',
      'where ca.pem and ca-key.pem lie; certificates/ under the base directory when not given',
    )
    .option('--days <count>', 'how long the new ones are good, 365 when not given', parseDays)
    .addOption(keyOption())
    .addOption(new Option('--keep-keys', 'certify the keys that are there again').conflicts('key'))
    .option(
      '--crl-url <url>',
      "where the CA's revocation list is published; where the old certificate says when not given",
      parseCrlUrl,
    );
}

function withRotation(command: Command): Command {
  const making = ['authority', 'days', 'key', 'keepKeys', 'crlUrl'];
  const from = 'take ready-made files, laid out as certs make does, instead of making some';
  const backOut = 'go back to where an unfinished rotation began';
  return withSigning(command)
    .addOption(new Option('--from <dir>', from).conflicts(making))
    .addOption(new Option('--back-out', backOut).conflicts([...making, 'from']));
}

function keyOption(): Option {
  return new Option('--key <type>', 'kind of new keys').choices([...KEY_TYPES]);
}

function parseDays(text: string): number {
  const days = Number(text);
  if (days > 0 && Number.isFinite(days)) return days;
  throw usage(`days are a number greater than 0, not ${text}`);
}

/** Scanners fetch it in clear: whoever checks the list checks its signature. */
function parseCrlUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw usage(`--crl-url wants http://HOST/PATH, not ${text}`);
}

function parseNode(text: string, others: readonly string[] = []): readonly string[] {
  if (/^[\w.-]+=[^,=\s]+(,[^,=\s]+)*$/.test(text)) return [...others, text];
  throw usage(`--node wants NAME=ADDRESS[,ADDRESS…], not ${text}`);
}

/** It becomes part of a file's name. */
function parseName(text: string, others: readonly string[] = []): readonly string[] {
  if (/^[\w.@-]+$/.test(text)) return [...others, text];
  throw usage(`--client wants a name of letters, digits, . - _ @, not ${text}`);
}
