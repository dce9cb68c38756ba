import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { segmentNamePattern } from '@sealane/consensus';
import { ObError } from '@sealane/errors';
import type { ViewAnswer } from '@sealane/ob-rpc';
import { describePayload } from './describe-record.ts';
import { type Found, walkSegment } from './walk-segment.ts';

export interface LogToolResult {
  readonly answer: ViewAnswer;
  readonly damaged: boolean;
}

/**
 * Looks at log segments on disk; no server has to run. `dump_log` has a row for each entry and each damage, `stat` one for each file.
 *
 * @param paths  segment files, or directories of them (`…/store/TENANT/log`)
 * @throws ObError OB_INVALID_ARGUMENT
 */
export function runLogTool([what = '', ...paths]: readonly string[]): LogToolResult {
  if (paths.length === 0 || !(what === 'dump_log' || what === 'stat')) {
    throw new ObError('OB_INVALID_ARGUMENT', [], {
      message: 'usage: ob_admin log_tool dump_log|stat FILE|DIRECTORY…',
    });
  }
  const files = paths.flatMap(segmentFiles).map(readFile);
  const damaged = files.some(({ found }) => found.some(({ kind }) => kind === 'damage'));
  return { answer: what === 'stat' ? stat(files) : dump(files), damaged };
}

interface SegmentFile {
  readonly path: string;
  readonly size: number;
  readonly found: readonly Found[];
}

function dump(files: readonly SegmentFile[]): ViewAnswer {
  const columns = ['FILE', 'OFFSET', 'LSN', 'TERM', 'SCN', 'KIND', 'SIZE', 'WHAT'];
  const rows = files.flatMap(({ path, found }) =>
    found.flatMap((each): (readonly unknown[])[] => {
      if (each.kind === 'damage')
        return [[path, each.offset, null, null, null, 'DAMAGE', each.size, each.what]];
      const { offset, payload, header } = each;
      const { lsn, term, scn, kind, entrySize } = header;
      const lines = describePayload(kind, payload);
      return lines.map((what) => [path, offset, lsn, term, String(scn), kind, entrySize, what]);
    }),
  );
  return { columns, rows };
}

function stat(files: readonly SegmentFile[]): ViewAnswer {
  const columns = ['FILE', 'SIZE', 'ENTRIES', 'FIRST_LSN', 'LAST_LSN', 'DAMAGES', 'FIRST_DAMAGE'];
  const rows = files.map(({ path, size, found }) => {
    const entries = found.filter((each) => each.kind === 'entry');
    const damages = found.filter((each) => each.kind === 'damage');
    const lsnOf = (each: Found | undefined) => (each?.kind === 'entry' ? each.header.lsn : null);
    const [first] = damages;
    const worst = first === undefined ? null : `offset ${first.offset}: ${first.what}`;
    return [path, size, entries.length, lsnOf(entries[0]), lsnOf(entries.at(-1)), damages.length, worst];
  });
  return { columns, rows };
}

function segmentFiles(path: string): readonly string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  const names = readdirSync(path).filter((name) => segmentNamePattern.test(name));
  if (names.length > 0) return names.sort().map((name) => join(path, name));
  throw new ObError('OB_INVALID_ARGUMENT', [], { message: `no log segment (…0001.log) lies in ${path}` });
}

function readFile(path: string): SegmentFile {
  try {
    const bytes = readFileSync(path);
    return { path, size: bytes.length, found: [...walkSegment(bytes)] };
  } catch (error) {
    const message = `${path} can't be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new ObError('OB_INVALID_ARGUMENT', [], { message });
  }
}
