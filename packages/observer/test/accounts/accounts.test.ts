import { cachingSha2Hash, nativePasswordHash } from '@sealane/mysql-protocol';
import t, { type Test } from 'tap';
import type { TenantAccounts } from '../../src/accounts/accounts.ts';
import type { AuthenticationRequest, TlsFacts } from '../../src/mysql-front/index.ts';
import {
  AccountTable,
  accountsOver,
  request,
  ScriptedClient,
  type StoredAccount,
  type Surroundings,
} from './account-table.ts';

const native = { authentication_string: nativePasswordHash('secret') };
const sha2 = { plugin: 'caching_sha2_password', authentication_string: cachingSha2Hash('secret') };
const wrong = new ScriptedClient({ password: 'other' });

const tls: TlsFacts = {
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  peer: { verified: true, subject: '/CN=ann', issuer: '/CN=ca', commonName: 'ann', sha256: '', expiresAt: 0 },
};

function over(
  t: Test,
  accounts: readonly Partial<StoredAccount>[],
  surroundings?: Surroundings,
): TenantAccounts {
  return accountsOver(t, new AccountTable(...accounts), surroundings);
}

/** @returns `user@host`, or the refusal with its reason */
async function verdict(accounts: TenantAccounts, change: Partial<AuthenticationRequest>): Promise<string> {
  try {
    const { user, host } = await accounts.authenticate(request(change));
    return `${user}@${host}`;
  } catch (error) {
    const { errno, details } = error as { errno: number; details: { reason?: string } };
    return `${errno} ${details.reason}`;
  }
}

t.test('the right password gets in, a wrong one looks like any other refusal', async (t) => {
  const accounts = over(t, [native]);
  t.match(await accounts.authenticate(request()), { user: 'ann', host: '%', passwordExpired: false });

  await t.rejects(accounts.authenticate(request({ exchange: wrong })), {
    errno: 1045,
    message: "Access denied for user 'ann'@'10.0.0.9' (using password: YES)",
    details: { reason: 'password is wrong' },
  });
  const silent = new ScriptedClient({ password: '' });
  await t.rejects(accounts.authenticate(request({ user: 'bob', exchange: silent })), {
    message: "Access denied for user 'bob'@'10.0.0.9' (using password: NO)",
    details: { reason: 'no such user' },
  });
  t.equal(await verdict(accounts, { tenantId: undefined }), '1045 no such tenant');
});

t.test(
  'the account with the most special host is tried first, and a wrong password goes on to the next',
  async (t) => {
    const other = { authentication_string: nativePasswordHash('of somebody else') };
    const accounts = over(t, [native, { ...other, host: '10.0.0.9' }, { ...native, host: '10.0.%' }]);
    t.equal(await verdict(accounts, {}), 'ann@10.0.%');
    t.equal(await verdict(accounts, { clientHost: '10.9.0.9' }), 'ann@%');
    t.equal(
      await verdict(over(t, [native, { host: '10.0.0.9' }]), {}),
      '1045 password is wrong',
      'an account without a password ends the search',
    );
  },
);

t.test('an account that only matches elsewhere is no account, and a role is none', async (t) => {
  const accounts = over(t, [
    { ...native, host: '192.168.0.0/16' },
    { ...native, user: 'role', is_role: 'Y' },
  ]);
  t.equal(await verdict(accounts, {}), '1045 no such user from this host');
  t.equal(await verdict(accounts, { user: 'role' }), '1045 no such user');
});

t.test(
  'caching_sha2_password goes the long way once, then the short one, until the account changes',
  async (t) => {
    const table = new AccountTable(sha2);
    const accounts = accountsOver(t, table);
    const heard = async (options: ConstructorParameters<typeof ScriptedClient>[0]): Promise<string> => {
      const client = new ScriptedClient({ plugin: 'caching_sha2_password', ...options });
      const answer = await verdict(accounts, { exchange: client });
      return [...client.heard, answer].join(', ');
    };

    t.equal(await heard({ secured: true }), 'full 4, ann@%', 'over TLS the password itself');
    t.equal(await heard({ secured: false }), 'fast 3, ann@%');
    t.equal(
      await heard({ secured: true, password: 'other' }),
      'full 4, 1045 password is wrong',
      'no short no',
    );
    t.equal(
      await heard({ plugin: 'mysql_native_password' }),
      'switch caching_sha2_password, fast 3, ann@%',
      'a client with another plugin is asked for this one',
    );

    table.set('authentication_string', cachingSha2Hash('secret'));
    t.equal(
      await heard({ secured: false }),
      'full 4, key, ann@%',
      'without TLS the password under the RSA key',
    );
    t.equal(await heard({ secured: false, password: 'other' }), 'full 4, key, 1045 password is wrong');
  },
);

t.test('a client of caching_sha2_password only is asked for what a native account needs', async (t) => {
  const client = new ScriptedClient({ plugin: 'caching_sha2_password' });
  t.equal(await verdict(over(t, [native]), { exchange: client }), 'ann@%');
  t.strictSame(client.heard, ['switch mysql_native_password']);
});

t.test('a stranger hears what a wrong password hears, the same each time', async (t) => {
  const accounts = over(t, [
    { ...native, user: 'root' },
    { ...sha2, user: 'a' },
    { ...native, user: 'b' },
    { ...sha2, user: 'c' },
  ]);
  const heard = async (user: string): Promise<string> => {
    const client = new ScriptedClient({ plugin: 'caching_sha2_password', secured: true });
    const answer = await verdict(accounts, { user, exchange: client });
    return [...client.heard, answer].join(', ');
  };
  const strangers = Array.from({ length: 40 }, (_, index) => `stranger${index}`);
  const kinds = await Promise.all(strangers.map(heard));

  t.strictSame([...new Set(kinds)].toSorted(), [
    'full 4, 1045 no such user',
    'switch mysql_native_password, 1045 no such user',
  ]);
  t.strictSame(await Promise.all(strangers.map(heard)), kinds);
  const client = new ScriptedClient({ plugin: 'caching_sha2_password', secured: true });
  const emptied = over(t, [{ ...sha2, authentication_string: '' }]);
  t.equal(await verdict(emptied, { exchange: client }), '1045 password is wrong');
  t.strictSame(client.heard, ['full 4'], 'an account without a password does not tell so');
});

t.test('a locked account is told so, whatever the password', async (t) => {
  const accounts = over(t, [{ ...native, account_locked: 'Y' }]);
  t.equal(await verdict(accounts, {}), '3118 account is locked');
  t.equal(await verdict(accounts, { exchange: wrong }), '3118 account is locked');
});

t.test('REQUIRE is checked after the password, and its failure is named in the details only', async (t) => {
  const specified = { ssl_type: 'SPECIFIED' };
  const all = { x509_subject: '/CN=ann', x509_issuer: '/CN=ca', ssl_cipher: tls.cipher };
  const bare: TlsFacts = { protocol: 'TLSv1.3', cipher: 'x' };
  const cases: readonly (readonly [Partial<StoredAccount>, TlsFacts | undefined, string])[] = [
    [{ ssl_type: 'NONE' }, undefined, 'ann@%'],
    [{ ssl_type: 'ANY' }, undefined, '1045 not use ssl'],
    [{ ssl_type: 'ANY' }, bare, 'ann@%'],
    [{ ssl_type: 'X509' }, bare, '1045 X509 check failed'],
    [{ ssl_type: 'X509' }, tls, 'ann@%'],
    [{ ...specified, x509_subject: '/CN=bob' }, tls, '1045 x509 subject check failed'],
    [{ ...specified, x509_subject: '/cn=ann' }, tls, '1045 x509 subject check failed'],
    [{ ...specified, x509_issuer: '/CN=other', x509_subject: '/CN=x' }, tls, '1045 x509 issue check failed'],
    [{ ...specified, ssl_cipher: 'OTHER', x509_issuer: '/CN=x' }, tls, '1045 X509 cipher check failed'],
    [{ ...specified, ...all }, tls, 'ann@%'],
    [{ ...specified, ...all }, undefined, '1045 not use ssl'],
  ];
  for (const [account, facts, expected] of cases) {
    const accounts = over(t, [{ ...native, ...account }]);
    t.equal(await verdict(accounts, { tls: facts }), expected, JSON.stringify(account));
    if (expected !== 'ann@%') {
      t.equal(await verdict(accounts, { tls: facts, exchange: wrong }), '1045 password is wrong');
    }
  }
});

t.test('a certificate that does not hold is refused, even where none is asked for', async (t) => {
  const peer = {
    ...(tls.peer as NonNullable<TlsFacts['peer']>),
    verified: false,
    verifyResult: 'CERT_REVOKED',
  };
  t.equal(
    await verdict(over(t, [native]), { tls: { ...tls, peer } }),
    '1045 X509 check failed: CERT_REVOKED',
  );
});

t.test(
  'ob_ssl_invited_common_names is a list of whole names, and concerns whoever shows a certificate',
  async (t) => {
    const cases: readonly (readonly [string, TlsFacts | undefined, string])[] = [
      ['NONE', tls, 'ann@%'],
      ['bob, ann', tls, 'ann@%'],
      ['bob;hannah', tls, '1045 ssl common name is not invited'],
      ['', tls, '1045 ssl common name is not invited'],
      ['bob', undefined, 'ann@%'],
      ['bob', { protocol: 'TLSv1.3', cipher: 'x' }, 'ann@%'],
    ];
    for (const [invited, facts, expected] of cases) {
      t.equal(await verdict(over(t, [native], { invited }), { tls: facts }), expected, invited);
    }
  },
);

t.test('ob_tcp_invited_nodes keeps others out, but never root@sys on the node itself', async (t) => {
  const variables = { ob_tcp_invited_nodes: '192.168.0.0/16, 10.1.%' };
  const accounts = over(t, [native, { ...native, user: 'root' }], { variables });
  t.equal(await verdict(accounts, { clientHost: '10.1.2.3' }), 'ann@%');
  t.equal(await verdict(accounts, {}), '1045 client is not in ob_tcp_invited_nodes');
  t.equal(await verdict(accounts, { user: 'root', clientHost: '127.0.0.1' }), 'root@%');
  t.match(await verdict(accounts, { user: 'ann', clientHost: '127.0.0.1' }), /^1045/);
  t.match(await verdict(accounts, { user: 'root', tenantId: 1002, clientHost: '127.0.0.1' }), /^1045/);
});

t.test('an expired password lets in who can change it, and nobody else', async (t) => {
  const day = 86_400;
  const now = () => 100 * day * 1000;
  const changed = { ...native, password_last_changed: 90 * day };
  const cases: readonly (readonly [Partial<StoredAccount>, Record<string, bigint>, boolean])[] = [
    [{ ...changed, password_expired: 'Y' }, {}, true],
    [{ ...changed, password_lifetime: 10 }, {}, true],
    [{ ...changed, password_lifetime: 11 }, {}, false],
    [{ ...changed }, { default_password_lifetime: 5n }, true],
    [{ ...changed, password_lifetime: 0 }, { default_password_lifetime: 5n }, false],
  ];
  for (const [account, variables, expired] of cases) {
    const accounts = over(t, [account], { variables, now });
    const capable = await accounts.authenticate(request({ canHandleExpiredPasswords: true }));
    t.equal(capable.passwordExpired, expired);
    t.equal(await verdict(accounts, {}), expired ? '1862 password has expired' : 'ann@%');
  }
  const lenient = over(t, [{ ...changed, password_expired: 'Y' }], {
    variables: { disconnect_on_expired_password: 0n },
    now,
  });
  t.equal(await verdict(lenient, {}), 'ann@%');
});

t.test('limits of accounts and of the tenant hold, and are given back', async (t) => {
  let now = 0;
  const accounts = over(
    t,
    [
      { ...native, max_user_connections: 1 },
      { ...native, user: 'hour', max_connections: 2 },
      { ...native, user: 'any' },
      { ...native, user: 'root', privileges: 'SELECT,SUPER' },
    ],
    { variables: { max_connections: 4n, max_user_connections: 2n }, now: () => now },
  );
  const first = await accounts.authenticate(request());
  t.equal(await verdict(accounts, {}), '1226 max_user_connections');
  first.release();
  first.release();
  t.equal(await verdict(accounts, {}), 'ann@%', 'given back once');

  for (const _ of [1, 2]) (await accounts.authenticate(request({ user: 'hour' }))).release();
  t.equal(await verdict(accounts, { user: 'hour' }), '1226 max_connections_per_hour');
  now += 3_600_000;
  t.equal(await verdict(accounts, { user: 'hour' }), 'hour@%');

  for (const _ of [1, 2]) t.equal(await verdict(accounts, { user: 'any' }), 'any@%');
  t.equal(await verdict(accounts, { user: 'any' }), '1040 max_connections', 'four are in the tenant');
  t.equal(await verdict(accounts, { user: 'root' }), 'root@%', 'who has SUPER gets in');
});

t.test('max_user_connections of the tenant counts for accounts without a limit', async (t) => {
  const accounts = over(t, [native], { variables: { max_user_connections: 1n } });
  t.equal(await verdict(accounts, {}), 'ann@%');
  t.equal(await verdict(accounts, {}), '1203 max_user_connections');
});

t.test('failures in a row close an account for a while, and a name that is none as well', async (t) => {
  let now = 0;
  const surroundings = { threshold: 2, now: () => now };
  const accounts = over(t, [native], surroundings);
  for (const user of ['ann', 'stranger']) {
    const fail = () => verdict(accounts, { user, exchange: wrong });
    t.match([await fail(), await fail()], [/^1045/, /^1045/]);
    t.equal(await fail(), '3118 connection control', user);
  }
  t.equal(
    await verdict(accounts, {}),
    '3118 connection control',
    'the right password is not told from a wrong one',
  );
  now += 1_001;
  t.match(await verdict(accounts, { exchange: wrong }), /^1045/);
  now += 1_001;
  t.equal(await verdict(accounts, {}), '3118 connection control', 'one more failure, one more second');
  now += 1_000;
  t.equal(await verdict(accounts, {}), 'ann@%');
  t.match(await verdict(accounts, { exchange: wrong }), /^1045/, 'counted anew');
  t.equal(await verdict(accounts, {}), 'ann@%');

  for (const _ of [1, 2]) await verdict(accounts, { exchange: wrong });
  surroundings.threshold = 3;
  t.equal(await verdict(accounts, {}), 'ann@%', 'another threshold forgets');
});

t.test('an account that the leader has is there for who logs in now', async (t) => {
  const table = new AccountTable({ user: 'ben' });
  const catchUp = () => table.add({ user: 'ann', authentication_string: nativePasswordHash('secret') });

  const account = await accountsOver(t, table, { catchUp }).authenticate(request());

  t.match(account, { user: 'ann', host: '%' });
});
