import type {
  AggregateCall,
  Expression,
  FrameBound,
  FunctionCall,
  OrderItem,
  WindowCall,
  WindowFrame,
  WindowSpecification,
} from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseInterval } from './interval.ts';

/** What may follow a call and makes it a window function; the call itself if nothing does. */
export function parseOver(
  cursor: Cursor,
  call: FunctionCall | AggregateCall,
): WindowCall | FunctionCall | AggregateCall {
  if (!cursor.is('OVER') && !startsModifier(cursor)) return call;
  const fromLast = cursor.acceptAll('FROM', 'LAST');
  if (!fromLast) cursor.acceptAll('FROM', 'FIRST');
  const ignoreNulls = cursor.acceptAll('IGNORE', 'NULLS');
  if (!ignoreNulls) cursor.acceptAll('RESPECT', 'NULLS');
  if (!cursor.accept('OVER')) return call;
  const over = cursor.is('(') ? parseWindowSpecification(cursor) : cursor.name();
  return { kind: 'window', call, fromLast, ignoreNulls, over, start: call.start, end: cursor.lastEnd };
}

function startsModifier(cursor: Cursor): boolean {
  const next = cursor.peek(1).word;
  if (cursor.is('FROM')) return (next === 'FIRST' || next === 'LAST') && isOverAhead(cursor);
  return next === 'NULLS' && (cursor.is('IGNORE') || cursor.is('RESPECT'));
}

function isOverAhead(cursor: Cursor): boolean {
  return cursor.peek(2).word === 'OVER' || cursor.peek(3).word === 'NULLS';
}

/** `( [base] [PARTITION BY …] [ORDER BY …] [frame] )`. */
export function parseWindowSpecification(cursor: Cursor): WindowSpecification {
  const { start } = cursor.expect('(');
  const base = cursor.isName() && !FRAME_UNITS.has(cursor.token.word) ? cursor.name() : undefined;
  const partitionBy = cursor.acceptAll('PARTITION', 'BY') ? cursor.list((at) => at.expression()) : [];
  const orderBy = cursor.acceptAll('ORDER', 'BY') ? cursor.list(parseOrderItem) : [];
  const frame = FRAME_UNITS.has(cursor.token.word) ? parseFrame(cursor) : undefined;
  cursor.expect(')');
  return { base, partitionBy, orderBy, frame, start, end: cursor.lastEnd };
}

const FRAME_UNITS = new Set(['ROWS', 'RANGE', 'GROUPS']);

function parseFrame(cursor: Cursor): WindowFrame {
  const { start } = cursor.token;
  const unit = cursor.expectOneOf('ROWS', 'RANGE', 'GROUPS');
  const between = cursor.accept('BETWEEN');
  const from = parseBound(cursor);
  if (between) cursor.expect('AND');
  const to = between ? parseBound(cursor) : undefined;
  const { lastEnd: end } = cursor;
  if (cursor.is('EXCLUDE')) parseExclusion(cursor);
  return { unit, from, to, start, end };
}

/** EXCLUDE CURRENT ROW | GROUP | TIES | NO OTHERS; MySQL reads it and refuses all but the last. */
function parseExclusion(cursor: Cursor): void {
  cursor.expect('EXCLUDE');
  if (cursor.acceptAll('NO', 'OTHERS')) return;
  if (!cursor.acceptAll('CURRENT', 'ROW')) cursor.expectOneOf('GROUP', 'TIES');
  cursor.lacking = 'EXCLUDE';
}

function parseBound(cursor: Cursor): FrameBound {
  if (cursor.acceptAll('CURRENT', 'ROW')) return { kind: 'current-row' };
  const unbounded = cursor.accept('UNBOUNDED');
  const offset: Expression | undefined = unbounded ? undefined : parseOffset(cursor);
  const side = cursor.expectOneOf('PRECEDING', 'FOLLOWING') === 'PRECEDING' ? 'preceding' : 'following';
  return offset === undefined ? { kind: `unbounded-${side}` } : { kind: side, offset };
}

/** MySQL has a number, a parameter or an interval here; OceanBase any expression. */
function parseOffset(cursor: Cursor): Expression {
  if (cursor.is('-')) cursor.fail();
  return cursor.is('INTERVAL') ? parseInterval(cursor) : cursor.expression();
}

export function parseOrderItem(cursor: Cursor): OrderItem {
  const { start } = cursor.token;
  const expression = cursor.expression();
  const direction = cursor.acceptOneOf('ASC', 'DESC');
  if (cursor.accept('NULLS')) {
    cursor.expectOneOf('FIRST', 'LAST');
    cursor.lacking = 'NULLS FIRST';
  }
  return { expression, direction, start, end: cursor.lastEnd };
}
