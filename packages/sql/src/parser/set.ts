import type {
  AccountName,
  Expression,
  SetItem,
  SetPasswordStatement,
  SetRoleStatement,
  SetStatement,
  SetTransactionStatement,
  Statement,
} from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import { parseCurrentPassword } from './account.ts';
import type { Cursor } from './cursor.ts';
import { acceptCharsetWords, parseAccountName, parseCharsetName, parseCollationName } from './name.ts';
import { isScopeWord } from './primary.ts';

/** SET in all its forms. */
export function parseSet(cursor: Cursor): Statement {
  const { start } = cursor.expect('SET');
  switch (cursor.token.word) {
    case 'PASSWORD':
      if (isSetPassword(cursor)) return parseSetPassword(cursor, start);
      break;
    case 'ROLE':
      if (!isAssignment(cursor)) return parseSetRole(cursor, start);
      break;
    case 'DEFAULT':
      return parseSetDefaultRole(cursor, start);
    case 'TRANSACTION':
      return parseSetTransaction(cursor, start, undefined);
    case 'OPTION':
    case 'ENCRYPTION':
    case 'DECRYPTION':
      if (isAssignment(cursor) || (cursor.peek(1).kind !== TokenKind.Word && cursor.token.word !== 'OPTION'))
        break;
      return parseSetOther(cursor, start);
    case 'CATALOG':
      if (isAssignment(cursor)) break;
      cursor.advance();
      cursor.name();
      return { kind: 'unsupported', name: 'SET CATALOG', start, end: cursor.lastEnd };
    case 'RESOURCE':
      if (cursor.peek(1).word === 'GROUP') return parseResourceGroup(cursor, start);
      break;
    case 'GLOBAL':
    case 'SESSION':
    case 'LOCAL':
      if (cursor.peek(1).word === 'TRANSACTION') {
        const scope = cursor.advance().word === 'GLOBAL' ? 'global' : 'session';
        return parseSetTransaction(cursor, start, scope);
      }
      break;
  }
  const items = parseItems(cursor);
  return { kind: 'set', items, start, end: cursor.lastEnd } satisfies SetStatement;
}

/** OceanBase's SET ENCRYPTION ON IDENTIFIED BY …, SET DECRYPTION IDENTIFIED BY …, SET OPTION leak_mod = …. */
function parseSetOther(cursor: Cursor, start: number): Statement {
  const { word } = cursor.advance();
  if (word === 'OPTION') {
    cursor.expectOneOf('LEAK_MOD', 'LEAK_RATE');
    cursor.expect('=');
    cursor.expression();
  } else {
    if (word === 'ENCRYPTION') cursor.expect('ON');
    cursor.expectAll('IDENTIFIED', 'BY');
    cursor.list((at) => at.string());
    if (word === 'ENCRYPTION') cursor.expect('ONLY');
  }
  return { kind: 'unsupported', name: `SET ${word}`, start, end: cursor.lastEnd };
}

function isAssignment(cursor: Cursor): boolean {
  const { word } = cursor.peek(1);
  return word === '=' || word === ':=';
}

function isSetPassword(cursor: Cursor): boolean {
  return isAssignment(cursor) || cursor.peek(1).word === 'FOR' || cursor.peek(1).word === 'TO';
}

type Scope = 'session' | 'global' | 'persist' | 'persist-only' | undefined;

const SCOPES: Readonly<Record<string, Scope>> = {
  GLOBAL: 'global',
  SESSION: 'session',
  LOCAL: 'session',
  PERSIST: 'persist',
  PERSIST_ONLY: 'persist-only',
};

function parseItems(cursor: Cursor): SetItem[] {
  const items: SetItem[] = [];
  do items.push(parseItem(cursor));
  while (cursor.accept(','));
  return items;
}

function parseItem(cursor: Cursor): SetItem {
  if (cursor.token.kind === TokenKind.UserVariable) return parseUserAssignment(cursor);
  if (cursor.accept('@@')) return parseVariable(cursor, acceptScope(cursor, true));
  if (cursor.is('NAMES')) return parseNames(cursor);
  if (acceptCharsetWords(cursor)) return { kind: 'character-set', charset: charsetOrDefault(cursor) };
  return parseVariable(cursor, acceptScope(cursor, false));
}

function acceptScope(cursor: Cursor, dotted: boolean): Scope {
  const scope = SCOPES[cursor.token.word];
  if (scope === undefined || (cursor.peek(1).word === '.') !== dotted || isAssignment(cursor))
    return undefined;
  cursor.advance();
  if (dotted) cursor.expect('.');
  else cursor.accept('@@');
  return scope;
}

function parseUserAssignment(cursor: Cursor): SetItem {
  const { value: name } = cursor.advance();
  cursor.expectOneOf('=', ':=');
  return { kind: 'user-variable', name, value: cursor.expression() };
}

function parseVariable(cursor: Cursor, scope: Scope): SetItem {
  let name = cursor.nameAfterPoint();
  if (cursor.is('.') && isScopeWord(name)) cursor.fail();
  if (cursor.accept('.')) name += `.${cursor.nameAfterPoint()}`;
  cursor.expectOneOf('=', ':=');
  return { kind: 'system-variable', scope, name, value: parseVariableValue(cursor) };
}

/** An expression, or one of the reserved words that are values here; they come as columns. */
export function parseVariableValue(cursor: Cursor): Expression {
  const { start, end, word, value: name } = cursor.token;
  if (word === 'DEFAULT') {
    cursor.advance();
    return { kind: 'default', start, end };
  }
  if (word !== 'ON' && word !== 'ALL' && !(word === 'BINARY' && endsItem(cursor))) return cursor.expression();
  cursor.advance();
  return { kind: 'column', database: undefined, table: undefined, name, start, end };
}

function endsItem(cursor: Cursor): boolean {
  const { kind, word } = cursor.peek(1);
  return kind === TokenKind.End || kind === TokenKind.Semicolon || word === ',';
}

function parseNames(cursor: Cursor): SetItem {
  cursor.expect('NAMES');
  const charset = charsetOrDefault(cursor);
  const collation =
    cursor.accept('COLLATE') && !cursor.accept('DEFAULT') ? parseCollationName(cursor) : undefined;
  return { kind: 'names', charset, collation };
}

function charsetOrDefault(cursor: Cursor): string | undefined {
  return cursor.accept('DEFAULT') ? undefined : parseCharsetName(cursor);
}

function parseSetTransaction(
  cursor: Cursor,
  start: number,
  scope: 'session' | 'global' | undefined,
): SetTransactionStatement {
  cursor.expect('TRANSACTION');
  let isolation: SetTransactionStatement['isolation'];
  let readOnly: boolean | undefined;
  do {
    if (cursor.acceptAll('ISOLATION', 'LEVEL')) isolation = parseIsolation(cursor);
    else {
      cursor.expect('READ');
      readOnly = cursor.expectOneOf('ONLY', 'WRITE') === 'ONLY';
    }
  } while (cursor.accept(','));
  return { kind: 'set-transaction', scope, isolation, readOnly, start, end: cursor.lastEnd };
}

function parseIsolation(cursor: Cursor): SetTransactionStatement['isolation'] {
  if (cursor.acceptAll('REPEATABLE', 'READ')) return 'REPEATABLE READ';
  if (cursor.accept('SERIALIZABLE')) return 'SERIALIZABLE';
  cursor.expect('READ');
  return `READ ${cursor.expectOneOf('COMMITTED', 'UNCOMMITTED')}`;
}

function parseSetPassword(cursor: Cursor, start: number): SetPasswordStatement {
  cursor.expect('PASSWORD');
  const account = cursor.accept('FOR') ? parseAccountName(cursor) : undefined;
  if (cursor.acceptAll('TO', 'RANDOM')) return finishRandomPassword(cursor, account, start);
  cursor.expectOneOf('=', ':=');
  // A password in clear in either form, as in MySQL 5.7.
  const inCall = cursor.acceptOneOf('PASSWORD', 'OLD_PASSWORD') !== undefined;
  if (inCall) cursor.expect('(');
  const password = cursor.string();
  if (inCall) cursor.expect(')');
  parseCurrentPassword(cursor);
  return { kind: 'set-password', account, password, random: false, start, end: cursor.lastEnd };
}

function finishRandomPassword(
  cursor: Cursor,
  account: AccountName | undefined,
  start: number,
): SetPasswordStatement {
  parseCurrentPassword(cursor);
  return { kind: 'set-password', account, password: '', random: true, start, end: cursor.lastEnd };
}

function parseSetRole(cursor: Cursor, start: number): SetRoleStatement {
  cursor.expect('ROLE');
  if (cursor.accept('DEFAULT'))
    return { kind: 'set-role', what: 'default', roles: [], accounts: [], start, end: cursor.lastEnd };
  return { kind: 'set-role', ...parseRoles(cursor), accounts: [], start, end: cursor.lastEnd };
}

function parseSetDefaultRole(cursor: Cursor, start: number): SetRoleStatement {
  cursor.expectAll('DEFAULT', 'ROLE');
  const roles = parseRoles(cursor);
  cursor.expect('TO');
  const accounts = cursor.list(parseAccountName);
  return { kind: 'set-default-role', ...roles, accounts, start, end: cursor.lastEnd };
}

function parseRoles(cursor: Cursor): { what: SetRoleStatement['what']; roles: AccountName[] } {
  if (cursor.accept('NONE')) return { what: 'none', roles: [] };
  if (!cursor.accept('ALL')) return { what: 'list', roles: cursor.list(parseAccountName) };
  if (!cursor.accept('EXCEPT')) return { what: 'all', roles: [] };
  return { what: 'all-except', roles: cursor.list(parseAccountName) };
}

function parseResourceGroup(cursor: Cursor, start: number): Statement {
  cursor.expectAll('RESOURCE', 'GROUP');
  cursor.name();
  if (cursor.accept('FOR')) cursor.list((at) => at.number());
  return { kind: 'unsupported', name: 'SET RESOURCE GROUP', start, end: cursor.lastEnd };
}
