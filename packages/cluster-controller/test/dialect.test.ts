import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { gated, shapeOf, statementOf } from '../src/dialect/gate.ts';
import { evidenceFrom, evidenceScript, linksFrom } from '../src/dialect/rpc-evidence.ts';
import { statements } from '../src/dialect/statements.ts';
import type { SqlConnection } from '../src/dialer.ts';
import { runToSuccess } from '../src/targets/run-command.ts';

const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

t.test('a statement is known by its shape, whatever its literals', async (t) => {
  t.equal(
    shapeOf("SELECT  NAME\n FROM x WHERE a IN ('it''s', 'b', 'c') AND n = 12"),
    'SELECT NAME FROM x WHERE a IN (?) AND n = ?',
  );
  const documented = [
    "ALTER SYSTEM SET ssl_client_authentication = 'True'",
    "ALTER SYSTEM SET _ob_ssl_invited_nodes = 'ALL'",
    "ALTER SYSTEM STOP SERVER '10.0.0.1:2882'",
    "ALTER SYSTEM MINOR FREEZE SERVER = ('10.0.0.1:2882')",
    "ALTER SYSTEM SWITCH REPLICA LEADER LS = 1001 SERVER = '10.0.0.1:2882' TENANT = `test`",
    'ALTER PROXYCONFIG SET enable_server_ssl = True',
    "SHOW PROXYCONFIG LIKE 'enable%ssl'",
  ];
  for (const text of documented) t.type(statementOf(text)?.documented, 'string', text);
  const own = [
    'SELECT LINK_ID FROM oceanbase.V$OB_LINKS WHERE CLOSED_AT IS NULL',
    'ALTER INSTANCE RELOAD TLS',
    "ALTER SYSTEM RENEW RPC LINKS SERVER = '10.0.0.1:2882'",
    'ALTER TENANT test SET VARIABLES require_secure_transport = ON',
  ];
  for (const text of own) {
    t.equal(statementOf(text)?.documented, undefined);
    t.type(statementOf(text)?.without, 'string', text);
  }
  for (const text of [
    'SELECT SVR_IP, SECRET FROM oceanbase.DBA_OB_SERVERS',
    "ALTER SYSTEM SET a = 'b', c = 'd'",
    "ALTER SYSTEM STOP SERVER '1'; DROP TABLE x",
    'DROP TABLE notes',
  ])
    t.equal(statementOf(text), undefined, text);
});

t.test('nothing that is not documented leaves, and what leaves is told', async (t) => {
  const left: string[] = [];
  const connection: SqlConnection = {
    usable: true,
    encryption: undefined,
    query: async (text) => {
      left.push(text);
      return [];
    },
    close: () => undefined,
  };
  const shapes: string[] = [];
  const gate = gated(connection, (shape) => shapes.push(shape));

  await gate.query("ALTER SYSTEM START SERVER '10.0.0.1:2882'");
  await t.rejects(gate.query('ALTER INSTANCE RELOAD TLS'), {
    name: 'OB_NOT_SUPPORTED',
    message:
      /doesn't send ALTER INSTANCE RELOAD TLS: OceanBase doesn't know it; instead: any change of a parameter/,
  });
  await t.rejects(gate.query('DELETE FROM t'), { message: /not on the list of documented statements/ });
  t.strictSame(left, ["ALTER SYSTEM START SERVER '10.0.0.1:2882'"]);
  t.strictSame(shapes, ['ALTER SYSTEM START SERVER ?']);
});

t.test('the page has the same table as the code', async (t) => {
  const page = readFileSync(join(ROOT, 'docs', 'operations', 'conformance.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(.+?)` \| (.+?) \| (.+?) \|$/gm)].map(
    ([, shape, documented, without]) => ({
      shape: shape?.replaceAll('\\|', '|'),
      documented,
      without,
    }),
  );
  t.strictSame(
    rows,
    statements.map(({ shape, documented, without }) => ({
      shape,
      documented: documented ?? 'our own',
      without: without ?? 'as it is',
    })),
  );
});

t.test('every statement in the source is on the list', async (t) => {
  const source = join(ROOT, 'packages', 'cluster-controller', 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const missing = files
    // What people are told to type; and report and the screens, which have no other dialect.
    .filter(
      (file) =>
        !/^(evidence|seeing|dashboard|dialect|report\.ts|preflight\/.*(findings|readiness))/.test(file),
    )
    .flatMap((file) =>
      statementsIn(readFileSync(join(source, file), 'utf8'))
        .filter((candidates) => candidates.every((text) => statementOf(text) === undefined))
        .map(([text = '']) => `${file}: ${shapeOf(text)}`),
    );
  t.strictSame(missing, []);
});

/** Each with a name and with a number in the place of every value that is put in. */
function statementsIn(text: string): readonly (readonly string[])[] {
  const constants = new Map(
    [...text.matchAll(/^const (\w+) = '([^']*)';$/gm)].map(([, name, value]) => [name, value]),
  );
  const literals = [...text.matchAll(/^[^*]*?(?:'([^'\n]*)'|"([^"\n]*)"|`([^`]*)`)/gm)].map(
    ([, single, double, template]) => single ?? double ?? template ?? '',
  );
  const verbs =
    /^(SELECT|SHOW|CREATE|INSERT|REPLACE|UPDATE|DROP|DELETE|ALTER (SYSTEM|INSTANCE|TENANT|PROXYCONFIG)) /;
  return literals
    .filter((literal) => verbs.test(literal) && !literal.includes('…'))
    .map((literal) =>
      variants(
        literal
          .replaceAll(/\$\{(\w+)\}/g, (all, name: string) => constants.get(name) ?? all)
          .replaceAll(/'\$\{[^}]*\}'/g, "'x'")
          .replace(/IN \(\$\{.*$/s, "IN ('x')"),
      ),
    );
}

function variants(text: string): readonly string[] {
  const [first, ...others] = text.split(/\$\{[^}]*\}/);
  return others.reduce<readonly string[]>(
    (begun, part) => begun.flatMap((each) => [`${each}NAME${part}`, `${each}1${part}`]),
    [first ?? ''],
  );
}

const LOG = [
  '[2026-11-24 10:00:00] INFO [RPC] rpc connection accept(local_addr="10.0.0.2:2882", dest="10.0.0.1:40001", use_ssl=False, ssl_invited_nodes=NONE)',
  '[2026-11-24 11:00:00] INFO [RPC] rpc connection accept(local_addr="10.0.0.2:2882", dest="10.0.0.1:40001", use_ssl=True, ssl_invited_nodes=ALL)',
  '{"local_addr":"10.0.0.2:2882","dest":"10.0.0.1:40002","use_ssl":false,"msg":"rpc connection accept"}',
].join('\n');

t.test('links are put together from the sockets of who dialled and the log of who accepted', async (t) => {
  const one = evidenceFrom(
    `==> accepted\n==> sockets\n${[
      '0 0 10.0.0.1:40001 10.0.0.2:2882 users:(("observer",pid=7,fd=20))',
      '0 0 [::ffff:10.0.0.1]:40002 [::ffff:10.0.0.2]:2882 users:(("observer",pid=7,fd=21))',
      '0 0 10.0.0.1:40003 10.0.0.2:2882 users:(("obcdc",pid=8,fd=3))',
      '0 0 10.0.0.1:40004 10.0.0.2:2882 users:(("observer",pid=7,fd=22))',
      '0 0 10.0.0.1:22 10.9.9.9:5555',
    ].join('\n')}\n`,
    7,
  );
  const two = evidenceFrom(`==> accepted\n${LOG}\n==> sockets\n`, 9);

  const links = linksFrom(
    new Map([
      ['10.0.0.1:2882', one],
      ['10.0.0.2:2882', two],
    ]),
  );

  const brief = (server: string) =>
    (links.get(server) ?? []).map(({ direction, peerServer, mode, linkId }) => [
      linkId.split(' ')[0],
      direction,
      peerServer,
      mode,
    ]);
  t.strictSame(brief('10.0.0.1:2882'), [
    ['10.0.0.1:40001', 'OUT', '10.0.0.2:2882', 'ENCRYPTED'],
    ['10.0.0.1:40002', 'OUT', '10.0.0.2:2882', 'PLAIN'],
    ['10.0.0.1:40004', 'OUT', '10.0.0.2:2882', 'PLAIN'],
  ]);
  t.strictSame(
    brief('10.0.0.2:2882'),
    [
      ['10.0.0.1:40001', 'IN', '10.0.0.1:2882', 'ENCRYPTED'],
      ['10.0.0.1:40002', 'IN', '10.0.0.1:2882', 'PLAIN'],
    ],
    'the last line about a port counts; what no line tells of is clear, and seen by one end only',
  );
});

t.test('the script that reads them reads rotated logs first', async (t) => {
  const directory = t.testdir({
    'observer.log': LOG.split('\n')[1] ?? '',
    'observer.log.2026': `${LOG.split('\n')[0]}\nother\n`,
  });
  const script = evidenceScript(join(directory, 'observer.log')).replace(
    /^ss .*$/m,
    "echo '0 0 1.1.1.1:1 2.2.2.2:2'",
  );
  const output = await runToSuccess({
    what: 'test',
    command: ['sh', '-s'],
    input: script,
    timeoutMs: 10_000,
  });

  const { accepted, dialled } = evidenceFrom(output, undefined);
  t.strictSame([...accepted], [['10.0.0.1:40001', 'encrypted']]);
  t.strictSame(dialled, [{ local: '1.1.1.1:1', peer: '2.2.2.2:2' }]);
});
