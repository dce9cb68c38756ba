import { type Command, Option } from 'commander';
import type { OverrideRequest } from '../override.ts';
import type { ToolDirectory } from '../preflight/tool-wallets.ts';
import { OVERRIDE_FLAG, OVERRIDE_HELP, parseOverride, type Run, usage, withTarget } from './command-line.ts';
import { ENCRYPTION_COMMANDS, type EncryptionCommand, encryption } from './encryption.ts';
import type { CommandOptions } from './surroundings.ts';
import type { VerifyOptions } from './verify-encryption.ts';

export function addEncryption(program: Command, run: Run): void {
  withTarget(program.command('encryption'))
    .description(
      'plan, enable, disable or verify encryption of the links between nodes; pause, resume or back out of what is under way',
    )
    .argument('<what>', ENCRYPTION_COMMANDS.join(' | '), parseWhat)
    .option('--yes', 'enable, disable: ask nothing')
    .option(
      '--require',
      'enable, plan: refuse clear text, from nodes and from clients, once all of it is encrypted',
    )
    .addOption(
      new Option(
        '--strategy <strategy>',
        'enable, disable, plan: restart node by node, or recycle: renew the links one node after the other, without a restart',
      ).choices(['restart', 'recycle']),
    )
    .option(
      '--soak <time>',
      'how long the first node that was restarted is watched before the second: 1s when not given, or 500ms, 10m; 0 for not at all',
      parseSoak,
    )
    .option(
      '--error-budget <count>',
      "failed statements of the controller's own after which the roll stops, 5 when not given",
      parseBudget,
    )
    .option(OVERRIDE_FLAG, `resume: ${OVERRIDE_HELP}`, parseOverride)
    .option(
      '--since <time>',
      'verify: since when no byte may have gone in clear: a time, or 90s, 10m, 2h ago',
    )
    .option('--capture <file>', 'verify with --dialect oceanbase: a capture of the wire, pcap or pcapng')
    .addOption(new Option('--kind <kind>', 'verify: only these links').choices(['rpc', 'sql']))
    .option(
      '--tool-wallet <name=dir>',
      'plan: the wallet (ca.pem, client-cert.pem, client-key.pem) of a tool that dials the nodes; may be repeated',
      parseTool,
    )
    .action((what: EncryptionCommand, options: EncryptionOptions) => {
      checkUsage(what, options);
      const {
        toolWallet: tools,
        require,
        yes,
        soak: soakMs,
        errorBudget,
        strategy: given,
        override,
        ...rest
      } = options;
      const strategy = given === 'recycle' ? given : undefined;
      const runOptions = {
        ...(soakMs === undefined ? {} : { soakMs }),
        ...(errorBudget === undefined ? {} : { errorBudget }),
      };
      const climb = { yes: yes === true, require: require === true, strategy, override, run: runOptions };
      return run(options, (around) => encryption(around, what, { ...rest, tools, climb }));
    });
}

type EncryptionOptions = CommandOptions &
  VerifyOptions & {
    readonly yes?: true;
    readonly require?: true;
    readonly strategy?: 'restart' | 'recycle';
    /** Milliseconds. */
    readonly soak?: number;
    readonly errorBudget?: number;
    readonly override?: OverrideRequest;
    readonly toolWallet?: readonly ToolDirectory[];
    readonly capture?: string;
  };

/** An option that does nothing is a mistake of whoever gave it. */
function checkUsage(what: EncryptionCommand, options: EncryptionOptions): void {
  const rules: readonly [keyof EncryptionOptions, string, readonly EncryptionCommand[]][] = [
    ['since', '--since', ['verify']],
    ['kind', '--kind', ['verify']],
    ['toolWallet', '--tool-wallet', ['plan']],
    ['capture', '--capture', ['verify']],
    ['require', '--require', ['plan', 'enable']],
    ['strategy', '--strategy', ['plan', 'enable', 'disable']],
    ['override', '--override', ['resume']],
    ['soak', '--soak', ['enable', 'disable', 'resume', 'back-out']],
    ['errorBudget', '--error-budget', ['enable', 'disable', 'resume', 'back-out']],
  ];
  if (options.dialect === 'oceanbase') {
    if (options.require === true) throw usage('--require wants views and variables that OceanBase has not');
    if (options.strategy === 'recycle')
      throw usage('--strategy recycle wants a statement that OceanBase has not');
  }
  const seenOnly = options.dialect === 'oceanbase';
  if (what === 'verify' && !seenOnly && options.capture !== undefined)
    throw usage(
      '--capture is for --dialect oceanbase; here the ledgers tell, and report takes captures as well',
    );
  if (what === 'verify' && seenOnly && (options.since ?? options.kind) !== undefined)
    throw usage('--since and --kind want ledgers, which OceanBase has not');
  for (const [option, flag, commands] of rules) {
    if (options[option] !== undefined && !commands.includes(what))
      throw usage(`${flag} is for encryption ${commands.join(', ')}`);
  }
}

function parseWhat(text: string): string {
  if (ENCRYPTION_COMMANDS.some((command) => command === text)) return text;
  throw usage(`encryption wants one of ${ENCRYPTION_COMMANDS.join(', ')}, not ${text}`);
}

function parseTool(text: string, others: readonly ToolDirectory[] = []): readonly ToolDirectory[] {
  const [, name, directory] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || directory === undefined)
    throw usage(`--tool-wallet wants NAME=DIR, for instance obcdc=/opt/obcdc/wallet, not ${text}`);
  return [...others, { name, directory }];
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** @returns milliseconds */
function parseSoak(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const scale = unitsMs[unit ?? (count === '0' ? 'ms' : '')];
  if (count === undefined || scale === undefined)
    throw usage(`--soak wants a time like 500ms, 10s, 5m, not ${text}`);
  return Number(count) * scale;
}

function parseBudget(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usage(`--error-budget wants a number of statements, not ${text}`);
}
