import type { Network } from './network.ts';

/** Nothing in between: for measurements, in which nothing is cut. */
export class DirectNetwork implements Network {
  readonly kind = 'loopback, nothing in between';
  readonly addresses: readonly string[];

  constructor(count: number) {
    this.addresses = Array.from({ length: count }, () => '127.0.0.1');
  }

  async hooks(): Promise<Record<string, unknown>> {
    return {};
  }

  async cut(from: string, to: string): Promise<void> {
    throw new Error(`the way from ${from} to ${to} can't be cut here`);
  }

  async lose(): Promise<boolean> {
    return false;
  }

  async heal(): Promise<void> {}

  async close(): Promise<void> {}
}
