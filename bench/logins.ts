import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type ConnectionOptions, createConnection } from 'mysql2/promise';
import { startCluster } from '../packages/testkit/src/index.ts';

/**
 * Logins a second, by each plugin, without and with TLS; and how long a login takes while strangers hold connections open and
 * send a byte a second. Run: node bench/logins.ts [--seconds 3] [--connections 8] [--half-open 5000]
 */
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '8' },
    'half-open': { type: 'string', default: '5000' },
  },
});

const undo: (() => Promise<void> | void)[] = [];
const owner = { teardown: (step: () => Promise<void> | void) => void undo.push(step) };

try {
  await main();
} finally {
  for (const step of undo.reverse()) await step();
}

async function main(): Promise<void> {
  const cluster = await startCluster(owner, { nodes: 1 });
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  const address = { host: node.svr_ip, port: node.sql_port };
  await makeUsers(address);
  const ssl = { rejectUnauthorized: false };
  for (const user of ['native', 'sha2']) {
    for (const [how, tls] of [['plain', {}] as const, ['TLS', { ssl }] as const]) {
      const rate = await logins({ ...address, ...tls, user, password: 'a password' });
      console.log(`${user.padEnd(7)} ${how.padEnd(6)} ${rate.toFixed(0).padStart(6)} logins/s`);
    }
  }
  await underStrangers({ ...address, user: 'native', password: 'a password' });
}

async function makeUsers(address: ConnectionOptions): Promise<void> {
  const root = await createConnection({ ...address, user: 'root@sys' });
  await root.query('ALTER SYSTEM SET ssl_client_authentication = TRUE');
  for (const [user, plugin] of [
    ['native', 'mysql_native_password'],
    ['sha2', 'caching_sha2_password'],
  ]) {
    await root.query(`CREATE USER ${user} IDENTIFIED WITH ${plugin} BY 'a password'`);
  }
  await root.end();
}

/** @returns logins a second, over several connections that log in again and again */
async function logins(who: ConnectionOptions): Promise<number> {
  const endAt = performance.now() + Number(options.seconds) * 1000;
  let count = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < endAt) {
      const connection = await createConnection(who);
      count += 1;
      connection.destroy();
    }
  };
  await Promise.all(Array.from({ length: Number(options.connections) }, one));
  return count / Number(options.seconds);
}

async function underStrangers(who: ConnectionOptions): Promise<void> {
  const count = Number(options['half-open']);
  const file = fileURLToPath(new URL('half-open.ts', import.meta.url));
  const strangers = spawn(process.execPath, [file, String(who.port), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  owner.teardown(() => void strangers.kill('SIGKILL'));
  await new Promise<void>((resolve) =>
    strangers.stdout.on('data', (text: Buffer) => {
      if (Number(text.toString().trim().split('\n').at(-1)) >= count) resolve();
    }),
  );
  const times: number[] = [];
  for (let turn = 0; turn < 20; turn++) {
    const beganAt = performance.now();
    const connection = await createConnection(who);
    await connection.query('SELECT 1');
    times.push(performance.now() - beganAt);
    await connection.end();
    await delay(100);
  }
  times.sort((left, right) => left - right);
  const [median = 0, worst = 0] = [times[10], times[19]];
  console.log(
    `${count} half-open connections: a login takes ${median.toFixed(0)} ms, ${worst.toFixed(0)} ms at most`,
  );
}
