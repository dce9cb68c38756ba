import { ObError } from '@sealane/errors';
import type { ParsedText } from './sql-engine.ts';

/** MySQL's default of max_prepared_stmt_count, here for each session. */
const countMax = 16_382;

/** Statements that a session has prepared: by number over the protocol, by name in SQL. */
export class PreparedStatements {
  readonly #byId = new Map<number, ParsedText>();
  readonly #byName = new Map<string, ParsedText>();
  #lastId = 0;

  /** @returns the statement's number. @throws ObError 1461 */
  add(parsed: ParsedText): number {
    this.#mustHaveRoom();
    this.#byId.set(++this.#lastId, parsed);
    return this.#lastId;
  }

  /** @throws ObError 1243 */
  get(id: number): ParsedText {
    const parsed = this.#byId.get(id);
    if (parsed === undefined) throw unknownStatement(String(id), 'mysqld_stmt_execute');
    return parsed;
  }

  remove(id: number): void {
    this.#byId.delete(id);
  }

  /** A name that is there already gets the new statement. */
  setNamed(name: string, parsed: ParsedText): void {
    this.#mustHaveRoom();
    this.#byName.set(name, parsed);
  }

  /** @throws ObError 1243 */
  named(name: string): ParsedText {
    const parsed = this.#byName.get(name);
    if (parsed === undefined) throw unknownStatement(name, 'EXECUTE');
    return parsed;
  }

  /** @throws ObError 1243 */
  removeNamed(name: string): void {
    if (!this.#byName.delete(name)) throw unknownStatement(name, 'DEALLOCATE PREPARE');
  }

  /** PREPARE that fails takes the old statement of that name away, as in MySQL. */
  forgetNamed(name: string): void {
    this.#byName.delete(name);
  }

  clear(): void {
    this.#byId.clear();
    this.#byName.clear();
  }

  #mustHaveRoom(): void {
    if (this.#byId.size + this.#byName.size < countMax) return;
    throw new ObError('ER_MAX_PREPARED_STMT_COUNT_REACHED', [countMax]);
  }
}

function unknownStatement(name: string, command: string): ObError {
  return new ObError('OB_EER_UNKNOWN_STMT_HANDLER', [name, command]);
}
