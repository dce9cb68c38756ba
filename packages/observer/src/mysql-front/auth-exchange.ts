import { ObError } from '@sealane/errors';
import { has, nativePasswordPlugin, type ServerConnection } from '@sealane/mysql-protocol';
import type { ByteChannel } from './byte-channel.ts';
import type { AuthExchange } from './ports.ts';

export interface ClientExchangeOptions {
  readonly connection: ServerConnection;
  readonly channel: ByteChannel;
  readonly scramble: Uint8Array;
  readonly greeted: string;
  readonly secured: boolean;
  /** What the client sent at once. */
  readonly plugin: string;
  readonly response: Uint8Array;
  /** Milliseconds since 1970, of the whole login. */
  readonly deadline: number;
  readonly now: () => number;
}

/** The exchange about a password, over the connection it is for. */
export class ClientExchange implements AuthExchange {
  readonly scramble: Uint8Array;
  readonly greeted: string;
  readonly plugin: string;
  readonly response: Uint8Array;
  readonly secured: boolean;
  readonly #options: ClientExchangeOptions;
  #plugin: string;

  constructor(options: ClientExchangeOptions) {
    this.#options = options;
    this.scramble = options.scramble;
    this.greeted = options.greeted;
    this.plugin = options.plugin;
    this.response = options.response;
    this.secured = options.secured;
    this.#plugin = options.plugin === '' ? nativePasswordPlugin : options.plugin;
  }

  /** The plugin that is used in the end. */
  get usedPlugin(): string {
    return this.#plugin;
  }

  get canSwitch(): boolean {
    return has(this.#options.connection.capabilities, 'PLUGIN_AUTH');
  }

  get alive(): boolean {
    return !this.#options.channel.gone;
  }

  switchTo(plugin: string): Promise<Uint8Array> {
    this.#plugin = plugin;
    this.#options.connection.authSwitch(plugin, this.scramble);
    return this.#answer();
  }

  ask(data: Uint8Array): Promise<Uint8Array> {
    this.tell(data);
    return this.#answer();
  }

  tell(data: Uint8Array): void {
    this.#options.connection.authMoreData(data);
  }

  async #answer(): Promise<Uint8Array> {
    const { channel, deadline, now } = this.#options;
    await channel.flush();
    const event = await channel.nextEvent(deadline - now(), { whole: true });
    if (event?.kind === 'auth-response') return event.response;
    const what =
      event === undefined ? 'the client left during the authentication' : 'no answer to the authentication';
    throw new ObError('ER_HANDSHAKE_ERROR', [], { details: { what } });
  }
}
