import type { ExecutionContext } from '../../plan.ts';

/** Rows between two looks whether the statement shall end. */
export const rowsPerLook = 256;

/** The same rows; every so often the statement may end itself. @throws whatever its checkpoint throws */
export function* watchedRows<Row>(rows: Iterable<Row>, context: ExecutionContext): Generator<Row> {
  let count = 0;
  for (const row of rows) {
    count += 1;
    if (count % rowsPerLook === 0) context.checkpoint?.();
    yield row;
  }
}
