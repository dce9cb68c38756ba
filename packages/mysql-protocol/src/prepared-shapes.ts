import { ObError } from '@sealane/errors';
import type { Charset } from './charset.ts';
import type { LongData } from './command.ts';
import {
  decodeStmtExecute,
  executedStatementId,
  type ParameterType,
  type StmtExecute,
} from './packets/stmt-execute.ts';

interface Shape {
  readonly parameterCount: number;
  types: readonly ParameterType[] | undefined;
  longData: Map<number, Uint8Array[]>;
  longDataSize: number;
  longDataTooLarge: boolean;
}

/**
 * What the wire needs to remember of each prepared statement: how many parameters, their types as last bound, and
 * what was sent ahead of the next execution.
 */
export class PreparedShapes {
  readonly #shapes = new Map<number, Shape>();

  add(statementId: number, parameterCount: number): void {
    const shape = {
      parameterCount,
      types: undefined,
      longData: new Map(),
      longDataSize: 0,
      longDataTooLarge: false,
    };
    this.#shapes.set(statementId, shape);
  }

  remove(statementId: number): void {
    this.#shapes.delete(statementId);
  }

  clear(): void {
    this.#shapes.clear();
  }

  has(statementId: number): boolean {
    return this.#shapes.has(statementId);
  }

  /** Keeps a piece; what goes over the limit is dropped, and the next execution fails with 1153. */
  addLongData({ statementId, index, data }: LongData, sizeMax: number): void {
    const shape = this.#shapes.get(statementId);
    if (shape === undefined || index >= shape.parameterCount) return;
    shape.longDataSize += data.length;
    shape.longDataTooLarge ||= shape.longDataSize > sizeMax;
    if (shape.longDataTooLarge) shape.longData.clear();
    else shape.longData.set(index, [...(shape.longData.get(index) ?? []), data]);
  }

  /** @returns whether the statement is known */
  dropLongData(statementId: number): boolean {
    const shape = this.#shapes.get(statementId);
    if (shape === undefined) return false;
    shape.longData = new Map();
    shape.longDataSize = 0;
    shape.longDataTooLarge = false;
    return true;
  }

  /** @throws ObError OB_EER_UNKNOWN_STMT_HANDLER, OB_ERR_NET_PACKET_TOO_LARGE, ER_MALFORMED_PACKET */
  decodeExecute(payload: Uint8Array, charset: Charset): StmtExecute {
    const statementId = executedStatementId(payload);
    const shape = this.#shapes.get(statementId);
    if (shape === undefined) throw unknownStatement(statementId, 'mysqld_stmt_execute');
    const { parameterCount, types, longDataTooLarge } = shape;
    const longData = this.#takeLongData(statementId, shape);
    if (longDataTooLarge) throw new ObError('OB_ERR_NET_PACKET_TOO_LARGE');
    const execute = decodeStmtExecute(payload, { parameterCount, types, longData, charset });
    shape.types = execute.types;
    return execute;
  }

  #takeLongData(statementId: number, { longData, longDataSize }: Shape): ReadonlyMap<number, Uint8Array> {
    if (longDataSize === 0 && longData.size === 0) return noLongData;
    const taken = new Map([...longData].map(([index, pieces]) => [index, Buffer.concat(pieces)]));
    this.dropLongData(statementId);
    return taken;
  }
}

const noLongData: ReadonlyMap<number, Uint8Array> = new Map();

/** @param where  the name MySQL gives the command in its message */
export function unknownStatement(statementId: number, where: string): ObError {
  return new ObError('OB_EER_UNKNOWN_STMT_HANDLER', [statementId, where]);
}
