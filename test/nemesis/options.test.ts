import { fileURLToPath } from 'node:url';
import { runProgram } from '@sealane/testkit';
import t from 'tap';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

t.test('a kind of faults that there is not is refused before anything starts', async (t) => {
  const result = await runProgram(process.execPath, [MAIN, '--faults', 'kill,nonsense'], {
    timeoutMs: 30_000,
  });
  t.equal(result.code, 2);
  t.match(result.stderr, /--faults: no kind contains "nonsense"; there are kill the leader; /);
  t.equal(result.stdout, '');
});
