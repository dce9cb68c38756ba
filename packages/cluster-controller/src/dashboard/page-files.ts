import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const DIRECTORY = fileURLToPath(new URL('./page', import.meta.url));

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

/** The page as it lies in `page/`, by the path it is asked for by. Read once; nothing else of the disk can be reached. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const files = readdirSync(DIRECTORY).flatMap((name): [string, PageFile][] => {
    const type = types[extname(name)];
    if (type === undefined) return [];
    return [[name === 'index.html' ? '/' : `/${name}`, { type, bytes: readFileSync(join(DIRECTORY, name)) }]];
  });
  return new Map(files);
}
