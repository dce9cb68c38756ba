import { ObError } from '@sealane/errors';
import { ByteReader, malformed } from '../byte-reader.ts';
import type { CellValue } from '../cell-value.ts';
import type { Charset } from '../charset.ts';
import { typeCode } from '../column-type.ts';
import { commandCode } from '../commands.ts';
import { readFixedValue } from '../fixed-value.ts';
import type { PacketWriter } from '../packet-writer.ts';

/**
 * COM_STMT_EXECUTE.
 *
 *  offset size type   field         meaning
 *       0    1 u8     command       0x17
 *       1    4 u32    statement id
 *       5    1 u8     cursor flags  0: no cursor; others are answered with the whole result, as MySQL may
 *       6    4 u32    iterations    1
 *      10    … bytes  NULL bitmap   (parameters + 7) / 8 bytes; this and what follows only with parameters
 *       …    1 u8     bound         1: the types follow; 0: those of the execution before
 *       …    … pairs  types         u8 type code, u8 flags (0x80: unsigned), for each parameter
 *       …    … values               of the parameters that aren't NULL and came without COM_STMT_SEND_LONG_DATA
 * Source: docs/protocol/mysql.md#com_stmt_execute
 */
export interface StmtExecute {
  readonly statementId: number;
  readonly cursorFlags: number;
  readonly parameters: readonly CellValue[];
  /** As bound now or before; keep them for the next execution. */
  readonly types: readonly ParameterType[];
}

export interface ParameterType {
  readonly code: number;
  readonly unsigned: boolean;
}

/** What a connection remembers of a prepared statement. */
export interface PreparedShape {
  readonly parameterCount: number;
  readonly types: readonly ParameterType[] | undefined;
  /** Bytes sent ahead with COM_STMT_SEND_LONG_DATA, by the parameter's index. */
  readonly longData: ReadonlyMap<number, Uint8Array>;
  /** Of text parameters; UTF-8 where it is undefined. */
  readonly charset?: Charset;
}

const unsignedFlag = 0x80;

/** @returns the id alone, to find the statement by */
export function executedStatementId(payload: Uint8Array): number {
  return new ByteReader(payload, 1).u32();
}

/** @throws ObError ER_MALFORMED_PACKET; OB_INVALID_ARGUMENT for a type that can't be a parameter's */
export function decodeStmtExecute(payload: Uint8Array, shape: PreparedShape): StmtExecute {
  const reader = new ByteReader(payload, 1);
  const statementId = reader.u32();
  const cursorFlags = reader.u8();
  reader.skip(4);
  if (shape.parameterCount === 0) return { statementId, cursorFlags, parameters: [], types: [] };
  const bitmap = reader.bytes((shape.parameterCount + 7) >> 3);
  const types = reader.u8() === 1 ? readTypes(reader, shape.parameterCount) : shape.types;
  if (types === undefined) throw malformed('the first execution binds no types');
  const parameters = types.map((type, index): CellValue => {
    const sentAhead = shape.longData.size === 0 ? undefined : shape.longData.get(index);
    if (sentAhead !== undefined) return longValue(sentAhead, type, shape.charset);
    const isNull = ((bitmap[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
    return isNull ? null : readParameter(reader, type, shape.charset);
  });
  return { statementId, cursorFlags, parameters, types };
}

export interface StmtExecuteRequest {
  readonly statementId: number;
  readonly parameters: readonly CellValue[];
}

/** Writes parameters as our client sends them: bigint as BIGINT, number as DOUBLE, text as VARCHAR, bytes as BLOB. */
export function encodeStmtExecute(
  writer: PacketWriter,
  { statementId, parameters }: StmtExecuteRequest,
): void {
  writer.begin().u8(commandCode.COM_STMT_EXECUTE).u32(statementId).u8(0).u32(1);
  if (parameters.length > 0) {
    writer.zeros((parameters.length + 7) >> 3);
    for (const [index, value] of parameters.entries()) {
      if (value === null) writer.setBit(10 + (index >> 3), index & 7);
    }
    writer.u8(1);
    for (const value of parameters) writer.u8(parameterCode(value)).u8(isUnsigned(value) ? unsignedFlag : 0);
    for (const value of parameters) writeParameter(writer, value);
  }
  writer.end();
}

function readTypes(reader: ByteReader, count: number): ParameterType[] {
  const types: ParameterType[] = [];
  while (types.length < count) {
    const code = reader.u8();
    types.push({ code, unsigned: (reader.u8() & unsignedFlag) !== 0 });
  }
  return types;
}

function readParameter(
  reader: ByteReader,
  { code, unsigned }: ParameterType,
  charset: Charset | undefined,
): CellValue {
  if (code === typeCode.NULL) return null;
  const fixed = readFixedValue(reader, code, unsigned);
  if (fixed !== undefined) return fixed;
  if (!sizedTypes.has(code)) throw new ObError('OB_INVALID_ARGUMENT', ['mysqld_stmt_execute']);
  return longValue(reader.sizedBytes(), { code, unsigned }, charset);
}

const blobTypes = new Set<number>([
  typeCode.TINY_BLOB,
  typeCode.MEDIUM_BLOB,
  typeCode.LONG_BLOB,
  typeCode.BLOB,
  typeCode.BIT,
  typeCode.GEOMETRY,
]);

const sizedTypes = new Set<number>([
  ...blobTypes,
  typeCode.DECIMAL,
  typeCode.NEWDECIMAL,
  typeCode.VARCHAR,
  typeCode.VAR_STRING,
  typeCode.STRING,
  typeCode.ENUM,
  typeCode.SET,
  typeCode.JSON,
]);

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Drivers send bytes under the type of strings as well: what isn't UTF-8 stays bytes. */
function longValue(bytes: Uint8Array, { code }: ParameterType, charset: Charset | undefined): CellValue {
  if (blobTypes.has(code)) return bytes;
  if (charset?.encode !== undefined) return charset.decode(bytes);
  try {
    return strictUtf8.decode(bytes);
  } catch {
    // Not text.
    return bytes;
  }
}

function parameterCode(value: CellValue): number {
  if (value === null) return typeCode.NULL;
  if (typeof value === 'bigint') return typeCode.LONGLONG;
  if (typeof value === 'number') return typeCode.DOUBLE;
  return typeof value === 'string' ? typeCode.VAR_STRING : typeCode.BLOB;
}

function isUnsigned(value: CellValue): boolean {
  return typeof value === 'bigint' && value > 0x7fff_ffff_ffff_ffffn;
}

function writeParameter(writer: PacketWriter, value: CellValue): void {
  if (value === null) return;
  if (typeof value === 'bigint') writer.u64(value);
  else if (typeof value === 'number') writer.f64(value);
  else if (typeof value === 'string') writer.sizedText(value);
  else writer.sizedBytes(value);
}
