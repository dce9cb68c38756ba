import { isUtf8 } from 'node:buffer';
import { ObError } from '@sealane/errors';
import {
  cachingSha2Masked,
  cachingSha2Matches,
  cachingSha2Plugin,
  fastAuthSuccess,
  nativePasswordMatches,
  nativePasswordPlugin,
  performFullAuthentication,
  requestPublicKey,
} from '@sealane/mysql-protocol';
import type { AuthExchange } from '../mysql-front/index.ts';
import type { AccountRow } from './account-row.ts';
import { keptByNobody } from './decoy.ts';
import { Doorkeeper } from './doorkeeper.ts';
import type { LoginKey } from './login-key.ts';
import { Sha2Memory } from './sha2-memory.ts';

export interface Proof {
  /** The account whose password it was; undefined when it was nobody's. */
  readonly account: AccountRow | undefined;
  /** Whether the client sent any proof at all: "using password". */
  readonly usingPassword: boolean;
  /** Why it was nobody's, where that isn't simply a wrong password. */
  readonly reason?: string;
}

/**
 * Asks a client for its password in the way of the account it wants, which is the first of the candidates, and finds whose it is.
 * What goes over the wire, and how much work it is, doesn't tell a wrong password from an account that isn't there.
 */
export class PasswordProof {
  readonly #key: LoginKey;
  readonly #memory = new Sha2Memory();
  readonly #doorkeeper = new Doorkeeper();

  constructor(key: LoginKey) {
    this.#key = key;
  }

  /** @throws ObError ER_NOT_SUPPORTED_AUTH_MODE for a client that knows no plugins, ER_HANDSHAKE_ERROR, and what the exchange throws */
  async of(
    tenantId: number,
    candidates: readonly [AccountRow, ...AccountRow[]],
    exchange: AuthExchange,
  ): Promise<Proof> {
    const [first] = candidates;
    const { plugin } = first;
    const response = await firstResponse(plugin, exchange);
    const usingPassword = !isEmpty(response);
    if (!usingPassword) return { account: first.kept === '' ? first : undefined, usingPassword };
    if (plugin === cachingSha2Plugin)
      return { ...(await this.#sha2(tenantId, first, { exchange, response })), usingPassword };
    return { account: nativeAccount(candidates, { scramble: exchange.scramble, response }), usingPassword };
  }

  /** The fast way for who is remembered; the long one for everybody else, a wrong password included. */
  async #sha2(
    tenantId: number,
    account: AccountRow,
    { exchange, response }: { readonly exchange: AuthExchange; readonly response: Uint8Array },
  ): Promise<Omit<Proof, 'usingPassword'>> {
    const { scramble } = exchange;
    if (this.#memory.matches(tenantId, account, { scramble, response })) {
      exchange.tell(Uint8Array.of(fastAuthSuccess));
      return { account };
    }
    const { password, reason } = await this.#wholePassword(exchange);
    const kept = account.kept === '' ? keptByNobody(cachingSha2Plugin) : account.kept;
    const fits = await this.#doorkeeper.pass(
      async () => exchange.alive && cachingSha2Matches(kept, password),
    );
    if (!fits) return { account: undefined, ...(reason === undefined ? {} : { reason }) };
    this.#memory.remember(tenantId, account, password);
    return { account };
  }

  /** Nothing, which proves nothing, for what can't be read. */
  async #wholePassword(
    exchange: AuthExchange,
  ): Promise<{ readonly password: string; readonly reason?: string }> {
    let answer = await exchange.ask(Uint8Array.of(performFullAuthentication));
    if (exchange.secured) return { password: passwordIn(answer) };
    if (answer.length === 1 && answer[0] === requestPublicKey) {
      answer = await exchange.ask(Buffer.from(await this.#key.publicPem(), 'latin1'));
    }
    const masked = await this.#key.decrypt(answer);
    if (masked !== undefined) return { password: passwordIn(cachingSha2Masked(masked, exchange.scramble)) };
    return { password: '', ...(passwordIn(answer) === '' ? {} : { reason: inClear }) };
  }
}

/**
 * libmariadb does so where it would take TLS and isn't offered any: it looks at its options, not at its connection. As with MySQL it
 * isn't let in: who sends passwords in clear is to notice.
 */
const inClear = 'password came in clear text, without TLS';

/**
 * What the client said at once, if it was said for this plugin; asked again otherwise. Who names the right plugin and
 * says nothing may have had another plugin's greeting before it.
 */
async function firstResponse(plugin: string, exchange: AuthExchange): Promise<Uint8Array> {
  const named = exchange.plugin === '' ? nativePasswordPlugin : exchange.plugin;
  if (named === plugin && (!isEmpty(exchange.response) || exchange.greeted === plugin))
    return exchange.response;
  if (!exchange.canSwitch) throw new ObError('ER_NOT_SUPPORTED_AUTH_MODE', [], { details: { plugin } });
  return exchange.switchTo(plugin);
}

/** caching_sha2_password's clients say "no password" with a zero byte. */
function isEmpty(response: Uint8Array): boolean {
  return response.length === 0 || (response.length === 1 && response[0] === 0);
}

/**
 * OceanBase's rule: a wrong password for one account may be right for the next, but where an account has no password, one
 * that was sent ends the search.
 */
function nativeAccount(
  candidates: readonly AccountRow[],
  proof: { readonly scramble: Uint8Array; readonly response: Uint8Array },
): AccountRow | undefined {
  for (const account of candidates) {
    if (account.plugin !== nativePasswordPlugin) continue;
    const kept = account.kept === '' ? keptByNobody(nativePasswordPlugin) : account.kept;
    if (nativePasswordMatches(kept, proof)) return account;
    if (account.kept === '') return undefined;
  }
  return undefined;
}

/** @returns the text before the NUL; nothing, which proves nothing, for what is no password */
function passwordIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  if (end !== bytes.length - 1 || !isUtf8(bytes)) return '';
  return Buffer.from(bytes.subarray(0, end)).toString('utf8');
}
