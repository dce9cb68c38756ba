import { isObError, ObError } from '@sealane/errors';
import type { Encrypter, ViewAnswer } from '@sealane/ob-rpc';
import { TransportSecurity } from '@sealane/transport-security';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import packageFile from '../package.json' with { type: 'json' };
import { AdminLink } from './admin-link.ts';
import { type AdminCommand, commands, findCommand, fits } from './commands.ts';
import type { Comparison } from './compare-replicas.ts';
import { runLogTool } from './log-tool/log-tool.ts';
import { tableJson, tableText } from './table.ts';

interface Flags {
  readonly host: string;
  readonly port: number;
  readonly timeout: number;
  readonly ssl?: 'intl';
  readonly wallet: string;
  readonly json?: true;
}

const exitCodes = { failed: 1, usage: 2, refused: 3 };
const logToolAbout = 'log segments on disk, entry by entry, and what is damaged; no server has to run';
const WIDTH_WITHOUT_TERMINAL = 400;

async function main(): Promise<void> {
  const program = new Command('ob_admin')
    .description('Looks into one server by OB-RPC, when SQL cannot')
    .version(packageFile.version)
    .helpOption('--help', 'display help')
    .exitOverride()
    .option('-h, --host <address>', "the server's address", '127.0.0.1')
    .option('-p, --port <port>', "the server's RPC port", parsePort, 2882)
    .option('-t, --timeout <microseconds>', 'of the request', parseMicroseconds, 3_000_000)
    .addOption(
      new Option('-s, --ssl <mode>', 'speak TLS, with the client certificate of the wallet').choices([
        'intl',
      ]),
    )
    .option('--wallet <directory>', 'ca.pem, client-cert.pem and client-key.pem', 'wallet')
    .option('--json', 'rows as JSON')
    .argument('<command>')
    .argument('[arguments...]')
    .addHelpText('after', `\nCommands:\n${commandList()}\nExit codes: 0 done, 1 failed, 2 usage, 3 refused.`)
    .action((name: string, words: string[], flags: Flags) => run(name, words, flags));
  await program.parseAsync();
}

async function run(name: string, words: readonly string[], flags: Flags): Promise<void> {
  if (name === 'log_tool') {
    lookAtLog(words, flags.json === true);
    return;
  }
  const command = findCommand(name);
  if (!fits(command, words.length))
    throw new CommanderError(exitCodes.usage, 'usage', `usage: ob_admin … ${name} ${command.arguments}`);
  const encrypter = flags.ssl === undefined ? undefined : encrypterOf(flags.wallet);
  const connect = (host: string, port: number) =>
    new AdminLink({ host, port, timeoutMs: flags.timeout / 1000, encrypter });
  const link = connect(flags.host, flags.port);
  try {
    const result = await command.run(link, words, connect);
    const answer = typeof result === 'object' && 'answer' in result ? result.answer : result;
    process.stdout.write(flags.json === true ? jsonText(answer) : peoplesText(answer, command.forPeople));
    if (answer !== result && !(result as Comparison).equal) process.exitCode = exitCodes.failed;
  } finally {
    await link.close();
  }
}

/** On disk: nobody has to run. */
function lookAtLog(words: readonly string[], json: boolean): void {
  const { answer, damaged } = runLogTool(words);
  process.stdout.write(json ? jsonText(answer) : peoplesText(answer, undefined));
  if (damaged) process.exitCode = exitCodes.failed;
}

function jsonText(answer: ViewAnswer | string): string {
  return typeof answer === 'string' ? `${JSON.stringify({ done: answer })}\n` : tableJson(answer);
}

function peoplesText(answer: ViewAnswer | string, forPeople: AdminCommand['forPeople']): string {
  if (typeof answer === 'string') return `${answer}\n`;
  return tableText(forPeople?.(answer) ?? answer, process.stdout.columns ?? WIDTH_WITHOUT_TERMINAL);
}

/** @throws ObError OB_INVALID_CONFIG when the wallet is of no use */
function encrypterOf(walletDirectory: string): Encrypter {
  const security = new TransportSecurity({
    walletDirectory,
    role: 'client',
    logger: { info() {}, warn: (fields, message) => warn(message, fields) },
  });
  security.reload({ sslClientAuthentication: true, sqlMinTlsVersion: 'none' }, 'start');
  return security;
}

function warn(message: string, fields: object): void {
  process.stderr.write(`ob_admin: ${message} ${JSON.stringify(fields)}\n`);
}

function commandList(): string {
  const logTool = { name: 'log_tool', arguments: 'dump_log|stat path…', about: logToolAbout };
  return [...commands, logTool]
    .map(({ name, arguments: words, about }) => `  ${`${name} ${words}`.padEnd(36)}${about}`)
    .join('\n');
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('a port is a number from 1 to 65535.');
}

function parseMicroseconds(text: string): number {
  const microseconds = Number(text);
  if (Number.isInteger(microseconds) && microseconds > 0) return microseconds;
  throw new InvalidArgumentError('a timeout is a number of microseconds.');
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (!(error instanceof ObError)) return exitCodes.failed;
  if (error.name === 'OB_INVALID_ARGUMENT') return exitCodes.usage;
  return error.name === 'OB_OP_NOT_ALLOW' ? exitCodes.refused : exitCodes.failed;
}

try {
  await main();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  if (error instanceof CommanderError && error.code !== 'usage') {
    // Commander has printed it.
  } else if (isObError(error) || error instanceof Error) process.stderr.write(`ob_admin: ${error.message}\n`);
}
