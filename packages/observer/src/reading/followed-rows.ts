import type { CellValue, FollowingRows, RowsResult } from '@sealane/sql';
import type { Rows } from './read-job.ts';

export interface RowsFollower {
  /** All rows have come. */
  readonly ended?: () => void;
  readonly failed?: (error: unknown) => void;
  /** Nothing more comes, whatever happened. May be called more than once. */
  readonly over: () => void;
}

/** The same rows, with somebody who is told of their end. */
export function followedRows(rows: FollowingRows, { ended, failed, over }: RowsFollower): FollowingRows {
  return {
    [Symbol.asyncIterator]: async function* (): AsyncGenerator<Rows> {
      try {
        yield* rows;
        ended?.();
      } catch (error) {
        failed?.(error);
        throw error;
      } finally {
        over();
      }
    },
    cancel: () => {
      rows.cancel();
      over();
    },
  };
}

/** For whoever wants all rows at once. */
export async function collectedRows(result: RowsResult): Promise<RowsResult> {
  const { rest, ...begun } = result;
  if (rest === undefined) return result;
  const rows: (readonly CellValue[])[] = [...begun.rows];
  for await (const piece of rest) {
    for (const row of piece) rows.push(row);
  }
  return { ...begun, rows };
}
