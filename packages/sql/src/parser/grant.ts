import type { Privilege, PrivilegeLevel, ResourceLimit, Statement } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import { acceptRequire, parseAccountSpecification, parseLimit } from './account.ts';
import type { Cursor } from './cursor.ts';
import { parseAccountName } from './name.ts';

/** GRANT of privileges, of roles, or of PROXY. */
export function parseGrant(cursor: Cursor): Statement {
  const { start } = cursor.expect('GRANT');
  if (cursor.acceptAll('PROXY', 'ON')) {
    const proxied = parseAccountName(cursor);
    cursor.expect('TO');
    const accounts = cursor.list(parseAccountSpecification).map(({ account }) => account);
    cursor.acceptAll('WITH', 'GRANT', 'OPTION');
    return { kind: 'grant-proxy', proxied, accounts, start, end: cursor.lastEnd };
  }
  if (listsRoles(cursor, 'TO')) {
    const roles = cursor.list(parseAccountName);
    cursor.expect('TO');
    const accounts = cursor.list(parseAccountName);
    const adminOption = cursor.acceptAll('WITH', 'ADMIN', 'OPTION');
    return { kind: 'grant-role', roles, accounts, adminOption, start, end: cursor.lastEnd };
  }
  const privileges = cursor.list(parsePrivilege);
  cursor.expect('ON');
  const level = parseLevel(cursor);
  cursor.expect('TO');
  const accounts = cursor.list(parseAccountSpecification);
  const require = acceptRequire(cursor);
  const { limits, grantOption } = parseWith(cursor);
  return {
    kind: 'grant',
    privileges,
    level,
    accounts,
    require,
    limits,
    grantOption,
    start,
    end: cursor.lastEnd,
  };
}

export function parseRevoke(cursor: Cursor): Statement {
  const { start } = cursor.expect('REVOKE');
  const ifExists = cursor.acceptAll('IF', 'EXISTS');
  if (cursor.acceptAll('PROXY', 'ON')) {
    const proxied = parseAccountName(cursor);
    cursor.expect('FROM');
    return {
      kind: 'revoke-proxy',
      proxied,
      accounts: cursor.list(parseAccountName),
      start,
      end: cursor.lastEnd,
    };
  }
  if (listsRoles(cursor, 'FROM') && !cursor.is('ALL')) {
    const roles = cursor.list(parseAccountName);
    cursor.expect('FROM');
    const accounts = cursor.list(parseAccountName);
    cursor.acceptAll('IGNORE', 'UNKNOWN', 'USER');
    return { kind: 'revoke-role', ifExists, roles, accounts, start, end: cursor.lastEnd };
  }
  const privileges = cursor.list(parsePrivilege);
  const level = cursor.accept('ON') ? parseLevel(cursor) : undefined;
  cursor.expect('FROM');
  const accounts = cursor.list(parseAccountName);
  cursor.acceptAll('IGNORE', 'UNKNOWN', 'USER');
  return { kind: 'revoke', ifExists, privileges, level, accounts, start, end: cursor.lastEnd };
}

/** Roles and privileges begin alike: what decides is whether ON comes before TO (or FROM). */
function listsRoles(cursor: Cursor, end: 'TO' | 'FROM'): boolean {
  for (let index = 0; ; index++) {
    const { kind, word } = cursor.peek(index);
    if (word === end) return true;
    if (word === 'ON' || kind === TokenKind.End || kind === TokenKind.Semicolon) return false;
  }
}

/** Sources: the manuals of MySQL and OceanBase, "GRANT". */
const PRIVILEGES = new Set([
  'ALL',
  'ALTER',
  'ALTER ROUTINE',
  'ALTER SYSTEM',
  'ALTER TENANT',
  'CREATE',
  'CREATE AI MODEL',
  'CREATE CATALOG',
  'CREATE DATABASE LINK',
  'CREATE LOCATION',
  'CREATE RESOURCE POOL',
  'CREATE RESOURCE UNIT',
  'CREATE ROLE',
  'CREATE ROUTINE',
  'CREATE SENSITIVE RULE',
  'CREATE SYNONYM',
  'CREATE TABLESPACE',
  'CREATE TEMPORARY TABLES',
  'CREATE USER',
  'CREATE VIEW',
  'DELETE',
  'DROP',
  'ALTER AI MODEL',
  'ACCESS AI MODEL',
  'DECRYPT',
  'DROP AI MODEL',
  'DROP DATABASE LINK',
  'ENCRYPT',
  'DROP ROLE',
  'EVENT',
  'EXECUTE',
  'FILE',
  'GRANT OPTION',
  'INDEX',
  'INSERT',
  'LOCK TABLES',
  'PLAINACCESS',
  'PLUGIN',
  'PROCESS',
  'PROXY',
  'REFERENCES',
  'RELOAD',
  'REPLICATION CLIENT',
  'REPLICATION SLAVE',
  'SELECT',
  'SHOW DATABASES',
  'SHOW VIEW',
  'SHUTDOWN',
  'SUPER',
  'TRIGGER',
  'UPDATE',
  'USAGE',
  'USE CATALOG',
]);

/** Words, and columns in parentheses: `SELECT (a, b)`, `CREATE TEMPORARY TABLES`. */
function parsePrivilege(cursor: Cursor): Privilege {
  const { token } = cursor;
  const words: string[] = [];
  while (cursor.token.kind === TokenKind.Word && !cursor.is('ON') && !cursor.is('FROM'))
    words.push(cursor.advance().word);
  // A dynamic privilege may be quoted.
  if (words.length === 0) words.push(cursor.nameOrString().toUpperCase());
  if (words.length > 1 && words[0] === 'ALL') words.length = 1;
  // Dynamic privileges have names of their own, with underscores.
  const name = words.join(' ');
  if (!PRIVILEGES.has(name) && !name.includes('_')) cursor.fail(token);
  return { name, columns: cursor.is('(') ? cursor.names() : [] };
}

function parseLevel(cursor: Cursor): PrivilegeLevel {
  const typed =
    cursor.peek(1).word !== '.' &&
    !cursor.is('*') &&
    cursor.peek(1).word !== 'TO' &&
    cursor.peek(1).word !== 'FROM';
  const type = (typed ? cursor.acceptOneOf('TABLE', 'FUNCTION', 'PROCEDURE') : undefined) ?? 'TABLE';
  const first = cursor.accept('*') ? '*' : cursor.nameOrString();
  if (!cursor.accept('.')) return { type, database: undefined, table: first };
  return { type, database: first, table: cursor.accept('*') ? '*' : cursor.nameAfterPoint() };
}

function parseWith(cursor: Cursor): { limits: ResourceLimit[]; grantOption: boolean } {
  const limits: ResourceLimit[] = [];
  let grantOption = false;
  if (!cursor.accept('WITH')) return { limits, grantOption };
  for (let count = 0; ; count++) {
    const limit = parseLimit(cursor);
    if (limit !== undefined) limits.push(limit);
    else if (cursor.acceptAll('GRANT', 'OPTION')) grantOption = true;
    else if (count > 0) break;
    else cursor.fail();
  }
  // MySQL 8: AS user [WITH ROLE …].
  if (cursor.accept('AS')) {
    parseAccountName(cursor);
    if (cursor.acceptAll('WITH', 'ROLE')) {
      const word = cursor.acceptOneOf('DEFAULT', 'NONE', 'ALL');
      if (word === undefined || (word === 'ALL' && cursor.accept('EXCEPT'))) cursor.list(parseAccountName);
    }
  }
  return { limits, grantOption };
}
