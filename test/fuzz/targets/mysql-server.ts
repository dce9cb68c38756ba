import { type Command, PacketWriter, ServerConnection, type ServerEvent } from '@sealane/mysql-protocol';
import { encodeHandshakeResponse } from '../../../packages/mysql-protocol/src/packets/handshake-response.ts';
import type { Chance } from '../../simulation/random.ts';
import { pack } from '../container.ts';
import { must, refusal, type Target } from '../target.ts';
import { listOf, someBytes } from '../values.ts';
import { somePayload } from './mysql-command.ts';
import { type ConnectionEnd, converse } from './mysql-conversation.ts';
import { someResponse } from './mysql-login.ts';

/** The server's end of a connection. Form of the input: see `converse`. */
export const mysqlServer: Target = {
  name: 'mysql-server',
  inputSizeMax: 192 * 1024,
  generate(chance: Chance): Uint8Array {
    const options = chance.below(8) * 2;
    const response = someResponse(chance);
    const login = new PacketWriter();
    encodeHandshakeResponse(login, response);
    const payload = login.take().subarray(4);
    const first = (options & option.tls) !== 0 && chance.happens(0.4) ? [payload.slice(0, 32)] : [];
    const second = (options & option.authSwitch) !== 0 ? [someBytes(chance, 20)] : [];
    const commands = listOf(chance, 10, () => somePayload(chance));
    return Uint8Array.from([options, ...pack([...first, payload, ...second, ...commands])]);
  },
  run(input) {
    return label(converse(input, (options) => new Conversation(options)));
  },
};

const option = { tls: 2, authSwitch: 4, quiet: 8 } as const;
const maxAllowedPacket = 64 * 1024;
const scramble = Uint8Array.from({ length: 20 }, (_, index) => index + 1);

/** Answers as the front does, without SQL. */
class Conversation implements ConnectionEnd {
  readonly #options: number;
  readonly #connection: ServerConnection;
  readonly seen: unknown[] = [];
  #ready = false;
  #over = false;
  #sequenceId = 1;
  #statementId = 0;

  constructor(options: number) {
    this.#options = options;
    const tls = (options & option.tls) !== 0;
    this.#connection = new ServerConnection({
      connectionId: 7,
      scramble,
      tls,
      serverVersion: '5.7.25',
      maxAllowedPacket,
    });
    this.#connection.greet();
    this.#connection.take();
  }

  /** Each command begins anew. */
  nextSequenceId(): number {
    return this.#ready ? 0 : this.#sequenceId;
  }

  feed(bytes: Uint8Array): void {
    if (this.#over) return;
    try {
      this.#connection.receive(bytes);
      for (let event = this.#connection.next(); event !== undefined; event = this.#connection.next()) {
        this.seen.push(plain(event));
        this.#answer(event);
        if (this.#over) return;
      }
      must(this.#connection.buffered <= maxAllowedPacket + 128 * 1024, 'more is kept than a packet may hold');
    } catch (error) {
      this.#over = true;
      this.seen.push(refusal(error));
    }
    this.#connection.take();
  }

  #answer(event: ServerEvent): void {
    const connection = this.#connection;
    switch (event.kind) {
      case 'tls-request': {
        const rest = connection.takeRest();
        connection.secured();
        this.#sequenceId += 1;
        if (rest.length > 0) connection.receive(rest);
        return;
      }
      case 'login':
        if ((this.#options & option.authSwitch) === 0) this.#admit();
        else {
          this.#sequenceId += 2;
          connection.authSwitch('caching_sha2_password', scramble);
        }
        return;
      case 'auth-response':
        this.#admit();
        return;
      case 'invalid':
        connection.error(event.error);
        return;
      case 'command':
        this.#command(event.command);
    }
  }

  #admit(): void {
    this.#ready = true;
    this.#connection.admit({ status: 2 });
  }

  #command(command: Command): void {
    if (command.name === 'COM_QUIT') this.#over = true;
    else if (command.name === 'COM_CHANGE_USER') this.#admit();
    else if (command.name === 'COM_STMT_PREPARE') {
      const parameterCount = Math.min(512, command.text.split('?').length - 1);
      const statement = { id: ++this.#statementId, parameterCount, columns: [] };
      this.#connection.prepared(statement, { status: 2, warningCount: 0 });
    } else if ((this.#options & option.quiet) === 0) this.#connection.ok({});
  }
}

/** What two ways of feeding must agree on. */
function plain(event: ServerEvent): unknown {
  return event.kind === 'invalid' ? [event.kind, refusal(event.error)] : event;
}

function label(seen: readonly unknown[]): string {
  const names = seen.map((each) => {
    if (typeof each === 'string') return each;
    if (Array.isArray(each)) return String(each[1]);
    const event = each as ServerEvent;
    return event.kind === 'command' ? event.command.name : event.kind;
  });
  return [...new Set(names)].slice(-6).join(' ');
}
