import type { AlterSystemSwitchStatement, Statement, SystemParameterItem, SystemTarget } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { skipToEnd } from './rest.ts';
import { parseSystemServerOrZone } from './system-server.ts';
import { acceptValue, parseServer, parseServers, parseWordOrString } from './system-value.ts';

/** After ALTER SYSTEM. Source: OceanBase's manual, "ALTER SYSTEM". */
export function parseAlterSystem(cursor: Cursor, start: number): Statement {
  const node = parseSystemServerOrZone(cursor, start);
  if (node !== undefined) return node;
  switch (cursor.token.word) {
    case 'BOOTSTRAP':
      return parseBootstrap(cursor, start);
    case 'MINOR':
    case 'MAJOR':
      if (cursor.peek(1).word !== 'FREEZE') break;
      return parseFreeze(cursor, start);
    case 'SWITCH':
      return parseSwitch(cursor, start);
    case 'RESET':
      cursor.advance();
      return parseParameters(cursor, start, true);
    case 'SET':
      cursor.advance();
      if (
        cursor.peek(1).word !== '=' &&
        !cursor.is('PARAMETERS') &&
        cursor.isName() &&
        cursor.peek(1).kind === TokenKind.Word
      )
        return parseCommand(cursor, start, 'SET');
      if (cursor.peek(1).word !== '=') cursor.accept('PARAMETERS');
      return parseParameters(cursor, start, false);
    case 'KILL':
      if (cursor.peek(1).word === 'SESSION') return parseKillSession(cursor, start);
      break;
    case 'RENEW':
      return parseRenew(cursor, start);
  }
  if (cursor.peek(1).word === '=') return parseParameters(cursor, start, false);
  return parseCommand(cursor, start);
}

function parseParameters(cursor: Cursor, start: number, reset: boolean): Statement {
  const items = cursor.list((at) => parseParameter(at, reset));
  return { kind: 'alter-system-set', reset, items, start, end: cursor.lastEnd };
}

function parseParameter(cursor: Cursor, reset: boolean): SystemParameterItem {
  const { start } = cursor.token;
  const name = cursor.nameOrString();
  let value: string | undefined;
  if (!reset) {
    cursor.expect('=');
    value = parseParameterValue(cursor);
  }
  const item: { -readonly [Key in keyof SystemParameterItem]: SystemParameterItem[Key] } = {
    name,
    value,
    comment: undefined,
    scope: undefined,
    server: undefined,
    zone: undefined,
    tenant: undefined,
    start,
    end: start,
  };
  while (parseItemClause(cursor, item));
  item.end = cursor.lastEnd;
  return item;
}

/** A string, a number with its sign, a word such as True, or a size without quotes (`10M`). */
function parseParameterValue(cursor: Cursor): string {
  const { start, kind } = cursor.token;
  if (kind === TokenKind.String) return cursor.string();
  cursor.acceptOneOf('-', '+');
  if (!VALUE_KINDS.has(cursor.token.kind)) cursor.fail();
  const token = cursor.advance();
  return kind === TokenKind.QuotedName ? token.value : cursor.text.slice(start, token.end);
}

const VALUE_KINDS = new Set<TokenKind>([
  TokenKind.Integer,
  TokenKind.Decimal,
  TokenKind.Float,
  TokenKind.Word,
  TokenKind.QuotedName,
  TokenKind.Hex,
]);

type MutableItem = { -readonly [Key in keyof SystemParameterItem]: SystemParameterItem[Key] };

function parseItemClause(cursor: Cursor, item: MutableItem): boolean {
  switch (cursor.token.word) {
    case 'COMMENT':
      cursor.advance();
      cursor.accept('=');
      item.comment = cursor.string();
      return true;
    case 'SCOPE':
      cursor.advance();
      cursor.accept('=');
      item.scope = cursor.expectOneOf('MEMORY', 'SPFILE', 'BOTH');
      return true;
    case 'SERVER':
    case 'HOST':
      item.server = parseServer(cursor);
      return true;
    case 'ZONE':
      item.zone = acceptValue(cursor, 'ZONE');
      return true;
    case 'TENANT':
      item.tenant = acceptValue(cursor, 'TENANT');
      return true;
  }
  return false;
}

/** BOOTSTRAP [CLUSTER …] [REGION r] ZONE 'z' [IDC i] SERVER 'ip:port' [, …]. */
function parseBootstrap(cursor: Cursor, start: number): Statement {
  cursor.expect('BOOTSTRAP');
  if (cursor.accept('CLUSTER')) cursor.accept('PRIMARY');
  const servers = cursor.list((at) => {
    const region = acceptValue(at, 'REGION');
    const zone = acceptValue(at, 'ZONE') ?? at.fail();
    const idc = acceptValue(at, 'IDC');
    return { region, zone, idc, server: parseServer(at) };
  });
  return { kind: 'alter-system-bootstrap', servers, start, end: cursor.lastEnd };
}

function parseFreeze(cursor: Cursor, start: number): Statement {
  const type = cursor.expectOneOf('MINOR', 'MAJOR') === 'MINOR' ? 'minor' : 'major';
  cursor.expect('FREEZE');
  let lsId: number | undefined;
  let tabletId: number | undefined;
  const target = parseTarget(cursor, (at) => {
    if (at.accept('LS')) lsId = parseId(at);
    else if (at.accept('TABLET_ID')) tabletId = parseId(at);
    else if (at.acceptAll('REBUILD', 'COLUMN', 'GROUP')) return true;
    else return false;
    return true;
  });
  return { kind: 'alter-system-freeze', type, target, lsId, tabletId, start, end: cursor.lastEnd };
}

function parseId(cursor: Cursor): number {
  cursor.accept('=');
  return cursor.number();
}

/** @param other reads a clause of its own; false if it has none here */
function parseTarget(cursor: Cursor, other: (cursor: Cursor) => boolean): SystemTarget {
  let servers: readonly string[] = [];
  let zone: string | undefined;
  const tenants: string[] = [];
  for (;;) {
    if (cursor.is('SERVER') || cursor.is('OBSERVER')) servers = parseServers(cursor);
    else if (cursor.is('ZONE')) zone = acceptValue(cursor, 'ZONE');
    else if (cursor.is('TENANT')) tenants.push(...parseTenants(cursor));
    else if (!other(cursor)) return { servers, zone, tenants };
  }
}

/** TENANT = t, or TENANT [=] (a, b). */
function parseTenants(cursor: Cursor): string[] {
  cursor.expect('TENANT');
  cursor.accept('=');
  if (cursor.is('(')) return cursor.parenthesized(parseWordOrString);
  return cursor.list(parseWordOrString);
}

/** SWITCH REPLICA and SWITCH ROOTSERVICE. */
function parseSwitch(cursor: Cursor, start: number): Statement {
  cursor.expect('SWITCH');
  const what = cursor.acceptOneOf('REPLICA', 'ROOTSERVICE');
  if (what === undefined) return parseCommand(cursor, start, 'SWITCH');
  const role = cursor.expectOneOf('LEADER', 'FOLLOWER', 'DEFAULT');
  const node: { -readonly [Key in keyof AlterSystemSwitchStatement]: AlterSystemSwitchStatement[Key] } = {
    kind: what === 'REPLICA' ? 'alter-system-switch-replica' : 'alter-system-switch-rootservice',
    role,
    server: undefined,
    zone: undefined,
    tenant: undefined,
    lsId: undefined,
    start,
    end: start,
  };
  for (;;) {
    if (cursor.accept('LS')) node.lsId = parseId(cursor);
    else if (cursor.accept('PARTITION_ID')) {
      // OceanBase 3: there are no replicas of partitions here.
      cursor.accept('=');
      cursor.string();
      cursor.lacking = 'SWITCH REPLICA of a partition';
    } else if (cursor.is('SERVER')) node.server = parseServer(cursor);
    else if (cursor.is('ZONE')) node.zone = acceptValue(cursor, 'ZONE');
    else if (cursor.is('TENANT')) node.tenant = acceptValue(cursor, 'TENANT');
    else break;
  }
  if (node.server === undefined && node.zone === undefined) cursor.fail();
  node.end = cursor.lastEnd;
  return node;
}

function parseKillSession(cursor: Cursor, start: number): Statement {
  cursor.expectAll('KILL', 'SESSION');
  const text = cursor.token.kind === TokenKind.String ? cursor.string() : String(cursor.number());
  cursor.accept('IMMEDIATE');
  const [id = ''] = text.split(',');
  if (!/^\s*\d+\s*$/.test(id)) cursor.fail();
  return { kind: 'alter-system-kill-session', sessionId: BigInt(id.trim()), start, end: cursor.lastEnd };
}

/** RENEW RPC LINKS [SERVER = 'ip:port', …]: our own. */
function parseRenew(cursor: Cursor, start: number): Statement {
  cursor.expectAll('RENEW', 'RPC', 'LINKS');
  const servers = cursor.is('SERVER') ? parseServers(cursor) : [];
  return { kind: 'alter-system-renew-links', servers, start, end: cursor.lastEnd };
}

/** Maintenance commands by their first word. Source: OceanBase's manual, "ALTER SYSTEM". */
const COMMANDS = new Set(
  `ACTIVATE ADD ALTER ARCHIVE ARCHIVELOG BACKUP BALANCE CANCEL CHANGE CHECKPOINT CLEAN CLEAR COPY DELETE DISABLE ENABLE FLUSH LOAD MERGE
  MIGRATE MODIFY MOVE NOARCHIVELOG PURGE RECOVER REFRESH RELOAD REMOVE REPAIR REPORT RESET RESTORE RESUME RUN SET SUSPEND SWITCH
  SWITCHOVER TRANSFER UPGRADE VALIDATE KILL BEGIN END START STOP FORCE CONVERT FAILOVER SHRINK REPLACE
  CHECK CREATE DROP RECYCLE ROOT SET_TP TRIGGER UNLOCK WASH`.split(/\s+/),
);

/** @param first the word that was read already */
function parseCommand(cursor: Cursor, start: number, first?: string): Statement {
  if (first === undefined && !cursor.isOneOf(COMMANDS)) cursor.fail();
  const words = first === undefined ? [] : [first];
  while (cursor.token.kind === TokenKind.Word && !TARGET_WORDS.has(cursor.token.word))
    words.push(cursor.advance().word);
  if (words.length < 2 && cursor.atEnd && !ALONE.has(words[0] ?? '')) cursor.fail();
  const target = parseTarget(cursor, () => false);
  skipToEnd(cursor);
  return { kind: 'alter-system-command', command: words.join(' '), target, start, end: cursor.lastEnd };
}

/** Commands of one word. */
const ALONE = new Set(['ARCHIVELOG', 'NOARCHIVELOG', 'CHECKPOINT', 'MERGE', 'FAILOVER']);

const TARGET_WORDS = new Set(['ZONE', 'TENANT', 'OBSERVER']);
