import { generateKeyPairSync } from 'node:crypto';
import { ClientConnection, type ClientEvent, typeCode } from '@sealane/mysql-protocol';
import { encodeAuthSwitch } from '../../../packages/mysql-protocol/src/packets/auth-switch.ts';
import { encodeBinaryRow } from '../../../packages/mysql-protocol/src/packets/binary-row.ts';
import { encodeColumnDefinition } from '../../../packages/mysql-protocol/src/packets/column-definition.ts';
import { encodeErr } from '../../../packages/mysql-protocol/src/packets/err.ts';
import { encodeHandshake } from '../../../packages/mysql-protocol/src/packets/handshake.ts';
import { encodeOk } from '../../../packages/mysql-protocol/src/packets/ok.ts';
import { encodePrepareOk } from '../../../packages/mysql-protocol/src/packets/prepare-ok.ts';
import { encodeTextRow } from '../../../packages/mysql-protocol/src/packets/text-row.ts';
import type { Chance } from '../../simulation/random.ts';
import { pack } from '../container.ts';
import { must, refusal, type Target } from '../target.ts';
import { listOf, someCell } from '../values.ts';
import { columnsOf, someErr, someHandshake, someOk } from './mysql-answer.ts';
import { type ConnectionEnd, converse } from './mysql-conversation.ts';
import { payloadOf, someCapabilities } from './mysql-values.ts';

/** The client's end of a connection, against a server that may send anything. Form of the input: see `converse`. */
export const mysqlClient: Target = {
  name: 'mysql-client',
  inputSizeMax: 192 * 1024,
  tokens: [
    Uint8Array.of(0xfe),
    Uint8Array.of(0xfb),
    Uint8Array.of(0xff, 1, 4),
    Uint8Array.of(typeCode.DATETIME),
  ],
  generate(chance: Chance): Uint8Array {
    const capabilities = someCapabilities(chance);
    const greeting = payloadOf((writer) => encodeHandshake(writer, someHandshake(chance, capabilities)));
    const ok = payloadOf((writer) => encodeOk(writer, someOk(chance), { capabilities }));
    const switched = payloadOf((writer) =>
      encodeAuthSwitch(writer, { plugin: 'mysql_native_password', scramble: new Uint8Array(20).fill(7) }),
    );
    const sha2 = payloadOf((writer) =>
      encodeAuthSwitch(writer, { plugin: 'caching_sha2_password', scramble: new Uint8Array(20).fill(7) }),
    );
    const fullExchange = [sha2, Uint8Array.of(1, 4), Buffer.from(`\x01${publicKey}`), ok];
    const login = chance.pick([[ok], [ok], [switched, ok], [sha2, Uint8Array.of(1, 3), ok], fullExchange]);
    const answers = listOf(chance, 5, () => someAnswer(chance, capabilities)).flat();
    return Uint8Array.from([chance.below(8) * 2, ...pack([greeting, ...login, ...answers])]);
  },
  run(input) {
    return label(converse(input, (options) => new Conversation(options)));
  },
};

const option = { tls: 2, prepare: 4, askForKey: 8 } as const;
const publicKey = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
  type: 'spki',
  format: 'pem',
});
const packetSizeMax = 64 * 1024;

export function someAnswer(chance: Chance, capabilities: number): Uint8Array[] {
  const ok = (header: number): Uint8Array =>
    payloadOf((writer) => encodeOk(writer, someOk(chance), { capabilities, header }));
  const columns = columnsOf(1 + chance.below(20));
  const definitions = columns.map((column) => payloadOf((writer) => encodeColumnDefinition(writer, column)));
  const cells = (): ReturnType<typeof someCell>[] => columns.map(() => someCell(chance));
  const row = (): Uint8Array =>
    payloadOf((writer) => (chance.happens(0.5) ? encodeTextRow : encodeBinaryRow)(writer, columns, cells()));
  switch (chance.below(4)) {
    case 0:
      return [payloadOf((writer) => encodeErr(writer, someErr(chance), { sqlState: true }))];
    case 1:
      return [ok(0)];
    case 2: {
      const counts = { columnCount: columns.length, parameterCount: 0, warningCount: 0 };
      return [payloadOf((writer) => encodePrepareOk(writer, { statementId: 1, ...counts })), ...definitions];
    }
    default:
      return [Uint8Array.of(columns.length), ...definitions, ...listOf(chance, 6, row), ok(0xfe)];
  }
}

/** Sends a command whenever it may: what it is depends on how many there were. */
class Conversation implements ConnectionEnd {
  readonly #connection: ClientConnection;
  readonly #options: number;
  readonly seen: unknown[] = [];
  #commandCount = 0;
  #sequenceId = 0;
  #over = false;

  constructor(options: number) {
    this.#options = options;
    const tls = (options & option.tls) === 0 ? 'off' : 'preferred';
    const key = (options & option.askForKey) === 0 ? {} : { serverPublicKey: 'ask' as const };
    this.#connection = new ClientConnection({ user: 'root@sys', password: 'p', tls, packetSizeMax, ...key });
  }

  /** A server counts on from what the client sent last. */
  nextSequenceId(): number {
    return this.#sequenceId++;
  }

  feed(bytes: Uint8Array): void {
    if (this.#over) return;
    try {
      this.#connection.receive(bytes);
      for (let event = this.#connection.next(); event !== undefined; event = this.#connection.next()) {
        this.seen.push(event.kind === 'failed' ? event.error.name : event);
        this.#go(event);
      }
    } catch (error) {
      this.#over = true;
      this.seen.push(refusal(error));
    }
    this.#countSent();
  }

  #go(event: ClientEvent): void {
    if (event.kind === 'start-tls') this.#connection.secured();
    if (!this.#connection.idle) return;
    this.#commandCount += 1;
    must(this.#commandCount < 100_000, 'one command after the other, without an answer');
    if ((this.#options & option.prepare) === 0) this.#connection.query('SELECT 1');
    else if (this.#commandCount % 2 === 1) this.#connection.prepare('SELECT ?');
    else this.#connection.execute(1, [1n]);
  }

  #countSent(): void {
    const sent = this.#connection.take();
    for (let at = 0; at + 4 <= sent.length; ) {
      const size = (sent[at] ?? 0) | ((sent[at + 1] ?? 0) << 8) | ((sent[at + 2] ?? 0) << 16);
      this.#sequenceId = (sent[at + 3] ?? 0) + 1;
      at += 4 + size;
    }
  }
}

function label(seen: readonly unknown[]): string {
  const names = seen.map((each) => (typeof each === 'string' ? each : (each as ClientEvent).kind));
  return [...new Set(names)].slice(-5).join(' ');
}
