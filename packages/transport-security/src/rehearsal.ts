import { type Duplex, duplexPair } from 'node:stream';
import { createContexts, createTrustContext } from './contexts.ts';
import {
  type InboundOptions,
  type OutboundOptions,
  type SecuredStream,
  type SecureFacts,
  secureInbound,
  secureOutbound,
} from './secure.ts';
import type { TlsProfile } from './tls-profile.ts';
import { refuseBadCertificate } from './transport-security.ts';
import type { Wallet } from './wallet.ts';

/** What one process would bring to a handshake. */
export interface RehearsalEnd {
  readonly wallet: Wallet;
  readonly profile?: TlsProfile;
  /** sql_protocol_min_tls_version. */
  readonly sqlMinTlsVersion?: string;
}

/** How a handshake ended, by both ends' words. */
export interface RehearsedHandshake {
  /** Of the dialling end; undefined where there was no agreement. */
  readonly facts: SecureFacts | undefined;
  /** Who would refuse, and why; empty when both agree. */
  readonly refusals: readonly { readonly by: 'dialler' | 'acceptor'; readonly reason: string }[];
}

/**
 * Has two processes' certificates, CAs, lists and settings shake hands in this process, over no socket, and by the very code
 * that their links would go through. OpenSSL judges times by the clock of this machine.
 *
 * @param dialler  with its wallet, or the PEM of the CAs that a client without one trusts
 * @param port  `rpc`: the acceptor asks for a certificate; `sql`: one that is shown must be good
 * @param host  the address that the dialler knows the acceptor by
 * @throws what OpenSSL says where it doesn't take a wallet's files at all: a key below its security level
 */
export async function rehearseHandshake({
  dialler,
  acceptor,
  port,
  host,
}: {
  readonly dialler: RehearsalEnd | { readonly ca: string };
  readonly acceptor: RehearsalEnd;
  readonly port: 'rpc' | 'sql';
  readonly host: string;
}): Promise<RehearsedHandshake> {
  // Before anybody waits for the other: OpenSSL may not even take the files.
  const dialling = diallingEnd(dialler, host);
  const accepting = acceptingEnd(acceptor, port);
  const [near, far] = duplexPair();
  // As a socket's end would: who hangs up is noticed.
  near.once('close', () => far.destroy());
  far.once('close', () => near.destroy());
  const [dialled, accepted] = await Promise.allSettled([
    secureOutbound(near, dialling),
    accept(far, accepting, port),
  ]);
  for (const end of [dialled, accepted]) if (end.status === 'fulfilled') end.value.stream.destroy();
  near.destroy();
  far.destroy();
  const refusals = [...refusalsOf('dialler', dialled), ...refusalsOf('acceptor', accepted)];
  return {
    facts: refusals.length === 0 && dialled.status === 'fulfilled' ? dialled.value.facts : undefined,
    refusals: causesOf(refusals),
  };
}

type Refusal = RehearsedHandshake['refusals'][number];

function diallingEnd(dialler: RehearsalEnd | { readonly ca: string }, host: string): OutboundOptions {
  if (!('wallet' in dialler))
    return { context: createTrustContext(dialler.ca), localCertificate: undefined, host };
  return { context: contextsOf(dialler).rpcClient, localCertificate: dialler.wallet.facts, host };
}

function acceptingEnd(acceptor: RehearsalEnd, port: 'rpc' | 'sql'): InboundOptions {
  const { rpcServer, sqlServer } = contextsOf(acceptor);
  return {
    context: port === 'rpc' ? rpcServer : sqlServer,
    localCertificate: acceptor.wallet.facts,
    peerCertificateRequired: port === 'rpc',
  };
}

async function accept(socket: Duplex, options: InboundOptions, port: 'rpc' | 'sql'): Promise<SecuredStream> {
  const secured = await secureInbound(socket, options);
  if (port === 'sql') refuseBadCertificate(secured);
  return secured;
}

function contextsOf({ wallet, profile, sqlMinTlsVersion }: RehearsalEnd) {
  return createContexts(wallet, {
    ...(profile === undefined ? {} : { profile }),
    ...(sqlMinTlsVersion === undefined ? {} : { sqlMinTlsVersion }),
  });
}

function refusalsOf(by: Refusal['by'], end: PromiseSettledResult<SecuredStream>): readonly Refusal[] {
  if (end.status === 'fulfilled') return [];
  const reason: unknown = end.reason;
  return [{ by, reason: reason instanceof Error ? reason.message : String(reason) }];
}

/** Who only saw the other hang up has nothing to add to that one's reason. */
function causesOf(refusals: readonly Refusal[]): readonly Refusal[] {
  const causes = refusals.filter(({ reason }) => !reason.includes('the peer closed the connection'));
  return causes.length === 0 ? refusals : causes;
}
