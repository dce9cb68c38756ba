import type {
  CellValue,
  ResultColumn,
  SessionState,
  StatementResult,
  VirtualRows,
  VirtualTableDefinition,
  Warning,
} from '@sealane/sql';

/** One statement that only reads, as it goes to a reader process: plain data, which structured clones keep. */
export interface ReadJob {
  readonly tenantId: number;
  /** The tenant's SQLite file. */
  readonly file: string;
  readonly text: string;
  readonly parameters: readonly CellValue[];
  readonly state: SessionState;
  /** Reads of one number see one state, that of the first of them; 0: this one sees its own. */
  readonly stateNumber: number;
  /** What NOW() answers, microseconds since 1970. */
  readonly nowUs: bigint;
  /** Variables that differ from node to node. */
  readonly nodeVariables: Readonly<Record<string, CellValue>>;
  /** Rows of the virtual tables that the statement names. */
  readonly virtualTables: readonly {
    readonly definition: VirtualTableDefinition;
    readonly rows: VirtualRows;
  }[];
}

export type Rows = readonly (readonly CellValue[])[];

/** Parent to child. One job at a time; each piece of rows after the first is asked for, a few ahead. */
export type ToReader =
  | { readonly kind: 'read'; readonly job: ReadJob }
  | { readonly kind: 'more' }
  /** Let go of the state that was kept. */
  | { readonly kind: 'forget' };

/** Child to parent: either `done` or `failed`, or `begun`, any number of `rows`, and one of the former. */
export type FromReader =
  | { readonly kind: 'begun'; readonly columns: readonly ResultColumn[]; readonly rows: Rows }
  | { readonly kind: 'rows'; readonly rows: Rows }
  | {
      readonly kind: 'done';
      /** After `begun` its rows are the last ones. */
      readonly result: StatementResult;
      /** The session as the statement left it. */
      readonly state: SessionState;
      readonly warnings: ReadWarnings;
      /** What the read saw. */
      readonly appliedLsn: number;
    }
  | {
      readonly kind: 'failed';
      /** Name and message of an ObError. */
      readonly error: readonly [string, string];
      readonly warnings: ReadWarnings;
    };

export interface ReadWarnings {
  readonly kept: readonly Warning[];
  readonly count: number;
}

/** Pieces that may be under way: the next one is made while the client takes the last one. */
export const piecesAhead = 2;
