import t from 'tap';
import { planAdmin } from '../../src/classify/plan-admin.ts';
import { planControl } from '../../src/classify/plan-control.ts';
import { parseStatement } from '../../src/parser/script.ts';

const begin = (readOnly: boolean, snapshot = false) => ({
  kind: 'transaction',
  action: { name: 'begin', readOnly, snapshot },
});
const end = (name: string, chain = false, release = false) => ({
  kind: 'transaction',
  action: { name, chain, release },
});
const savepoint = (name: string) => ({ kind: 'transaction', action: { name, savepoint: 'a' } });
const session = (name: string, rest: object = {}) => ({ kind: 'session', action: { name, ...rest } });
const admin = (name: string, rest: object) => ({ kind: 'admin', action: { name, ...rest } });
const set = (items: readonly object[], reset = false) => admin('set-parameters', { items, reset });

const plans: readonly (readonly [string, object])[] = [
  ['BEGIN', begin(false)],
  ['START TRANSACTION READ ONLY', begin(true)],
  ['COMMIT', end('commit')],
  ['COMMIT AND CHAIN', end('commit', true)],
  ['ROLLBACK RELEASE', end('rollback', false, true)],
  ['SAVEPOINT a', savepoint('savepoint')],
  ['ROLLBACK TO SAVEPOINT a', savepoint('rollback-to')],
  ['RELEASE SAVEPOINT a', savepoint('release')],
  ['USE Test', session('use', { database: 'test' })],
  ["PREPARE S FROM 'SELECT 1'", session('prepare', { statement: 's', text: 'SELECT 1' })],
  ['PREPARE s FROM @Text', session('prepare', { statement: 's', text: { variable: 'text' } })],
  ['EXECUTE s USING @a, @B', session('execute', { statement: 's', variables: ['a', 'b'] })],
  ['DEALLOCATE PREPARE s', session('deallocate', { statement: 's' })],
  ['KILL 5', session('kill', { connectionId: 5n, queryOnly: false })],
  ['KILL QUERY 5', session('kill', { connectionId: 5n, queryOnly: true })],
  ['LOCK TABLES t READ', session('nothing')],
  ['UNLOCK TABLES', session('nothing')],
  ['FLUSH PRIVILEGES', session('nothing')],
  ['ALTER SYSTEM SET A = 1', set([{ name: 'a', value: '1' }])],
  [
    "ALTER SYSTEM SET a = 'x', b = True SCOPE = BOTH SERVER = '1.2.3.4:2882'",
    set([
      { name: 'a', value: 'x' },
      { name: 'b', value: 'True', scope: 'BOTH', server: '1.2.3.4:2882' },
    ]),
  ],
  [
    "ALTER SYSTEM STOP SERVER '1.2.3.4:2882'",
    admin('server', { operation: 'stop', servers: ['1.2.3.4:2882'] }),
  ],
  ["ALTER SYSTEM START ZONE 'z1'", admin('zone', { operation: 'start', zone: 'z1' })],
  [
    "ALTER SYSTEM RENEW RPC LINKS SERVER = '1.2.3.4:2882'",
    admin('renew-links', { servers: ['1.2.3.4:2882'] }),
  ],
  ['ALTER INSTANCE RELOAD TLS', admin('reload-tls', { rollback: true })],
  [
    'ALTER INSTANCE RELOAD TLS FOR CHANNEL mysql_main NO ROLLBACK ON ERROR',
    admin('reload-tls', { rollback: false }),
  ],
  ['ALTER SYSTEM MINOR FREEZE', admin('minor-freeze', { servers: [] })],
  ['ALTER SYSTEM REFRESH SCHEMA', session('nothing')],
];

t.test('transactions, sessions and the cluster are planned without a look at tables', async (t) => {
  for (const [text, plan] of plans) {
    const { statement } = parseStatement(text);
    t.strictSame(planControl(statement) ?? planAdmin(statement, text), plan, text);
  }
});

t.test('what belongs elsewhere has no plan here, and what we lack is refused by name', async (t) => {
  t.equal(planControl(parseStatement('SELECT 1').statement), undefined);
  t.throws(() => planAdmin(parseStatement('ALTER SYSTEM MAJOR FREEZE').statement, ''), {
    message: 'ALTER SYSTEM MAJOR FREEZE not supported',
  });
  for (const text of ['ALTER INSTANCE RELOAD', 'ALTER INSTANCE RELOAD TLS FOR CHANNEL other'])
    t.throws(() => parseStatement(text), { name: 'OB_ERR_PARSER_SYNTAX' }, text);
});
