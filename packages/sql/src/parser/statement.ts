import type { Statement } from '../ast.ts';
import { parseAlter, parseDrop, parseRename } from './alter-drop.ts';
import { parseCreate } from './create.ts';
import type { Cursor } from './cursor.ts';
import { parseGetDiagnostics, parseSignal } from './diagnostics.ts';
import { parseGrant, parseRevoke } from './grant.ts';
import { parseInsert, parseReplace } from './insert.ts';
import { parseLoadData } from './load-data.ts';
import { parseChange, parsePurge, parseStartStop } from './replication.ts';
import { parseQuery, parseWith, withClauseOnto } from './select.ts';
import {
  parseAlone,
  parseBinlog,
  parseCacheIndex,
  parseClone,
  parseFlashback,
  parseHelp,
  parseImport,
  parseInstall,
  parseLoadIndex,
  parseUninstall,
} from './server-statement.ts';
import {
  parseCall,
  parseDeallocate,
  parseDo,
  parseExecute,
  parseExplain,
  parseFlush,
  parseHandler,
  parseKill,
  parseMaintenance,
  parsePrepare,
  parseReset,
  parseUse,
} from './session.ts';
import { parseSet } from './set.ts';
import { parseShow } from './show.ts';
import {
  parseBegin,
  parseCommit,
  parseLock,
  parseRelease,
  parseRollback,
  parseSavepoint,
  parseStartTransaction,
  parseUnlock,
  parseXa,
} from './transaction.ts';
import { unsupportedStatement } from './unsupported.ts';
import { parseDelete, parseTruncate, parseUpdate } from './update-delete.ts';

type Rule = (cursor: Cursor) => Statement;

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['SELECT', parseQuery],
  ['VALUES', parseQuery],
  ['TABLE', parseQuery],
  ['(', parseQuery],
  ['WITH', parseAfterWith],
  ['INSERT', parseInsert],
  ['REPLACE', parseReplace],
  ['UPDATE', (cursor) => parseUpdate(cursor, cursor.token.start, undefined)],
  ['DELETE', (cursor) => parseDelete(cursor, cursor.token.start, undefined)],
  ['TRUNCATE', parseTruncate],
  ['LOAD', parseLoad],
  ['DO', parseDo],
  ['CALL', parseCall],
  ['HANDLER', parseHandler],
  ['CREATE', parseCreate],
  ['ALTER', parseAlter],
  ['DROP', parseDrop],
  ['RENAME', parseRename],
  ['GRANT', parseGrant],
  ['REVOKE', parseRevoke],
  ['SET', parseSet],
  ['SHOW', parseShow],
  ['DESCRIBE', parseExplain],
  ['DESC', parseExplain],
  ['EXPLAIN', parseExplain],
  ['USE', parseUse],
  ['PREPARE', parsePrepare],
  ['EXECUTE', parseExecute],
  ['DEALLOCATE', parseDeallocate],
  ['START', parseStart],
  ['BEGIN', parseBegin],
  ['COMMIT', parseCommit],
  ['ROLLBACK', parseRollback],
  ['SAVEPOINT', parseSavepoint],
  ['RELEASE', parseRelease],
  ['XA', parseXa],
  ['LOCK', parseLock],
  ['UNLOCK', parseUnlock],
  ['KILL', parseKill],
  ['FLUSH', parseFlush],
  ['ANALYZE', parseMaintenance],
  ['CHECK', parseMaintenance],
  ['OPTIMIZE', parseMaintenance],
  ['REPAIR', parseMaintenance],
  ['CHECKSUM', parseMaintenance],
  ['RESET', parseReset],
  ['SIGNAL', parseSignal],
  ['RESIGNAL', parseSignal],
  ['GET', parseGetDiagnostics],
  ['CHANGE', parseChange],
  ['STOP', parseStartStop],
  ['PURGE', parsePurge],
  ['FLASHBACK', parseFlashback],
  ['INSTALL', parseInstall],
  ['UNINSTALL', parseUninstall],
  ['CLONE', parseClone],
  ['RESTART', parseAlone],
  ['SHUTDOWN', parseAlone],
  ['HELP', parseHelp],
  ['BINLOG', parseBinlog],
  ['IMPORT', parseImport],
  ['CACHE', parseCacheIndex],
]);

/** One statement, up to where it ends; what comes after it is the caller's. */
export function parseAnyStatement(cursor: Cursor): Statement {
  const rule = RULES.get(cursor.token.word);
  return rule === undefined ? unsupportedStatement(cursor) : rule(cursor);
}

/** WITH begins a query, an UPDATE or a DELETE. */
function parseAfterWith(cursor: Cursor): Statement {
  const { start } = cursor.token;
  const withClause = parseWith(cursor);
  if (cursor.is('UPDATE')) return parseUpdate(cursor, start, withClause);
  if (cursor.is('DELETE')) return parseDelete(cursor, start, withClause);
  return withClauseOnto(cursor, start, withClause);
}

function parseLoad(cursor: Cursor): Statement {
  return cursor.peek(1).word === 'INDEX' ? parseLoadIndex(cursor) : parseLoadData(cursor);
}

function parseStart(cursor: Cursor): Statement {
  return cursor.peek(1).word === 'TRANSACTION' ? parseStartTransaction(cursor) : parseStartStop(cursor);
}
