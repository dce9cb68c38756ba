import type { Connection } from 'mysql2/promise';
import { type Answer, ask } from './answer.ts';
import { differences } from './compare.ts';
import type { ScriptStatement } from './script.ts';

export interface Outcome {
  readonly statement: ScriptStatement;
  readonly ours: Answer;
  readonly oracle: Answer;
  readonly differences: readonly string[];
}

/** Runs a script on both servers, in a database of its own, one statement after the other. */
export async function runOnBoth(
  statements: readonly ScriptStatement[],
  ours: Connection,
  oracle: Connection,
  connect: ConnectAs,
): Promise<readonly Outcome[]> {
  await Promise.all([prepare(ours, MYSQL_MODE), prepare(oracle, `${MYSQL_MODE},TIME_ROUND_FRACTIONAL`)]);
  const outcomes: Outcome[] = [];
  const users = new Map<string, Pair>();
  for (const statement of statements) {
    const { user } = statement;
    const connections: Pair = user === undefined ? [ours, oracle] : await asUser(user, users, connect);
    const [mine, theirs] = await Promise.all([
      ask(connections[0], statement),
      ask(connections[1], statement),
    ]);
    outcomes.push({
      statement,
      ours: mine,
      oracle: theirs,
      differences: differences(statement, mine, theirs),
    });
  }
  await Promise.all([...users.values()].flat().map((connection) => connection.end()));
  return outcomes;
}

type Pair = readonly [ours: Connection, oracle: Connection];

/** Logs in on both, in no database. */
export type ConnectAs = (user: string) => Promise<Pair>;

async function asUser(user: string, known: Map<string, Pair>, connect: ConnectAs): Promise<Pair> {
  const pair = known.get(user) ?? (await connect(user));
  known.set(user, pair);
  return pair;
}

async function prepare(connection: Connection, sqlMode: string): Promise<void> {
  await connection.query('DROP DATABASE IF EXISTS differential');
  await connection.query('CREATE DATABASE differential');
  await connection.query('USE differential');
  await connection.query('SET sql_mode = ?', [sqlMode]);
}

/** MySQL 5.7's own. MariaDB rounds seconds as MySQL does only when told. */
const MYSQL_MODE =
  'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION';
