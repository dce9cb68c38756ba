import { spawn } from 'node:child_process';
import { ObError } from '@sealane/errors';

/** Enough for a wallet, or the lines of a log that are asked for. */
const OUTPUT_SIZE_MAX = 4 * 1024 * 1024;
/** So much of what a command says goes into an error. */
const WORDS_SIZE_MAX = 1_000;
/** What a command has started in the background may hold its output open: its last bytes are waited for this long. */
const LAST_BYTES_MS = 100;

export interface CommandRequest {
  /** For people: `stop of observer-1`. */
  readonly what: string;
  /** A program and its arguments; no shell reads them. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
  /** For its standard input; nothing of it appears anywhere else. */
  readonly input?: string;
  /** Its standard output may be a secret: errors show only what it wrote to stderr. */
  readonly secret?: boolean;
}

export interface CommandOutcome {
  readonly code: number;
  readonly output: string;
  /** The end of what it said, fit for a message. */
  readonly words: string;
}

/**
 * Runs a program to its end, whatever it ends with.
 *
 * @throws ObError OB_INVALID_CONFIG when it can't be started, OB_TIMEOUT when it takes too long: then it is killed with all that
 * it started
 */
export async function runCommand(request: CommandRequest): Promise<CommandOutcome> {
  const { what, command, timeoutMs, input = '', secret = false } = request;
  const [file = '', ...args] = command;
  // A group of its own, so that a deadline ends what the command has started as well.
  const child = spawn(file, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const out = collect(child.stdout);
  const errors = collect(child.stderr);
  child.stdin.on('error', () => undefined); // It may end without reading what it was given.
  child.stdin.end(input);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', (cause) => reject(notStarted(what, file, cause)));
  child.once('exit', (code) => resolve(code ?? -1));
  const timer = setTimeout(() => {
    killGroup(child.pid);
    reject(tooLate(what, file, timeoutMs, wordsOf(errors(), secret ? '' : out())));
  }, timeoutMs);
  try {
    const code = await promise;
    await Promise.race([
      new Promise((done) => child.once('close', done)),
      new Promise((done) => setTimeout(done, LAST_BYTES_MS)),
    ]);
    return { code, output: out(), words: wordsOf(errors(), secret ? '' : out()) };
  } finally {
    clearTimeout(timer);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    child.unref();
  }
}

/** The same, for a command that is to end with 0. @throws ObError OB_ERR_UNEXPECTED with the end of what it said */
export async function runToSuccess(request: CommandRequest): Promise<string> {
  const { code, output, words } = await runCommand(request);
  if (code === 0) return output;
  throw failed(request, code, words);
}

export function failed({ what, command }: CommandRequest, code: number, words: string): ObError {
  const said = words === '' ? 'it said nothing' : words;
  const message = `${what} (${command[0]} …) ended with ${code}: ${said}`;
  return new ObError('OB_ERR_UNEXPECTED', [], { message });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= OUTPUT_SIZE_MAX) chunks.push(chunk);
  });
  stream.on('error', () => undefined);
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Arguments are never shown: they may hold a password. Nor are private keys, whoever printed them. */
function wordsOf(errors: string, output: string): string {
  const said = errors.trim() === '' ? output : errors;
  return said
    .replaceAll(
      /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
      '(a private key)',
    )
    .slice(-WORDS_SIZE_MAX)
    .trim();
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone in the meantime.
  }
}

function notStarted(what: string, file: string, cause: Error): ObError {
  const message = `${what}: ${file} can't be started: ${cause.message}`;
  return new ObError('OB_INVALID_CONFIG', [], { message, cause });
}

function tooLate(what: string, file: string, timeoutMs: number, words: string): ObError {
  const said = words === '' ? 'it said nothing' : words;
  const message = `${what} (${file} …) did not end within ${timeoutMs / 1000} s and was killed: ${said}`;
  return new ObError('OB_TIMEOUT', [], { message });
}
