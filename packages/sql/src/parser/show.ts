import type { ShowStatement, ShowSubject } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseAccountName, parseTableName } from './name.ts';
import { restOfStatement, skipToEnd } from './rest.ts';
import { parseLimit } from './select.ts';

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
type Show = Mutable<ShowStatement>;

/** What follows SHOW, by its words; the longest match wins. `''` reads LIKE or WHERE only. */
const FORMS: readonly (readonly [
  words: string,
  subject: ShowSubject,
  rule: (cursor: Cursor, show: Show) => void,
])[] = [
  ['DATABASES', 'databases', parseFilter],
  ['DATABASES STATUS', 'databases', parseFilter],
  ['SCHEMAS', 'databases', parseFilter],
  ['TABLES', 'tables', parseFromDatabase],
  ['OPEN TABLES', 'open-tables', parseFromDatabase],
  ['TRIGGERS', 'triggers', parseFromDatabase],
  ['EVENTS', 'events', parseFromDatabase],
  ['TABLE STATUS', 'table-status', parseFromDatabase],
  ['COLUMNS', 'columns', parseFromTable],
  ['FIELDS', 'columns', parseFromTable],
  ['INDEX', 'index', parseFromTable],
  ['INDEXES', 'index', parseFromTable],
  ['KEYS', 'index', parseFromTable],
  ['CREATE TABLE', 'create-table', parseName],
  ['CREATE VIEW', 'create-view', parseName],
  ['CREATE DATABASE', 'create-database', parseDatabaseName],
  ['CREATE SCHEMA', 'create-database', parseDatabaseName],
  ['CREATE PROCEDURE', 'create-procedure', parseName],
  ['CREATE FUNCTION', 'create-function', parseName],
  ['CREATE TRIGGER', 'create-trigger', parseName],
  ['CREATE EVENT', 'create-event', parseName],
  ['CREATE USER', 'create-user', parseAccount],
  ['CREATE TENANT', 'create-tenant', parseName],
  ['CREATE TABLEGROUP', 'create-tablegroup', parseName],
  ['PROCEDURE STATUS', 'procedure-status', parseFromDatabase],
  ['FUNCTION STATUS', 'function-status', parseFromDatabase],
  ['PROCEDURE CODE', 'procedure-code', parseName],
  ['FUNCTION CODE', 'function-code', parseName],
  ['VARIABLES', 'variables', parseFilter],
  ['STATUS', 'status', parseFilter],
  ['PARAMETERS', 'parameters', parseParameterFilter],
  ['WARNINGS', 'warnings', parseLimits],
  ['ERRORS', 'errors', parseLimits],
  ['PROCESSLIST', 'processlist', nothing],
  ['GRANTS', 'grants', parseGrantsFor],
  ['PRIVILEGES', 'privileges', nothing],
  ['CHARSET', 'charset', parseFilter],
  ['CHARACTER SET', 'charset', parseFilter],
  ['CHAR SET', 'charset', parseFilter],
  ['COLLATION', 'collation', parseFilter],
  ['ENGINES', 'engines', nothing],
  ['STORAGE ENGINES', 'engines', nothing],
  ['ENGINE', 'engine', parseRest],
  ['PLUGINS', 'plugins', nothing],
  ['PROFILE', 'profile', parseRest],
  ['PROFILES', 'profiles', nothing],
  ['BINARY LOGS', 'binary-logs', nothing],
  ['MASTER LOGS', 'binary-logs', nothing],
  ['BINLOG EVENTS', 'binlog-events', parseRest],
  ['RELAYLOG EVENTS', 'relaylog-events', parseRest],
  ['MASTER STATUS', 'master-status', nothing],
  ['BINARY LOG STATUS', 'master-status', nothing],
  ['SLAVE STATUS', 'slave-status', parseRest],
  ['REPLICA STATUS', 'slave-status', parseRest],
  ['SLAVE HOSTS', 'slave-hosts', nothing],
  ['REPLICAS', 'slave-hosts', nothing],
  ['TENANT', 'tenant', parseRest],
  ['TENANTS', 'tenants', parseFilter],
  ['TABLEGROUPS', 'tablegroups', parseFilter],
  ['TRACE', 'trace', parseTraceFilter],
  ['RECYCLEBIN', 'recyclebin', nothing],
  ['RESTORE PREVIEW', 'restore-preview', nothing],
];

/** What others show and we don't, by its words; whatever follows is read. */
const UNSUPPORTED = [
  'AI MODELS',
  'AUTHORS',
  'CATALOGS',
  'CHECK_TABLE',
  'CONTRIBUTORS',
  'CREATE CATALOG',
  'CREATE LIBRARY',
  'CREATE LOCATION',
  'CREATE OUTLINE',
  'CREATE PACKAGE',
  'CREATE SEQUENCE',
  'CREATE SYNONYM',
  'CREATE TYPE',
  'LIBRARY STATUS',
  'LOCATIONS',
  'OLAP',
  'OUTLINE',
  'PACKAGE BODY STATUS',
  'PACKAGE STATUS',
  'PARSE_TREE',
  'QUERY_RESPONSE_TIME',
  'SEQUENCES',
  'SERVER',
  'TABLE TYPES',
] as const;

const BY_WORDS = new Map(FORMS.map(([words, subject, rule]) => [words, { subject, rule }]));
const WORDS_MAX = 3;

/** SHOW in all its forms. */
export function parseShow(cursor: Cursor): ShowStatement {
  const { start } = cursor.expect('SHOW');
  const show: Show = {
    kind: 'show',
    subject: 'databases',
    full: false,
    extended: false,
    ifNotExists: false,
    global: false,
    database: undefined,
    name: undefined,
    like: undefined,
    where: undefined,
    limit: undefined,
    account: undefined,
    roles: [],
    tenant: undefined,
    rest: undefined,
    start,
    end: start,
  };
  parseModifiers(cursor, show);
  if (cursor.is('COUNT')) parseCount(cursor, show);
  else parseForm(cursor, show);
  show.end = cursor.lastEnd;
  return show;
}

function parseModifiers(cursor: Cursor, show: Show): void {
  show.extended = cursor.accept('EXTENDED');
  show.full = cursor.accept('FULL');
  show.global = cursor.accept('GLOBAL');
  if (!show.global) cursor.acceptOneOf('SESSION', 'LOCAL');
}

/** SHOW COUNT(*) WARNINGS. */
function parseCount(cursor: Cursor, show: Show): void {
  cursor.expectAll('COUNT', '(', '*', ')');
  show.subject = cursor.expectOneOf('WARNINGS', 'ERRORS') === 'WARNINGS' ? 'count-warnings' : 'count-errors';
}

function parseForm(cursor: Cursor, show: Show): void {
  for (let count = WORDS_MAX; count > 0; count--) {
    const words = Array.from({ length: count }, (_, index) => cursor.peek(index).word).join(' ');
    const form = BY_WORDS.get(words);
    if (form === undefined) continue;
    for (let index = 0; index < count; index++) cursor.advance();
    show.subject = form.subject;
    form.rule(cursor, show);
    return;
  }
  const words = UNSUPPORTED.find((each) => cursor.areNext(...each.split(' '))) ?? cursor.fail();
  skipToEnd(cursor);
  cursor.lacking = `SHOW ${words}`;
}

function nothing(): void {}

function parseFilter(cursor: Cursor, show: Show): void {
  if (cursor.accept('LIKE')) {
    show.like = cursor.string();
    // OceanBase reads it; patterns of SHOW have the backslash only.
    if (cursor.accept('ESCAPE') && cursor.string() !== '\\') cursor.lacking = 'SHOW LIKE ESCAPE';
  } else if (cursor.accept('WHERE')) show.where = cursor.expression();
}

function parseFromDatabase(cursor: Cursor, show: Show): void {
  if (cursor.acceptOneOf('FROM', 'IN') !== undefined) show.database = cursor.name();
  parseFilter(cursor, show);
}

function parseFromTable(cursor: Cursor, show: Show): void {
  cursor.expectOneOf('FROM', 'IN');
  const name = parseTableName(cursor);
  show.name = name;
  show.database = cursor.acceptOneOf('FROM', 'IN') !== undefined ? cursor.name() : name.database;
  parseFilter(cursor, show);
}

function parseName(cursor: Cursor, show: Show): void {
  show.ifNotExists = cursor.acceptAll('IF', 'NOT', 'EXISTS');
  const name = parseTableName(cursor);
  show.name = name;
  show.database = name.database;
  if (cursor.acceptAll('AS', 'OF')) show.rest = restOfStatement(cursor);
}

function parseDatabaseName(cursor: Cursor, show: Show): void {
  show.ifNotExists = cursor.acceptAll('IF', 'NOT', 'EXISTS');
  show.database = cursor.name();
}

function parseAccount(cursor: Cursor, show: Show): void {
  show.account = parseAccountName(cursor);
}

function parseGrantsFor(cursor: Cursor, show: Show): void {
  if (!cursor.accept('FOR')) return;
  show.account = parseAccountName(cursor);
  if (cursor.accept('USING')) show.roles = cursor.list(parseAccountName);
}

/** SHOW PARAMETERS [LIKE … | WHERE …] [TENANT = t]. */
function parseParameterFilter(cursor: Cursor, show: Show): void {
  for (;;) {
    if (cursor.accept('TENANT')) {
      cursor.accept('=');
      show.tenant = cursor.nameOrString();
    } else if (cursor.is('LIKE') || cursor.is('WHERE')) parseFilter(cursor, show);
    else return;
  }
}

/** SHOW TRACE [FORMAT = 'json'] [LIKE … | WHERE …]. */
function parseTraceFilter(cursor: Cursor, show: Show): void {
  if (cursor.accept('FORMAT')) {
    cursor.expect('=');
    show.rest = cursor.nameOrString();
  }
  parseFilter(cursor, show);
}

function parseLimits(cursor: Cursor, show: Show): void {
  if (cursor.is('LIMIT')) show.limit = parseLimit(cursor);
}

function parseRest(cursor: Cursor, show: Show): void {
  if (!cursor.atEnd) show.rest = restOfStatement(cursor);
  else if (show.subject === 'engine') cursor.fail();
}
