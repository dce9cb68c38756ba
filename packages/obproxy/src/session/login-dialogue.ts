import type { ClientSide } from './client-side.ts';

const moreDataHeader = 0x01;
/** Of caching_sha2_password. */
const fastAuthDone = 0x03;

/** What servers ask a client about its password in the midst of COM_CHANGE_USER. */
export class LoginDialogue {
  readonly #client: ClientSide;
  #sequenceId: number;

  /** @param sequenceId  of the first packet to the client */
  constructor(client: ClientSide, sequenceId: number) {
    this.#client = client;
    this.#sequenceId = sequenceId;
  }

  /** Of the next packet to the client. */
  get sequenceId(): number {
    return this.#sequenceId;
  }

  /** @param payload  an auth switch or more of an exchange. @returns undefined where no answer is due */
  async ask(payload: Uint8Array): Promise<Uint8Array | undefined> {
    const at = this.#sequenceId;
    const isNews = payload.length === 2 && payload[0] === moreDataHeader && payload[1] === fastAuthDone;
    this.#sequenceId = (at + (isNews ? 1 : 2)) & 0xff;
    if (!isNews) return this.#client.ask(payload, at);
    this.#client.tell(payload, at);
    return undefined;
  }
}
