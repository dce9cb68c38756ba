import { commandCode } from '@sealane/mysql-protocol';

/** Payloads of commands, from their code on. */

export function queryOf(text: string): Uint8Array {
  return Buffer.concat([Buffer.of(commandCode.COM_QUERY), Buffer.from(text)]);
}

/** Of one text parameter; empty: it was sent ahead. */
export function executeOf(statementId: number, value: string): Uint8Array {
  const head = Buffer.of(0, 1, 0, 0, 0, 0, 1, 0xfd, 0);
  const bytes = value === '' ? Buffer.alloc(0) : Buffer.concat([Buffer.of(value.length), Buffer.from(value)]);
  return Buffer.concat([Buffer.of(commandCode.COM_STMT_EXECUTE), u32(statementId), head, bytes]);
}

/** A piece of the first parameter. */
export function longDataOf(statementId: number, piece: string): Uint8Array {
  const code = Buffer.of(commandCode.COM_STMT_SEND_LONG_DATA);
  return Buffer.concat([code, u32(statementId), Buffer.of(0, 0), Buffer.from(piece)]);
}

export function closeOf(statementId: number): Uint8Array {
  return Buffer.concat([Buffer.of(commandCode.COM_STMT_CLOSE), u32(statementId)]);
}

/** Without a password. */
export function changeUserOf(user: string, database: string): Uint8Array {
  const text = (value: string) => Buffer.from(`${value}\0`);
  const charset = Buffer.of(45, 0);
  const code = Buffer.of(commandCode.COM_CHANGE_USER);
  return Buffer.concat([
    code,
    text(user),
    Buffer.of(0),
    text(database),
    charset,
    text('mysql_native_password'),
  ]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
