import t from 'tap';
import { inboundPolicy, invitesPair, type MeshParameters, outboundPolicy } from '../src/policy.ts';

const DEFAULTS: MeshParameters = {
  sslClientAuthentication: false,
  invitedNodes: 'NONE',
  rpcClientMethod: 'NONE',
  rpcServerMethod: 'ALL',
};
const ON = { ...DEFAULTS, sslClientAuthentication: true };
const ENDS = { ownIp: '10.0.0.1', peerIp: '10.0.0.2' };

t.test('who dials encrypts when TLS is on and the list invites both, and says why', (t) => {
  const table: readonly (readonly [Partial<MeshParameters>, string, RegExp])[] = [
    [DEFAULTS, 'plain', /ssl_client_authentication is False/],
    [{ ...DEFAULTS, invitedNodes: 'ALL' }, 'plain', /ssl_client_authentication is False/],
    [ON, 'plain', /_ob_ssl_invited_nodes is NONE/],
    [{ ...ON, invitedNodes: 'ALL' }, 'encrypt', /_ob_ssl_invited_nodes is ALL/],
    [{ ...ON, invitedNodes: ' all ' }, 'encrypt', /all/],
    [{ ...ON, invitedNodes: '10.0.0.1' }, 'plain', /10\.0\.0\.1/],
    [{ ...ON, invitedNodes: '10.0.0.1,10.0.0.2' }, 'encrypt', /10\.0\.0\.1,10\.0\.0\.2/],
    [{ ...ON, rpcClientMethod: 'SSL_IO' }, 'encrypt', /rpc_client_authentication_method is SSL_IO/],
    [{ ...ON, rpcClientMethod: 'ssl_io', invitedNodes: 'ALL' }, 'encrypt', /SSL_IO/],
    [
      { ...DEFAULTS, rpcClientMethod: 'SSL_IO' },
      'refuse',
      /ssl_client_authentication is False, so that no certificate is loaded/,
    ],
    [{ ...ON, rpcClientMethod: 'SSL_NO_ENCRYPT' }, 'refuse', /set it to SSL_IO or NONE/],
  ];
  for (const [parameters, action, reason] of table) {
    t.match(
      outboundPolicy({ ...DEFAULTS, ...parameters }, ENDS),
      { action, reason },
      JSON.stringify(parameters),
    );
  }
  t.match(outboundPolicy({ ...ON, invitedNodes: 'ALL' }, ENDS), { negotiation: 'easy' });
  t.match(outboundPolicy({ ...ON, rpcClientMethod: 'SSL_IO', invitedNodes: 'ALL' }, ENDS), {
    negotiation: 'ussl',
  });
  t.end();
});

t.test('peers on the loopback are peers like any other', (t) => {
  const loopback = { ownIp: '127.0.0.1', peerIp: '127.0.0.1' };

  t.match(outboundPolicy({ ...ON, invitedNodes: 'ALL' }, loopback), { action: 'encrypt' });
  t.match(inboundPolicy({ ...ON, rpcServerMethod: 'SSL_IO' }, loopback), { plain: false, encrypted: true });
  t.end();
});

t.test('the list is searched for both addresses as text, as the original does', (t) => {
  t.ok(invitesPair('10.0.0.12,10.0.0.2', ENDS), '10.0.0.1 is a part of 10.0.0.12');
  t.notOk(invitesPair('10.0.0.2', ENDS));
  t.notOk(invitesPair('', { ownIp: '', peerIp: '' }));
  t.notOk(invitesPair('none', { ownIp: 'none', peerIp: 'none' }));
  t.end();
});

t.test('who accepts lets both in by default, TLS only with a wallet, and each method as listed', (t) => {
  const table: readonly (readonly [Partial<MeshParameters>, boolean, boolean, RegExp])[] = [
    [DEFAULTS, true, false, /ssl config not configured or not load completely/],
    [ON, true, true, /ALL/],
    [{ ...ON, rpcServerMethod: '' }, true, true, /./],
    [{ ...ON, rpcServerMethod: 'SSL_IO' }, false, true, /let the peer dial with TLS/],
    [{ ...ON, rpcServerMethod: 'none, ssl_io' }, true, true, /./],
    [{ ...ON, rpcServerMethod: 'NONE' }, true, false, /add SSL_IO to it/],
    [{ ...ON, rpcServerMethod: 'SSL_NO_ENCRYPT' }, false, true, /SSL_NO_ENCRYPT/],
    [{ ...DEFAULTS, rpcServerMethod: 'SSL_IO' }, false, false, /set it to True/],
  ];
  for (const [parameters, plain, encrypted, reason] of table) {
    t.match(
      inboundPolicy({ ...DEFAULTS, ...parameters }, ENDS),
      { plain, encrypted, reason },
      JSON.stringify(parameters),
    );
  }
  t.equal(inboundPolicy({ ...ON, invitedNodes: 'ALL' }, ENDS).useSsl, true);
  t.equal(inboundPolicy({ ...DEFAULTS, invitedNodes: 'ALL' }, ENDS).useSsl, false);
  t.end();
});
