import { ObError } from '@sealane/errors';
import { type Command, type ServerConnection, serverStatus } from '@sealane/mysql-protocol';
import type { HeldClient } from '../front/client-login.ts';
import type { AdminAnswer } from './admin-table.ts';
import type { AdminClient, Proxysys } from './proxysys.ts';

const outcome = { status: serverStatus.AUTOCOMMIT, warningCount: 0 };

/** One client of the proxy itself, from its login to its end. */
export class AdminSession {
  readonly client: AdminClient;
  readonly #held: HeldClient;
  readonly #proxysys: Proxysys;

  constructor(held: HeldClient, client: AdminClient, proxysys: Proxysys) {
    this.#held = held;
    this.client = client;
    this.#proxysys = proxysys;
  }

  /** Runs to the end. Never throws. @returns why it ended */
  async run(): Promise<string> {
    try {
      for (;;) {
        const event = await this.#held.next();
        if (event === undefined) return 'client gone';
        if (event.kind === 'invalid') this.#connection.error(event.error);
        else if (event.kind !== 'command' || event.command.name === 'COM_QUIT') return 'quit';
        else await this.#answer(event.command);
        await this.#held.flush();
      }
    } catch (error) {
      this.#connection.error(error);
      await this.#held.flush();
      return String(error);
    } finally {
      this.close();
    }
  }

  /** Its run ends, too. */
  close(_reason?: string): void {
    this.#held.close();
  }

  get #connection(): ServerConnection {
    return this.#held.connection;
  }

  async #answer(command: Command): Promise<void> {
    const connection = this.#connection;
    try {
      switch (command.name) {
        case 'COM_QUERY':
          this.#write(await this.#proxysys.run(command.text, this.client));
          break;
        case 'COM_PING':
        case 'COM_INIT_DB':
        case 'COM_RESET_CONNECTION':
          connection.ok(outcome);
          break;
        case 'COM_SET_OPTION':
          connection.endOfRows(outcome);
          break;
        case 'COM_FIELD_LIST':
          connection.fieldList([], outcome);
          break;
        case 'COM_STATISTICS':
          connection.text(`Uptime: ${Math.floor(process.uptime())}`);
          break;
        case 'COM_STMT_CLOSE':
          break;
        default:
          throw new ObError('OB_NOT_SUPPORTED', [`${command.name} for root@proxysys`]);
      }
    } catch (error) {
      connection.error(error);
      if (command.name === 'COM_CHANGE_USER') throw error;
    }
  }

  #write(answer: AdminAnswer): void {
    const connection = this.#connection;
    if (answer.kind === 'ok') {
      connection.ok({ ...outcome, affectedRows: BigInt(answer.affectedRows) });
      return;
    }
    connection.columns(answer.columns, outcome);
    for (const row of answer.rows) connection.textRow(row);
    connection.endOfRows(outcome);
  }
}
