import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { encodeErr, flagsOf, PacketWriter } from '@sealane/mysql-protocol';
import { encodePacket, encodePayload, encodeUsslNegotiation } from '@sealane/ob-rpc';
import { createAuthority, issueCertificate } from '@sealane/transport-security';
import t, { type Test } from 'tap';
import { judgeClearText } from '../../src/clear-text.ts';
import { type Expectation, judge, type ProbeResult, type Received } from '../../src/evidence/probes/probe.ts';
import { logProbes, readProbeLog } from '../../src/evidence/probes/probe-log.ts';
import { makePapers } from '../../src/evidence/probes/probe-papers.ts';
import { authenticateOnly, certificate, oldTls, plainFrame } from '../../src/evidence/probes/rpc-probes.ts';
import { settingsOf } from '../../src/evidence/probes/settings.ts';
import { oldTlsRequest, plainStranger } from '../../src/evidence/probes/sql-probes.ts';
import { clientHello, readHelloAnswer } from '../../src/evidence/probes/tls-records.ts';

const refusing: Expectation = { outcome: 'REFUSED', because: 'a setting' };
const permitting: Expectation = { outcome: 'ACCEPTED', because: 'a setting' };
const silent: Expectation = { outcome: 'UNKNOWN', because: 'nothing' };

t.test(
  'only a refusal that the settings demand, behind good papers that got in, counts as one',
  async (t) => {
    const received = (outcome: Received['outcome']): Received => ({
      outcome,
      how: 'close',
      text: 'x',
      hex: null,
    });
    const verdict = (outcome: Received['outcome'], expected: Expectation, controlled = true) =>
      judge(received(outcome), expected, controlled).verdict;
    t.equal(verdict('REFUSED', refusing), 'refused');
    t.equal(verdict('REFUSED', silent), 'refused');
    t.equal(verdict('REFUSED', refusing, false), 'unclear', 'the door may be shut for everybody');
    t.equal(verdict('REFUSED', permitting), 'unexpected');
    t.equal(verdict('ACCEPTED', refusing), 'unexpected');
    t.equal(verdict('ACCEPTED', refusing, false), 'unexpected');
    t.equal(verdict('ACCEPTED', permitting), 'open');
    t.equal(verdict('ACCEPTED', silent), 'open');
    t.equal(verdict('UNCLEAR', refusing), 'unclear');
    t.equal(verdict('NOT_MADE', refusing), 'not made');
  },
);

t.test('an old version is asked for so that a server that speaks it would agree', async (t) => {
  const authority = await createAuthority();
  const { certificate: cert, key } = await issueCertificate(authority, {
    commonName: 'old',
    addresses: ['127.0.0.1'],
    use: ['server'],
  });
  const old = { cert, key, minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' } as const;
  for (const [version, maxVersion] of [
    ['TLS 1.0', 'TLSv1'],
    ['TLS 1.1', 'TLSv1.1'],
    ['TLS 1.2', 'TLSv1.2'],
  ] as const) {
    const port = await listening(t, createTlsServer({ ...old, maxVersion }));
    const { received } = await oldTls({ host: '127.0.0.1', port }, version);
    t.match(received, { outcome: 'ACCEPTED', how: 'answer', text: `a server hello: ${version}` });
  }
  const port = await listening(t, createTlsServer({ cert, key, minVersion: 'TLSv1.3' }));
  const { received, sentHex } = await oldTls({ host: '127.0.0.1', port }, 'TLS 1.2');
  t.match(received, { outcome: 'REFUSED', how: 'TLS alert', text: 'fatal alert protocol_version (70)' });
  t.match(sentHex, /^160301/);
});

t.test('what a server says to a hello is read from its first record, however it comes', async (t) => {
  const alert = Buffer.from('15030100020228', 'hex');
  for (let size = 0; size < alert.length; size++)
    t.same(readHelloAnswer(alert.subarray(0, size)), { kind: 'incomplete' });
  t.same(readHelloAnswer(alert), { kind: 'alert', level: 'fatal', name: 'handshake_failure (40)' });
  t.same(readHelloAnswer(Buffer.from('HTTP/1.1 400 Bad Request')), { kind: 'other' });
  t.equal(clientHello('TLS 1.0').readUInt16BE(3), clientHello('TLS 1.0').length - 5);
});

t.test('an answer, an end and a silence are told apart at a port for nodes', async (t) => {
  const closing = await listening(
    t,
    createTcpServer((socket) => socket.once('data', () => socket.end())),
  );
  t.match((await plainFrame(at(closing))).received, { outcome: 'REFUSED', how: 'close' });
  t.match((await authenticateOnly(at(closing))).received, { outcome: 'REFUSED', how: 'close' });

  const answer = encodePacket(1, {}, encodePayload([-8004, 'another cluster', {}]));
  const answering = await listening(t, replying(answer));
  t.match((await plainFrame(at(answering))).received, {
    outcome: 'ACCEPTED',
    text: /read and answered in clear: -8004 another cluster/,
  });

  const agreeing = await listening(t, replying(encodeUsslNegotiation('SSL_NO_ENCRYPT')));
  t.match((await authenticateOnly(at(agreeing))).received, { outcome: 'ACCEPTED' });
  t.match((await plainFrame(at(agreeing))).received, { outcome: 'UNCLEAR' }, 'no frame, no proof');

  const web = await listening(t, replying(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')));
  t.match((await oldTls(at(web), 'TLS 1.0')).received, {
    outcome: 'UNCLEAR',
    text: 'something that is no TLS',
  });
  t.match((await certificate(at(web), undefined, 'no certificate')).received.outcome, 'UNCLEAR');

  const nobody = await listening(t, createTcpServer(), true);
  t.match((await plainFrame(at(nobody))).received, { outcome: 'UNCLEAR', how: 'no connection' });
});

t.test('a port for clients that greets like no server proves nothing', async (t) => {
  const closing = await listening(
    t,
    createTcpServer((socket) => socket.end()),
  );
  t.match((await oldTlsRequest(at(closing), 'TLS 1.0')).received.outcome, 'UNCLEAR');
  const web = await listening(t, replying(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), true));
  t.match((await oldTlsRequest(at(web), 'TLS 1.0')).received, { outcome: 'NOT_MADE' });
  t.not((await plainStranger(at(web), 'sys')).received.outcome, 'ACCEPTED');
});

t.test('only the error that names clear text refuses it, and one about the account lets it in', async (t) => {
  const errors = [
    [3159, 'REFUSED'],
    [1045, 'ACCEPTED'],
    [1040, 'UNCLEAR'],
    [8001, 'UNCLEAR'],
  ] as const;
  for (const [errno, outcome] of errors) {
    const port = await listening(t, mysqlServer(errno));
    const { received } = await plainStranger(at(port), 'sys');
    t.match(received, { outcome, how: 'error packet', text: new RegExp(`^ERR ${errno} `) });
  }
});

t.test('what settings forbid is expected to be refused, and nothing else is', async (t) => {
  const of = (parameters: Record<string, string>, required: Record<string, string> = {}) =>
    settingsOf(
      new Map(Object.entries(parameters)),
      new Map(Object.entries(required)),
      '10.0.0.1',
      '10.0.0.9',
    );
  const on = { ssl_client_authentication: 'True', _ob_ssl_invited_nodes: 'ALL' };

  t.match(of({}), { tls: false, rpcPlain: { outcome: 'ACCEPTED' }, certificates: { outcome: 'UNKNOWN' } });
  t.match(of({ ...on, rpc_server_authentication_method: 'ALL' }), {
    tls: true,
    rpcPlain: { outcome: 'ACCEPTED', because: /is ALL/ },
    rpcAuthenticateOnly: { outcome: 'ACCEPTED' },
    certificates: { outcome: 'REFUSED' },
  });
  t.match(of({ ...on, rpc_server_authentication_method: 'SSL_IO' }), {
    rpcPlain: { outcome: 'REFUSED', because: /is SSL_IO/ },
    rpcAuthenticateOnly: { outcome: 'REFUSED' },
  });
  t.same(of(on).forbiddenVersions, { rpc: ['TLS 1.0', 'TLS 1.1'], sql: ['TLS 1.0', 'TLS 1.1'] });
  t.same(of({ ...on, _tls_profile: 'strict' }).forbiddenVersions.rpc, ['TLS 1.0', 'TLS 1.1', 'TLS 1.2']);
  t.same(of({ ...on, sql_protocol_min_tls_version: 'TLSv1.3' }).forbiddenVersions, {
    rpc: ['TLS 1.0', 'TLS 1.1'],
    sql: ['TLS 1.0', 'TLS 1.1', 'TLS 1.2'],
  });
  const { sqlPlain } = of(on, { sys: 'OFF', shop: 'ON', bank: '1' });
  t.same(
    [...sqlPlain].map(([tenant, { outcome }]) => [tenant, outcome]),
    [
      ['sys', 'ACCEPTED'],
      ['shop', 'REFUSED'],
      ['bank', 'REFUSED'],
    ],
  );
});

t.test('papers that can not be had say why, and nothing is made in their place', async (t) => {
  const authority = await createAuthority();
  const wallet = { ca: authority.certificate, certificate: undefined, key: undefined };
  const without = await makePapers('127.0.0.1', wallet, { authority: undefined, given: {} });
  t.match(without.good, /can't be read/);
  t.match(without.expired, /CA's key is not here/);
  t.match(without.revoked, /no revocation list/);
  const given = { certificate: 'c', key: 'k' };
  const withGiven = await makePapers('127.0.0.1', wallet, {
    authority: undefined,
    given: { expired: given },
  });
  t.same(withGiven.expired, given);
});

t.test(
  'what the controller sent itself is set apart from what clients sent, by port and by time',
  async (t) => {
    const file = join(t.testdir(), 'probes.jsonl');
    const at = '2026-05-01T10:00:00.000Z';
    logProbes(file, [{ node: 'observer-1 a', from: '10.0.0.9:4000', at, elapsed_ms: 20 } as ProbeResult]);
    logProbes(file, [{ node: 'observer-1 a', from: null, at, elapsed_ms: 0 } as ProbeResult]);
    const probes = readProbeLog(file);
    t.equal(probes.length, 1, 'what was not made left no trace');
    const since = Date.parse(at) - 60_000;
    const link = (peerAddress: string, lastClearAt: number) => ({
      ...({
        linkId: '1',
        kind: 'SQL',
        direction: 'IN',
        peerAddress,
        peerServer: undefined,
        mode: 'PLAIN',
        modeReason: null,
      } as const),
      ...{ clearBytesIn: 100, clearBytesOut: 100, lastClearAt, closedAt: lastClearAt },
    });
    const summary = {
      kind: 'SQL',
      since,
      liveLinks: 0,
      closedLinks: 3,
      forgottenLinks: 0,
      forgottenLastClearAt: undefined,
    };
    const begun = Date.parse(at);
    const links = [
      link('10.0.0.9:4000', begun + 10),
      link('10.0.0.9:4000', begun + 60_000),
      link('10.0.0.9:4001', begun),
    ];
    const verdict = judgeClearText([{ node: 'observer-1 a', links, summary: [summary] }], since, [], probes);
    t.equal(verdict.probes, 1);
    t.same(
      verdict.offenders.map((offender) => offender.lastClearAt),
      [begun + 60_000, begun],
      'the same port a minute later is somebody else',
    );
  },
);

function at(port: number): { host: string; port: number } {
  return { host: '127.0.0.1', port };
}

/** Greets as a server does, and refuses every login with this error. */
function mysqlServer(errno: number): Server {
  return createTcpServer((socket: Socket) => {
    socket.on('error', () => undefined);
    const greeting = new PacketWriter();
    const capabilities = flagsOf('PROTOCOL_41', 'SECURE_CONNECTION', 'PLUGIN_AUTH');
    greeting
      .begin()
      .u8(10)
      .textNul('5.7.25')
      .u32(1)
      .bytes(Buffer.alloc(8, 1))
      .u8(0)
      .u16(capabilities & 0xffff);
    greeting
      .u8(45)
      .u16(2)
      .u16(capabilities >>> 16)
      .u8(21)
      .zeros(10)
      .bytes(Buffer.alloc(12, 1))
      .u8(0);
    greeting.textNul('mysql_native_password').end();
    socket.write(greeting.take());
    socket.once('data', () => {
      const refusal = new PacketWriter(2);
      encodeErr(refusal, { errno, sqlState: 'HY000', message: 'no' }, { sqlState: true });
      socket.end(refusal.take());
    });
  });
}

/** @param greeting  says it at once, not when it is spoken to */
function replying(bytes: Buffer, greeting = false): Server {
  return createTcpServer((socket: Socket) => {
    socket.on('error', () => undefined);
    if (greeting) socket.write(bytes);
    else socket.once('data', () => socket.end(bytes));
  });
}

/** @param closed  gives the port back before it is used */
async function listening(t: Test, server: Server, closed = false): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const address = server.address();
  const stop = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  if (closed) await stop();
  else t.teardown(stop);
  return typeof address === 'object' && address !== null ? address.port : 0;
}
