import type { Test } from 'tap';
import {
  type AcceptedFacts,
  Acceptor,
  type AcceptorOptions,
  type DialerOptions,
  DialledLink,
  type Encrypter,
  type LinkWatcher,
  type RpcHandler,
} from '../src/index.ts';

/** Both ends of the RPC over a real socket in clear. TLS has its own tests where the two packages meet. */
export async function rpcPair(
  t: Test,
  handlers: Readonly<Record<number, RpcHandler>>,
  options: { acceptor?: Partial<AcceptorOptions>; dialer?: Partial<DialerOptions> } = {},
) {
  const log: string[] = [];
  const write = (fields: object, message: string): number => log.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: write, info: write, warn: write, error: write };
  const self = { server: '127.0.0.1:1', identity: 'observer', clusterName: 'c', clusterId: 1 };
  const opened: AcceptedFacts[] = [];
  const acceptor = new Acceptor({
    host: '127.0.0.1',
    port: 0,
    self,
    handlers: new Map(Object.entries(handlers).map(([pcode, handler]) => [Number(pcode), handler])),
    admit: () => ({ plain: true, authenticated: false, encrypted: false, reason: 'no TLS in this test' }),
    encrypter: noEncrypter,
    watcher: noWatcher,
    logger,
    onOpened: (facts) => opened.push(facts),
    ...options.acceptor,
  });
  const { port } = await acceptor.listen();
  const link = new DialledLink({
    peer: { host: '127.0.0.1', port },
    self: { ...self, server: '127.0.0.1:2' },
    plan: () => ({ generation: 'easy', method: 'NONE' }),
    encrypter: noEncrypter,
    watcher: noWatcher,
    logger,
    ...options.dialer,
  });
  t.teardown(async () => {
    await Promise.all([link.close(), acceptor.close()]);
  });
  return { acceptor, link, port, log, opened };
}

const noEncrypter: Encrypter = {
  secureInbound: () => Promise.reject(new Error('no TLS in this test')),
  secureOutbound: () => Promise.reject(new Error('no TLS in this test')),
  authenticateInbound: () => Promise.reject(new Error('no TLS in this test')),
  authenticateOutbound: () => Promise.reject(new Error('no TLS in this test')),
};

const noWatcher: LinkWatcher = {
  open: () => ({
    securing: () => undefined,
    secured: () => undefined,
    authenticated: () => undefined,
    written: () => undefined,
    failed: () => undefined,
    established: () => undefined,
    identified: () => undefined,
    closed: () => undefined,
  }),
};

/** Waits for a condition, with a deadline. */
export async function until(condition: () => boolean, what: string, timeoutMs = 5_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
