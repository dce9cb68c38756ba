import type { Connection, RowDataPacket } from 'mysql2/promise';

/** Rows of all tables of database `test`, each cell as the very bytes that the server sent. */
export type Contents = ReadonlyMap<string, readonly string[]>;

export async function contentsOf(connection: Connection): Promise<Contents> {
  await connection.query("SET time_zone = '+00:00'");
  const [tables] = await connection.query<RowDataPacket[]>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'test' AND table_type = 'BASE TABLE' ORDER BY 1",
  );
  const contents = new Map<string, readonly string[]>();
  for (const { name } of tables) contents.set(String(name), await rowsOf(connection, String(name)));
  return contents;
}

/** Where they differ, in words; empty when nowhere. */
export function differences(cluster: Contents, replayed: Contents): readonly string[] {
  const names = [...new Set([...cluster.keys(), ...replayed.keys()])].sort();
  return names.flatMap((name) => {
    const [left, right] = [cluster.get(name), replayed.get(name)];
    if (left === undefined) return [`table ${name} is there after the replay only`];
    if (right === undefined) return [`table ${name} isn't there after the replay`];
    const count =
      left.length === right.length ? [] : [`table ${name}: ${left.length} rows, replayed ${right.length}`];
    const at = left.findIndex((row, index) => row !== right[index]);
    return at === -1 ? count : [...count, `table ${name}, row ${at}:\n  ${left[at]}\n  ${right[at]}`];
  });
}

async function rowsOf(connection: Connection, table: string): Promise<string[]> {
  const [columns] = await connection.query<RowDataPacket[]>(
    `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'test' AND table_name = '${table}' ORDER BY ordinal_position`,
  );
  const list = columns.map(({ name }) => `\`${name}\``).join(', ');
  const [rows] = await connection.query<RowDataPacket[][]>({
    sql: `SELECT ${list} FROM test.\`${table}\``,
    rowsAsArray: true,
    typeCast: (field) => field.buffer()?.toString('latin1') ?? null,
  });
  return rows.map((row) => JSON.stringify(row)).sort();
}
