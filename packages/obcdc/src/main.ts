import { readFileSync } from 'node:fs';
import { isObError } from '@sealane/errors';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import pino from 'pino';
import packageFile from '../package.json' with { type: 'json' };
import { parseConfig, settings } from './config.ts';
import { type FormatName, formatNames, makeFormat } from './formats/formats.ts';
import type { Logger } from './logger.ts';
import { Obcdc } from './obcdc.ts';
import { FileOutput, StreamOutput } from './output.ts';
import { PositionFile } from './position.ts';
import { tail } from './tail.ts';

interface Flags extends Record<string, unknown> {
  readonly config?: string;
  readonly format: FormatName;
  readonly output?: string;
  readonly position?: string;
  readonly startTimestamp?: number;
  readonly startTimestampUs?: number;
  readonly runSeconds?: number;
  readonly verbose?: true;
}

const exitCodes = { failed: 1, usage: 2 };

async function main(): Promise<void> {
  const program = new Command('obcdc_tailf')
    .description("Follows a cluster's committed changes, and writes them out")
    .version(packageFile.version)
    .exitOverride()
    .option('-f, --config <file>', 'settings, name=value a line; what stands here comes first')
    .addOption(new Option('--format <name>', 'how records are written').choices(formatNames).default('json'))
    .option('-o, --output <file>', 'append to a file, each record once, not to standard output')
    .option('--position <file>', 'go on where this says, and note there how far it came')
    .option(
      '-t, --start-timestamp <seconds>',
      'changes since then (seconds since 1970); now when left out',
      parseNumber,
    )
    .option('-T, --start-timestamp-us <microseconds>', 'the same in microseconds', parseNumber)
    .option('-R, --run-seconds <seconds>', 'end after so long', parseNumber)
    .option('-v, --verbose', 'say on standard error what it does');
  for (const [name, { info, default: standard }] of Object.entries(settings)) {
    program.option(`--${name} <value>`, standard === '' ? info : `${info} (${Number(standard) || standard})`);
  }
  program.parse();
  await run(program.opts<Flags>());
}

async function run(flags: Flags): Promise<void> {
  const bookmarks = flags.position === undefined ? undefined : new PositionFile(flags.position);
  const { positions, outputSize } = bookmarks?.read() ?? { positions: [], outputSize: 0 };
  const startTimeUs = flags.startTimestampUs ?? (flags.startTimestamp && flags.startTimestamp * 1_000_000);
  const cdc = new Obcdc({
    config: configFrom(flags),
    positions,
    ...(startTimeUs === undefined ? {} : { startTimeUs }),
    logger: loggerFor(flags.verbose === true),
  });
  const output =
    flags.output === undefined ? new StreamOutput(process.stdout) : new FileOutput(flags.output, outputSize);
  const stop = (): void => void cdc.stop();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const timer = flags.runSeconds === undefined ? undefined : setTimeout(stop, flags.runSeconds * 1000);
  try {
    await tail({ cdc, format: makeFormat(flags.format), output, bookmarks, positions });
  } finally {
    clearTimeout(timer);
    output.close();
  }
}

function configFrom(flags: Flags): Record<string, string> {
  const fromFile = flags.config === undefined ? {} : parseConfig(readFileSync(flags.config, 'utf8'));
  const password = process.env['OBCDC_CLUSTER_PASSWORD'];
  const typed = Object.keys(settings).flatMap((name) =>
    typeof flags[name] === 'string' ? [[name, flags[name]]] : [],
  );
  return {
    ...fromFile,
    ...(password === undefined ? {} : { cluster_password: password }),
    ...Object.fromEntries(typed),
  };
}

/** Standard output is for records. */
function loggerFor(verbose: boolean): Logger {
  return pino({ level: verbose ? 'debug' : 'warn', base: {} }, pino.destination(2));
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('a number is wanted.');
}

try {
  await main();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  else {
    process.stderr.write(`obcdc_tailf: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = isObError(error, 'OB_INVALID_CONFIG') ? exitCodes.usage : exitCodes.failed;
  }
}
