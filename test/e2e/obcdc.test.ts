import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canCapture, captureWire, connectTo, rowsOf, startCluster, within } from '@sealane/testkit';
import type { Connection } from 'mysql2/promise';
import t from 'tap';
import { replay } from '../cdc/replay.ts';
import { makeCdcWallet, rootserverList, secureFlags, TailProcess } from '../cdc/tail-process.ts';
import { watchFaults } from '../cdc/watch-properties.ts';
import { lacksMariaDb } from '../differential/mariadb.ts';

/** obcdc against real servers; test/cdc/main.ts is the same at full length. */

const SEED = 20_261;
const WAIT_MS = 30_000;
t.setTimeout(300_000);

t.test(
  'what obcdc writes makes the same tables elsewhere: leaders change, encryption is turned on, it is killed and goes on',
  { skip: lacksMariaDb() },
  async (t) => {
    t.comment(`seed ${SEED}`);
    const cluster = await startCluster(t);
    const say = (text: string): void => t.comment(text);
    const { changes, differences, records } = await replay(t, cluster, {
      seed: SEED,
      changes: 6_000,
      kills: 2,
      say,
    });
    t.same(differences, [], `${changes} changes, replayed into MariaDB`);
    t.same(
      watchFaults(records),
      [],
      'ordered, unique, atomic, reliable, bookmarkable, over every resumption',
    );
    t.ok(records.length > changes, `${records.length} records`);
  },
);

t.test(
  'a change is on the wire to obcdc in clear, then checked and in clear, then not at all; the ledger says which',
  { skip: canCapture() ? false : 'needs root and tcpdump' },
  async (t) => {
    // One node: nobody else speaks on its RPC port.
    const cluster = await startCluster(t, { nodes: 1 });
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('no node');
    const directory = mkdtempSync(join(tmpdir(), 'sealane-cdc-'));
    t.teardown(() => rmSync(directory, { recursive: true, force: true }));
    const wallet = await makeCdcWallet(cluster, directory);
    const admin = await connectTo(cluster, node, { user: 'root@sys' });
    const writer = await connectTo(cluster, node);
    t.teardown(() => {
      admin.destroy();
      writer.destroy();
    });
    await writer.query('CREATE TABLE marked (id INT PRIMARY KEY, marker VARCHAR(60))');

    const steps = [
      { flags: [], mode: 'PLAIN', readable: true },
      { flags: secureFlags('SSL_NO_ENCRYPT', wallet), mode: 'AUTHENTICATED', readable: true },
      { flags: secureFlags('SSL_IO', wallet), mode: 'ENCRYPTED', readable: false },
    ];
    for (const [at, { flags, mode, readable }] of steps.entries()) {
      if (at === 1) await admin.query('ALTER SYSTEM SET ssl_client_authentication = True');
      const tail = new TailProcess({
        directory,
        rootserverList: rootserverList(cluster),
        format: 'json',
        flags,
      });
      const capture = await captureWire(t, [node.svr_port]);
      tail.start();
      t.teardown(() => tail.end('SIGKILL').then(() => undefined));
      await within(WAIT_MS, `a link in mode ${mode}`, async () => (await cdcModes(admin)).includes(mode));
      const marker = `seen by whoever listens ${at}`;
      await writer.query(`INSERT INTO marked VALUES (${at}, '${marker}')`);
      await within(WAIT_MS, 'the row is told', () => readFileSync(tail.output, 'utf8').includes(marker));
      t.equal(
        (await capture.stop()).includes(marker),
        readable,
        `${mode}: the marker is ${readable ? '' : 'not '}on the wire`,
      );
      await tail.end('SIGTERM');
    }
  },
);

t.test('where the log was cut it begins with a snapshot, and says what can’t be told any more', async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  const directory = mkdtempSync(join(tmpdir(), 'sealane-cdc-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const writer = await connectTo(cluster, node);
  await writer.query('CREATE TABLE large (id INT PRIMARY KEY, word VARCHAR(20), filler LONGBLOB)');
  for (let id = 1; id <= 6; id++)
    await writer.query(`INSERT INTO large VALUES (${id}, 'old', REPEAT('x', 1000000))`);
  const admin = await connectTo(cluster, node, { user: 'root@sys' });
  await admin.query("ALTER SYSTEM SET _log_tail_size = '0M'");
  await admin.query('ALTER SYSTEM MINOR FREEZE');
  await within(WAIT_MS, 'the log is cut', async () => {
    const [[begin] = []] = await rowsOf(
      admin,
      'SELECT BEGIN_LSN FROM oceanbase.GV$OB_LOG_STAT WHERE TENANT_ID = 1002',
    );
    return Number(begin) > 1;
  });
  await admin.end();

  const options = { rootserverList: rootserverList(cluster), format: 'json' as const };
  const tail = new TailProcess({ ...options, directory, flags: [] });
  tail.start();
  t.teardown(() => tail.end('SIGKILL').then(() => undefined));
  await within(WAIT_MS, 'it follows', () => tail.lsn > 0);
  await writer.query("UPDATE large SET word = 'new' WHERE id = 3");
  await writer.end();
  const told = await within(WAIT_MS, 'the change is told', () => {
    const line = readFileSync(tail.output, 'utf8')
      .split('\n')
      .find((each) => each.includes('"update"'));
    return line === undefined ? undefined : (JSON.parse(line) as { before: object; after: object });
  });
  t.match(
    told,
    { before: { id: 3, word: 'old' }, after: { id: 3, word: 'new' } },
    'whole rows, from the snapshot',
  );

  const late = new TailProcess({ ...options, directory: join(directory, 'late'), flags: ['-T', '0'] });
  mkdirSync(join(directory, 'late'));
  late.start();
  await within(WAIT_MS, 'it refuses', () => late.exitCode !== null);
  t.match(late.words, /the log begins at LSN \d+ here/);
});

async function cdcModes(admin: Connection): Promise<unknown[]> {
  const rows = await rowsOf(
    admin,
    "SELECT MODE FROM oceanbase.GV$OB_LINKS WHERE KIND = 'CDC' AND CLOSED_AT IS NULL",
  );
  return rows.map(([mode]) => mode);
}
