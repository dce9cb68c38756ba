import { commandCode } from '@sealane/mysql-protocol';
import type { Chance } from './chance.ts';
import { type Ledger, type Model, newModel, wordsOf } from './model.ts';
import { changeUserOf, closeOf, executeOf, longDataOf, queryOf } from './payloads.ts';
import { type ClientAnswer, RawClient } from './raw-client.ts';

/** One command with what must come of it. */
interface Step {
  readonly payload: Uint8Array;
  readonly text: string;
  /** Ids that it writes. */
  readonly ids: readonly number[];
  /** In a transaction it may commit, as far as a proxy can see. */
  readonly mayCommit: boolean;
  /** An answer that got lost may be asked for again. */
  readonly reads: boolean;
  /** It asks for the counts of the statement before. */
  readonly asksOfLast?: true;
  /** Checks a whole answer, and notes what it has changed. @returns what is wrong */
  check(answer: ClientAnswer): string | undefined;
}

const errnos = { killed: 6002, unknown: 4012, interrupted: 5066 };

/** A client that runs a script by chance, and says what it was told that can't be. */
export class ScriptedClient {
  readonly #port: number;
  readonly #chance: Chance;
  readonly #ledger: Ledger;
  readonly #deprecateEof: boolean;
  readonly #inFrames: boolean;
  readonly faults: string[] = [];
  /** The last commands and what came of them. */
  readonly trace: string[] = [];
  readonly counts = { commands: 0, killed: 0, unknown: 0, interrupted: 0, broken: 0, closed: 0 };
  #client: RawClient | undefined;
  #model: Model = newModel('', '');

  constructor(port: number, chance: Chance, ledger: Ledger) {
    this.#port = port;
    this.#chance = chance;
    this.#ledger = ledger;
    this.#inFrames = chance.happens(0.3);
    // Only those who are told of changes can be told of frames.
    this.#deprecateEof = this.#inFrames || chance.happens(0.5);
  }

  async run(stepCount: number): Promise<void> {
    for (let left = stepCount; left > 0 && this.faults.length === 0; left -= 1) {
      this.#client ??= await this.#open();
      if (this.#model.mustRollBack) await this.#take([this.#rollback()]);
      else if (!this.#inFrames && this.#chance.happens(0.1))
        await this.#take(Array.from({ length: 4 }, () => this.#simple()));
      else await this.#take([this.#any()]);
    }
    // What is open is nobody's: it is told so.
    if (this.#client !== undefined && this.faults.length === 0) await this.#take([this.#rollback()]);
    this.#client?.destroy();
  }

  async #open(): Promise<RawClient> {
    this.#model = newModel('app@test', 'd0');
    return RawClient.open(this.#port, { deprecateEof: this.#deprecateEof, inFrames: this.#inFrames });
  }

  /** Sends all of them, then hears the answers. */
  async #take(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      for (const id of step.ids) this.#ledger.written(id);
      this.#client?.send(step.payload);
    }
    for (const step of steps) {
      this.counts.commands += 1;
      const answer = await this.#client?.answer(step.payload[0]);
      if (answer === undefined) this.#lost(step);
      else this.#judge(step, answer);
    }
  }

  #judge(step: Step, answer: ClientAnswer): void {
    const { error, closed } = answer;
    const outcome = closed ? 'closed' : error === undefined ? 'ok' : `${error.errno} ${error.message}`;
    const results = answer.results.length === 0 ? '' : `${answer.results.length} results, `;
    this.trace.push(`${step.text.slice(0, 80)}  ->  ${results}${outcome}`);
    if (this.trace.length > 12) this.trace.shift();
    this.#model.foundRows = undefined;
    if (closed) this.#closed(step);
    else if (error === undefined) this.#fault(step, step.check(answer));
    else this.#failed(step, answer, error);
  }

  #failed(
    step: Step,
    answer: ClientAnswer,
    error: { readonly errno: number; readonly message: string },
  ): void {
    const model = this.#model;
    // The statements before the one that failed.
    if (answer.results.length > 0) step.check(answer);
    const mayHold = model.locked !== false;
    switch (error.errno) {
      case errnos.killed:
        this.counts.killed += 1;
        if (model.transaction === undefined && !model.mustRollBack)
          this.#fault(step, 'a transaction is said to be killed, and there was none');
        model.mustRollBack = true;
        model.transaction = undefined;
        if (mayHold) model.locked = 'unknown';
        return;
      case errnos.unknown:
        this.counts.unknown += 1;
        if (step.reads) this.#fault(step, 'a read is said to have an unknown result');
        if (model.transaction !== undefined && !step.mayCommit)
          this.#fault(step, 'unknown in a transaction that it can’t commit');
        this.#nobodyKnows(step);
        model.locked = false;
        return;
      case errnos.interrupted:
        this.counts.interrupted += 1;
        if (!mayHold && step.asksOfLast === undefined) this.#fault(step, 'interrupted, and nothing was held');
        if (model.transaction !== undefined && step.asksOfLast === undefined)
          this.#fault(step, 'interrupted, and nothing is said of the transaction');
        if (step.asksOfLast === undefined || !mayHold) model.locked = false;
        else model.locked = 'unknown';
        return;
      default:
        // Broken off between two packets.
        this.counts.broken += 1;
        if (!step.reads || answer.packetCount < 2)
          this.#fault(step, `refused: ${error.errno} ${error.message}`);
        model.locked = model.locked === false ? false : 'unknown';
    }
  }

  /** In the middle of a packet nothing can be said any more. */
  #closed(step: Step): void {
    this.counts.closed += 1;
    if (this.#client?.buffered === 0) this.#fault(step, 'the connection was closed without a word');
    this.#nobodyKnows(step);
    this.#client?.destroy();
    this.#client = undefined;
  }

  /** Sent behind one in whose answer the connection ended. */
  #lost(step: Step): void {
    for (const id of step.ids) this.#ledger.unknown.add(id);
  }

  #nobodyKnows(step: Step): void {
    const model = this.#model;
    for (const id of step.ids) if (!this.#ledger.acknowledged.has(id)) this.#ledger.unknown.add(id);
    if (step.mayCommit) for (const id of model.transaction ?? []) this.#ledger.unknown.add(id);
    model.transaction = undefined;
    model.foundRows = undefined;
  }

  #fault(step: Step, fault: string | undefined): void {
    if (fault !== undefined) this.faults.push(`${step.text.slice(0, 100)}: ${fault}`);
  }

  #any(): Step {
    const { locked, transaction, foundRows, named, prepared } = this.#model;
    const makers: (() => Step)[] = [
      () => this.#simple(),
      () => this.#simple(),
      () => this.#simple(),
      () => this.#rows(),
      () => this.#weak(),
      () => this.#set(),
      () => this.#use(),
      () => this.#several(),
      () => this.#prepare(),
      () => this.#keepNamed(),
      () => this.#small(),
    ];
    if (transaction === undefined)
      makers.push(
        () => this.#begin(),
        () => this.#begin(),
      );
    else
      makers.push(
        () => this.#commit(),
        () => this.#commit(),
        () => this.#rollback(),
      );
    if (this.#chance.happens(0.3)) makers.push(() => this.#create());
    if (this.#chance.happens(0.1))
      makers.push(
        () => this.#another(),
        () => this.#reset(),
      );
    if (this.#chance.happens(0.2)) makers.push(() => this.#lock());
    if (locked === true) makers.push(() => this.#release());
    if (foundRows !== undefined)
      makers.push(
        () => this.#countRows(),
        () => this.#countRows(),
      );
    if (named !== undefined) makers.push(() => this.#executeNamed());
    if (prepared.size > 0)
      makers.push(
        () => this.#execute(),
        () => this.#execute(),
      );
    return this.#chance.pick(makers)();
  }

  #simple(): Step {
    return this.#chance.happens(0.5) ? this.#insert() : this.#select();
  }

  #insert(): Step {
    const id = this.#ledger.next();
    return this.#query(`INSERT INTO t VALUES (${id})`, {
      ids: [id],
      check: () => this.#inserted(id),
    });
  }

  #create(): Step {
    const id = this.#ledger.next();
    return this.#query(`CREATE TABLE t${id} (n INT)`, {
      ids: [id],
      mayCommit: true,
      check: () => {
        this.#committed();
        return this.#inserted(id);
      },
    });
  }

  #select(): Step {
    const id = this.#ledger.next();
    return this.#query(`SELECT ${id}, STATE()`, {
      reads: true,
      check: ({ results }) => this.#isState(results[0]?.rows, id, 1),
    });
  }

  #rows(): Step {
    const id = this.#ledger.next();
    const count = 1 + this.#chance.below(400);
    return this.#query(`SELECT ${id}, ROWS(${count})`, {
      reads: true,
      check: ({ results }) => this.#isState(results[0]?.rows, id, count),
    });
  }

  #weak(): Step {
    const id = this.#ledger.next();
    return this.#query(`SELECT /*+ READ_CONSISTENCY(WEAK) */ ${id}, STATE()`, {
      reads: true,
      check: ({ results }) => this.#isState(results[0]?.rows, id, 1),
    });
  }

  #countRows(): Step {
    const { foundRows } = this.#model;
    return this.#query('SELECT FOUND_ROWS()', {
      asksOfLast: true,
      check: ({ results }) => same('FOUND_ROWS()', results[0]?.rows[0]?.[0], String(foundRows)),
    });
  }

  #set(): Step {
    const id = String(this.#ledger.next());
    const [name, value] = this.#chance.pick([
      ['@x', id],
      ['@y', id],
      ['sql_mode', `'M${id}'`],
      ['sql_mode', 'DEFAULT'],
    ] as const);
    return this.#query(`SET ${name} = ${value}`, {
      reads: true,
      check: () => {
        if (value === 'DEFAULT') this.#model.variables.delete(name);
        else this.#model.variables.set(name, value.replaceAll("'", ''));
        return undefined;
      },
    });
  }

  #use(): Step {
    const database = `d${this.#chance.below(5)}`;
    return this.#query(`USE ${database}`, {
      reads: true,
      check: () => {
        this.#model.database = database;
        return undefined;
      },
    });
  }

  #several(): Step {
    const [first, read, second] = [this.#ledger.next(), this.#ledger.next(), this.#ledger.next()];
    return this.#query(
      `INSERT INTO t VALUES (${first}); SELECT ${read}, STATE(); INSERT INTO t VALUES (${second})`,
      {
        ids: [first, second],
        mayCommit: true,
        check: ({ results }) => {
          if (results.length > 0) this.#inserted(first);
          const fault = results.length > 1 ? this.#isState(results[1]?.rows, read, 1) : undefined;
          if (results.length > 2) this.#inserted(second);
          return fault;
        },
      },
    );
  }

  #begin(): Step {
    return this.#query('BEGIN', {
      mayCommit: true,
      // Nothing is open that it could commit.
      reads: true,
      check: () => {
        this.#committed();
        this.#model.transaction = [];
        return undefined;
      },
    });
  }

  #commit(): Step {
    return this.#query('COMMIT', {
      mayCommit: true,
      check: () => {
        this.#committed();
        return undefined;
      },
    });
  }

  #rollback(): Step {
    return this.#query('ROLLBACK', {
      reads: true,
      check: () => {
        this.#model.transaction = undefined;
        this.#model.mustRollBack = false;
        return undefined;
      },
    });
  }

  #lock(): Step {
    const id = this.#ledger.next();
    return this.#query(`SELECT ${id}, GET_LOCK('a', 1)`, {
      check: ({ results }) => {
        this.#model.locked = true;
        return this.#isState(results[0]?.rows, id, 1);
      },
    });
  }

  #release(): Step {
    const id = this.#ledger.next();
    return this.#query(`SELECT ${id}, RELEASE_ALL_LOCKS()`, {
      check: ({ results }) => {
        this.#model.locked = false;
        return this.#isState(results[0]?.rows, id, 1);
      },
    });
  }

  #keepNamed(): Step {
    const id = String(this.#ledger.next());
    return this.#query(`PREPARE s FROM '${id}'`, {
      reads: true,
      check: () => {
        this.#model.named = id;
        return undefined;
      },
    });
  }

  #executeNamed(): Step {
    const { named } = this.#model;
    return this.#query('EXECUTE s', {
      mayCommit: true,
      check: ({ results }) => same('EXECUTE s', results[0]?.rows[0]?.[0], named),
    });
  }

  #prepare(): Step {
    return {
      ...this.#plain('prepare'),
      payload: Buffer.concat([Buffer.of(commandCode.COM_STMT_PREPARE), Buffer.from('SELECT ?, STATE()')]),
      check: ({ results }) => {
        const id = results[0]?.statementId ?? 0;
        const fault = this.#model.prepared.has(id) ? `statement ${id} is there already` : undefined;
        this.#model.prepared.add(id);
        return fault;
      },
    };
  }

  #execute(): Step {
    const statementId = this.#chance.pick([...this.#model.prepared]);
    const id = this.#ledger.next();
    if (this.#chance.happens(0.15)) {
      this.#client?.send(closeOf(statementId));
      this.#model.prepared.delete(statementId);
      return this.#small();
    }
    const isLong = this.#chance.happens(0.3);
    if (isLong) {
      const [begin, end] = [String(id).slice(0, 1), String(id).slice(1)];
      for (const piece of [begin, end]) this.#client?.send(longDataOf(statementId, piece));
    }
    return {
      ...this.#plain(`execute ${statementId} ${id}${isLong ? ' long' : ''}`),
      payload: executeOf(statementId, isLong ? '' : String(id)),
      check: ({ results }) => this.#isState(results[0]?.rows, id, 1),
    };
  }

  /** What asks the server for little. */
  #small(): Step {
    const code = this.#chance.pick([
      commandCode.COM_PING,
      commandCode.COM_STATISTICS,
      commandCode.COM_SET_OPTION,
    ]);
    const rest = code === commandCode.COM_SET_OPTION ? Buffer.of(0, 0) : Buffer.alloc(0);
    return { ...this.#plain(`command ${code}`), payload: Buffer.concat([Buffer.of(code), rest]) };
  }

  #reset(): Step {
    return {
      ...this.#plain('reset'),
      payload: Buffer.of(commandCode.COM_RESET_CONNECTION),
      check: () => {
        this.#model = newModel(this.#model.user, this.#model.database);
        return undefined;
      },
    };
  }

  #another(): Step {
    const user = `user${this.#chance.below(3)}@test`;
    const database = `d${this.#chance.below(5)}`;
    return {
      ...this.#plain(`change user ${user} ${database}`),
      payload: changeUserOf(user, database),
      check: () => {
        this.#model = newModel(user, database);
        return undefined;
      },
    };
  }

  #query(text: string, step: Partial<Step>): Step {
    const plain = this.#plain(text);
    return { ...plain, reads: false, payload: queryOf(text), ...step };
  }

  #plain(text: string): Step {
    return {
      text,
      payload: Buffer.alloc(0),
      ids: [],
      mayCommit: false,
      reads: true,
      check: () => undefined,
    };
  }

  #inserted(id: number): undefined {
    const { transaction, variables } = this.#model;
    variables.set('last_insert_id', String(id));
    if (transaction === undefined) this.#ledger.acknowledged.add(id);
    else transaction.push(id);
  }

  #committed(): void {
    for (const id of this.#model.transaction ?? []) this.#ledger.acknowledged.add(id);
    this.#model.transaction = undefined;
  }

  /** Each row is of this statement, and of this session. */
  #isState(rows: readonly (readonly string[])[] = [], id: number, count: number): string | undefined {
    const model = this.#model;
    model.foundRows = rows.length;
    if (rows.length !== count) return `${rows.length} rows instead of ${count}`;
    if (model.locked === 'unknown') model.locked = rows[0]?.[1]?.includes(' locked ') ?? false;
    const made = wordsOf(model, model.locked);
    for (const row of rows) {
      const fault = same('the answer', row[0], String(id)) ?? same('the session', row[1], made);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
}

function same(what: string, found: string | undefined, wanted: string | undefined): string | undefined {
  return found === wanted ? undefined : `${what} is '${found}', not '${wanted}'`;
}
