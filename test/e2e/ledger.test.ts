import {
  askNode,
  canCapture,
  captureWire,
  payloadByDirection,
  startCluster,
  type TestCluster,
} from '@sealane/testkit';
import t, { type Test } from 'tap';

const FILE_TIMEOUT_MS = 200_000;
const LAST_MESSAGE_SIZE_MAX = 512;

// Real clusters take their time where the machine is busy.
t.setTimeout(FILE_TIMEOUT_MS);

const CLOSED_LINKS_SQL = `SELECT SVR_PORT, DIRECTION, LOCAL_ADDR, PEER_ADDR, MODE,
  CLEAR_BYTES_IN + ENCRYPTED_BYTES_IN, CLEAR_BYTES_OUT + ENCRYPTED_BYTES_OUT, CLEAR_BYTES_IN + CLEAR_BYTES_OUT,
  LINK_ID FROM oceanbase.GV$OB_LINKS WHERE KIND = 'RPC' AND CLOSED_AT IS NOT NULL AND PEER_SVR_PORT = `;

const LAST_LINK_SQL = 'SELECT SVR_PORT, MAX(LINK_ID) FROM oceanbase.GV$OB_LINKS GROUP BY SVR_PORT';

t.test(
  'the ledger and a capture of the wire agree, link by link, in clear and encrypted',
  { skip: canCapture() ? false : 'capturing the wire needs tcpdump and root' },
  async (t) => {
    const cluster = await startCluster(t);

    const plain = await linksThatLivedUnderCapture(t, cluster);
    t.ok(plain.length >= 4, `${plain.length} closed links in clear`);
    for (const link of plain) {
      t.equal(link.mode, 'PLAIN');
      agree(t, link);
      t.equal(link.clear, link.in + link.out, `${link.name}: all of them in clear`);
    }

    t.equal((await cluster.controller('encryption', 'enable', '--yes')).code, 0);
    const encrypted = (await linksThatLivedUnderCapture(t, cluster)).filter(
      (link) => link.mode === 'ENCRYPTED',
    );
    t.ok(encrypted.length >= 4, `${encrypted.length} closed links encrypted`);
    for (const link of encrypted) {
      t.equal(link.mode, 'ENCRYPTED');
      agree(t, link);
      t.ok(link.clear < 200, `${link.name}: ${link.clear} bytes in clear, the negotiation`);
    }
  },
);

/** Equal, but for the message that was under way when the link closed: on the wire, and read by nobody. */
function agree(t: Test, link: Compared): void {
  const [differenceIn, differenceOut] = [link.in - link.capturedIn, link.out - link.capturedOut];
  t.ok(
    Math.abs(differenceIn) <= LAST_MESSAGE_SIZE_MAX,
    `${link.name}: ${link.in} bytes in, ${differenceIn} off`,
  );
  t.ok(
    Math.abs(differenceOut) <= LAST_MESSAGE_SIZE_MAX,
    `${link.name}: ${link.out} bytes out, ${differenceOut} off`,
  );
}

interface Compared {
  readonly name: string;
  readonly mode: string;
  readonly in: number;
  readonly out: number;
  readonly clear: number;
  readonly capturedIn: number;
  readonly capturedOut: number;
}

/** Restarts the second node twice: the links between it and the others open and close within the capture. */
async function linksThatLivedUnderCapture(
  t: Parameters<typeof captureWire>[0],
  cluster: TestCluster,
): Promise<readonly Compared[]> {
  const [first, second] = cluster.nodes;
  if (first === undefined || second === undefined) throw new Error('no nodes');
  const before = await askNode(cluster, first, LAST_LINK_SQL, { user: 'root@sys' });
  const lastIds = new Map(before.map(([server, id]) => [Number(server), Number(id)]));
  const capture = await captureWire(
    t,
    cluster.nodes.map((node) => node.svr_port),
  );
  for (let restart = 0; restart < 2; restart += 1) {
    const server = `${second.svr_ip}:${second.svr_port}`;
    const result = await cluster.controller('restart', '--server', server);
    if (result.code !== 0) throw new Error(result.stderr);
  }
  const captured = payloadByDirection(await capture.stop());
  const rows = await askNode(cluster, first, `${CLOSED_LINKS_SQL}${second.svr_port}`, { user: 'root@sys' });
  return rows
    .filter((row) => Number(row[8]) > (lastIds.get(Number(row[0])) ?? 0))
    .map(([server, direction, local, peer, mode, bytesIn, bytesOut, clear]) => ({
      name: `${server} ${direction} ${peer}`,
      mode: String(mode),
      in: Number(bytesIn),
      out: Number(bytesOut),
      clear: Number(clear),
      capturedIn: captured.get(`${peer} ${local}`) ?? 0,
      capturedOut: captured.get(`${local} ${peer}`) ?? 0,
    }));
}
