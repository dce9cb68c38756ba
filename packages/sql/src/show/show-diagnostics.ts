import type { ShowStatement } from '../ast.ts';
import { literalValue } from '../literal-value.ts';
import type { QueryPlan } from '../plan.ts';
import type { Warning } from '../session-state.ts';
import { bigint, ownRows, titled, varchar } from './own-rows.ts';

const columns = [titled('Level', varchar(7)), titled('Code', bigint), titled('Message', varchar(512))];

/** SHOW WARNINGS and SHOW ERRORS, with LIMIT. */
export function showDiagnostics({ subject, limit }: ShowStatement): QueryPlan {
  const offset = limit?.offset === undefined ? 0 : Number(literalValue(limit.offset) ?? 0);
  const count = limit === undefined ? Number.POSITIVE_INFINITY : Number(literalValue(limit.count) ?? 0);
  return ownRows(columns, ({ session }) =>
    chosen(session.warnings, subject === 'errors')
      .slice(offset, offset + count)
      .map(({ level, errno, message }) => [level, BigInt(errno), message]),
  );
}

/** SHOW COUNT(*) WARNINGS and SHOW COUNT(*) ERRORS. */
export function showDiagnosticsCount(subject: 'count-warnings' | 'count-errors'): QueryPlan {
  const errors = subject === 'count-errors';
  const title = errors ? '@@session.error_count' : '@@session.warning_count';
  return ownRows([titled(title, bigint)], ({ session }) => [
    [BigInt(chosen(session.warnings, errors).length)],
  ]);
}

function chosen(warnings: readonly Warning[], errorsOnly: boolean): readonly Warning[] {
  return errorsOnly ? warnings.filter((warning) => warning.level === 'Error') : warnings;
}
