import {
  askNode,
  canCapture,
  captureWire,
  payloadByDirection,
  startCluster,
  type TestCluster,
  within,
} from '@sealane/testkit';
import t, { type Test } from 'tap';

const FILE_TIMEOUT_MS = 200_000;
const SETTLE_TIMEOUT_MS = 10_000;
const SYS = { user: 'root@sys' };

// Real clusters take their time where the machine is busy.
t.setTimeout(FILE_TIMEOUT_MS);

const CLOSED_LINKS_SQL = `SELECT SVR_PORT, LINK_ID, KIND, DIRECTION, LOCAL_ADDR, PEER_ADDR, MODE,
  NEGOTIATION_BYTES_IN, CLEAR_BYTES_IN, ENCRYPTED_BYTES_IN,
  NEGOTIATION_BYTES_OUT, CLEAR_BYTES_OUT, ENCRYPTED_BYTES_OUT, CLOSE_REASON
  FROM oceanbase.GV$OB_LINKS WHERE CLOSED_AT IS NOT NULL`;

const LAST_LINK_SQL = 'SELECT SVR_PORT, MAX(LINK_ID) FROM oceanbase.GV$OB_LINKS GROUP BY SVR_PORT';

t.test(
  'the ledger and a capture of every port agree to the byte: in clear, authenticated and encrypted',
  { skip: canCapture() ? false : 'capturing the wire needs tcpdump and root' },
  async (t) => {
    const cluster = await startCluster(t);
    const links = await linksThatLivedUnderCapture(t, cluster, () => live(t, cluster));

    for (const link of links) {
      t.same(
        { in: total(link.in), out: total(link.out) },
        { in: link.capturedIn, out: link.capturedOut },
        `${link.name} (${link.reason})`,
      );
      agreesWithItsMode(t, link);
    }
    const lived = (kind: string, mode: string) =>
      links.filter((link) => link.kind === kind && link.mode === mode).length;
    // The node that was restarted has forgotten its own ends.
    for (const mode of ['PLAIN', 'AUTHENTICATED', 'ENCRYPTED'])
      t.ok(lived('RPC', mode) >= 8, `${lived('RPC', mode)} ends of links of the mesh, ${mode}`);
    t.ok(lived('SQL', 'PLAIN') >= 3 && lived('SQL', 'ENCRYPTED') >= 3, 'and clients of both kinds');
  },
);

interface Bytes {
  readonly negotiation: number;
  readonly clear: number;
  readonly encrypted: number;
}

interface Compared {
  readonly name: string;
  readonly kind: string;
  readonly mode: string;
  readonly reason: string;
  readonly in: Bytes;
  readonly out: Bytes;
  readonly capturedIn: number;
  readonly capturedOut: number;
}

function total({ negotiation, clear, encrypted }: Bytes): number {
  return negotiation + clear + encrypted;
}

function agreesWithItsMode(t: Test, link: Compared): void {
  const clear = link.in.clear + link.out.clear;
  const encrypted = link.in.encrypted + link.out.encrypted;
  const negotiation = link.in.negotiation + link.out.negotiation;
  // An attempt that found nobody at home.
  if (link.reason !== 'the link was renewed' && clear + encrypted === 0) return;
  if (link.mode === 'ENCRYPTED') t.ok(clear === 0 && encrypted > 0, `${link.name}: nothing in clear`);
  else t.ok(clear > 0 && encrypted === 0, `${link.name}: all in clear, ${link.mode}`);
  if (link.kind === 'RPC' && link.mode === 'PLAIN') t.equal(negotiation, 19, `${link.name}: its negotiation`);
  // The controller's preflight shakes hands at once, and is sent away when it says who it is.
  const negotiates = !link.reason.includes('belongs to cluster preflight');
  if (link.kind === 'RPC' && link.mode === 'ENCRYPTED')
    t.equal(negotiation, negotiates ? 56 : 0, `${link.name}: its negotiation`);
}

/** Every mode, one after the other; each link is closed by the next renewal, the last ones by a restart of one node. */
async function live(t: Test, cluster: TestCluster): Promise<void> {
  const [first, second] = cluster.nodes;
  if (first === undefined || second === undefined) throw new Error('no nodes');
  const asRoot = (text: string) => askNode(cluster, first, text, SYS);
  const asClients = async (tls: boolean): Promise<void> => {
    for (const node of cluster.nodes) await askNode(cluster, node, 'SELECT 1', { tls });
  };
  await asRoot('ALTER SYSTEM RENEW RPC LINKS');
  await asClients(false);
  await asRoot("ALTER SYSTEM SET ssl_client_authentication = 'True'");
  for (const method of ['SSL_NO_ENCRYPT', 'SSL_IO', 'SSL_IO']) {
    await asRoot(`ALTER SYSTEM SET rpc_client_authentication_method = '${method}'`);
    await asRoot('ALTER SYSTEM RENEW RPC LINKS');
    const modes = await asRoot(
      "SELECT DISTINCT MODE FROM oceanbase.GV$OB_LINKS WHERE KIND = 'RPC' AND CLOSED_AT IS NULL",
    );
    t.same(
      modes,
      [[method === 'SSL_IO' ? 'ENCRYPTED' : 'AUTHENTICATED']],
      `every link is renewed with ${method}`,
    );
  }
  await asClients(true);
  const restart = await cluster.controller('restart', '--server', `${second.svr_ip}:${second.svr_port}`);
  if (restart.code !== 0) throw new Error(restart.stderr);
}

async function linksThatLivedUnderCapture(
  t: Parameters<typeof captureWire>[0],
  cluster: TestCluster,
  lives: () => Promise<void>,
): Promise<readonly Compared[]> {
  const [first] = cluster.nodes;
  if (first === undefined) throw new Error('no nodes');
  const capture = await captureWire(
    t,
    cluster.nodes.flatMap((node) => [node.svr_port, node.sql_port]),
  );
  const before = await askNode(cluster, first, LAST_LINK_SQL, SYS);
  const lastIds = new Map(before.map(([server, id]) => [Number(server), Number(id)]));
  await lives();
  // A link's figures are final when its socket is gone.
  await within(SETTLE_TIMEOUT_MS, 'the last links end', async () => {
    const [row] = await askNode(
      cluster,
      first,
      "SELECT COUNT(*) FROM oceanbase.GV$OB_LINKS WHERE CLOSED_AT > NOW() - INTERVAL 1 SECOND AND KIND = 'RPC'",
      SYS,
    );
    return Number(row?.[0]) === 0;
  });
  const rows = await askNode(cluster, first, CLOSED_LINKS_SQL, SYS);
  const captured = payloadByDirection(await capture.stop());
  return rows
    .filter(([server, id]) => Number(id) > (lastIds.get(Number(server)) ?? 0))
    .map(([server, id, kind, direction, local, peer, mode, ...rest]) => {
      const [negotiationIn, clearIn, encryptedIn, negotiationOut, clearOut, encryptedOut] = rest.map(Number);
      return {
        name: `${server} ${kind} ${id} ${direction} ${peer}`,
        kind: String(kind),
        mode: String(mode),
        reason: String(rest[6]),
        in: { negotiation: negotiationIn ?? 0, clear: clearIn ?? 0, encrypted: encryptedIn ?? 0 },
        out: { negotiation: negotiationOut ?? 0, clear: clearOut ?? 0, encrypted: encryptedOut ?? 0 },
        capturedIn: captured.get(`${peer} ${local}`) ?? 0,
        capturedOut: captured.get(`${local} ${peer}`) ?? 0,
      };
    });
}
