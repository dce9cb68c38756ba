import { type Command, Option } from 'commander';
import type { ToolDirectory } from '../preflight/tool-wallets.ts';
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
    .option(
      '--tool-wallet <name=dir>',
      'plan: the wallet (ca.pem, client-cert.pem, client-key.pem) of a tool that dials the nodes; may be repeated',
      parseTool,
    )
    .action(
      (
        what: EncryptionCommand,
        options: CommandOptions & VerifyOptions & { yes?: true; toolWallet?: readonly ToolDirectory[] },
      ) => {
        if (what !== 'verify' && (options.since ?? options.kind) !== undefined)
          throw usage('--since and --kind are for encryption verify');
        if (what !== 'plan' && options.toolWallet !== undefined)
          throw usage('--tool-wallet is for encryption plan');
        return run(options, (around) =>
          encryption(around, what, { ...options, tools: options.toolWallet, yes: options.yes === true }),
        );
      },
    );
}

function parseWhat(text: string): string {
  if (['plan', 'enable', 'disable', 'verify'].includes(text)) return text;
  throw usage(`encryption wants plan, enable, disable or verify, not ${text}`);
}

function parseTool(text: string, others: readonly ToolDirectory[] = []): readonly ToolDirectory[] {
  const [, name, directory] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || directory === undefined)
    throw usage(`--tool-wallet wants NAME=DIR, for instance obcdc=/opt/obcdc/wallet, not ${text}`);
  return [...others, { name, directory }];
}
