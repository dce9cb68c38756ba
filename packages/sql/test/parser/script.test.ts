import { isObError, type ObError } from '@sealane/errors';
import t from 'tap';
import { parseScript, parseStatement } from '../../src/parser/script.ts';

function errorOf(text: string, sqlMode = ''): ObError {
  try {
    parseStatement(text, { sqlMode });
  } catch (error) {
    if (isObError(error)) return error;
    throw error;
  }
  throw new Error(`accepted: ${text.slice(0, 60)}`);
}

t.test('statements of a script are read one at a time', async (t) => {
  const statements = parseScript('  select 1 ; /* two */ update t set a = ?, b = ? ;; selec 3');
  const first = statements.next().value;
  t.equal(first?.text, 'select 1');
  t.equal(first?.statement.kind, 'select');
  const second = statements.next().value;
  t.equal(second?.text, '/* two */ update t set a = ?, b = ?');
  t.equal(second?.parameterCount, 2);
  t.equal(statements.next().value?.statement.kind, 'empty');
  t.throws(() => statements.next(), { name: 'OB_ERR_PARSER_SYNTAX', errno: 1064 });
});

t.test('what follows the last semicolon is a statement only if there is text', async (t) => {
  const kinds = (text: string) => [...parseScript(text)].map(({ statement }) => statement.kind);
  t.same(kinds('select 1; -- done'), ['select']);
  t.same(kinds('select 1;\n'), ['select']);
  t.same(kinds(''), ['empty']);
  t.match([...parseScript('-- only a comment')], [{ statement: { kind: 'empty', comment: true } }]);
});

t.test('a syntax error shows the text from the wrong token on, and its line', async (t) => {
  t.match(errorOf('selec 1').message, "near 'selec 1' at line 1");
  t.match(errorOf('select 1\nfrom\n\nwhere x').message, "near 'where x' at line 4");
  t.match(errorOf('select (1').message, "near '' at line 1");
  t.match(errorOf(`select a b c ${'x'.repeat(200)}`).message, `near 'c ${'x'.repeat(78)}' at line 1`);
  t.match(errorOf("select 'abc").message, "near ''abc' at line 1");
  t.match(errorOf('select 1; select 2').message, "near 'select 2' at line 1");
  t.match(errorOf('create table t (a int,, b int)').message, "near ', b int)' at line 1");
  t.match(errorOf('select (select 1 into @a)').message, "near 'into @a)' at line 1");
  t.match(errorOf('create table count(a int)').message, "near 'count(a int)' at line 1");
  t.match(errorOf('update t set a = 1 limit 1, 2').message, "near ', 2' at line 1");
});

t.test('nesting that is too deep is an error, not the end of the process', async (t) => {
  const depth = 5000;
  for (const text of [
    `select ${'('.repeat(depth)}1${')'.repeat(depth)}`,
    `select ${'not '.repeat(depth)}1`,
    `select ${'- '.repeat(depth)}1`,
    `select ${'f('.repeat(depth)}1${')'.repeat(depth)}`,
    `select ${'case when '.repeat(depth)}`,
    `${'explain '.repeat(depth)}select 1`,
    `select * from ${'('.repeat(depth)}t${')'.repeat(depth)}`,
    `${'('.repeat(depth)}select 1${')'.repeat(depth)}`,
    `select ${'a + interval ('.repeat(depth)}`,
    `select ${'a between 1 and '.repeat(depth)}1`,
    `select 1${' + 1'.repeat(depth)}`,
    `select a${' collate utf8mb4_bin'.repeat(depth)}`,
    `select 1${' union select 1'.repeat(depth)}`,
    `select * from t${' join t'.repeat(depth)}`,
  ]) {
    t.equal(errorOf(text).name, 'OB_NOT_SUPPORTED', text.slice(0, 40));
  }
});

t.test('thousands of AND and OR terms make a tree that is not deep', async (t) => {
  const { statement } = parseStatement(`select 1 where ${'a = 1 or '.repeat(20_000)}b`);
  let depth = 0;
  let node = statement.kind === 'select' ? statement.where : undefined;
  while (node?.kind === 'binary') {
    depth++;
    node = node.left;
  }
  t.ok(depth < 40, `depth is ${depth}`);
});

t.test('sql_mode changes the grammar', async (t) => {
  const item = (text: string, sqlMode: string) => {
    const { statement } = parseStatement(`select ${text}`, { sqlMode });
    return statement.kind === 'select' ? statement.items[0]?.expression : undefined;
  };
  t.match(item('a || b', ''), { operator: 'OR' });
  t.match(item('a || b', 'PIPES_AS_CONCAT'), { operator: 'CONCAT' });
  t.match(item('"a"', 'ANSI_QUOTES'), { kind: 'column', name: 'a' });
  t.match(item('not a = b', ''), { kind: 'unary', operator: 'NOT' });
  t.match(item('not a = b', 'HIGH_NOT_PRECEDENCE'), { kind: 'binary', operator: '=' });
});

t.test('a known statement that is not ours has its name, an unknown one is a syntax error', async (t) => {
  t.match(parseStatement('create sequence s').statement, { kind: 'unsupported', name: 'CREATE SEQUENCE' });
  t.match(parseStatement("signal sqlstate '45000'").statement, { kind: 'unsupported', name: 'SIGNAL' });
  t.equal(errorOf('create nonsense n').name, 'OB_ERR_PARSER_SYNTAX');
});

t.test('a clause that nobody runs makes its statement unsupported, whatever the rest is', async (t) => {
  const cases: Record<string, string> = {
    'select a from t procedure analyse(10, 20)': 'PROCEDURE ANALYSE',
    'select sum(a) over (order by a rows 2 preceding exclude ties) from t': 'EXCLUDE',
    'select * from t sample block (10) seed (1) where a = 1': 'SAMPLE',
    'insert into t values ([1, 2])': 'ARRAY',
    'create table t (a int[])': 'ARRAY',
    'select * from t@link': 'Table of a database link',
    'create vector index v on t (c) with (distance=l2, type=hnsw)': 'VECTOR INDEX',
    'alter table t rename partition p0 to p1': 'RENAME PARTITION',
    'explain into @a select 1': 'EXPLAIN INTO',
    'show sequences': 'SHOW SEQUENCES',
  };
  for (const [text, name] of Object.entries(cases))
    t.match(parseStatement(text).statement, { kind: 'unsupported', name }, text);
  const kinds = [...parseScript('select * from t sample (10); select 1')].map((each) => each.statement.kind);
  t.same(kinds, ['unsupported', 'select'], 'the next statement is not touched');
});

t.test('a table in FROM without its alias has an error of its own', async (t) => {
  t.equal(errorOf('select * from (select 1)').name, 'ER_DERIVED_MUST_HAVE_ALIAS');
  t.equal(errorOf('select * from (select 1) where 1').name, 'ER_DERIVED_MUST_HAVE_ALIAS');
  t.equal(errorOf('select * from (select 1').name, 'OB_ERR_PARSER_SYNTAX');
});
