import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectTo, rowsOf, runProgram, startCluster, type TestCluster } from '@sealane/testkit';
import t from 'tap';
import { type Block, readBlocks, unmatched } from './operations/blocks.ts';

/**
 * Runs every command of the pages on encryption, in the order of a day's work, against one cluster, and compares what the page
 * says with what was seen. How blocks are marked: docs/operations/README.md.
 */

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PAGES = ['turn-encryption-on', 'verify-encryption', 'require-encryption', 'certificates', 'back-out'];
const FILE_TIMEOUT_MS = 240_000;
const COMMAND_TIMEOUT_MS = 90_000;
const SQL_ERROR = /error=(\d+)/;

t.setTimeout(FILE_TIMEOUT_MS);

const client = ['mysql', 'mariadb'].find((name) =>
  (process.env['PATH'] ?? '').split(delimiter).some((directory) => existsSync(join(directory, name))),
);

t.test('what the pages on encryption say is so', async (t) => {
  const cluster = await startCluster(t);
  for (const page of PAGES) {
    await t.test(page, async (t) => {
      const blocks = readBlocks(readFileSync(join(ROOT, 'docs', 'operations', `${page}.md`), 'utf8'));
      t.ok(blocks.length > 0, `${blocks.length} blocks`);
      for (const block of blocks) {
        if (client === undefined && /\bmysql /.test(block.text)) {
          t.comment(`no mysql client here: ${block.text}`);
          continue;
        }
        const startedAt = performance.now();
        const seen = block.language === 'sql' ? await runSql(cluster, block) : await runShell(cluster, block);
        const name = `${page}:${block.line} ${block.text.split('\n')[0]}`;
        t.comment(`${Math.round(performance.now() - startedAt)} ms ${name}`);
        t.equal(seen.outcome, expectedOutcome(block), `${name}\n${seen.text}`);
        t.strictSame(unmatched(block.shows, seen.text), [], `${name} shows\n${seen.text}`);
      }
    });
  }
});

t.test('a block without its outcome, and a page that shows too much, would be seen', async (t) => {
  const [block] = readBlocks(
    'x\n```sh run exit=1\na \\\n  b\n```\n\n```text shows\none …\ntwo\n```\n```sh\nnot run\n```\n',
  );

  t.match(block, { language: 'sh', options: 'exit=1', text: 'a \\\n  b', shows: ['one …', 'two'], line: 2 });
  t.strictSame(unmatched(['one …', 'two'], 'zero\none  1\nthree\ntwo\n'), []);
  t.strictSame(unmatched(['two', 'one …'], 'one 1\ntwo'), ['one …'], 'in this order');
  t.strictSame(unmatched(['a … c'], 'a b d'), ['a … c']);
});

interface Seen {
  /** `exit 0`, `rows`, `error 1045`. */
  readonly outcome: string;
  readonly text: string;
}

function expectedOutcome({ language, options }: Block): string {
  if (language === 'sh') return `exit ${/exit=(\d+)/.exec(options)?.[1] ?? 0}`;
  const error = SQL_ERROR.exec(options)?.[1];
  return error === undefined ? 'rows' : `error ${error}`;
}

async function runShell(cluster: TestCluster, block: Block): Promise<Seen> {
  const program = `node ${join('packages', 'cluster-controller', 'bin', 'cluster-controller.js')}`;
  const text = asHere(cluster, block.text)
    .replaceAll('npx cluster-controller', program)
    .replaceAll(/\bmysql -/g, `${client} -`);
  const { code, stdout, stderr } = await runProgram('bash', ['-c', `set -o pipefail\n${text}`], {
    timeoutMs: COMMAND_TIMEOUT_MS,
    cwd: ROOT,
    env: { SEALANE_BASE_DIR: cluster.baseDirectory },
  });
  return { outcome: `exit ${code}`, text: `${stdout}${stderr}` };
}

/** Each statement over the same connection, with TLS as soon as it is offered. */
async function runSql(cluster: TestCluster, block: Block): Promise<Seen> {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  const user = /as=(\S+)/.exec(block.options)?.[1] ?? 'root@sys';
  const connection = await connectTo(cluster, node, { user, tls: true }).catch(() =>
    connectTo(cluster, node, { user }),
  );
  const lines: string[] = [];
  try {
    for (const statement of asHere(cluster, block.text).split(/;\s*(?:\n|$)/)) {
      if (statement.trim() === '') continue;
      const rows = await rowsOf(connection, statement);
      if (Array.isArray(rows)) lines.push(...rows.map((row) => row.map(textOf).join('  ')));
    }
    return { outcome: 'rows', text: lines.join('\n') };
  } catch (error) {
    const { errno, message } = error as { errno?: number; message: string };
    return { outcome: `error ${errno}`, text: message };
  } finally {
    connection.destroy();
  }
}

function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value ?? 'NULL');
}

/** The pages speak of a cluster on the usual ports, under `.sealane`. */
function asHere(cluster: TestCluster, text: string): string {
  return cluster.nodes.reduce(
    (changed, node, index) =>
      changed
        .replaceAll(new RegExp(`\\b${2881 + index * 1000}\\b`, 'g'), String(node.sql_port))
        .replaceAll(new RegExp(`\\b${2882 + index * 1000}\\b`, 'g'), String(node.svr_port)),
    text.replaceAll(/(?<![\w/])\.sealane\b/g, cluster.baseDirectory),
  );
}
