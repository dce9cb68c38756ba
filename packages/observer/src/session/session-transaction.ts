import { ObError } from '@sealane/errors';
import type { TransactionReference } from '../transaction/requests.ts';

export interface TransactionCharacteristics {
  readonly readOnly: boolean;
  /** Its reads see one state. */
  readonly repeatable: boolean;
  /** WITH CONSISTENT SNAPSHOT: it is likely to read, and much. */
  readonly onlyReads: boolean;
}

/** The explicit transaction of a session, as the session's own node sees it. */
export class SessionTransaction {
  readonly id: number;
  readonly readOnly: boolean;
  readonly repeatable: boolean;
  readonly onlyReads: boolean;
  /** The server that holds it since its first write, or a repeatable one's first read. */
  holder: string | undefined;
  /** It is undone already; the client has to say ROLLBACK before it goes on. */
  aborted = false;
  #savepoints: string[] = [];

  constructor(id: number, { readOnly, repeatable, onlyReads }: TransactionCharacteristics) {
    this.id = id;
    this.readOnly = readOnly;
    this.repeatable = repeatable;
    this.onlyReads = onlyReads || readOnly;
  }

  reference(): TransactionReference {
    return {
      id: this.id,
      started: this.holder !== undefined,
      readOnly: this.readOnly,
      repeatable: this.repeatable,
      onlyReads: this.onlyReads,
      savepoints: this.#savepoints,
    };
  }

  /** Before the first write savepoints are names only; the leader sets them when it starts. */
  setSavepoint(name: string): void {
    const folded = name.toLowerCase();
    this.#savepoints = [...this.#savepoints.filter((each) => each !== folded), folded];
  }

  /** @throws ObError 1305 */
  rollbackTo(name: string): void {
    this.#savepoints = this.#savepoints.slice(0, this.#find(name) + 1);
  }

  /** @throws ObError 1305 */
  release(name: string): void {
    this.#savepoints = this.#savepoints.slice(0, this.#find(name));
  }

  #find(name: string): number {
    const index = this.#savepoints.indexOf(name.toLowerCase());
    if (index === -1) throw new ObError('OB_SAVEPOINT_NOT_EXIST', [name]);
    return index;
  }
}
