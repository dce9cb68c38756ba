import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type LinkHandle, LinkLedger, TransportSecurity } from '@sealane/transport-security';
import t from 'tap';
import { byteRelay } from './byte-relay.ts';
import { makeWallet, until } from './mesh-node.ts';

const silent = { info: () => undefined, warn: () => undefined };
const FACTS = {
  kind: 'SQL',
  direction: 'IN',
  localAddress: '127.0.0.1:2881',
  peerAddress: '127.0.0.1:5',
} as const;

/** Greets in clear, reads 36 bytes in clear, then speaks TLS on the same socket: as MySQL does. */
async function startTlsServer(
  t: Parameters<typeof byteRelay>[0],
  ledger: LinkLedger,
  security: TransportSecurity,
) {
  let link: LinkHandle | undefined;
  const server = createServer((socket: Socket) => {
    link = ledger.open({ ...FACTS, counter: socket });
    socket.write('greeting in clear');
    void (async () => {
      await once(socket, 'readable');
      const chunk: Buffer = socket.read();
      // What came behind the request belongs to TLS already.
      socket.unshift(chunk.subarray(36));
      link.securing(chunk.length - 36);
      const { stream, facts } = await security.secureSqlInbound(socket);
      link.secured(facts);
      stream.on('data', (bytes: Buffer) => stream.write(bytes));
      stream.on('end', () => link?.closed('the client left'));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0 };
}

t.test(
  'a link that turns to TLS in the middle is counted on both sides of the turn, to the byte',
  async (t) => {
    const wallet = await makeWallet(t.testdir());
    const security = new TransportSecurity({ walletDirectory: wallet, logger: silent });
    security.reload({ sslClientAuthentication: true, sqlMinTlsVersion: 'none' }, 'start');
    const ledger = new LinkLedger({ configEpoch: () => 4 });
    t.teardown(() => ledger.stop());
    const { port } = await startTlsServer(t, ledger, security);
    const relay = await byteRelay(t, port);

    const socket = connect({ port: relay.port, host: '127.0.0.1' });
    await once(socket, 'data');
    socket.pause();
    socket.write(Buffer.alloc(36, 1));
    const { stream, facts } = await security.secureOutbound(socket, { host: '127.0.0.1' });
    stream.write(Buffer.alloc(50_000, 2));
    let echoedSize = 0;
    stream.on('data', (chunk: Buffer) => {
      echoedSize += chunk.length;
      if (echoedSize === 50_000) stream.end();
    });
    await once(stream, 'close');
    socket.destroy();
    const row = () => ledger.list()[0];
    await until(() => row()?.closedAt !== undefined, 'the server to notice');
    await until(() => (row()?.encryptedBytesIn ?? 0) + 36 === relay.upSize(), 'the last bytes');
    await until(() => (row()?.encryptedBytesOut ?? 0) + 17 === relay.downSize(), 'the last bytes back');

    t.equal(facts.protocol, 'TLSv1.3');
    t.match(row(), {
      mode: 'ENCRYPTED',
      kind: 'SQL',
      configEpoch: 4,
      negotiationBytesIn: 36,
      negotiationBytesOut: 17,
      clearBytesIn: 0,
      clearBytesOut: 0,
      closeReason: 'the client left',
    });
    t.equal((row()?.encryptedBytesOut ?? 0) + 17, relay.downSize());
    t.ok((row()?.encryptedBytesIn ?? 0) > 50_000);
    t.ok(relay.saw('greeting in clear'));
  },
);

t.test(
  'authenticated only is never shown as encrypted: the handshake is negotiation, the rest is clear',
  (t) => {
    const counter = { bytesRead: 0, bytesWritten: 0 };
    const ledger = new LinkLedger({ configEpoch: () => 1, now: () => 1_000 });
    t.teardown(() => ledger.stop());
    const link = ledger.open({ ...FACTS, counter });
    Object.assign(counter, { bytesRead: 928, bytesWritten: 1_028 });
    link.authenticated({ protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' });
    link.established(4);
    Object.assign(counter, { bytesRead: 938, bytesWritten: 1_039 });

    t.match(ledger.list()[0], {
      mode: 'AUTHENTICATED',
      negotiationBytesIn: 924,
      negotiationBytesOut: 1_028,
      clearBytesIn: 14,
      clearBytesOut: 11,
      encryptedBytesIn: 0,
      encryptedBytesOut: 0,
      lastClearAt: 1_000,
    });
    t.end();
  },
);

t.test('a crowd of strangers pushes out no link, and makes nothing unprovable', (t) => {
  let now = 1_000;
  const ledger = new LinkLedger({ configEpoch: () => 1, closedCountMax: 2, now: () => now, kinds: ['RPC'] });
  t.teardown(() => ledger.stop());
  const closed = (size: number): void => {
    const link = ledger.open({
      ...FACTS,
      kind: 'RPC',
      counter: { bytesRead: size, bytesWritten: 0, closed: true },
    });
    if (size > 1) link.established(size);
    link.closed('over');
  };
  closed(9);
  now = 2_000;
  for (let count = 0; count < 300; count++) closed(1);

  t.equal(ledger.list().length, 101, 'the link and the last 100 strangers');
  const row = () => ledger.summaryRows()[0];
  t.same(row()?.slice(2, 5), [0, 101, 200], 'live, closed, forgotten');
  t.equal(row()?.[7], 309, 'all of their bytes count');
  t.equal(row()?.at(-1), null, 'no link that mattered is forgotten');
  closed(9);
  closed(9);
  t.equal(row()?.at(-1), '1970-01-01 00:00:01.000000', 'now one is');
  now += 25 * 3_600_000;
  closed(9);
  t.equal(ledger.list().length, 1, 'a day later nobody else is left');
  t.end();
});

t.test('what a broken socket had not written is not counted', (t) => {
  const counter = { bytesRead: 0, bytesWritten: 19, closed: false };
  const ledger = new LinkLedger({ configEpoch: () => 1 });
  t.teardown(() => ledger.stop());
  const link = ledger.open({ ...FACTS, counter });
  link.written();
  link.established();
  counter.bytesWritten = 228;
  link.written();
  counter.bytesWritten = 437;
  t.equal(ledger.list()[0]?.clearBytesOut, 418, 'on its way');
  link.failed();
  t.match(ledger.list()[0], { negotiationBytesOut: 19, clearBytesOut: 209 });
  t.end();
});

t.test('a stranger with whom nothing was agreed spoke in clear', (t) => {
  const ledger = new LinkLedger({ configEpoch: () => 1, now: () => 5 });
  t.teardown(() => ledger.stop());
  const link = ledger.open({ ...FACTS, counter: { bytesRead: 18, bytesWritten: 0 } });
  t.match(ledger.list()[0], { negotiationBytesIn: 18, clearBytesIn: 0, lastClearAt: undefined });
  link.closed('sent an HTTP request');
  t.match(ledger.list()[0], { negotiationBytesIn: 0, clearBytesIn: 18, lastClearAt: 5 });
  t.end();
});

t.test('bytes read too early and given back belong to the new mode', (t) => {
  const counter = { bytesRead: 100, bytesWritten: 10 };
  const ledger = new LinkLedger({ configEpoch: () => 1 });
  t.teardown(() => ledger.stop());
  const link = ledger.open({ ...FACTS, counter });
  link.securing(64);

  t.match(ledger.list()[0], {
    negotiationBytesIn: 36,
    encryptedBytesIn: 64,
    negotiationBytesOut: 10,
    encryptedBytesOut: 0,
  });
  t.end();
});

t.test('the last byte in clear keeps its time while only encrypted ones go', (t) => {
  let now = 1_000;
  const counter = { bytesRead: 5, bytesWritten: 0 };
  const ledger = new LinkLedger({ configEpoch: () => 1, now: () => now });
  t.teardown(() => ledger.stop());
  const link = ledger.open({ ...FACTS, counter });
  link.established(5);
  link.securing();
  now = 9_000;
  counter.bytesRead = 500;

  t.match(ledger.list()[0], { lastClearAt: 1_000, encryptedBytesIn: 495 });
  t.end();
});

t.test('the last byte in clear of a closed link is not later than its end', (t) => {
  let now = 1_000;
  const counter = { bytesRead: 0, bytesWritten: 0, closed: false };
  const ledger = new LinkLedger({ configEpoch: () => 1, now: () => now });
  t.teardown(() => ledger.stop());
  const link = ledger.open({ ...FACTS, counter });
  link.established();
  counter.bytesRead = 7;
  link.closed('restarted');
  now = 1_900;

  t.match(ledger.list()[0], { clearBytesIn: 7, lastClearAt: 1_000, closedAt: 1_000 });
  t.end();
});

t.test('closed links stay with their last figures, the newest first, and only so many of them', (t) => {
  const ledger = new LinkLedger({ configEpoch: () => 1, closedCountMax: 3 });
  t.teardown(() => ledger.stop());
  for (let index = 1; index <= 5; index++) {
    const counter = { bytesRead: index, bytesWritten: 0, closed: true };
    ledger.open({ ...FACTS, counter }).closed(`reason ${index}`);
    counter.bytesRead = 1_000;
  }
  const live = ledger.open({ ...FACTS, counter: { bytesRead: 0, bytesWritten: 0 } });

  t.same(
    ledger.list().map((link) => [link.linkId, link.closeReason, link.clearBytesIn]),
    [
      [6, undefined, 0],
      [5, 'reason 5', 5],
      [4, 'reason 4', 4],
      [3, 'reason 3', 3],
    ],
  );
  live.closed('a'.repeat(1_000));
  live.closed('again');
  t.equal(ledger.list()[0]?.closeReason, 'a'.repeat(256));
  t.equal(ledger.list().length, 3);
  t.end();
});

t.test('bytes that come while a link closes still count, until its socket is closed', (t) => {
  const counter = { bytesRead: 0, bytesWritten: 0, closed: false };
  const ledger = new LinkLedger({ configEpoch: () => 1 });
  t.teardown(() => ledger.stop());
  const link = ledger.open({ ...FACTS, counter });
  link.established();
  Object.assign(counter, { bytesRead: 10, bytesWritten: 10 });
  link.closed('bye');
  counter.bytesWritten = 34;
  t.equal(ledger.list()[0]?.clearBytesOut, 34);
  counter.closed = true;
  t.equal(ledger.list()[0]?.clearBytesOut, 34);
  counter.bytesWritten = 99;
  t.equal(ledger.list()[0]?.clearBytesOut, 34, 'final');
  t.end();
});

t.test('a dialled link is listed when its mode is settled, an accepted one at once', (t) => {
  const ledger = new LinkLedger({ configEpoch: () => 1 });
  t.teardown(() => ledger.stop());
  const counter = { bytesRead: 0, bytesWritten: 0 };
  const out = ledger.open({ ...FACTS, direction: 'OUT', counter, peerServer: '10.0.0.2:2882' });
  ledger.open({
    ...FACTS,
    counter: () => ({
      negotiationBytesIn: 0,
      negotiationBytesOut: 0,
      clearBytesIn: 1,
      clearBytesOut: 2,
      encryptedBytesIn: 3,
      encryptedBytesOut: 4,
      lastClearAt: 5,
    }),
  });
  t.same(
    ledger.list().map((link) => [link.direction, link.encryptedBytesOut]),
    [['IN', 4]],
  );
  out.established();
  t.same(
    ledger.list().map((link) => link.direction),
    ['OUT', 'IN'],
  );
  t.same(ledger.rows()[0]?.slice(5, 7), ['10.0.0.2', 2882]);
  t.end();
});
