import { isUtf8 } from 'node:buffer';
import type { Connection, FieldPacket, ResultSetHeader } from 'mysql2/promise';
import type { ScriptParameter, ScriptStatement } from './script.ts';

/** What a server answered, in a form that two servers' answers can be compared in. */
export type Answer =
  | { readonly kind: 'rows'; readonly columns: readonly AnswerColumn[]; readonly rows: readonly AnswerRow[] }
  | { readonly kind: 'ok'; readonly affectedRows: number; readonly insertId: string }
  | { readonly kind: 'error'; readonly errno: number; readonly message: string };

export type AnswerRow = readonly (string | null)[];

export interface AnswerColumn {
  readonly name: string;
  /** Which kind of value the client is told of. */
  readonly family: string;
  readonly decimals: number | undefined;
}

interface WireField {
  readonly columnType: number;
  readonly decimals: number;
  readonly characterSet: number;
}

const BINARY = 63;
const SPACE = 0x20;
const LINE_FEED = 0x0a;

export async function ask(connection: Connection, statement: ScriptStatement): Promise<Answer> {
  const { text, parameters } = statement;
  try {
    const [result, fields] =
      parameters === undefined
        ? await connection.query({ sql: text, rowsAsArray: true, typeCast: asSent })
        : await connection.execute({ sql: text, rowsAsArray: true }, parameters.map(sent) as string[]);
    return readResult(result, fields);
  } catch (error) {
    const { errno, message } = error as { errno?: number; message: string };
    if (errno === undefined || errno < 0) throw error;
    return { kind: 'error', errno, message };
  }
}

function sent(parameter: ScriptParameter): string | number | boolean | null | Buffer {
  return typeof parameter === 'object' && parameter !== null ? Buffer.from(parameter.hex, 'hex') : parameter;
}

function readResult(result: unknown, fields: readonly FieldPacket[] | undefined): Answer {
  if (!Array.isArray(result)) {
    const { affectedRows, insertId } = result as ResultSetHeader;
    return { kind: 'ok', affectedRows, insertId: String(insertId) };
  }
  const wire = (fields ?? []) as unknown as readonly (WireField & { name: string })[];
  return {
    kind: 'rows',
    columns: wire.map((field) => ({ name: field.name, family: family(field), decimals: decimals(field) })),
    rows: (result as unknown[][]).map((row) => row.map(cellText)),
  };
}

/** The bytes of the text protocol, before the client makes numbers of them. */
function asSent(field: { buffer(): Buffer | null }): Buffer | null {
  return field.buffer();
}

function isControl(byte: number): boolean {
  return byte < SPACE && byte !== LINE_FEED;
}

function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (!Buffer.isBuffer(value)) return String(value);
  return isUtf8(value) && !value.some(isControl) ? value.toString() : `0x${value.toString('hex')}`;
}

function family({ columnType, characterSet }: WireField): string {
  const found = families.get(columnType) ?? `type ${columnType}`;
  return found === 'text' && characterSet === BINARY ? 'bytes' : found;
}

/** Digits after the point say something of these only. */
function decimals(field: WireField): number | undefined {
  return counted.has(family(field)) ? field.decimals : undefined;
}

const counted = new Set(['decimal', 'datetime', 'time']);

/** The numbers of the protocol's column types. Lengths of integers are left to the servers. */
const families: ReadonlyMap<number, string> = new Map([
  [1, 'integer'],
  [2, 'integer'],
  [3, 'integer'],
  [8, 'integer'],
  [9, 'integer'],
  [13, 'year'],
  [4, 'float'],
  [5, 'double'],
  [0, 'decimal'],
  [246, 'decimal'],
  [6, 'null'],
  [7, 'datetime'],
  [12, 'datetime'],
  [10, 'date'],
  [11, 'time'],
  [16, 'bit'],
  [245, 'json'],
  [247, 'text'],
  [248, 'text'],
  [249, 'text'],
  [250, 'text'],
  [251, 'text'],
  [252, 'text'],
  [253, 'text'],
  [254, 'text'],
  [15, 'text'],
]);
