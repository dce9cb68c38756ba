import { existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { askNode, connectTo, startCluster, type TestCluster, type TestNode, within } from '@sealane/testkit';
import t, { type Test } from 'tap';
import { observe } from './observe.ts';

/** Strangers at both ports: the cluster neither lets them in nor stumbles, and its clients hardly notice. */

const FILE_TIMEOUT_MS = 150_000;
t.setTimeout(FILE_TIMEOUT_MS);

const sys = { user: 'root@sys' };
/** Both ports get so many. */
const HALF_OPEN_COUNT = 5_000;
/** The test's own descriptors for everything else. */
const OTHER_FILES = 500;
const LOGIN_COUNT = 10;
/** A client shall get in within a second. */
const LOGIN_MS_MAX = 1_000;
/** Two thousand that are there, and what ten thousand have left to be collected. */
const RSS_GROWTH_MAX_MIB = 400;

t.test('garbage of every kind at both ports costs no link, no election and no node', async (t) => {
  const cluster = await startCluster(t);
  const [node] = cluster.nodes as readonly [TestNode, ...TestNode[]];
  const before = await observe(cluster, node);
  const sent = { closed: 0, open: 0 };
  for (const port of [node.sql_port, node.svr_port]) {
    const sockets = await Promise.all(garbage().map((bytes) => stranger(t, node, port, bytes)));
    await delay(300);
    for (const { socket } of sockets) sent[socket.closed ? 'closed' : 'open'] += 1;
    t.ok(
      sockets.some(({ socket }) => socket.closed),
      `port ${port} hangs up on what it can't read`,
    );
    const loud = sockets.filter(({ received }) => received.some((bytes) => bytes.includes('Internal error')));
    t.equal(loud.length, 0, 'nothing of it is an internal error');
  }
  t.comment(JSON.stringify(sent));
  t.same(await observe(cluster, node), before, 'the same terms, links and servers');
  t.same(internalErrors(cluster), [], 'no node has logged an internal error');
});

t.test(`${HALF_OPEN_COUNT} half-open connections at each port, and more behind them`, async (t) => {
  const perPort = Math.min(HALF_OPEN_COUNT, Math.floor((openFilesMax() - OTHER_FILES) / 2));
  if (perPort < HALF_OPEN_COUNT) t.comment(`only ${perPort}: this user may open ${openFilesMax()} files`);
  const cluster = await startCluster(t, { parameters: 'ssl_client_authentication=True' });
  const [node, other] = cluster.nodes as readonly [TestNode, TestNode, ...TestNode[]];
  const before = await observe(cluster, other);
  const rssBefore = rssMib(node);
  await askNode(cluster, node, 'SELECT 1');

  const crowd = new Crowd(node, perPort);
  t.teardown(() => crowd.leave());
  await crowd.gather();
  const loginMs: number[] = [];
  for (let count = 0; count < LOGIN_COUNT; count++) {
    const startedAt = performance.now();
    const connection = await connectTo(cluster, node, { tls: count % 2 === 1 });
    await connection.query('SELECT 1');
    loginMs.push(performance.now() - startedAt);
    connection.destroy();
    await delay(100);
  }
  // The mesh is dialled anew in the crowd, too.
  const rssAfter = rssMib(node);
  loginMs.sort((a, b) => a - b);
  t.comment(`logins ${loginMs.map(Math.round).join(', ')} ms; RSS ${rssBefore} → ${rssAfter} MiB; ${crowd}`);
  t.ok((loginMs[LOGIN_COUNT >> 1] ?? Infinity) < LOGIN_MS_MAX, 'a client gets in within a second');
  t.same(await observe(cluster, other), before, 'the same terms, links and servers');
  t.ok(rssAfter - rssBefore < RSS_GROWTH_MAX_MIB, `${rssAfter - rssBefore} MiB more`);

  crowd.leave();
  await within(15_000, 'the crowd is gone from the ledger', async () => {
    const [[count]] = (await askNode(cluster, node, strangersLeft, sys)) as [[number]];
    return count === 0;
  });
  t.same(internalErrors(cluster), [], 'no node has logged an internal error');
});

/** Connections that say nothing, or little; who is pushed out comes again. */
class Crowd {
  readonly #node: TestNode;
  readonly #perPort: number;
  readonly #sockets = new Set<Socket>();
  #over = false;
  #openedCount = 0;
  #pushedOutCount = 0;

  constructor(node: TestNode, perPort: number) {
    this.#node = node;
    this.#perPort = perPort;
  }

  async gather(): Promise<void> {
    const { sql_port: sqlPort, svr_port: rpcPort } = this.#node;
    for (let count = 0; count < this.#perPort; count += batchSize) {
      const batch = Array.from({ length: batchSize }, (_, index) => count + index);
      await Promise.all(batch.flatMap((index) => [this.#come(sqlPort, index), this.#come(rpcPort, index)]));
    }
  }

  leave(): void {
    this.#over = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  toString(): string {
    return `${this.#openedCount} came, ${this.#pushedOutCount} were pushed out, ${this.#sockets.size} are there`;
  }

  #come(port: number, index: number): Promise<void> {
    const socket = connect({ host: this.#node.svr_ip, port, localAddress: `127.0.0.${2 + (index % 4)}` });
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.resume();
    return new Promise((resolve) => {
      socket.once('connect', () => {
        this.#openedCount += 1;
        socket.write(beginnings[index % beginnings.length] ?? '');
        resolve();
      });
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.#pushedOutCount += 1;
        resolve();
        if (!this.#over && index % comesAgainEvery === 0)
          setTimeout(() => void this.#come(port, index), 200).unref();
      });
    });
  }
}

const batchSize = 100;
const comesAgainEvery = 10;
/** Silence, a byte of anything, half a packet, half a TLS record, half a negotiation. */
const beginnings = [
  '',
  '\x01',
  Buffer.of(0x20, 0, 0, 1, 0x85),
  Buffer.of(0x16, 3, 1, 2, 0),
  Buffer.of(0x12, 0x34, 0x56),
];

interface Stranger {
  readonly socket: Socket;
  readonly received: Buffer[];
}

async function stranger(t: Test, node: TestNode, port: number, bytes: Uint8Array): Promise<Stranger> {
  const socket = connect({ host: node.svr_ip, port });
  t.teardown(() => socket.destroy());
  const received: Buffer[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  socket.write(bytes);
  return { socket, received };
}

function garbage(): Uint8Array[] {
  const noise = (size: number): Buffer =>
    Buffer.from(Array.from({ length: size }, (_, index) => (index * 167 + 13) & 0xff));
  const longPacket = Buffer.concat([Buffer.of(0xff, 0xff, 0xff, 1), noise(4096)]);
  const clientHello = Buffer.concat([Buffer.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3), noise(512)]);
  const frame = Buffer.concat([
    Buffer.of(0x01, 0xdb, 0xdb, 0xce, 0, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0),
    noise(80),
  ]);
  const hugeFrame = Buffer.of(0x01, 0xdb, 0xdb, 0xce, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0);
  const sslRequest = Buffer.concat([Buffer.of(32, 0, 0, 1, 0x85, 0xae, 0xff, 0x19), noise(28)]);
  const ussl = Buffer.from('12 03 ef be 01 00 00 00 10 00 00 00 04 00 00 00'.replaceAll(' ', ''), 'hex');
  return [
    noise(1),
    noise(64),
    noise(70_000),
    Buffer.alloc(100_000),
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    Buffer.from('SSH-2.0-OpenSSH_9\r\n'),
    longPacket,
    clientHello,
    frame,
    hugeFrame,
    sslRequest,
    Buffer.concat([sslRequest, clientHello]),
    ussl,
    Buffer.concat([ussl, noise(300)]),
  ];
}

const strangersLeft = `SELECT count(*) FROM oceanbase.GV$OB_LINKS
  WHERE closed_at IS NULL AND peer_addr NOT LIKE '127.0.0.1:%'`;

function internalErrors(cluster: TestCluster): string[] {
  return cluster.nodes.flatMap((node) =>
    readFileSync(`${cluster.directoryOf(node)}/log/observer.log`, 'utf8')
      .split('\n')
      .filter((line) =>
        /"level":"?(50|60|error|fatal)|internal error|uncaught|an RPC handler failed/i.test(line),
      )
      .map((line) => line.slice(0, 300)),
  );
}

/** 0 where the system doesn't tell. */
function rssMib({ pid }: TestNode): number {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return 0;
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? 0) / 1024);
}

/** What Node raised its own limit to. */
function openFilesMax(): number {
  const path = '/proc/self/limits';
  if (!existsSync(path)) return 4_096;
  return Number(/Max open files\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? 4_096);
}
