import { spawn, spawnSync } from 'node:child_process';
import { cachingSha2Hash } from '@sealane/mysql-protocol';
import t, { type Test } from 'tap';
import type { LoginBook } from '../../src/mysql-front/index.ts';
import { makeTestCertificates } from '../mysql-front/certificates.ts';
import { secureWith } from '../mysql-front/fake-session.ts';
import { serve } from '../mysql-front/serve.ts';
import { AccountTable, accountsOver } from './account-table.ts';

t.setTimeout(120_000);
const lacks = spawnSync('mariadb', ['--version']).status === 0 ? false : 'no mariadb client here';
const certificates = makeTestCertificates(t.testdir({}));
const password = 'a password';

/** A server that remembers nobody, and what its audit says of each client. */
async function served(t: Test, { tls }: { readonly tls: boolean }) {
  const server = await serve(t);
  const reasons: string[] = [];
  const row = {
    user: 'u2',
    plugin: 'caching_sha2_password',
    authentication_string: cachingSha2Hash(password),
  };
  const accounts = accountsOver(t, new AccountTable(row));
  const audit: LoginBook = {
    attempted: ({ reason }) => {
      reasons.push(reason);
    },
    accepted: () => undefined,
  };
  Object.assign(server.fake.ports, { accounts, audit });
  if (tls) server.fake.secureInbound = secureWith(certificates);
  return { port: server.port, reasons };
}

function logIn(port: number, ...more: readonly string[]): Promise<{ status: number | null; stderr: string }> {
  const address = ['--no-defaults', '--host=127.0.0.1', `--port=${port}`, '--protocol=tcp'];
  const child = spawn(
    'mariadb',
    [...address, '--user=u2@test', `--password=${password}`, ...more, '-e', 'insert x'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 20_000,
    },
  );
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stderr }));
  });
}

t.test('a caching_sha2_password over TLS goes in clear, within it', { skip: lacks }, async (t) => {
  const { port, reasons } = await served(t, { tls: true });

  for (const _ of ['the long way', 'the short one'])
    t.match(await logIn(port, '--ssl', `--ssl-ca=${certificates.caFile}`), { status: 0 });

  t.strictSame(reasons, ['', '']);
});

t.test('without TLS it goes under the RSA key, if the client knows that', { skip: lacks }, async (t) => {
  const { port, reasons } = await served(t, { tls: false });

  // It would take TLS: it believes to have it, and sends the password as it is.
  t.match(await logIn(port, '--ssl'), { status: 1, stderr: /ERROR 1045/ });
  t.match(await logIn(port, '--skip-ssl'), { status: 0 });
  t.match(await logIn(port, '--ssl'), { status: 0 }, 'the short way is the same for all');
  t.match(await logIn(port, '--skip-ssl', '--password=wrong'), { status: 1, stderr: /ERROR 1045/ });

  t.strictSame(reasons, ['password came in clear text, without TLS', '', '', 'password is wrong']);
});
