import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { isObError } from '@sealane/errors';
import { pcodes, wasSent } from '@sealane/ob-rpc';
import { createAuthority, type LinkSnapshot } from '@sealane/transport-security';
import t from 'tap';
import { viewColumns } from '../src/views/definitions.ts';
import { byteRelay } from './byte-relay.ts';
import { AUTHENTICATED, ENCRYPTED, MeshNode, makeWallet, nodesInClear, PLAIN, until } from './mesh-node.ts';

const OPTIONS = { timeoutMs: 5_000 };

function only(node: MeshNode): LinkSnapshot {
  const [link, ...more] = node.ledger.list();
  if (link === undefined || more.length > 0)
    throw new Error(`expected one link, have ${more.length + (link ? 1 : 0)}`);
  return link;
}

/** Two nodes with a relay between them, one link, some traffic with a marker in it, the link closed. */
async function talkThroughRelay(t: Parameters<typeof byteRelay>[0], mode: typeof PLAIN) {
  const wallet = await makeWallet(t.testdir());
  const server = new MeshNode(t, { wallet });
  const client = new MeshNode(t, { wallet });
  server.configure(mode);
  client.configure(mode);
  const listener = await server.listen();
  const relay = await byteRelay(t, listener.port);
  const peers = client.peers([relay.port]);
  const marker = `marker-${randomBytes(12).toString('hex')}`;
  listener.handle(pcodes.REMOTE_EXECUTE, ({ body }) => body);
  const address = `127.0.0.1:${relay.port}`;
  const answer = await peers.call(address, pcodes.REMOTE_EXECUTE, { text: marker, size: 1n }, OPTIONS);
  const blob = randomBytes(300_000);
  const echoed = await peers.call(address, pcodes.REMOTE_EXECUTE, blob, OPTIONS);
  return {
    server,
    client,
    relay,
    peers,
    marker,
    answer,
    intact: Buffer.compare(echoed as Buffer, blob) === 0,
    address,
  };
}

t.test(
  'a link in clear shows its rows on the wire, and both ledgers agree with the tap to the byte',
  async (t) => {
    const { server, client, relay, peers, marker, answer, intact } = await talkThroughRelay(t, PLAIN);
    await peers.drain(1_000);
    await until(() => only(server).closedAt !== undefined, 'the server to notice');
    const [out, into] = [only(client), only(server)];

    t.same(answer, { text: marker, size: 1n });
    t.ok(intact);
    t.ok(relay.saw(marker), 'the marker is on the wire');
    t.match(out, {
      mode: 'PLAIN',
      direction: 'OUT',
      kind: 'RPC',
      encryptedBytesIn: 0,
      encryptedBytesOut: 0,
      secure: undefined,
    });
    t.match(into, { mode: 'PLAIN', direction: 'IN', peerServer: '127.0.0.1:0' });
    t.match(out, { negotiationBytesOut: 19, negotiationBytesIn: 0 });
    t.match(into, { negotiationBytesOut: 0, negotiationBytesIn: 19 });
    t.equal(out.clearBytesOut + 19, relay.upSize());
    t.equal(out.clearBytesIn, relay.downSize());
    t.equal(into.clearBytesIn + 19, relay.upSize());
    t.equal(into.clearBytesOut, relay.downSize());
    t.ok(out.lastClearAt !== undefined && out.lastClearAt >= out.openedAt);
  },
);

t.test('an encrypted link hides its rows, and nothing but 19 bytes of negotiation went before', async (t) => {
  const { server, client, relay, peers, marker, answer, intact } = await talkThroughRelay(t, ENCRYPTED);
  await peers.drain(1_000);
  await until(() => only(server).closedAt !== undefined, 'the server to notice');
  // The goodbye of TLS comes after the link is closed for us, and takes its time through the relay.
  await until(() => only(server).encryptedBytesIn + 19 === relay.upSize(), 'the last bytes up');
  await until(() => only(server).encryptedBytesOut === relay.downSize(), 'the last bytes out');
  await until(() => only(client).encryptedBytesIn === relay.downSize(), 'the last bytes down');
  const [out, into] = [only(client), only(server)];

  t.same(answer, { text: marker, size: 1n });
  t.ok(intact);
  t.notOk(relay.saw(marker), 'the marker is not on the wire');
  t.match(out, { mode: 'ENCRYPTED', negotiationBytesIn: 0, negotiationBytesOut: 19, clearBytesOut: 0 });
  t.match(into, { mode: 'ENCRYPTED', negotiationBytesIn: 19, clearBytesIn: 0, lastClearAt: undefined });
  t.equal(out.encryptedBytesOut + 19, relay.upSize());
  t.equal(out.encryptedBytesIn, relay.downSize());
  t.equal(into.encryptedBytesOut, relay.downSize());
  t.match(out.secure, {
    protocol: 'TLSv1.3',
    verifyResult: 'OK',
    cipher: /^TLS_/,
    keyExchange: 'X25519MLKEM768',
  });
  t.equal(into.secure?.keyExchange, 'X25519MLKEM768', 'the accepting end knows it as well');
  t.equal(out.secure?.peerCertificate?.sha256, into.secure?.localCertificate?.sha256);
});

t.test(
  'SSL_NO_ENCRYPT proves both ends, then speaks in clear, and is never shown as encrypted',
  async (t) => {
    const { server, client, relay, peers, marker, answer, intact } = await talkThroughRelay(t, AUTHENTICATED);
    await peers.drain(1_000);
    await until(() => only(server).closedAt !== undefined, 'the server to notice');
    const [out, into] = [only(client), only(server)];

    t.same(answer, { text: marker, size: 1n });
    t.ok(intact, '300,000 bytes there and back');
    t.ok(relay.saw(marker), 'the marker is on the wire');
    for (const end of [out, into]) {
      t.match(end, { mode: 'AUTHENTICATED', encryptedBytesIn: 0, encryptedBytesOut: 0 });
      t.match(end.secure, { verifyResult: 'OK', peerCertificate: { subject: '/O=Sealane/CN=node' } });
      t.ok(end.lastClearAt !== undefined);
    }
    t.equal(out.negotiationBytesOut + out.clearBytesOut, relay.upSize());
    t.equal(out.negotiationBytesIn + out.clearBytesIn, relay.downSize());
    t.equal(into.negotiationBytesIn, out.negotiationBytesOut, 'both know where clear text begins');
    t.equal(into.negotiationBytesOut, out.negotiationBytesIn);
    t.equal(into.clearBytesIn, out.clearBytesOut);
    t.equal(into.clearBytesOut, out.clearBytesIn);
    t.match(server.logText(), /rpc connection accept .*"use_ssl":false,"auth_method":"SSL_NO_ENCRYPT"/);
  },
);

t.test(
  'the rows of the view have as many cells as the view has columns after SVR_IP and SVR_PORT',
  async (t) => {
    const { client } = await talkThroughRelay(t, ENCRYPTED);
    const [row] = client.ledger.rows();

    t.equal(row?.length, viewColumns.OB_LINKS.length - 2);
    t.match(row?.slice(0, 3), [1, 'RPC', 'OUT']);
    t.match(row?.[7], /^\/O=Sealane\/CN=node \(IP Address:127\.0\.0\.1\)$/);
    t.match(row?.[8], /^\/O=Sealane\/CN=node \(IP Address:127\.0\.0\.1\)$/);
    t.match(row?.[9], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
    t.match(row?.slice(11, 14), ['ENCRYPTED', null, 'TLSv1.3']);
    t.match(row?.slice(27), [null, null, null]);
  },
);

t.test(
  'flipping the parameters leaves an open link as it is; a new one obeys, under the new epoch',
  async (t) => {
    const { server, client, peers, address, ask } = await nodesInClear(t);
    t.equal(await ask(), false);

    server.configure(ENCRYPTED);
    client.configure(ENCRYPTED);
    t.equal(await ask(), false, 'still in clear');
    t.match(only(client), {
      mode: 'PLAIN',
      configEpoch: 1,
      modeReason: 'a new link would be ENCRYPTED: _ob_ssl_invited_nodes is ALL; ALTER SYSTEM RENEW RPC LINKS',
    });

    peers.recycle(address);
    t.equal(await ask(), true, 'encrypted after the redial');
    t.match(client.ledger.list(), [
      { mode: 'ENCRYPTED', configEpoch: 2, closedAt: undefined, modeReason: undefined },
      { mode: 'PLAIN', configEpoch: 1, closeReason: /recycled/ },
    ]);

    server.configure(PLAIN);
    client.configure(PLAIN);
    t.equal(await ask(), true, 'and back: still encrypted');
    peers.recycle();
    t.equal(await ask(), false);
  },
);

t.test('one port takes links in clear and over TLS at once, and logs use_ssl for each', async (t) => {
  const wallet = await makeWallet(t.testdir());
  const server = new MeshNode(t, { wallet });
  server.configure(ENCRYPTED);
  const listener = await server.listen();
  listener.handle(pcodes.REMOTE_EXECUTE, ({ encrypted }) => encrypted);
  const address = `127.0.0.1:${listener.port}`;
  const methods = [
    PLAIN,
    ENCRYPTED,
    { ...ENCRYPTED, invitedNodes: '10.0.0.1' },
    { ...ENCRYPTED, invitedNodes: '127.0.0.1' },
    { ...ENCRYPTED, invitedNodes: 'NONE', rpcClientMethod: 'SSL_IO' },
    AUTHENTICATED,
  ];

  const verdicts: unknown[] = [];
  for (const parameters of methods) {
    const client = new MeshNode(t, { wallet });
    client.configure(parameters);
    verdicts.push(await client.peers([listener.port]).call(address, pcodes.REMOTE_EXECUTE, null, OPTIONS));
  }

  t.same(verdicts, [false, true, false, true, true, false]);
  const accepts = server.log.filter((line) => line.message === 'rpc connection accept');
  t.same(
    accepts.map((line) => line.fields['use_ssl']),
    [false, true, false, true, true, false],
  );
  t.match(accepts[1]?.fields, { local_addr: address, dest: /^127\.0\.0\.1:\d+$/, ssl_invited_nodes: 'ALL' });
});

t.test('a server that demands TLS refuses plaintext and says what to do', async (t) => {
  const wallet = await makeWallet(t.testdir());
  const [server, client] = [new MeshNode(t, { wallet }), new MeshNode(t)];
  server.configure({ ...ENCRYPTED, rpcServerMethod: 'SSL_IO' });
  const listener = await server.listen();
  const peers = client.peers([listener.port]);

  await t.rejects(
    peers.call(`127.0.0.1:${listener.port}`, pcodes.REMOTE_EXECUTE, null, { timeoutMs: 1_500 }),
  );
  t.match(
    server.logText(),
    /refused plaintext from 127\.0\.0\.1:\d+: rpc_server_authentication_method is SSL_IO; let the peer dial with TLS/,
  );
});

t.test("a server without a wallet refuses TLS with OceanBase's words", async (t) => {
  const wallet = await makeWallet(t.testdir());
  const [server, client] = [new MeshNode(t), new MeshNode(t, { wallet })];
  client.configure(ENCRYPTED);
  const listener = await server.listen();

  await t.rejects(
    client
      .peers([listener.port])
      .call(`127.0.0.1:${listener.port}`, pcodes.REMOTE_EXECUTE, null, { timeoutMs: 1_500 }),
  );
  t.match(server.logText(), /refused TLS from .*ssl config not configured or not load completely/);
});

t.test('rubbish on the RPC port is named in the log and ends nothing but its own connection', async (t) => {
  const [server, client] = [new MeshNode(t), new MeshNode(t)];
  const listener = await server.listen();
  listener.handle(pcodes.REMOTE_EXECUTE, ({ body }) => body);
  const peers = client.peers([listener.port]);
  const ask = (): Promise<unknown> =>
    peers.call(`127.0.0.1:${listener.port}`, pcodes.REMOTE_EXECUTE, 7, OPTIONS);
  t.equal(await ask(), 7);

  const strangers = [
    'GET / HTTP/1.1\r\n\r\n',
    'SSH-2.0-OpenSSH\r\n',
    randomBytes(1).fill(0x41),
    Buffer.from('01dbdbce41', 'hex'),
  ];
  for (const bytes of strangers) {
    const socket = connect({ port: listener.port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(bytes);
    socket.resume();
    if (bytes === strangers[3]) socket.write(Buffer.alloc(11));
    await closed;
  }

  t.match(server.logText(), /sent an HTTP request: 47455420/);
  t.match(server.logText(), /sent an SSH greeting/);
  t.match(server.logText(), /sent neither OB-RPC nor TLS: 41/);
  t.match(server.logText(), /an OB-RPC frame of 1090519040 bytes is over the limit/);
  t.equal(await ask(), 7, 'the others are served on');
});

t.test('half a packet and then silence ends with its deadline', async (t) => {
  const server = new MeshNode(t);
  const listener = await server.listen();
  const socket = connect({ port: listener.port, host: '127.0.0.1' });
  t.teardown(() => socket.destroy());
  socket.resume();
  socket.write(Buffer.from('01dbdb', 'hex'));

  await new Promise((resolve) => socket.once('close', resolve));
  t.match(server.logText(), /sent nothing that could be read within 3000 ms/);
});

t.test('certificates that do not fit are refused with the reason, on the side that sees it', async (t) => {
  const authority = await createAuthority();
  const yesterday = new Date(Date.now() - 2 * 86_400_000);
  const cases = [
    {
      name: 'of another CA',
      bad: {},
      reason:
        /refused: (SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|CERT_SIGNATURE_FAILURE)/,
    },
    {
      name: 'expired',
      bad: { authority, validFrom: yesterday, days: 1 },
      reason: /refused: CERT_HAS_EXPIRED; renew it/,
    },
    {
      name: 'for another address',
      bad: { authority, addresses: ['10.9.9.9'] },
      reason: /does not name 127\.0\.0\.1 \(it names IP Address:10\.9\.9\.9\)/,
    },
  ];
  const good = await makeWallet(`${t.testdir({})}/good`, { authority });
  for (const [index, { name, bad, reason }] of cases.entries()) {
    const wallet = await makeWallet(`${good}/../bad${index}`, bad);
    const [server, client] = [new MeshNode(t, { wallet }), new MeshNode(t, { wallet: good })];
    server.configure(ENCRYPTED);
    client.configure(ENCRYPTED);
    const listener = await server.listen();
    const peers = client.peers([listener.port]);
    peers.start();

    await until(() => reason.test(client.logText()), `a server certificate ${name} to be refused`);
    t.match(client.logText(), reason, `a server certificate ${name} is refused by who dials`);
    t.not(peers.state(`127.0.0.1:${listener.port}`).state, 'open');
  }
  const wallet = await makeWallet(`${good}/../other`, {});
  const [server, client] = [new MeshNode(t, { wallet: good }), new MeshNode(t, { wallet })];
  server.configure(ENCRYPTED);
  client.configure(ENCRYPTED);
  const listener = await server.listen();
  client.peers([listener.port]).start();
  await until(() => /rpc link failed/.test(client.logText()), 'the link to fail');
  t.equal(
    server.ledger.list().filter((link) => link.mode === 'ENCRYPTED' && link.closedAt === undefined).length,
    0,
  );
});

t.test('who says it is a server must show a certificate for that address, encrypted or not', async (t) => {
  const authority = await createAuthority();
  const base = t.testdir({});
  for (const mode of [ENCRYPTED, AUTHENTICATED]) {
    const server = new MeshNode(t, { wallet: await makeWallet(`${base}/a`, { authority }) });
    const client = new MeshNode(t, { wallet: await makeWallet(`${base}/b`, { authority }) });
    client.self.ip = '10.1.1.1';
    server.configure(mode);
    client.configure(mode);
    const listener = await server.listen();
    client.peers([listener.port]).start();

    await until(() => client.logText().includes('the peer says it is 10.1.1.1:0'), 'the refusal');
    t.match(
      client.logText(),
      /the peer says it is 10\.1\.1\.1:0, but its certificate \/O=Sealane\/CN=node names IP Address:127\.0\.0\.1/,
    );
  }
});

t.test('a node of another cluster is refused with 8004, in words', async (t) => {
  const [server, client] = [new MeshNode(t), new MeshNode(t, { clusterName: 'other' })];
  const listener = await server.listen();
  const peers = client.peers([listener.port]);
  peers.start();

  await until(() => peers.state(`127.0.0.1:${listener.port}`).lastError !== undefined, 'the refusal');
  const { lastError } = peers.state(`127.0.0.1:${listener.port}`);
  t.match(lastError, {
    code: -8004,
    message:
      /packet cluster id not match: 127\.0\.0\.1:0 belongs to cluster other \(1\), this is obcluster \(1\)/,
  });
});

t.test('a peer that restarts is dialled again; calls say whether they were sent', async (t) => {
  const [server, client] = [new MeshNode(t), new MeshNode(t)];
  const first = await server.listen();
  first.handle(pcodes.REMOTE_EXECUTE, () => new Promise(() => undefined));
  first.handle(pcodes.KILL_SESSION, () => 'first');
  const peers = client.peers([first.port]);
  const address = `127.0.0.1:${first.port}`;
  t.equal(await peers.call(address, pcodes.KILL_SESSION, null, OPTIONS), 'first');

  const hanging = peers.call(address, pcodes.REMOTE_EXECUTE, null, OPTIONS).catch((error: unknown) => error);
  await peers.call(address, pcodes.KILL_SESSION, null, OPTIONS);
  await first.close();
  const lost = await hanging;
  t.ok(isObError(lost, 'OB_RPC_SEND_ERROR') && wasSent(lost), 'the call in flight is unknown');
  await until(() => peers.state(address).failedAttempts >= 2, 'the peer to be given up on');
  const refused = await peers
    .call(address, pcodes.KILL_SESSION, null, OPTIONS)
    .catch((error: unknown) => error);
  t.ok(isObError(refused, 'OB_RPC_POST_ERROR') && !wasSent(refused), 'a new call was not sent');
  t.notOk(peers.post(address, pcodes.KILL_SESSION, null), 'a post is dropped');

  const second = await server.listen(first.port);
  second.handle(pcodes.KILL_SESSION, () => 'second');
  await until(() => peers.state(address).state === 'open', 'the link to open again');
  t.equal(await peers.call(address, pcodes.KILL_SESSION, null, OPTIONS), 'second');
  await until(() => peers.state(address).failedAttempts === 0, 'the attempts to be cleared by a frame');
  const opened = client.log.filter((line) => line.message === 'rpc link open').map((line) => line.fields);
  t.match(opened, [
    { peer: address, use_ssl: false, failed_attempts: 0 },
    { peer: address, use_ssl: false },
  ]);
  t.ok(Number(opened[1]?.['failed_attempts']) >= 2);
});

t.test('a call to a server that is not in the list is refused by name', async (t) => {
  const peers = new MeshNode(t).peers([]);

  await t.rejects(peers.call('10.0.0.9:2882', pcodes.KILL_SESSION, null, OPTIONS), {
    message: /10\.0\.0\.9:2882 is no other server of this cluster/,
  });
});

t.test(
  'servers that join are dialled, servers that leave are dropped, and a node never dials itself',
  async (t) => {
    const [first, second, client] = [new MeshNode(t), new MeshNode(t), new MeshNode(t)];
    const [one, two] = [await first.listen(), await second.listen()];
    const [addressOne, addressTwo] = [`127.0.0.1:${one.port}`, `127.0.0.1:${two.port}`];
    const peers = client.peers([one.port, client.self.rpcPort]);
    peers.start();
    t.same(peers.servers, [addressOne]);
    await until(() => peers.state(addressOne).state === 'open', 'the first link');

    peers.setServers([addressTwo]);
    t.same(peers.servers, [addressTwo]);
    await until(() => peers.state(addressTwo).state === 'open', 'the second link');
    await until(() => one.connectionCount === 0, 'the first one to be dropped');
  },
);

t.test("the accepting side can cut a server off too, which then dials under today's policy", async (t) => {
  const wallet = await makeWallet(t.testdir());
  const [server, client] = [new MeshNode(t, { wallet }), new MeshNode(t, { wallet })];
  const listener = await server.listen();
  listener.handle(pcodes.REMOTE_EXECUTE, ({ encrypted }) => encrypted);
  t.throws(() => listener.handle(pcodes.REMOTE_EXECUTE, () => 0), {
    message: /REMOTE_EXECUTE has a handler already/,
  });
  const peers = client.peers([listener.port]);
  const ask = (): Promise<unknown> =>
    peers.call(`127.0.0.1:${listener.port}`, pcodes.REMOTE_EXECUTE, null, OPTIONS);
  t.equal(await ask(), false);
  server.configure(ENCRYPTED);
  client.configure(ENCRYPTED);

  listener.closeLinksFrom('127.0.0.1:0');
  await until(() => client.ledger.list().some((link) => link.mode === 'ENCRYPTED'), 'the new link');
  t.equal(await ask(), true);
});
