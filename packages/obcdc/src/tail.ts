import type { Format } from './formats/format.ts';
import type { Obcdc } from './obcdc.ts';
import type { Output } from './output.ts';
import type { PositionFile } from './position.ts';
import type { CdcRecord, Position } from './record.ts';

export interface TailOptions {
  readonly cdc: Pick<Obcdc, 'batches'>;
  readonly format: Format;
  readonly output: Output;
  /** Undefined: nobody goes on from here. */
  readonly bookmarks: PositionFile | undefined;
  readonly positions: readonly Position[];
}

/**
 * Writes records until there are no more. What was written is on disk before its positions are, and these before the next
 * records are asked for: killed anywhere, the next run tells nothing less.
 */
export async function tail(options: TailOptions): Promise<void> {
  const { cdc, format, output, bookmarks } = options;
  const positions = new Map(options.positions.map((position) => [position.tenantId, position]));
  if (positions.size === 0) await output.write(format.begin());
  for await (const batch of cdc.batches()) {
    const text = batch.map((record) => format.write(record)).join('');
    if (text !== '') await output.write(text);
    for (const position of batch.flatMap(positionsOf)) positions.set(position.tenantId, position);
    if (bookmarks === undefined) continue;
    await output.sync();
    bookmarks.write({ positions: [...positions.values()], outputSize: output.size });
  }
}

function positionsOf(record: CdcRecord): readonly Position[] {
  if (record.type === 'heartbeat') return record.positions;
  return record.type === 'commit' ? [record.position] : [];
}
