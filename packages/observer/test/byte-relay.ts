import { connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

/** A TCP relay that counts and keeps every byte: the judge of what went over the wire. */
export interface ByteRelay {
  readonly port: number;
  /** Towards the target, and back. */
  readonly upSize: () => number;
  readonly downSize: () => number;
  /** Whether these bytes went past, in either direction. */
  saw(marker: string): boolean;
  /** Cuts every connection. */
  cut(): void;
}

export async function byteRelay(t: Test, targetPort: number): Promise<ByteRelay> {
  const up: Buffer[] = [];
  const down: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (front) => {
    const back = connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true });
    join(front, back, up);
    join(back, front, down);
  });
  const join = (from: Socket, to: Socket, seen: Buffer[]): void => {
    sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      seen.push(chunk);
      to.write(chunk);
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => sockets.delete(from));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  t.teardown(() => {
    cut();
    server.close();
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    upSize: () => size(up),
    downSize: () => size(down),
    saw: (marker) => [up, down].some((chunks) => Buffer.concat(chunks).includes(marker)),
    cut,
  };
}

function size(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
