import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import type { ObError } from '@sealane/errors';
import { DialledLink, pcodes } from '@sealane/ob-rpc';
import { freePorts } from '@sealane/testkit';
import t, { type Test } from 'tap';
import { entryWindowSize } from '../../src/log-thread/entry-window.ts';
import { LogNode } from '../../src/log-thread/log-node.ts';
import { LogThread } from '../../src/log-thread/log-thread.ts';
import type { LogThreadParameters, ToLogThread, ToSqlThread } from '../../src/log-thread/messages.ts';
import type { ForwardedRequest } from '../../src/log-thread/request-server.ts';
import type { NodeConfig } from '../../src/node-config.ts';
import type { AppliedEntry } from '../../src/replication/index.ts';
import { nodePcodes } from '../../src/rpc-front/pcodes.ts';
import { PLAIN, until } from '../mesh-node.ts';
import { type MemoryEnd, memoryChannel } from './memory-channel.ts';

/** However busy the machine is. */
const WAIT_MS = 30_000;
const tenantId = 1002;
const silent = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {} };
const parameters: LogThreadParameters = {
  mesh: PLAIN,
  security: { sslClientAuthentication: false, sqlMinTlsVersion: 'none' },
  invitedTools: 'NONE',
  wallet: undefined,
  configVersion: 1,
  logLevel: 'INFO',
  electionTimings: 'SEALANE',
};
t.setTimeout(120_000);

const report = {
  zone: 'zone1',
  sqlPort: 1,
  buildVersion: 'b',
  startServiceTimeUs: 0,
  empty: true,
  electionTimings: 'SEALANE',
};

interface Node {
  readonly thread: LogThread;
  readonly stream: ReturnType<LogThread['openStream']>;
  readonly applied: AppliedEntry[];
  readonly failures: ObError[];
  readonly port: number;
  /** The SQL thread's end; hold it and that thread is busy. */
  readonly sql: MemoryEnd<ToLogThread, ToSqlThread>;
  /** The log thread dies. */
  die(reason: Error): void;
}

/** Both halves of a node that is alone, with a real log and a real port, on one thread. */
async function makeNode(t: Test, handle: (thread: LogThread) => void = () => undefined): Promise<Node> {
  const baseDirectory = mkdtempSync(join(tmpdir(), 'log-thread-'));
  t.teardown(() => rmSync(baseDirectory, { recursive: true, force: true }));
  const [port = 0] = await freePorts(1);
  const self = { ip: '127.0.0.1', rpcPort: port, sqlPort: 1 };
  const config: NodeConfig = {
    baseDirectory,
    self,
    zone: 'zone1',
    clusterName: 'obcluster',
    clusterId: 1,
    servers: [self],
    overrides: {},
  };
  const [sql, log] = memoryChannel<ToLogThread, ToSqlThread>();
  const ended = Promise.withResolvers<void>();
  const applied: AppliedEntry[] = [];
  const failures: ObError[] = [];
  const thread = new LogThread({
    config,
    logLevel: 'INFO',
    logger: silent,
    startThread: (data) => {
      new LogNode({ data, channel: log, logger: silent, closed: () => ended.resolve() });
      return { channel: sql, ended: ended.promise };
    },
    failed: (error) => failures.push(error),
  });
  const facts = {
    tenantId,
    lsId: 1001,
    directory: join(baseDirectory, 'log'),
    members: [`127.0.0.1:${port}`],
  };
  const stream = thread.openStream(facts, {
    appliedLsn: 0,
    apply: (entry) => applied.push(entry),
    applyAll: (entries) => applied.push(...entries),
    onRoleChange: () => undefined,
  });
  handle(thread);
  await thread.start(parameters, report);
  t.teardown(async () => {
    sql.release();
    if (failures.length === 0) {
      await thread.stopStreams();
      return thread.close();
    }
    sql.post({ kind: 'ask', id: 0, name: 'stop-streams', argument: undefined });
    sql.post({ kind: 'close' });
  });
  await until(() => stream.role().serving, 'the node serves', WAIT_MS);
  return { thread, stream, applied, failures, port, sql, die: ended.reject };
}

function dial(t: Test, port: number): DialledLink {
  const link = new DialledLink({
    peer: { host: '127.0.0.1', port },
    self: { server: '127.0.0.1:2', identity: 'observer', clusterName: 'obcluster', clusterId: 1 },
    plan: () => ({ generation: 'easy', method: 'NONE' }),
    encrypter: {
      secureInbound: () => Promise.reject(new Error('in clear')),
      secureOutbound: () => Promise.reject(new Error('in clear')),
      authenticateInbound: () => Promise.reject(new Error('in clear')),
      authenticateOutbound: () => Promise.reject(new Error('in clear')),
    },
    watcher: {
      open: () => ({
        securing() {},
        secured() {},
        authenticated() {},
        established() {},
        written() {},
        failed() {},
        identified() {},
        closed() {},
      }),
    },
    logger: silent,
  });
  t.teardown(() => link.close());
  return link;
}

t.test('a proposal comes back as an entry, and then as an answer', async (t) => {
  const { stream, applied } = await makeNode(t);

  const { lsn } = await stream.propose(Buffer.from('record'));

  const last = applied.at(-1);
  t.match(last, { lsn, kind: 'data', local: true });
  t.equal(Buffer.from(last?.payload ?? []).toString(), 'record');
  t.match(await stream.status(), {
    appliedLsn: lsn,
    endLsn: lsn,
    inSync: true,
    serving: true,
    role: 'LEADER',
  });
});

t.test('a proposal for a term that is over is not appended', async (t) => {
  const { stream, applied } = await makeNode(t);
  const before = applied.length;
  const { term } = stream.role();

  await t.rejects(stream.propose(Buffer.from('late'), { term: term - 1, round: 1 }), {
    name: 'OB_NOT_MASTER',
  });
  await t.rejects(stream.propose(Buffer.from('on top of it'), { term, round: 1 }), { name: 'OB_NOT_MASTER' });
  await stream.propose(Buffer.from('next'), { term, round: 2 });

  t.equal(applied.length, before + 1);
});

t.test('a busy SQL thread is heard of no more than its window', async (t) => {
  const { stream, applied, sql } = await makeNode(t);
  const size = 1024 * 1024;
  const before = applied.length;
  sql.held = true;
  const proposals = Array.from({ length: 20 }, (_, index) =>
    stream.propose(new Uint8Array(size).fill(index)),
  );
  const waiting = () => sql.waiting.filter(({ kind }) => kind === 'own').length;
  await until(() => waiting() >= entryWindowSize / size, 'the window is full', WAIT_MS);
  for (let turn = 0; turn < 50; turn += 1) await setImmediate();
  t.ok(waiting() <= entryWindowSize / size + 1, `${waiting()} entries of a mebibyte`);

  sql.release();
  const lsns = (await Promise.all(proposals)).map(({ lsn }) => lsn);

  const own = applied.slice(before);
  t.same(
    own.map(({ lsn }) => lsn),
    lsns,
  );
  t.same(
    own.map(({ payload }) => payload[0]),
    Array.from({ length: 20 }, (_, index) => index),
  );
});

t.test('while the SQL thread is busy, heartbeats are answered and requests wait', async (t) => {
  const pcode = pcodes.REMOTE_SYNC_EXECUTE;
  const seen: ForwardedRequest[] = [];
  const { port, sql, thread } = await makeNode(t, (each) =>
    each.handle(pcode, (request) => {
      seen.push(request);
      return { echo: request.body };
    }),
  );
  const link = dial(t, port);
  thread.report({ ...report, startServiceTimeUs: 7 });
  await setImmediate();
  await setImmediate();

  sql.held = true;
  const request = link.call(pcode, ['body', 1n], { timeoutMs: 60_000, tenantId });
  const abandoned = t.rejects(link.call(pcode, 'abandoned', { timeoutMs: 20 }), { name: 'OB_TIMEOUT' });
  t.match(await link.call(nodePcodes.heartbeat, {}, { timeoutMs: 60_000 }), { startServiceTimeUs: 7 });
  await abandoned;
  // The handler's thread counts from when the request came.
  await delay(50);
  t.same(seen, []);
  sql.release();

  t.same(await request, { echo: ['body', 1] });
  t.match(seen, [{ tenantId, pcode, from: '127.0.0.1:2', body: ['body', 1] }]);
  t.equal(seen.length, 1, 'what its caller has given up is not begun');
  t.ok((seen[0]?.waitedMs ?? 0) > 0);
});

t.test('a handler answers in pieces as well, and its errors arrive', async (t) => {
  const { port } = await makeNode(t, (thread) => {
    thread.handle(pcodes.REMOTE_EXECUTE, async function* () {
      for (let piece = 0; piece < 50; piece += 1) yield [piece];
    });
    thread.handle(pcodes.REMOTE_SYNC_EXECUTE, () => {
      throw new TypeError('planted');
    });
  });
  const link = dial(t, port);

  const pieces: unknown[] = [];
  for await (const piece of link.stream(pcodes.REMOTE_EXECUTE, null, { timeoutMs: 60_000 }))
    pieces.push(piece);
  t.same(
    pieces,
    Array.from({ length: 50 }, (_, piece) => [piece]),
  );
  await t.rejects(link.call(pcodes.REMOTE_SYNC_EXECUTE, null, { timeoutMs: 60_000 }), {
    name: 'OB_ERR_UNEXPECTED',
    message: 'planted',
  });
});

t.test(
  'links have numbers of their own on each thread, and the state of a link to nobody is known',
  async (t) => {
    const { thread, port } = await makeNode(t);
    const link = dial(t, port);
    await link.call(nodePcodes.heartbeat, {}, { timeoutMs: 60_000 });

    const [row] = await thread.linkRows();
    t.equal(row?.[0], 1);
    t.equal(new Int32Array(thread.linkIds)[0], 1, 'the next one is 2, on whichever thread');
    t.same(await thread.openLinks(), []);
    await t.rejects(thread.mesh.call('127.0.0.1:1', nodePcodes.heartbeat, {}, { timeoutMs: 100 }), {
      name: 'OB_SERVER_NOT_IN_WHITE_LIST',
      details: { sent: false },
    });
  },
);

t.test('a log thread that dies ends the node, and leaves nobody waiting', async (t) => {
  const node = await makeNode(t);
  const { stream, thread, failures } = node;
  const proposed = t.rejects(stream.propose(Buffer.from('record')), {
    message: /the log thread failed: planted/,
  });
  const asked = t.rejects(stream.status(), { message: /planted/ });

  node.die(new Error('planted'));

  await Promise.all([proposed, asked]);
  t.match(failures, [{ name: 'OB_ERR_UNEXPECTED', message: 'the log thread failed: planted' }]);
  t.equal(stream.role().role, 'FOLLOWER');
  await t.rejects(stream.propose(Buffer.from('record')), { name: 'OB_NOT_MASTER' });
  await t.rejects(thread.linkRows(), { message: /planted/ });
});

t.test(
  'the wallet is the one that the SQL thread hands over, and one that OpenSSL refuses keeps the thread from starting',
  async (t) => {
    const now = new Date();
    const names = { subject: '/CN=x', issuer: '/CN=x', commonName: 'x', subjectAltName: '', sha256: '' };
    const wallet = {
      directory: '/nowhere',
      ca: 'nonsense',
      certificate: 'nonsense',
      key: 'nonsense',
      crls: [],
      stamp: '1',
      facts: { ...names, validFrom: now, expiresAt: now },
      authorities: [],
      keyType: '',
      crlNumbers: [],
      problems: [],
      warnings: [],
    };
    await t.rejects(
      makeNode(t, (thread) => {
        const start = thread.start.bind(thread);
        thread.start = (given, ...rest) => start({ ...given, wallet }, ...rest);
      }),
      { message: /PEM/i },
    );
  },
);
