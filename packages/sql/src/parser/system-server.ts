import type { AlterSystemZoneStatement, Statement } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { acceptValue, parseServers, parseWordOrString } from './system-value.ts';

const OPERATIONS = {
  ADD: 'add',
  DELETE: 'delete',
  START: 'start',
  STOP: 'stop',
  ISOLATE: 'isolate',
  'CANCEL DELETE': 'cancel-delete',
  'FORCE STOP': 'force-stop',
  ALTER: 'alter',
  CHANGE: 'alter',
  MODIFY: 'alter',
} as const;

/** ADD, DELETE, START, … SERVER or ZONE; undefined if it is another command. */
export function parseSystemServerOrZone(cursor: Cursor, start: number): Statement | undefined {
  const first = cursor.token.word;
  const words = first === 'CANCEL' || first === 'FORCE' ? `${first} ${cursor.peek(1).word}` : first;
  if (!Object.hasOwn(OPERATIONS, words)) return undefined;
  const operation = OPERATIONS[words as keyof typeof OPERATIONS];
  const wordCount = words === first ? 1 : 2;
  const object = cursor.peek(wordCount).word;
  if (object !== 'SERVER' && object !== 'ZONE') return undefined;
  for (let count = 0; count < wordCount; count++) cursor.advance();
  if (object === 'SERVER') {
    if (operation === 'alter') return cursor.fail();
    const servers = parseServers(cursor);
    const zone = acceptValue(cursor, 'ZONE');
    return { kind: 'alter-system-server', operation, servers, zone, start, end: cursor.lastEnd };
  }
  if (operation === 'cancel-delete') return cursor.fail();
  return parseZone(cursor, start, operation);
}

function parseZone(
  cursor: Cursor,
  start: number,
  operation: AlterSystemZoneStatement['operation'],
): AlterSystemZoneStatement {
  cursor.expect('ZONE');
  const zone = parseWordOrString(cursor);
  let region: string | undefined;
  let idc: string | undefined;
  let zoneType: string | undefined;
  if (operation === 'alter') cursor.accept('SET');
  for (;;) {
    cursor.accept(',');
    if (cursor.is('REGION')) region = acceptValue(cursor, 'REGION');
    else if (cursor.is('IDC')) idc = acceptValue(cursor, 'IDC');
    else if (cursor.is('ZONE_TYPE')) zoneType = acceptValue(cursor, 'ZONE_TYPE');
    else
      return {
        kind: 'alter-system-zone',
        operation,
        zone,
        region,
        idc,
        zoneType,
        start,
        end: cursor.lastEnd,
      };
  }
}
