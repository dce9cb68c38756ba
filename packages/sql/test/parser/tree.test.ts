import t from 'tap';
import type { Expression, Query, Statement, TableReference } from '../../src/ast.ts';
import { parseStatement } from '../../src/parser/script.ts';

function parse(text: string): Statement {
  return parseStatement(text).statement;
}

/** An expression as text with all its parentheses. */
function show(node: Expression): string {
  switch (node.kind) {
    case 'binary':
      return `(${show(node.left)} ${node.operator} ${show(node.right)})`;
    case 'unary':
      return `(${node.operator} ${show(node.operand)})`;
    case 'like':
      return `(${show(node.operand)} ${node.negated ? 'NOT ' : ''}LIKE ${show(node.pattern)})`;
    case 'between':
      return `(${show(node.operand)} BETWEEN ${show(node.low)} AND ${show(node.high)})`;
    case 'in-list':
      return `(${show(node.operand)} IN ${node.items.map(show).join()})`;
    case 'is':
      return `(${show(node.operand)} IS ${node.negated ? 'NOT ' : ''}${node.what})`;
    case 'interval':
      return `INTERVAL ${show(node.amount)} ${node.unit}`;
    case 'collate':
      return `(${show(node.operand)} COLLATE ${node.collation})`;
    case 'column':
      return node.name;
    case 'integer':
      return String(node.value);
    case 'function':
      return `${node.name}(${node.args.map(show).join()})`;
    case 'string':
      return `'${node.value}'`;
    default:
      return `<${node.kind}>`;
  }
}

function expression(text: string): string {
  const statement = parse(`select ${text}`);
  const item = statement.kind === 'select' ? statement.items[0] : undefined;
  return item === undefined ? '' : show(item.expression);
}

t.test('operators bind as in MySQL', async (t) => {
  const cases: Record<string, string> = {
    'a or b and c': '(a OR (b AND c))',
    'a xor b and c or d': '((a XOR (b AND c)) OR d)',
    'not a = b and c': '((NOT (a = b)) AND c)',
    'a = b = c': '((a = b) = c)',
    'a = b is null': '((a = b) IS NULL)',
    'a = b in (c)': '(a = (b IN c))',
    'a between 1 and 2 and b': '((a BETWEEN 1 AND 2) AND b)',
    'a | b & c << d + e * f ^ g': '(a | (b & (c << (d + (e * (f ^ g))))))',
    'a - b - c': '((a - b) - c)',
    '- a ^ b': '((- a) ^ b)',
    '! a + b': '((NOT a) + b)',
    'a % b div c mod d': '(((a MOD b) DIV c) MOD d)',
    'a like b and c not like d': '((a LIKE b) AND (c NOT LIKE d))',
    'binary a = b': '((BINARY a) = b)',
    "a = 'x' collate utf8mb4_bin": "(a = ('x' COLLATE utf8mb4_bin))",
    'a + interval b + 1 day': '(a + INTERVAL (b + 1) DAY)',
    'a - interval (1) + 1 day - interval 2 hour': '((a - INTERVAL (1 + 1) DAY) - INTERVAL 2 HOUR)',
    'interval 1 day + a': '(INTERVAL 1 DAY + a)',
    'interval(a, 1, 2) + 1': '(INTERVAL(a,1,2) + 1)',
    'a && b || !c': '((a AND b) OR (NOT c))',
    'a is not true or b <=> c': '((a IS NOT TRUE) OR (b <=> c))',
    "substring('a' from 2 for 3)": "SUBSTRING('a',2,3)",
    "position('a' in b)": "POSITION('a',b)",
    'current_timestamp(6)': 'CURRENT_TIMESTAMP(6)',
    'd.f(1)': 'F(1)',
    "'a' 'b'": "'ab'",
  };
  for (const [text, tree] of Object.entries(cases)) t.equal(expression(text), tree, text);
});

/** A table reference as text with all its parentheses. */
function joins(node: TableReference): string {
  if (node.kind !== 'join')
    return node.kind === 'table' ? (node.alias ?? node.name) : `<${node.kind} ${node.alias}>`;
  const condition = node.on === undefined ? '' : ` ON ${show(node.on)}`;
  const using = node.using === undefined ? '' : ` USING ${node.using.join()}`;
  return `(${joins(node.left)} ${node.natural ? 'natural ' : ''}${node.type} ${joins(node.right)}${condition}${using})`;
}

t.test('joins nest as their conditions say', async (t) => {
  const cases: Record<string, string> = {
    'a join b on x join c on y': '((a inner b ON x) inner c ON y)',
    'a join b join c on x on y': '(a inner (b inner c ON x) ON y)',
    'a left join b join c on x on y': '(a left (b inner c ON x) ON y)',
    'a join b join c': '((a inner b) inner c)',
    'a join b left join c on x': '((a inner b) left c ON x)',
    'a natural left join b straight_join c': '((a natural left b) straight c)',
    'a join (b, c) using (i)': '(a inner (b inner c) USING i)',
    '((select 1) union (select 2)) d': '<derived d>',
    '((select 1) d join e)': '(<derived d> inner e)',
    'a full join b on x': '(a full b ON x)',
  };
  for (const [text, tree] of Object.entries(cases)) {
    const statement = parse(`select * from ${text}`);
    t.equal(statement.kind === 'select' && statement.from.map(joins).join(), tree, text);
  }
});

/** A query as text with all its parentheses. */
function shape(query: Query): string {
  const tail = `${query.orderBy.length > 0 ? ' order' : ''}${query.limit === undefined ? '' : ' limit'}`;
  switch (query.kind) {
    case 'set-operation':
      return `(${shape(query.left)} ${query.operator}${query.all ? ' ALL' : ''} ${shape(query.right)})${tail}`;
    case 'parenthesized':
      return `[${shape(query.query)}]${tail}`;
    default:
      return `${query.kind}${tail}`;
  }
}

t.test('set operations and the clauses after them', async (t) => {
  const cases: Record<string, string> = {
    'select 1 union select 2 intersect select 3': '(select UNION (select INTERSECT select))',
    'select 1 union all select 2 except select 3 limit 1': '((select UNION ALL select) EXCEPT select) limit',
    '(select 1 limit 1) union (select 2 order by 1) order by 1': '(select limit UNION select order) order',
    '(select 1 limit 2) limit 1': '[select limit] limit',
    '((select 1)) order by 1': 'select order',
    'table t union values row(1)': '(table-query UNION values)',
  };
  for (const [text, tree] of Object.entries(cases)) t.equal(shape(parse(text) as Query), tree, text);
});

t.test('nodes know their place in the text', async (t) => {
  const text = "select  (a + 1) , count( * ) as n, 'x' from t where b = 2";
  const statement = parse(text);
  if (statement.kind !== 'select') throw new Error(statement.kind);
  const at = ({ start, end }: { start: number; end: number }) => text.slice(start, end);
  t.same(statement.items.map(at), ['(a + 1)', 'count( * )', "'x'"]);
  t.equal(statement.where && at(statement.where), 'b = 2');
  const view = 'create view v as  select 1 from t  with check option';
  const create = parse(view);
  t.equal(
    create.kind === 'create-view' && view.slice(create.query.start, create.query.end),
    'select 1 from t',
  );
});

t.test('a CREATE TABLE keeps what it says', async (t) => {
  const statement = parse(`create table d.t (
    id bigint unsigned not null auto_increment primary key,
    price decimal(10,2) default 0.00 comment 'net',
    at timestamp(3) default current_timestamp(3) on update current_timestamp(3),
    kind enum('a','b') character set latin1,
    total int generated always as (id + 1) stored,
    unique key u (price, kind(10) desc),
    constraint fk foreign key (id) references p (x) on delete cascade
  ) engine = InnoDB default charset utf8mb4 auto_increment = 5`);
  t.match(statement, {
    kind: 'create-table',
    table: { database: 'd', name: 't' },
    columns: [
      {
        name: 'id',
        type: { name: 'bigint', unsigned: true },
        nullable: false,
        autoIncrement: true,
        primaryKey: true,
      },
      {
        name: 'price',
        type: { name: 'decimal', length: 10, decimals: 2 },
        defaultValue: { text: '0.00' },
        comment: 'net',
      },
      { name: 'at', type: { name: 'timestamp', length: 3 }, onUpdate: { name: 'CURRENT_TIMESTAMP' } },
      { name: 'kind', type: { name: 'enum', members: ['a', 'b'], charset: 'latin1' } },
      { name: 'total', generated: { stored: true } },
    ],
    indexes: [
      {
        type: 'unique',
        name: 'u',
        parts: [{ column: 'price' }, { column: 'kind', prefixLength: 10, direction: 'DESC' }],
      },
    ],
    foreignKeys: [{ name: 'fk', references: { table: { name: 'p' }, columns: ['x'], onDelete: 'CASCADE' } }],
    options: [
      { name: 'ENGINE', value: 'InnoDB' },
      { name: 'CHARACTER SET', value: 'utf8mb4' },
      { name: 'AUTO_INCREMENT', value: '5' },
    ],
  });
});

t.test('INSERT, UPDATE and DELETE in their forms', async (t) => {
  t.match(
    parse('insert into t (a, b) values (1, default), (2, 3) as n (x, y) on duplicate key update a = n.x'),
    {
      kind: 'insert',
      columns: [{ name: 'a' }, { name: 'b' }],
      rows: [
        [{ value: 1n }, { kind: 'default' }],
        [{ value: 2n }, { value: 3n }],
      ],
      rowAlias: { name: 'n', columns: ['x', 'y'] },
      onDuplicateKeyUpdate: [{ column: { name: 'a' }, value: { table: 'n', name: 'x' } }],
    },
  );
  t.match(parse('insert t set a = 1'), {
    columns: [{ name: 'a' }],
    rows: [[{ value: 1n }]],
    query: undefined,
  });
  t.match(parse('insert into t select 1'), {
    columns: undefined,
    rows: undefined,
    query: { kind: 'select' },
  });
  t.match(parse('delete a.*, d.b from a join d.b where 1'), {
    targets: [{ name: 'a' }, { database: 'd', name: 'b' }],
  });
  t.match(parse('delete from t as x where 1'), { targets: undefined, from: [{ name: 't', alias: 'x' }] });
  t.match(parse('with c as (select 1) update t, c set x = 1'), {
    kind: 'update',
    with: { tables: [{ name: 'c' }] },
    tables: { length: 2 },
  });
});

t.test('SET and SHOW in their forms', async (t) => {
  t.match(parse("set @a = 1, global b = on, @@session.c = default, names utf8mb4, d.e = 'x', local f = 2"), {
    items: [
      { kind: 'user-variable', name: 'a' },
      { scope: 'global', name: 'b', value: { kind: 'column', name: 'on' } },
      { scope: 'session', name: 'c', value: { kind: 'default' } },
      { kind: 'names', charset: 'utf8mb4' },
      { scope: undefined, name: 'd.e' },
      { scope: 'session', name: 'f' },
    ],
  });
  t.match(parse('show full columns from t from d like "a%"'), {
    subject: 'columns',
    full: true,
    name: { name: 't' },
    database: 'd',
    like: 'a%',
  });
  t.match(parse("show parameters like '%ssl%' tenant = sys"), {
    subject: 'parameters',
    like: '%ssl%',
    tenant: 'sys',
  });
  t.match(parse('show index from d.t'), { subject: 'index', database: 'd', name: { name: 't' } });
});

t.test('a routine ends where its block does', async (t) => {
  const body =
    'begin if a then set @x = if(1, 2, 3); end if; w: while 1 do select case 1 when 1 then 2 end; end while w; end';
  const text = `create procedure p() ${body}`;
  const { statement } = parseStatement(`${text};`);
  t.equal(statement.kind === 'create-routine' && text.slice(statement.body.start, statement.body.end), body);
});
