import { nativePasswordHash, nativePasswordResponse } from '@sealane/mysql-protocol';
import type { SqlHandle } from '@sealane/sql';
import t from 'tap';
import { hostMatches } from '../../src/accounts/account-row.ts';
import { TenantAccounts } from '../../src/accounts/accounts.ts';
import type { AuthenticationRequest, TlsFacts } from '../../src/mysql-front/index.ts';

const scramble = new Uint8Array(20).fill(7);
const hash = nativePasswordHash('secret');

/** Host, user, password, locked, ssl_type, cipher, issuer, subject. */
type Row = readonly [string, string, string, string, string, string, string, string];

function account(
  change: Partial<
    Record<'host' | 'password' | 'locked' | 'type' | 'cipher' | 'issuer' | 'subject', string>
  > = {},
): Row {
  const {
    host = '%',
    password = hash,
    locked = 'N',
    type = '',
    cipher = '',
    issuer = '',
    subject = '',
  } = change;
  return [host, 'ann', password, locked, type, cipher, issuer, subject];
}

function accounts(...rows: readonly Row[]): TenantAccounts {
  const handle: SqlHandle = { all: () => rows.map((row) => [...row]), run: () => ({ changes: 0 }) };
  return new TenantAccounts(() => handle);
}

function request(change: Partial<AuthenticationRequest> = {}): AuthenticationRequest {
  return {
    tenant: 'sys',
    tenantId: 1,
    user: 'ann',
    clientHost: '10.0.0.9',
    scramble,
    response: nativePasswordResponse('secret', scramble),
    tls: undefined,
    ...change,
  };
}

const tls: TlsFacts = {
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  peer: { verified: true, subject: '/CN=ann', issuer: '/CN=ca', commonName: 'ann', sha256: '', expiresAt: 0 },
};

t.test('the right password gets in, a wrong one looks like any other refusal', async (t) => {
  t.same(await accounts(account()).authenticate(request()), { user: 'ann', host: '%' });

  const wrong = request({ response: nativePasswordResponse('other', scramble) });
  await t.rejects(accounts(account()).authenticate(wrong), {
    errno: 1045,
    message: "Access denied for user 'ann'@'10.0.0.9' (using password: YES)",
  });
  await t.rejects(accounts().authenticate(request({ response: new Uint8Array(0) })), {
    message: /using password: NO/,
  });
});

t.test('the account with the most special host is tried first', async (t) => {
  const found = await accounts(
    account(),
    account({ host: '10.0.0.%' }),
    account({ host: '10.%' }),
  ).authenticate(request());

  t.equal(found.host, '10.0.0.%');
});

t.test('a locked account is told so, whatever the password', async (t) => {
  await t.rejects(accounts(account({ locked: 'Y' })).authenticate(request({ response: new Uint8Array(0) })), {
    name: 'OB_ERR_USER_IS_LOCKED',
  });
});

t.test('REQUIRE is checked after the password, and its failure is named in the details only', async (t) => {
  const cases: readonly (readonly [Row, TlsFacts | undefined, string | undefined])[] = [
    [account({ type: 'ANY' }), undefined, 'not use ssl'],
    [account({ type: 'ANY' }), { protocol: 'TLSv1.3', cipher: 'x' }, undefined],
    [account({ type: 'X509' }), { protocol: 'TLSv1.3', cipher: 'x' }, 'X509 check failed'],
    [account({ type: 'X509' }), tls, undefined],
    [account({ type: 'SPECIFIED', subject: '/CN=bob' }), tls, 'x509 subject check failed'],
    [account({ type: 'SPECIFIED', issuer: '/CN=other' }), tls, 'x509 issue check failed'],
    [account({ type: 'SPECIFIED', cipher: 'OTHER' }), tls, 'X509 cipher check failed'],
    [
      account({ type: 'SPECIFIED', subject: '/CN=ann', issuer: '/CN=ca', cipher: tls.cipher }),
      tls,
      undefined,
    ],
  ];
  for (const [row, facts, reason] of cases) {
    const answer = accounts(row).authenticate(request({ tls: facts }));
    if (reason === undefined) await t.resolves(answer, row.join(' '));
    else await t.rejects(answer, { name: 'OB_PASSWORD_WRONG', details: { reason } }, row.join(' '));
  }
});

t.test('host patterns cover what MySQL lets them cover', async (t) => {
  t.ok(hostMatches('%', '10.1.2.3'));
  t.ok(hostMatches('10.1.%', '10.1.2.3'));
  t.notOk(hostMatches('10.1.%', '10.10.2.3'));
  t.ok(hostMatches('192.168.4.0/255.255.254.0', '192.168.5.77'));
  t.notOk(hostMatches('192.168.4.0/24', '192.168.5.77'));
  t.ok(hostMatches('localhost', '127.0.0.1'));
  t.notOk(hostMatches('10x1x2x3', '10.1.2.3'), 'a dot is no wildcard and no letter');
});
