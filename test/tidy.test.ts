import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

/** Our own rules about arrows, doors and sizes, read from the files themselves. */

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const LINES_MAX = 500;

const floors: Readonly<Record<string, number>> = {
  errors: 0,
  'mysql-protocol': 1,
  'ob-rpc': 1,
  'transport-security': 1,
  consensus: 1,
  sql: 1,
  storage: 1,
  metrics: 1,
  observer: 2,
  obproxy: 2,
  'ob-admin': 2,
  obcdc: 2,
  'cluster-controller': 2,
  testkit: 3,
};

/** What each program may import besides errors; engines may import nothing else. */
const programMayImport: Readonly<Record<string, readonly string[]>> = {
  observer: ['metrics', 'mysql-protocol', 'ob-rpc', 'transport-security', 'consensus', 'sql', 'storage'],
  obproxy: ['metrics', 'mysql-protocol', 'transport-security'],
  // Its log_tool reads what lies on disk.
  'ob-admin': ['ob-rpc', 'transport-security', 'consensus', 'storage'],
  // It keeps a copy of what it follows: see docs/decisions/0047.
  obcdc: ['mysql-protocol', 'ob-rpc', 'transport-security', 'consensus', 'sql', 'storage'],
  'cluster-controller': ['metrics', 'mysql-protocol', 'ob-rpc', 'transport-security'],
};

/** The only files that may import an outside package. */
const doors: Readonly<Record<string, readonly RegExp[]>> = {
  msgpackr: [/^packages\/ob-rpc\/src\/payload\.ts$/],
  'node:sqlite': [/^packages\/storage\/src\/database\.ts$/],
  'lru-cache': [
    /^packages\/observer\/src\/mysql-front\/statement-cache\.ts$/,
    /^packages\/obproxy\/src\/location-cache\.ts$/,
  ],
  commander: [
    /^packages\/[^/]+\/src\/main\.ts$/,
    /^packages\/cluster-controller\/src\/commands\/(.+-command|command-line)\.ts$/,
  ],
  pino: [/^packages\/[^/]+\/src\/(main|log-file)\.ts$/],
  // Two ends of each kind of thread.
  'node:worker_threads': [
    /^packages\/observer\/src\/log-thread\/(worker|main)\.ts$/,
    /^packages\/observer\/src\/reading\/reader-process\.ts$/,
    /^packages\/storage\/src\/file-(tasks|worker)\.ts$/,
  ],
  // sql's network functions only ask whether a text is an address.
  'node:net': [
    /\/(dialer|acceptor|listener|contexts|secure)\.ts$/,
    /^packages\/sql\/src\/functions\/network\.ts$/,
  ],
  // Serves metrics; the dashboard has a page besides.
  'node:http': [/^packages\/(metrics|cluster-controller)\/src\/(dashboard\/)?listener\.ts$/],
  'node:tls': [/\/(dialer|acceptor|listener|contexts|secure)\.ts$/],
};

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources = filesUnder(join(root, 'packages')).filter((file) =>
  /^packages\/[^/]+\/src\/.*\.ts$/.test(file.path),
);
const everything = [
  ...filesUnder(join(root, 'packages')),
  ...filesUnder(join(root, 'bench')),
  ...filesUnder(join(root, 'test')),
  ...filesUnder(join(root, 'scripts')),
];

t.test('an arrow goes down one floor: an engine knows no engine, a program no program', async (t) => {
  const wrong = sources.flatMap((file) => {
    const from = packageOf(file.path);
    return importedPackages(file)
      .filter((to) => !mayImport(from, to))
      .map((to) => `${file.path} imports ${to}`);
  });

  t.same(wrong, []);
});

t.test('what a package.json declares are the same arrows', async (t) => {
  const wrong = packageNames().flatMap((from) => {
    return declaredPackages(manifestOf(from))
      .filter((to) => !mayImport(from, to))
      .map((to) => `${from} declares ${to}`);
  });

  t.same(wrong, []);
});

t.test('a package declares the packages it imports, and no others', async (t) => {
  const wrong = packageNames().flatMap((name) => {
    const declared = new Set(declaredPackages(manifestOf(name)));
    const imported = new Set(
      sources.filter((file) => packageOf(file.path) === name).flatMap(importedPackages),
    );
    return [
      ...[...declared.difference(imported)].map((to) => `${name} declares ${to} and doesn't import it`),
      ...[...imported.difference(declared)].map((to) => `${name} imports ${to} and doesn't declare it`),
    ];
  });

  t.same(wrong, []);
});

t.test('a file reaches into no other package past its index', async (t) => {
  const deep = everything
    .filter((file) => file.path.startsWith('packages/'))
    .flatMap((file) =>
      file.imports.filter((name) => isDeep(file, name)).map((name) => `${file.path} imports ${name}`),
    );

  t.same(deep, []);
});

t.test('an outside package has one door', async (t) => {
  const second = sources
    .filter((file) => !file.path.startsWith('packages/testkit/'))
    .flatMap((file) =>
      file.imports
        .filter((name) => doors[name]?.some((door) => door.test(file.path)) === false)
        .map((name) => `${file.path} imports ${name}`),
    );

  t.same(second, []);
});

t.test(`no file is longer than ${LINES_MAX} lines`, async (t) => {
  const long = everything
    .map((file) => ({ path: file.path, lines: file.text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > LINES_MAX)
    .map(({ path, lines }) => `${path} has ${lines}`);

  t.same(long, []);
});

t.test('a name says what is in the file, in kebab case', async (t) => {
  const drawers = /(^|[-/])(utils?|common|helpers?|core|shared|misc)(\.|\/|$)/;
  const wrong = sources
    .map((file) => file.path.replace(/^packages\/[^/]+\/src\//, ''))
    .filter(
      (path) => drawers.test(path) || !/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(path),
    );

  t.same(wrong, []);
});

t.test('an index lists its exports by name', async (t) => {
  const stars = sources
    .filter((file) => file.path.endsWith('/src/index.ts') && /export\s+\*/.test(file.text))
    .map((file) => file.path);

  t.same(stars, []);
});

t.test('nothing is left open: no skipped test, no note to do it later', async (t) => {
  const marks = new RegExp(
    ['\\b(t|it|test)\\.(skip|todo|only)\\b', 'TO' + 'DO\\b', 'FIX' + 'ME\\b'].join('|'),
  );
  const open = everything
    .filter((file) => file.path.endsWith('.ts') && file.path !== 'test/tidy.test.ts')
    .flatMap((file) =>
      file.text.split('\n').map((line, index) => ({ line, where: `${file.path}:${index + 1}` })),
    )
    .filter(({ line }) => marks.test(line))
    .map(({ where }) => where);

  t.same(open, []);
});

t.test('every package has its README, and its manifest one name for outsiders', async (t) => {
  const missing = packageNames().filter((name) => {
    const files = readdirSync(join(root, 'packages', name));
    return !files.includes('README.md') || !files.includes('tsconfig.json');
  });

  t.same(missing, []);
});

function mayImport(from: string, to: string): boolean {
  const floor = floors[from];
  if (floor === undefined || floors[to] === undefined) return false;
  if (floor === 3) return true;
  if (to === 'errors') return floor > 0;
  return programMayImport[from]?.includes(to) === true;
}

function isDeep(file: SourceFile, name: string): boolean {
  if (/^@sealane\/[^/]+\/.+/.test(name)) return true;
  if (!name.startsWith('.')) return false;
  const target = relative(root, resolve(root, dirname(file.path), name));
  return target.startsWith('packages/') && packageOf(target) !== packageOf(file.path);
}

function importedPackages(file: SourceFile): readonly string[] {
  return file.imports.flatMap((name) => /^@sealane\/([^/]+)/.exec(name)?.[1] ?? []);
}

function manifestOf(name: string): unknown {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
}

function declaredPackages(manifest: unknown): readonly string[] {
  const declared =
    typeof manifest === 'object' && manifest !== null && 'dependencies' in manifest
      ? manifest.dependencies
      : {};
  return Object.keys(declared ?? {}).flatMap((name) => /^@sealane\/(.+)$/.exec(name)?.[1] ?? []);
}

function packageNames(): readonly string[] {
  return readdirSync(join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

function packageOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function filesUnder(directory: string): readonly SourceFile[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .filter((entry) => /\.(ts|js|sh)$/.test(entry.name) || !entry.name.includes('.'))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const text = readFileSync(file, 'utf8');
      return { path: relative(root, file), text, imports: importsOf(text) };
    });
}

/** Static, re-exporting, dynamic and type-only imports alike. */
function importsOf(text: string): readonly string[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)['"]([^'"]+)['"]/g;
  return [...text.matchAll(pattern)].flatMap((match) => match[1] ?? []);
}
