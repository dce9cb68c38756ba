import { ObError } from '@sealane/errors';
import type { WithinView } from '../accounts/required-privilege.ts';
import type { ExecutionContext, PlanEnvironment } from '../plan.ts';
import type { SqlType } from '../sql-type.ts';
import type { SqlValue } from '../values.ts';
import type { VirtualTableDefinition } from '../virtual-table.ts';
import type { TableUse } from './table-use.ts';
import { withoutTicks } from './tick.ts';
import type { Evaluate, Typed } from './typed.ts';

/** What is gathered while one statement is translated. */
export class Translation {
  readonly environment: PlanEnvironment;
  /** The statement's text, where spans point. */
  text: string;
  readonly parameterTypes: readonly SqlType[];
  readonly variableType: (name: string) => SqlType;
  readonly virtualTables = new Set<VirtualTableDefinition>();
  readsTables = false;
  locking = false;
  /** It calls what may take any time for one row, and can't end itself meanwhile. */
  unbounded = false;
  /** User variables that the statement assigns: they are read row by row then. */
  readonly assignedVariables: ReadonlySet<string>;
  readonly mode: SqlMode;
  readonly #binds: Evaluate[] = [];
  #aliases = 0;
  /** Statements that run before, in order: derived tables that assign user variables, which MySQL fills first. */
  readonly before: BeforeSql[] = [];
  /** Types of user variables that the statement has assigned so far. */
  readonly assignedTypes = new Map<string, SqlType>();
  /** What the statement calls the tables behind SQLite's aliases, for EXPLAIN. */
  readonly names = new Map<string, string>();
  /** The stored tables behind SQLite's aliases, as SQLite names them. */
  readonly tables = new Map<string, string>();
  /** Views being read, against recursion. */
  readonly openViews: string[] = [];
  /** What it does to which tables, for privileges. */
  readonly uses: TableUse[] = [];
  /** The view in whose SELECT names are read now. */
  within: WithinView | undefined;

  constructor(options: {
    environment: PlanEnvironment;
    text: string;
    parameterTypes: readonly SqlType[];
    variableType: (name: string) => SqlType;
    assignedVariables: ReadonlySet<string>;
  }) {
    this.environment = options.environment;
    this.text = options.text;
    this.parameterTypes = options.parameterTypes;
    this.variableType = options.variableType;
    this.assignedVariables = options.assignedVariables;
    this.mode = sqlModeOf(options.environment);
  }

  /** Notes that a table is named. @returns what its columns are noted in */
  use(database: string, table: string, privileges: TableUse['privileges']): TableUse {
    const { within } = this;
    const use = {
      database,
      table,
      privileges,
      columns: new Set<string>(),
      always: true,
      starred: false,
      within,
    };
    this.uses.push(use);
    return use;
  }

  /** @returns the place of a value that is computed when the statement runs */
  bind(evaluate: Evaluate): string {
    this.#binds.push(evaluate);
    return `?${this.#binds.length}`;
  }

  /** What is bound at a place; undefined where the text is something else. */
  evaluateAt(place: string): Evaluate | undefined {
    return /^\?\d+$/.test(place) ? this.#binds[Number(place.slice(1)) - 1] : undefined;
  }

  bindValue(value: SqlValue): string {
    return this.bind(() => value);
  }

  /** A table name of SQLite that no other place of the statement has. @param name what the statement calls it */
  alias(name?: string): string {
    this.#aliases += 1;
    const alias = `t${this.#aliases}`;
    if (name !== undefined) this.names.set(alias, name);
    return alias;
  }

  /** A constant becomes a `?`; anything else stands as it is, in its own form. */
  raw(typed: Typed): string {
    return typed.constant === undefined ? typed.sql : this.bind(typed.constant);
  }

  /** Numbers the values in the order of their places, so that equal statements have equal texts. */
  finish(sql: string): FinishedSql {
    const binds: Evaluate[] = [];
    const places = new Map<string, number>();
    const text = sql.replace(
      /"(?:[^"]|"")*"|'(?:[^']|'')*'|\?(\d+)/g,
      (found, number: string | undefined) => {
        if (number === undefined) return found;
        let place = places.get(number);
        if (place === undefined) {
          binds.push(this.#binds[Number(number) - 1] as Evaluate);
          place = binds.length;
          places.set(number, place);
        }
        return `?${place}`;
      },
    );
    return { sql: withoutTicks(text), watched: text, binds };
  }
}

/** SQLite text with the values of its places in order. */
export interface FinishedSql {
  readonly sql: string;
  /** The same with ticks, for a context with a checkpoint. */
  readonly watched: string;
  readonly binds: readonly Evaluate[];
}

/** The text that a statement runs. */
export function sqlFor({ sql, watched }: FinishedSql, context: ExecutionContext): string {
  return context.checkpoint === undefined ? sql : watched;
}

/** A statement that runs before; `row` is what it answered. */
export interface BeforeSql extends FinishedSql {
  readonly answer: { row: readonly SqlValue[] };
}

/** What sql_mode says about reading and grouping. */
export interface SqlMode {
  readonly text: string;
  readonly onlyFullGroupBy: boolean;
  readonly noUnsignedSubtraction: boolean;
  readonly noAutoValueOnZero: boolean;
  readonly errorForDivisionByZero: boolean;
}

const modes = new Map<string, SqlMode>();

function sqlModeOf(environment: PlanEnvironment): SqlMode {
  const text = String(environment.variable('sql_mode', 'session') ?? '');
  let mode = modes.get(text);
  if (mode === undefined) {
    const words = new Set(text.toUpperCase().split(','));
    mode = {
      text,
      onlyFullGroupBy: words.has('ONLY_FULL_GROUP_BY'),
      noUnsignedSubtraction: words.has('NO_UNSIGNED_SUBTRACTION'),
      noAutoValueOnZero: words.has('NO_AUTO_VALUE_ON_ZERO'),
      errorForDivisionByZero: words.has('ERROR_FOR_DIVISION_BY_ZERO'),
    };
    if (modes.size < 256) modes.set(text, mode);
  }
  return mode;
}

export function notSupported(what: string): ObError {
  return new ObError('OB_NOT_SUPPORTED', [what]);
}
