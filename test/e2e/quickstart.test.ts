import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '@sealane/testkit';
import t from 'tap';

const FILE_TIMEOUT_MS = 200_000;
const SCRIPTS = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'scripts');
const SCRIPT_TIMEOUT_MS = 120_000;

// Real clusters take their time where the machine is busy.
t.setTimeout(FILE_TIMEOUT_MS);

t.test('the quickstart ends well, a second time too, and the other scripts go on from there', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sealane-quickstart-'));
  const script = (name: string, ...args: string[]) =>
    runProgram(join(SCRIPTS, name), [...args, '--base-dir', directory], { timeoutMs: SCRIPT_TIMEOUT_MS });
  t.teardown(async () => {
    await runProgram('npx', ['--no-install', 'cluster-controller', 'down', '--base-dir', directory], {
      timeoutMs: SCRIPT_TIMEOUT_MS,
    });
    rmSync(directory, { recursive: true, force: true });
  });

  for (const run of ['first', 'second']) {
    const result = await script('quickstart');
    t.equal(result.code, 0, `${run}: ${result.stdout.slice(-2_000)}${result.stderr}`);
    t.match(result.stdout, /6 of 6 links PLAIN, 0 ENCRYPTED[\s\S]*0 of 6 links PLAIN, 6 ENCRYPTED/);
    t.match(result.stdout, /0 statements failed; \d+ rows acknowledged, all there through each node/);
    t.match(result.stdout, /link ends: 12 RPC ENCRYPTED, \d+ PROXY ENCRYPTED, \d+ SQL ENCRYPTED/);
    t.comment(/all of it.*/.exec(result.stdout)?.[0] ?? '');
  }

  const disabled = await script('disable-rpc-encryption', '--yes', '--json');
  t.equal(disabled.code, 0, disabled.stderr);
  t.match(JSON.parse(disabled.stdout), { plain_links: 6 });
  const restarted = await script('rolling-restart', '--json');
  t.equal(restarted.code, 0, restarted.stderr);
  const enabled = await script('enable-rpc-encryption', '--yes', '--json');
  t.equal(enabled.code, 0, enabled.stderr);
  t.match(JSON.parse(enabled.stdout), { plain_links: 0, encrypted_links: 6 });
});
