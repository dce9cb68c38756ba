import type { Statement } from '../ast.ts';
import type { Cursor } from './cursor.ts';

/**
 * After ALTER: INSTANCE RELOAD TLS [FOR CHANNEL mysql_main] [NO ROLLBACK ON ERROR]. Source: MySQL's manual, "ALTER INSTANCE"; there
 * is one channel here.
 */
export function parseAlterInstance(cursor: Cursor, start: number): Statement {
  cursor.expectAll('INSTANCE', 'RELOAD', 'TLS');
  if (cursor.acceptAll('FOR', 'CHANNEL')) cursor.expect('MYSQL_MAIN');
  const rollback = !cursor.acceptAll('NO', 'ROLLBACK', 'ON', 'ERROR');
  return { kind: 'alter-instance-reload-tls', rollback, start, end: cursor.lastEnd };
}
