import { type Command, Option } from 'commander';
import { type Run, usage, withTarget } from './command-line.ts';
import { type EncryptionCommand, encryption } from './encryption.ts';
import type { CommandOptions } from './surroundings.ts';
import type { VerifyOptions } from './verify-encryption.ts';

export function addEncryption(program: Command, run: Run): void {
  withTarget(program.command('encryption'))
    .description('plan, enable, disable or verify encryption of the links between nodes')
    .argument('<what>', 'plan | enable | disable | verify', parseWhat)
    .option('--yes', 'ask nothing')
    .option(
      '--since <time>',
      'verify: since when no byte may have gone in clear: a time, or 90s, 10m, 2h ago',
    )
    .addOption(new Option('--kind <kind>', 'verify: only these links').choices(['rpc', 'sql']))
    .action((what: EncryptionCommand, options: CommandOptions & VerifyOptions & { yes?: true }) => {
      if (what !== 'verify' && (options.since ?? options.kind) !== undefined)
        throw usage('--since and --kind are for encryption verify');
      return run(options, (around) => encryption(around, what, { ...options, yes: options.yes === true }));
    });
}

function parseWhat(text: string): string {
  if (['plan', 'enable', 'disable', 'verify'].includes(text)) return text;
  throw usage(`encryption wants plan, enable, disable or verify, not ${text}`);
}
