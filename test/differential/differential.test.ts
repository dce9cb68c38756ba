import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCluster } from '@sealane/testkit';
import { type ConnectionOptions, createConnection } from 'mysql2/promise';
import t from 'tap';
import { lacksMariaDb, startMariaDb } from './mariadb.ts';
import { runOnBoth } from './run-script.ts';
import { parseDifferentialScript } from './script.ts';

/**
 * The same statements to a cluster of ours and to a MariaDB server: rows, columns, counts and error numbers are
 * the same, or a reason is given in the script together with MySQL's answer. Which differences there are is told in
 * docs/differences.md.
 */

const FILE_TIMEOUT_MS = 180_000;
const folder = join(import.meta.dirname, 'scripts');

/** Values as the servers send them, not as JavaScript's numbers and dates. */
const clientOptions: ConnectionOptions = {
  charset: 'utf8mb4',
  supportBigNumbers: true,
  bigNumberStrings: true,
  dateStrings: true,
  jsonStrings: true,
};

t.setTimeout(FILE_TIMEOUT_MS);

t.test('statements are answered as by MySQL', { skip: lacksMariaDb() }, async (t) => {
  const [cluster, oracle] = await Promise.all([startCluster(t, { nodes: 1 }), startMariaDb(t)]);
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  const ours: ConnectionOptions = { host: node.svr_ip, port: node.sql_port, user: 'root@test' };
  t.comment(`compared with MariaDB ${oracle.version}`);
  let compared = 0;
  let explained = 0;
  let lacking = 0;

  for (const file of readdirSync(folder).sort()) {
    await t.test(file, async (t) => {
      const statements = parseDifferentialScript(readFileSync(join(folder, file), 'utf8'));
      const mine = await createConnection({ ...ours, ...clientOptions });
      const theirs = await createConnection({ ...oracle.address, ...clientOptions });
      t.teardown(async () => {
        await Promise.all([mine.end(), theirs.end()]);
      });
      const connect = (user: string) =>
        Promise.all([
          createConnection({ ...ours, ...clientOptions, user: `${user}@test`, password: 'p' }),
          createConnection({ ...oracle.address, ...clientOptions, user, password: 'p' }),
        ]);
      for (const { statement, differences } of await runOnBoth(statements, mine, theirs, connect)) {
        compared += 1;
        if (statement.differs !== undefined) explained += 1;
        if (statement.lacks !== undefined) lacking += 1;
        if (differences.length === 0) continue;
        t.fail(`line ${statement.line}: ${statement.text}`, { differences });
      }
      t.ok(statements.length > 0, `${statements.length} statements of ${file}`);
    });
  }

  t.comment(`${compared} statements: ${explained} that MariaDB answers otherwise, ${lacking} that we do`);
});
