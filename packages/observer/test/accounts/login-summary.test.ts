import t from 'tap';
import { type AcceptedLogin, LoginSummaries } from '../../src/accounts/login-summary.ts';

const tls = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' };
const peer = {
  verified: true,
  subject: '/CN=ann',
  issuer: '/CN=ca',
  commonName: 'ann',
  sha256: '',
  expiresAt: 0,
};

function login(change: Partial<AcceptedLogin> = {}): AcceptedLogin {
  return {
    tenant: 'sys',
    user: 'ann',
    accountHost: '%',
    clientHost: '10.0.0.9',
    attributes: new Map([
      ['_client_name', 'libmariadb'],
      ['_client_version', '3.3.8'],
    ]),
    tls: undefined,
    ...change,
  };
}

t.test('a summary remembers the last login in clear while the same client comes with TLS', async (t) => {
  let now = 100;
  const summaries = new LoginSummaries({ now: () => now });

  summaries.record(login());
  now = 200;
  summaries.record(login({ tls: { ...tls, peer } }));

  t.strictSame(summaries.rows(), [
    {
      tenant: 'sys',
      user: 'ann',
      accountHost: '%',
      clientHost: '10.0.0.9',
      driver: 'libmariadb',
      driverVersion: '3.3.8',
      lastSeenAt: 200,
      lastSeenInClearAt: 100,
      lastCertificateSubject: '/CN=ann',
    },
  ]);
});

t.test(
  'drivers, clients and accounts have rows of their own, and the longest unseen makes room',
  async (t) => {
    const summaries = new LoginSummaries({ rowsMax: 2 });

    summaries.record(login({ clientHost: '10.0.0.1' }));
    summaries.record(login({ clientHost: '10.0.0.2' }));
    summaries.record(login({ clientHost: '10.0.0.1' }));
    summaries.record(login({ attributes: new Map([['_client_name', 'x'.repeat(500)]]) }));

    t.strictSame(
      summaries.rows().map(({ clientHost, driver }) => [clientHost, driver.length]),
      [
        ['10.0.0.1', 10],
        ['10.0.0.9', 64],
      ],
    );
  },
);
