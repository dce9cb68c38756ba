import t from 'tap';
import { invitesPair, type MeshParameters, meshPolicy, wrongMode } from '../src/policy.ts';

const DEFAULTS: MeshParameters = {
  sslClientAuthentication: false,
  invitedNodes: 'NONE',
  rpcClientMethod: 'NONE',
  rpcServerMethod: 'ALL',
};
const ON = { ...DEFAULTS, sslClientAuthentication: true };
const ENDS = { ownIp: '10.0.0.1', peerIp: '10.0.0.2' };

t.test('who dials encrypts when TLS is on and the list invites both, and says why', (t) => {
  const table: readonly (readonly [Partial<MeshParameters>, string | undefined, RegExp])[] = [
    [DEFAULTS, 'PLAIN', /ssl_client_authentication is False/],
    [{ ...DEFAULTS, invitedNodes: 'ALL' }, 'PLAIN', /ssl_client_authentication is False/],
    [ON, 'PLAIN', /_ob_ssl_invited_nodes is NONE/],
    [{ ...ON, invitedNodes: 'ALL' }, 'ENCRYPTED', /_ob_ssl_invited_nodes is ALL/],
    [{ ...ON, invitedNodes: ' all ' }, 'ENCRYPTED', /all/],
    [{ ...ON, invitedNodes: '10.0.0.1' }, 'PLAIN', /10\.0\.0\.1/],
    [{ ...ON, invitedNodes: '10.0.0.1,10.0.0.2' }, 'ENCRYPTED', /10\.0\.0\.1,10\.0\.0\.2/],
    [{ ...ON, rpcClientMethod: 'SSL_IO' }, 'ENCRYPTED', /rpc_client_authentication_method is SSL_IO/],
    [{ ...ON, rpcClientMethod: 'ssl_io', invitedNodes: 'ALL' }, 'ENCRYPTED', /SSL_IO/],
    [
      { ...DEFAULTS, rpcClientMethod: 'SSL_IO' },
      undefined,
      /ssl_client_authentication is False, so that no certificate is loaded/,
    ],
    [
      { ...ON, rpcClientMethod: 'SSL_NO_ENCRYPT' },
      'AUTHENTICATED',
      /rpc_client_authentication_method is SSL_NO_ENCRYPT/,
    ],
    [
      { ...DEFAULTS, rpcClientMethod: 'SSL_NO_ENCRYPT' },
      undefined,
      /SSL_NO_ENCRYPT but ssl_client_authentication is False/,
    ],
  ];
  for (const [parameters, mode, reason] of table) {
    const { dial } = meshPolicy({ ...DEFAULTS, ...parameters }, ENDS);
    t.match(dial, { mode, reason }, JSON.stringify(parameters));
  }
  t.match(meshPolicy({ ...ON, invitedNodes: 'ALL' }, ENDS).dial, { negotiation: 'easy' });
  t.match(meshPolicy({ ...ON, rpcClientMethod: 'SSL_IO', invitedNodes: 'ALL' }, ENDS).dial, {
    negotiation: 'ussl',
  });
  t.end();
});

t.test('peers on the loopback are peers like any other', (t) => {
  const loopback = { ownIp: '127.0.0.1', peerIp: '127.0.0.1' };

  t.match(meshPolicy({ ...ON, invitedNodes: 'ALL' }, loopback).dial, { mode: 'ENCRYPTED' });
  t.match(meshPolicy({ ...ON, rpcServerMethod: 'SSL_IO' }, loopback).accept, {
    plain: false,
    encrypted: true,
  });
  t.end();
});

t.test('the list is searched for both addresses as text, as the original does', (t) => {
  t.ok(invitesPair('10.0.0.12,10.0.0.2', ENDS), '10.0.0.1 is a part of 10.0.0.12');
  t.notOk(invitesPair('10.0.0.2', ENDS));
  t.notOk(invitesPair('', { ownIp: '', peerIp: '' }));
  t.notOk(invitesPair('none', { ownIp: 'none', peerIp: 'none' }));
  t.end();
});

t.test('who accepts lets all in by default, TLS only with a wallet, and each method as listed', (t) => {
  type Row = readonly [
    Partial<MeshParameters>,
    plain: boolean,
    authenticated: boolean,
    encrypted: boolean,
    RegExp,
  ];
  const table: readonly Row[] = [
    [DEFAULTS, true, false, false, /ssl config not configured or not load completely/],
    [ON, true, true, true, /ALL/],
    [{ ...ON, rpcServerMethod: '' }, true, true, true, /./],
    [{ ...ON, rpcServerMethod: 'SSL_IO' }, false, false, true, /let the peer dial with TLS/],
    [{ ...ON, rpcServerMethod: 'none, ssl_io' }, true, false, true, /let the peer encrypt/],
    [{ ...ON, rpcServerMethod: 'NONE' }, true, false, false, /add SSL_IO to it/],
    [
      { ...ON, rpcServerMethod: 'SSL_NO_ENCRYPT' },
      false,
      true,
      true,
      /SSL_NO_ENCRYPT; let the peer dial with TLS/,
    ],
    [{ ...DEFAULTS, rpcServerMethod: 'SSL_IO' }, false, false, false, /set it to True/],
  ];
  for (const [parameters, plain, authenticated, encrypted, reason] of table) {
    const { accept } = meshPolicy({ ...DEFAULTS, ...parameters }, ENDS);
    t.match(accept, { plain, authenticated, encrypted, reason }, JSON.stringify(parameters));
  }
  t.end();
});

t.test('a link in another mode than a new one would have is told why, and what to do', (t) => {
  const invited = { ...ON, invitedNodes: 'ALL' };
  t.equal(wrongMode(invited, ENDS, 'ENCRYPTED'), undefined);
  t.equal(wrongMode(DEFAULTS, ENDS, 'PLAIN'), undefined);
  t.match(
    wrongMode(invited, ENDS, 'PLAIN'),
    /^a new link would be ENCRYPTED: _ob_ssl_invited_nodes is ALL; ALTER SYSTEM RENEW RPC LINKS$/,
  );
  t.match(wrongMode({ ...ON, rpcClientMethod: 'SSL_IO' }, ENDS, 'AUTHENTICATED'), /would be ENCRYPTED/);
  t.match(wrongMode(DEFAULTS, ENDS, 'ENCRYPTED'), /would be PLAIN: ssl_client_authentication is False/);
  t.match(wrongMode({ ...DEFAULTS, rpcClientMethod: 'SSL_IO' }, ENDS, 'PLAIN'), /would not open/);
  t.match(
    wrongMode({ ...ON, rpcServerMethod: 'SSL_IO' }, ENDS, 'PLAIN'),
    /would be refused: rpc_server_authentication_method is SSL_IO; let the peer dial with TLS/,
  );
  t.end();
});
