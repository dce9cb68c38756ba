import type {
  CallStatement,
  DeallocateStatement,
  DescribeStatement,
  DoStatement,
  ExecuteStatement,
  ExplainStatement,
  FlushStatement,
  HandlerStatement,
  KillStatement,
  PrepareStatement,
  ResetStatement,
  Statement,
  TableMaintenanceStatement,
  TableName,
  UseStatement,
} from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parseArgument } from './function-call.ts';
import { parseValue } from './insert.ts';
import { parseTableName } from './name.ts';
import { restOfStatement } from './rest.ts';
import { parseLimit } from './select.ts';
import { parseAlias } from './table-reference.ts';

/** DESCRIBE t [column], or EXPLAIN of a statement; the three words are one. */
export function parseExplain(cursor: Cursor): DescribeStatement | ExplainStatement<Statement> {
  const { start } = cursor.advance();
  const options = parseExplainOptions(cursor);
  parseExplainTarget(cursor);
  if (cursor.acceptAll('FOR', 'CONNECTION')) {
    return {
      kind: 'explain',
      ...options,
      statement: undefined,
      connectionId: BigInt(cursor.number()),
      start,
      end: cursor.lastEnd,
    };
  }
  const plain = options.format === undefined && !options.analyze;
  if (plain && (cursor.isName() || cursor.is('.'))) return parseDescribe(cursor, start);
  const statement = cursor.nested((at) => at.grammar.statement(at));
  if (!EXPLAINED.has(statement.kind)) cursor.fail();
  return { kind: 'explain', ...options, statement, connectionId: undefined, start, end: cursor.lastEnd };
}

const EXPLAINED = new Set<Statement['kind']>([
  'select',
  'set-operation',
  'values',
  'table-query',
  'parenthesized',
  'insert',
  'replace',
  'update',
  'delete',
  'create-table',
]);

/** Words after EXPLAIN that name a format, unless a table of that name is described. */
const FORMATS = new Set([
  'EXTENDED',
  'EXTENDED_NOADDR',
  'PARTITIONS',
  'BASIC',
  'OUTLINE',
  'PLANREGRESS',
  'PRETTY',
  'PRETTY_COLOR',
  'ALLOCATE_MEMORY',
]);

function parseExplainOptions(cursor: Cursor): { format: string | undefined; analyze: boolean } {
  const analyze = cursor.accept('ANALYZE');
  if (cursor.is('FORMAT') && cursor.peek(1).word === '=') {
    cursor.expectAll('FORMAT', '=');
    return { format: cursor.nameOrString().toUpperCase(), analyze };
  }
  let format: string | undefined;
  while (startsFormat(cursor)) format = cursor.advance().word;
  return { format, analyze };
}

/** OceanBase may have two: EXTENDED PRETTY. */
function startsFormat(cursor: Cursor): boolean {
  const { kind, word } = cursor.peek(1);
  if (kind === TokenKind.End || kind === TokenKind.Semicolon || word === '.') return false;
  return cursor.isOneOf(FORMATS);
}

/** INTO @a and FOR SCHEMA of MySQL 8.1; INTO t and SET STATEMENT_ID = 's' of OceanBase. */
function parseExplainTarget(cursor: Cursor): void {
  if (cursor.accept('INTO')) {
    cursor.lacking = 'EXPLAIN INTO';
    if (cursor.token.kind === TokenKind.UserVariable) cursor.advance();
    else parseTableName(cursor);
  }
  if (cursor.acceptAll('SET', 'STATEMENT_ID')) {
    cursor.expect('=');
    cursor.nameOrString();
    cursor.lacking = 'EXPLAIN SET STATEMENT_ID';
  }
  if (cursor.areNext('FOR', 'SCHEMA') || cursor.areNext('FOR', 'DATABASE')) {
    cursor.expect('FOR');
    cursor.advance();
    cursor.name();
    cursor.lacking = 'EXPLAIN FOR SCHEMA';
  }
}

function parseDescribe(cursor: Cursor, start: number): DescribeStatement {
  const table = parseTableName(cursor);
  const column = cursor.atEnd ? undefined : cursor.nameOrString();
  return { kind: 'describe', table, column, start, end: cursor.lastEnd };
}

export function parseUse(cursor: Cursor): UseStatement {
  const { start } = cursor.expect('USE');
  return { kind: 'use', database: cursor.name(), start, end: cursor.lastEnd };
}

export function parsePrepare(cursor: Cursor): PrepareStatement {
  const { start } = cursor.expect('PREPARE');
  const name = cursor.name();
  cursor.expect('FROM');
  const source: PrepareStatement['source'] =
    cursor.token.kind === TokenKind.UserVariable
      ? { kind: 'variable', name: cursor.advance().value }
      : { kind: 'text', text: cursor.string() };
  return { kind: 'prepare', name, source, start, end: cursor.lastEnd };
}

export function parseExecute(cursor: Cursor): ExecuteStatement {
  const { start } = cursor.expect('EXECUTE');
  const name = cursor.name();
  const using = cursor.accept('USING') ? cursor.list(parseVariableName) : [];
  return { kind: 'execute', name, using, start, end: cursor.lastEnd };
}

function parseVariableName(cursor: Cursor): string {
  if (cursor.token.kind !== TokenKind.UserVariable) cursor.fail();
  return cursor.advance().value;
}

export function parseDeallocate(cursor: Cursor): DeallocateStatement {
  const { start } = cursor.advance();
  cursor.expect('PREPARE');
  return { kind: 'deallocate', name: cursor.name(), start, end: cursor.lastEnd };
}

export function parseKill(cursor: Cursor): KillStatement {
  const { start } = cursor.expect('KILL');
  const queryOnly = cursor.acceptOneOf('QUERY', 'CONNECTION') === 'QUERY';
  return { kind: 'kill', queryOnly, id: cursor.expression(), start, end: cursor.lastEnd };
}

export function parseDo(cursor: Cursor): DoStatement {
  const { start } = cursor.expect('DO');
  const expressions = cursor.list((at) => {
    const expression = at.expression();
    if (at.accept('AS')) at.nameOrString();
    return expression;
  });
  return { kind: 'do', expressions, start, end: cursor.lastEnd };
}

export function parseCall(cursor: Cursor): CallStatement {
  const { start } = cursor.expect('CALL');
  const procedure = parseTableName(cursor);
  // OceanBase: a procedure of a package.
  if (cursor.accept('.')) {
    cursor.nameAfterPoint();
    cursor.lacking = 'Package';
  }
  const hasArguments = cursor.accept('(');
  const args = hasArguments && !cursor.is(')') ? cursor.list(parseArgument) : [];
  if (hasArguments) cursor.expect(')');
  return { kind: 'call', procedure, args, start, end: cursor.lastEnd };
}

/** HANDLER t OPEN [AS a] | READ … | CLOSE. */
export function parseHandler(cursor: Cursor): HandlerStatement {
  const { start } = cursor.expect('HANDLER');
  const table = parseTableName(cursor);
  const action = cursor.expectOneOf('OPEN', 'READ', 'CLOSE').toLowerCase() as HandlerStatement['action'];
  if (action === 'open') parseAlias(cursor);
  else if (action === 'read') readHandlerPlace(cursor);
  return { kind: 'handler', action, table, start, end: cursor.lastEnd };
}

const HANDLER_COMPARISONS = ['=', '>=', '<=', '>', '<'] as const;

/** {FIRST | NEXT | index FIRST … | index >= (…)} [WHERE …] [LIMIT …]. */
function readHandlerPlace(cursor: Cursor): void {
  if (cursor.acceptOneOf('FIRST', 'NEXT') === undefined) {
    if (!cursor.accept('PRIMARY')) cursor.name();
    if (cursor.acceptOneOf(...HANDLER_COMPARISONS) !== undefined) cursor.parenthesized(parseValue);
    else cursor.expectOneOf('FIRST', 'NEXT', 'PREV', 'LAST');
  }
  if (cursor.accept('WHERE')) cursor.expression();
  if (cursor.is('LIMIT')) parseLimit(cursor);
}

export function parseFlush(cursor: Cursor): FlushStatement {
  const { start } = cursor.expect('FLUSH');
  cursor.acceptOneOf('NO_WRITE_TO_BINLOG', 'LOCAL');
  if (cursor.acceptOneOf('TABLES', 'TABLE') !== undefined) return parseFlushTables(cursor, start);
  const what = cursor.list(parseFlushOption);
  return {
    kind: 'flush',
    what,
    tables: [],
    withReadLock: false,
    forExport: false,
    start,
    end: cursor.lastEnd,
  };
}

function parseFlushTables(cursor: Cursor, start: number): FlushStatement {
  const tables = cursor.atEnd || cursor.is('WITH') || cursor.is('FOR') ? [] : cursor.list(parseTableName);
  const withReadLock = cursor.acceptAll('WITH', 'READ', 'LOCK');
  const forExport = !withReadLock && cursor.acceptAll('FOR', 'EXPORT');
  return { kind: 'flush', what: ['TABLES'], tables, withReadLock, forExport, start, end: cursor.lastEnd };
}

const FLUSHED = new Set([
  'BINARY LOGS',
  'DES_KEY_FILE',
  'ENGINE LOGS',
  'ERROR LOGS',
  'GENERAL LOGS',
  'HOSTS',
  'LOGS',
  'OPTIMIZER_COSTS',
  'PRIVILEGES',
  'QUERY CACHE',
  'RELAY LOGS',
  'RESOURCES',
  'SLOW LOGS',
  'STATUS',
  'USER_RESOURCES',
]);

function parseFlushOption(cursor: Cursor): string {
  const { token } = cursor;
  const words = [cursor.nameAfterPoint().toUpperCase()];
  while (cursor.token.kind === TokenKind.Word && !cursor.is('FOR')) words.push(cursor.advance().word);
  if (!FLUSHED.has(words.join(' '))) cursor.fail(token);
  if (cursor.acceptAll('FOR', 'CHANNEL')) cursor.string();
  return words.join(' ');
}

const MAINTENANCE_OPTIONS = new Set(['QUICK', 'FAST', 'MEDIUM', 'EXTENDED', 'CHANGED', 'USE_FRM']);

/** ANALYZE, CHECK, OPTIMIZE, REPAIR and CHECKSUM TABLE. */
export function parseMaintenance(cursor: Cursor): TableMaintenanceStatement {
  const { start } = cursor.token;
  const operation = cursor.expectOneOf('ANALYZE', 'CHECK', 'OPTIMIZE', 'REPAIR', 'CHECKSUM');
  cursor.acceptOneOf('NO_WRITE_TO_BINLOG', 'LOCAL');
  if (operation === 'OPTIMIZE' && cursor.accept('TENANT')) {
    if (!cursor.accept('ALL')) cursor.nameOrString();
    cursor.lacking = 'OPTIMIZE TENANT';
    return { kind: 'table-maintenance', operation, tables: [], options: [], start, end: cursor.lastEnd };
  }
  cursor.expectOneOf('TABLE', 'TABLES');
  const tables: TableName[] = cursor.list(parseTableName);
  const options: string[] = [];
  if (operation === 'ANALYZE' && cursor.acceptOneOf('PARTITION', 'SUBPARTITION') !== undefined)
    cursor.names();
  for (;;) {
    if (cursor.acceptAll('FOR', 'UPGRADE')) options.push('FOR UPGRADE');
    else if (cursor.isOneOf(MAINTENANCE_OPTIONS)) options.push(cursor.advance().word);
    else break;
  }
  if (
    operation === 'ANALYZE' &&
    (cursor.is('UPDATE') || cursor.is('DROP') || cursor.is('COMPUTE') || cursor.is('ESTIMATE'))
  )
    options.push(restOfStatement(cursor));
  return { kind: 'table-maintenance', operation, tables, options, start, end: cursor.lastEnd };
}

const RESETTABLE = new Set(['MASTER', 'SLAVE', 'REPLICA', 'QUERY', 'PERSIST', 'BINARY']);

export function parseReset(cursor: Cursor): ResetStatement {
  const { start } = cursor.expect('RESET');
  if (!cursor.isOneOf(RESETTABLE)) cursor.fail();
  return { kind: 'reset', what: restOfStatement(cursor), start, end: cursor.lastEnd };
}
