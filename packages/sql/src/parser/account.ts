import type {
  AccountName,
  AccountSpecification,
  AlterUserStatement,
  CreateUserStatement,
  DefaultRoles,
  DropUserStatement,
  PasswordExpiry,
  RenameUserStatement,
  ResourceLimit,
  RoleStatement,
  TlsRequirement,
} from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parseAccountName } from './name.ts';

/** After CREATE USER. */
export function parseCreateUser(cursor: Cursor, start: number): CreateUserStatement {
  const ifNotExists = cursor.acceptAll('IF', 'NOT', 'EXISTS');
  const accounts = cursor.list(parseAccountSpecification);
  const defaultRoles = acceptDefaultRoles(cursor);
  const require = acceptRequire(cursor);
  const limits = acceptLimits(cursor);
  const options = parseAccountOptions(cursor);
  return {
    kind: 'create-user',
    ifNotExists,
    accounts,
    defaultRoles,
    require,
    limits,
    ...options,
    start,
    end: cursor.lastEnd,
  };
}

/** After ALTER USER. */
export function parseAlterUser(cursor: Cursor, start: number): AlterUserStatement {
  const ifExists = cursor.acceptAll('IF', 'EXISTS');
  const accounts = cursor.list(parseAlteredAccount);
  const defaultRoles = acceptDefaultRoles(cursor);
  const require = acceptRequire(cursor);
  const limits = acceptLimits(cursor);
  const options = parseAccountOptions(cursor);
  return {
    kind: 'alter-user',
    ifExists,
    accounts,
    defaultRoles,
    require,
    limits,
    ...options,
    start,
    end: cursor.lastEnd,
  };
}

function acceptDefaultRoles(cursor: Cursor): DefaultRoles | undefined {
  if (!cursor.acceptAll('DEFAULT', 'ROLE')) return undefined;
  const word = cursor.acceptOneOf('NONE', 'ALL');
  if (word !== undefined) return { what: word === 'NONE' ? 'none' : 'all', roles: [] };
  return { what: 'list', roles: cursor.list(parseAccountName) };
}

/** An account, or USER(), with changes to its factors. */
function parseAlteredAccount(cursor: Cursor): AccountSpecification {
  const { start } = cursor.token;
  if (!cursor.acceptAll('USER', '(', ')')) {
    const specification = parseAccountSpecification(cursor);
    parseFactorChanges(cursor);
    return specification;
  }
  const account = { user: '', host: undefined, current: true, start, end: cursor.lastEnd };
  const authentication = parseAuthentication(cursor);
  parseFactorChanges(cursor);
  return { account, ...authentication, start, end: cursor.lastEnd };
}

/** ADD, MODIFY and DROP n FACTOR, and n FACTOR's registration: MySQL 8.0.27's second and third factors. */
function parseFactorChanges(cursor: Cursor): void {
  while (isFactor(cursor)) {
    cursor.lacking = 'Multifactor authentication';
    const operation = cursor.acceptOneOf('ADD', 'MODIFY', 'DROP');
    cursor.number();
    cursor.expect('FACTOR');
    if (operation === undefined) {
      parseRegistration(cursor);
      return;
    }
    if (operation !== 'DROP') parseAuthentication(cursor);
  }
}

function isFactor(cursor: Cursor): boolean {
  const at = cursor.is('ADD') || cursor.is('MODIFY') || cursor.is('DROP') ? 1 : 0;
  return cursor.peek(at).kind === TokenKind.Integer && cursor.peek(at + 1).word === 'FACTOR';
}

function parseRegistration(cursor: Cursor): void {
  if (cursor.accept('UNREGISTER')) return;
  if (cursor.expectOneOf('INITIATE', 'FINISH') === 'FINISH') {
    cursor.expectAll('REGISTRATION', 'SET', 'CHALLENGE_RESPONSE', 'AS');
    cursor.string();
  } else cursor.expect('REGISTRATION');
}

/** `user@host [IDENTIFIED …]`. */
export function parseAccountSpecification(cursor: Cursor): AccountSpecification {
  const { start } = cursor.token;
  const account = parseAccountName(cursor);
  const authentication = parseAuthentication(cursor);
  if (cursor.acceptAll('INITIAL', 'AUTHENTICATION')) {
    parseAuthentication(cursor);
    cursor.lacking = 'INITIAL AUTHENTICATION';
  }
  while (cursor.areNext('AND', 'IDENTIFIED')) {
    cursor.advance();
    parseAuthentication(cursor);
    cursor.lacking = 'Multifactor authentication';
  }
  return { account, ...authentication, start, end: cursor.lastEnd };
}

type Authentication = Pick<AccountSpecification, 'plugin' | 'password' | 'randomPassword' | 'hash'>;

function parseAuthentication(cursor: Cursor): Authentication {
  const none: Authentication = {
    plugin: undefined,
    password: undefined,
    randomPassword: false,
    hash: undefined,
  };
  if (cursor.acceptAll('DISCARD', 'OLD', 'PASSWORD')) {
    cursor.lacking = 'DISCARD OLD PASSWORD';
    return none;
  }
  if (!cursor.accept('IDENTIFIED')) return none;
  const plugin = cursor.accept('WITH') ? cursor.nameOrString() : undefined;
  if (plugin !== undefined && cursor.accept('AS')) return { ...none, plugin, hash: parseHash(cursor) };
  if (plugin !== undefined && !cursor.is('BY')) return { ...none, plugin };
  cursor.expect('BY');
  if (cursor.acceptAll('RANDOM', 'PASSWORD')) return { ...none, plugin, randomPassword: true };
  if (cursor.accept('PASSWORD')) return { ...none, plugin, hash: cursor.string() };
  const password = cursor.string();
  parseCurrentPassword(cursor);
  return { ...none, plugin, password };
}

/** REPLACE and RETAIN of MySQL 8: here the current one isn't asked for, and ends at once. */
export function parseCurrentPassword(cursor: Cursor): void {
  if (cursor.accept('REPLACE')) {
    cursor.string();
    cursor.lacking = 'REPLACE of the current password';
  }
  if (cursor.acceptAll('RETAIN', 'CURRENT', 'PASSWORD')) cursor.lacking = 'RETAIN CURRENT PASSWORD';
}

function parseHash(cursor: Cursor): string {
  if (cursor.token.kind !== TokenKind.Hex) return cursor.string();
  return Buffer.from(cursor.advance().value, 'hex').toString('latin1');
}

/** REQUIRE NONE | SSL | X509 | CIPHER 's' [AND] ISSUER 's' [AND] SUBJECT 's'. */
export function acceptRequire(cursor: Cursor): TlsRequirement | undefined {
  if (!cursor.accept('REQUIRE')) return undefined;
  const word = cursor.acceptOneOf('NONE', 'SSL', 'X509');
  if (word !== undefined) return { kind: word.toLowerCase() as 'none' | 'ssl' | 'x509' };
  const texts: Partial<Record<'CIPHER' | 'ISSUER' | 'SUBJECT', string>> = {};
  do {
    const part = cursor.expectOneOf('CIPHER', 'ISSUER', 'SUBJECT');
    // MySQL refuses a part that is given twice.
    if (texts[part] !== undefined) cursor.fail();
    texts[part] = cursor.string();
  } while (cursor.accept('AND') || cursor.is('CIPHER') || cursor.is('ISSUER') || cursor.is('SUBJECT'));
  return { kind: 'specified', cipher: texts.CIPHER, issuer: texts.ISSUER, subject: texts.SUBJECT };
}

const LIMITS = [
  'MAX_QUERIES_PER_HOUR',
  'MAX_UPDATES_PER_HOUR',
  'MAX_CONNECTIONS_PER_HOUR',
  'MAX_USER_CONNECTIONS',
] as const;

function acceptLimits(cursor: Cursor): ResourceLimit[] {
  if (!cursor.accept('WITH')) return [];
  const limits: ResourceLimit[] = [];
  do limits.push(parseLimit(cursor) ?? cursor.fail());
  while (LIMITS.some((name) => cursor.is(name)));
  return limits;
}

export function parseLimit(cursor: Cursor): ResourceLimit | undefined {
  const name = cursor.acceptOneOf(...LIMITS);
  return name === undefined ? undefined : { name, value: cursor.number() };
}

/** PASSWORD …, ACCOUNT …, FAILED_LOGIN_ATTEMPTS …, COMMENT, ATTRIBUTE, in any order. */
function parseAccountOptions(
  cursor: Cursor,
): Pick<CreateUserStatement, 'locked' | 'expiry' | 'otherOptions'> {
  let expiry: PasswordExpiry | undefined;
  let locked: boolean | undefined;
  const otherOptions: string[] = [];
  for (;;) {
    const { start } = cursor.token;
    if (cursor.accept('ACCOUNT')) {
      locked = cursor.expectOneOf('LOCK', 'UNLOCK') === 'LOCK';
      continue;
    }
    if (cursor.acceptAll('PASSWORD', 'EXPIRE')) {
      expiry = parseExpiry(cursor);
      continue;
    }
    if (cursor.accept('PASSWORD')) parsePasswordOption(cursor);
    else if (cursor.acceptOneOf('FAILED_LOGIN_ATTEMPTS', 'PASSWORD_LOCK_TIME') !== undefined)
      parseCountOrWord(cursor, 'UNBOUNDED');
    else if (cursor.acceptOneOf('COMMENT', 'ATTRIBUTE') !== undefined) cursor.string();
    else if (cursor.accept('PRIMARY_ZONE')) {
      cursor.accept('=');
      cursor.nameOrString();
    } else return { locked, expiry, otherOptions };
    otherOptions.push(cursor.text.slice(start, cursor.lastEnd));
  }
}

function parseExpiry(cursor: Cursor): PasswordExpiry {
  if (cursor.accept('DEFAULT')) return { kind: 'default' };
  if (cursor.accept('NEVER')) return { kind: 'never' };
  if (!cursor.accept('INTERVAL')) return { kind: 'now' };
  const days = cursor.number();
  cursor.expect('DAY');
  return { kind: 'interval', days };
}

function parseCountOrWord(cursor: Cursor, word: string): void {
  if (!cursor.accept(word)) cursor.number();
}

function parsePasswordOption(cursor: Cursor): void {
  switch (cursor.expectOneOf('HISTORY', 'REUSE', 'REQUIRE')) {
    case 'HISTORY':
      parseCountOrWord(cursor, 'DEFAULT');
      return;
    case 'REUSE':
      cursor.expect('INTERVAL');
      if (cursor.accept('DEFAULT')) return;
      cursor.number();
      cursor.expect('DAY');
      return;
    case 'REQUIRE':
      cursor.expect('CURRENT');
      cursor.acceptOneOf('DEFAULT', 'OPTIONAL');
  }
}

export function parseDropUser(cursor: Cursor, start: number): DropUserStatement {
  const ifExists = cursor.acceptAll('IF', 'EXISTS');
  return { kind: 'drop-user', ifExists, accounts: cursor.list(parseAccountName), start, end: cursor.lastEnd };
}

/** After RENAME USER. */
export function parseRenameUser(cursor: Cursor, start: number): RenameUserStatement {
  const renames = cursor.list((at) => {
    const from: AccountName = parseAccountName(at);
    at.expect('TO');
    return { from, to: parseAccountName(at) };
  });
  return { kind: 'rename-user', renames, start, end: cursor.lastEnd };
}

export function parseRole(cursor: Cursor, start: number, kind: 'create-role' | 'drop-role'): RoleStatement {
  const ifNotExists = cursor.acceptAll('IF', 'NOT', 'EXISTS');
  const ifExists = cursor.acceptAll('IF', 'EXISTS');
  return { kind, ifExists, ifNotExists, roles: cursor.list(parseAccountName), start, end: cursor.lastEnd };
}
