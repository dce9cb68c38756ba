import t from 'tap';
import { decoyAccount } from '../../src/accounts/decoy.ts';
import { LoginFailures } from '../../src/accounts/login-failures.ts';
import { memoryInUse } from './memory-in-use.ts';

t.test('strangers are counted by name, and however long their names are, in little memory', async (t) => {
  const failures = new LoginFailures();
  const control = { threshold: 1, delayMinMs: 60_000, delayMaxMs: 60_000 };
  const key = (user: string) => {
    const { account } = decoyAccount({ all: () => [], run: () => ({ changes: 0 }) }, user);
    return { tenantId: 1, account, stranger: true };
  };
  const count = 2_000;
  failures.closed(key(''), control);
  const before = memoryInUse();
  for (let at = 0; at < count; at++) failures.failed(key(`${at}`.padEnd(15_000, 'x')), control);
  const taken = memoryInUse() - before;
  t.ok(taken < 10 * 1024 * 1024, `${taken} bytes for ${count} strangers`);
  t.ok(failures.closed(key('7'.padEnd(15_000, 'x')), control));
  t.notOk(failures.closed(key(`${count}`.padEnd(15_000, 'x')), control));
});
