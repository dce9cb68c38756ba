import type { Command } from 'commander';
import { type Run, usage, withTarget } from './command-line.ts';
import { type ReportOptions, report } from './report.ts';
import { type VerifyReportOptions, verifyReport } from './report-verify.ts';
import type { CommandOptions } from './surroundings.ts';

export function addReport(program: Command, run: Run): void {
  const command = withTarget(program.command('report'))
    .description('write a bundle of evidence about encryption, signed, or verify one')
    .option('--out <dir>', 'where to; a new or empty directory')
    .option('--run <id>', 'the run it tells of; the last encryption enable when not given')
    .option('--since <time>', 'since when no byte may have gone in clear, as encryption verify takes it')
    .option(
      '--key <file>',
      'Ed25519 key to sign with, PEM; one of its own, made at first use, when not given',
    )
    .option('--capture <file>', 'a capture of the wire to look at, pcap or pcapng')
    .option('--marker <text>', 'a text that went through the cluster then and must not be in the capture')
    .option(
      '--tap [seconds]',
      'listen to this machine meanwhile, 3 seconds when not said; as root',
      parseSeconds,
    )
    .option(
      '--probe-certificates <dir>',
      'expired-cert.pem, expired-key.pem, revoked-cert.pem, revoked-key.pem, where the CA’s key is not here',
    )
    .action((options: CommandOptions & ReportOptions) => {
      if (options.out === undefined) throw usage('report wants --out DIR, or verify DIR');
      if (options.marker !== undefined && options.capture === undefined)
        throw usage('--marker is for --capture; --tap sends one of its own');
      return run(options, (around) => report(around, options));
    });
  command
    .command('verify')
    .exitOverride()
    .description('check a bundle, offline: every byte of every file, the chain, the signature')
    .argument('<dir>', 'the bundle')
    .option(
      '--public-key <key>',
      'who must have signed it: the fingerprint, or a file with the public key, PEM',
    )
    .option('--json', 'one JSON object on stdout, nothing else')
    .action((directory: string, _options: unknown, self: Command) => {
      const options: CommandOptions & VerifyReportOptions = self.optsWithGlobals();
      return run(options, (around) => verifyReport(around, directory, options));
    });
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 600) return seconds;
  throw usage(`--tap wants 1 to 600 seconds, not ${text}`);
}
