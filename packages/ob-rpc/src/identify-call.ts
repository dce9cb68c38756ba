import { asObError } from './as-ob-error.ts';
import type { Call } from './calls.ts';
import { checkSameCluster, readIdentification } from './identification.ts';
import type { LinkInput } from './link.ts';
import type { Packet } from './packet.ts';
import { decodePayload } from './payload.ts';
import { type Identification, pcodes } from './pcode.ts';
import { readResponse } from './response-body.ts';

/** The first call on every link. Its answer counts as the first sign that the peer wants us. */
export class IdentifyCall implements Call {
  readonly pcode = pcodes.LINK_IDENTIFY;
  sent = true;
  readonly #self: Identification;
  readonly #address: string;
  readonly #feed: (input: LinkInput) => void;

  constructor(self: Identification, address: string, feed: (input: LinkInput) => void) {
    this.#self = self;
    this.#address = address;
    this.#feed = feed;
  }

  receive(packet: Packet): 'done' {
    try {
      const peer = readIdentification(readResponse(decodePayload(packet.body)));
      checkSameCluster(this.#self, peer, this.#address);
      this.#feed({ kind: 'heard' });
    } catch (error) {
      this.#feed({ kind: 'lost', error: asObError(error, `${this.#address} refused the link`) });
    }
    return 'done';
  }

  fail(): void {
    // The link is lost already; nobody waits for this answer.
  }
}
