import t from 'tap';
import { viewColumns } from '../../src/views/definitions.ts';
import { type ReadinessFacts, type SeenLogin, tlsReadinessRows } from '../../src/views/tls-readiness.ts';

const EARLY = '2026-05-01 10:00:00.000000';
const LATE = '2026-05-01 11:00:00.000000';

function login(change: Partial<SeenLogin>): SeenLogin {
  return {
    tenant: 'test',
    user: 'app',
    accountHost: '%',
    clientHost: '10.0.0.9',
    driver: 'libmariadb',
    driverVersion: '3.3.8',
    lastSeenAt: LATE,
    lastSeenInClearAt: null,
    certificateSubject: '/CN=app',
    ...change,
  };
}

/** What is said of each subject, by kind and name. */
function verdicts(facts: Partial<ReadinessFacts>) {
  const rows = tlsReadinessRows({ accounts: [], logins: [], links: [], nodes: [], ...facts });
  t.ok(rows.every((row) => row.length === viewColumns.DBA_OB_TLS_READINESS.length));
  return Object.fromEntries(
    rows.map((row) => [
      `${row[0]} ${row[2]}`,
      { seen: row[5], inClear: row[6], by: row[7], reason: String(row[8]), advice: row[9] },
    ]),
  );
}

t.test('who comes in clear is locked out by both, who comes without a certificate by one', async (t) => {
  const accounts = ['app', 'batch', 'ready', 'nobody'].map((user) => ({
    tenant: 'test',
    user,
    host: '%',
    sslType: '',
  }));
  const logins = [
    login({ lastSeenInClearAt: LATE, certificateSubject: null }),
    login({ user: 'batch', clientHost: '10.0.0.8', driver: 'mysql-connector-j', certificateSubject: null }),
    login({ user: 'ready', clientHost: '10.0.0.7', driver: 'libmysql' }),
  ];
  const said = verdicts({ accounts, logins });

  t.match(said['USER app'], {
    seen: LATE,
    inClear: LATE,
    by: 'ENCRYPTION,CERTIFICATE',
    reason: 'comes without TLS: 10.0.0.9 with libmariadb 3.3.8',
    advice: /libmariadb: --ssl-ca=ca\.pem/,
  });
  t.match(said['USER batch'], {
    inClear: null,
    by: 'CERTIFICATE',
    reason: /without a certificate: 10\.0\.0\.8/,
  });
  t.match(said['USER ready'], { by: null, advice: "ALTER USER 'ready'@'%' REQUIRE X509 holds it to that" });
  t.match(said['USER nobody'], { by: 'UNKNOWN', reason: 'no login since the nodes were started' });
  t.match(said['HOST 10.0.0.9'], { by: 'ENCRYPTION,CERTIFICATE', reason: /'app'@'%' with libmariadb/ });
  t.match(said['HOST 10.0.0.7'], { by: null });
  t.match(said['DRIVER libmariadb 3.3.8'], {
    by: 'ENCRYPTION,CERTIFICATE',
    reason: /'app'@'%' from 10\.0\.0\.9/,
  });
});

t.test('who has turned to TLS is ready, however it came before; one client in clear is enough', async (t) => {
  const accounts = [{ tenant: 'test', user: 'app', host: '%', sslType: 'X509' }];
  const turned = login({ lastSeenInClearAt: EARLY });
  t.match(verdicts({ accounts, logins: [turned] })['USER app'], { inClear: EARLY, by: null, advice: null });
  const other = login({ clientHost: '10.0.0.8', lastSeenAt: EARLY, lastSeenInClearAt: EARLY });
  t.match(verdicts({ accounts, logins: [turned, other] })['USER app'], {
    seen: LATE,
    inClear: EARLY,
    by: 'ENCRYPTION,CERTIFICATE',
    reason: 'comes without TLS: 10.0.0.8 with libmariadb 3.3.8',
  });
});

t.test('links and nodes are judged too', async (t) => {
  const link = { from: 'a:1', to: 'b:1', openedAt: EARLY, lastClearAt: LATE, modeReason: null };
  const said = verdicts({
    links: [
      { ...link, mode: 'PLAIN' },
      { ...link, to: 'c:1', mode: 'AUTHENTICATED', modeReason: 'a new link would be ENCRYPTED' },
      { ...link, to: 'd:1', mode: 'ENCRYPTED', lastClearAt: null },
    ],
    nodes: [
      { server: 'a:1', answers: true, fault: undefined },
      { server: 'b:1', answers: true, fault: 'ssl file not available: ca.pem is missing' },
      { server: 'c:1', answers: false, fault: undefined },
    ],
  });

  t.match(said['LINK a:1 to b:1'], {
    inClear: LATE,
    by: 'ENCRYPTION,CERTIFICATE',
    advice: /encryption enable/,
  });
  t.match(said['LINK a:1 to c:1'], { by: 'ENCRYPTION', advice: 'ALTER SYSTEM RENEW RPC LINKS' });
  t.match(said['LINK a:1 to d:1'], { by: null });
  t.match(said['NODE a:1'], { by: null });
  t.match(said['NODE b:1'], { by: 'ENCRYPTION,CERTIFICATE', reason: /ca\.pem is missing/ });
  t.match(said['NODE c:1'], { by: 'UNKNOWN', reason: /does not answer/ });
});
