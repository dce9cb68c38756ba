import t from 'tap';
import { type LoginAttempt, LoginAudit } from '../../src/accounts/login-audit.ts';
import { driverOf, LoginSummaries } from '../../src/accounts/login-summary.ts';
import { memoryInUse } from './memory-in-use.ts';

const attempt: LoginAttempt = {
  at: 0,
  tenantId: 1,
  tenant: 'sys',
  user: 'ann',
  accountHost: '%',
  clientHost: '10.0.0.9',
  clientPort: 40_000,
  connectionId: 1,
  clientPlugin: 'mysql_native_password',
  plugin: 'mysql_native_password',
  tlsProtocol: undefined,
  tlsCipher: undefined,
  subject: undefined,
  issuer: undefined,
  driver: '',
  driverVersion: '',
  errno: 0,
  reason: '',
};

t.test('the audit keeps the last attempts, oldest first, and none of them large', async (t) => {
  const audit = new LoginAudit(3);
  for (const at of [1, 2]) audit.record({ ...attempt, at });
  t.strictSame(
    audit.attempts().map(({ at }) => at),
    [1, 2],
  );
  for (const at of [3, 4, 5]) audit.record({ ...attempt, at });
  t.strictSame(
    audit.attempts().map(({ at }) => at),
    [3, 4, 5],
  );
  const long = 'x'.repeat(10_000);
  audit.record({ ...attempt, user: long, tenant: long, plugin: long, clientPlugin: long });
  const last = audit.attempts().at(-1);
  t.strictSame([last?.user.length, last?.tenant.length], [128, 128]);
  t.strictSame([last?.plugin.length, last?.clientPlugin.length], [128, 128]);
});

t.test("a stranger's certificate and a reason that quotes it stay small as well", async (t) => {
  const audit = new LoginAudit();
  const name = 'x'.repeat(50_000);
  audit.record({ ...attempt, subject: name, issuer: name, reason: `${name} is refused` });

  const [last] = audit.attempts();
  t.strictSame([last?.subject?.length, last?.issuer?.length, last?.reason.length], [512, 512, 512]);
});

t.test('a short name out of a long text does not keep that text', async (t) => {
  const [audit, summaries] = [new LoginAudit(), new LoginSummaries()];
  const count = 2_000;
  const before = memoryInUse();
  for (let at = 0; at < count; at++) {
    const text = Buffer.alloc(15_000, `${at}, and so on; `).toString('latin1');
    const attributes = new Map([['_client_name', text]]);
    audit.record({ ...attempt, user: text.slice(0, 100), ...driverOf(attributes) });
    summaries.record({
      tenant: 'sys',
      user: 'u',
      accountHost: '%',
      clientHost: '',
      attributes,
      tls: undefined,
    });
  }
  const taken = memoryInUse() - before;
  t.ok(taken < 10 * 1024 * 1024, `${taken} bytes for ${count} attempts`);
  t.strictSame([audit.attempts().length, summaries.rows().length], [count, count]);
});
