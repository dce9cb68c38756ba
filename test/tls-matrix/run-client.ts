import { runProgram } from '@sealane/testkit';
import type { Client, Verdict } from './matrix.ts';

const TIMEOUT_MS = 20_000;

/** Lets the `mariadb` client log in once, and says how that ended. */
export async function runClient(
  { args }: Client,
  { user, password, port }: { readonly user: string; readonly password: string; readonly port: number },
): Promise<Verdict> {
  const address = ['--host=127.0.0.1', `--port=${port}`, `--user=${user}`, `--password=${password}`];
  const options = ['--no-defaults', ...address, ...args, '--batch', '--skip-column-names'];
  const { code, stdout, stderr } = await runProgram('mariadb', [...options, '-e', 'SELECT 7'], {
    timeoutMs: TIMEOUT_MS,
  });
  if (code === 0 && stdout.trim() === '7') return 'in';
  const errno = /ERROR (\d+)/.exec(stderr)?.[1];
  if (errno === undefined) throw new Error(`the client said neither a row nor an error: ${stderr}${stdout}`);
  return tlsErrors.has(errno) ? 'TLS' : errno;
}

/** The connection was lost, or TLS failed: which of them depends on who closes first. */
const tlsErrors = new Set(['2013', '2006', '2026']);
