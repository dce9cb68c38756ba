import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ObError } from '@sealane/errors';
import { jsonObject } from './json-object.ts';
import type { ConfigStore } from './proxy-config.ts';

/** What was set by SQL, as JSON in one file: for its owner only, since a password's hash is in it. */
export class ConfigFile implements ConfigStore {
  readonly #path: string;

  /** @param directory  made with the first write */
  constructor(directory: string, name: string) {
    this.#path = join(directory, name);
  }

  read(): Readonly<Record<string, string>> {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
      throw new ObError('OB_IO_ERROR', [], {
        message: `can't read ${this.#path}: ${String(error)}`,
        cause: error,
      });
    }
    return this.#parsed(text);
  }

  write(values: Readonly<Record<string, string>>): void {
    const temporary = `${this.#path}.new`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      const file = openSync(temporary, 'w', 0o600);
      try {
        writeSync(file, `${JSON.stringify(values, null, 2)}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, this.#path);
    } catch (cause) {
      const message = `can't keep the configuration in ${this.#path}: ${String(cause)}; nothing is changed`;
      throw new ObError('OB_IO_ERROR', [], { message, cause });
    }
  }

  #parsed(text: string): Readonly<Record<string, string>> {
    const values = jsonObject(text);
    if (values !== undefined && Object.values(values).every((value) => typeof value === 'string'))
      return values as Record<string, string>;
    throw new ObError('OB_INVALID_CONFIG', [], {
      message: `${this.#path} is not a JSON object of texts; mend it, or remove it to begin with the defaults`,
    });
  }
}
