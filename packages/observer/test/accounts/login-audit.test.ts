import t from 'tap';
import { type LoginAttempt, LoginAudit } from '../../src/accounts/login-audit.ts';

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
  audit.record({ ...attempt, user: 'u'.repeat(10_000), tenant: 't'.repeat(10_000) });
  const last = audit.attempts().at(-1);
  t.strictSame([last?.user.length, last?.tenant.length], [128, 128]);
});

t.test("a stranger's certificate and a reason that quotes it stay small as well", async (t) => {
  const audit = new LoginAudit();
  const name = 'x'.repeat(50_000);
  audit.record({ ...attempt, subject: name, issuer: name, reason: `${name} is refused` });

  const [last] = audit.attempts();
  t.strictSame([last?.subject?.length, last?.issuer?.length, last?.reason.length], [512, 512, 512]);
});
