import { createServer, type Server } from 'node:net';
import { ObError } from '@sealane/errors';

const FREE_PORT_MIN = 12_000;
const FREE_PORT_MAX = 32_000;
const ATTEMPTS_MAX = 1_000;

/** Whether a program could listen there now. */
export async function portIsFree(host: string, port: number): Promise<boolean> {
  try {
    const server = await listen(host, port);
    await close(server);
    return true;
  } catch {
    return false;
  }
}

/**
 * `count` different ports that nobody listens on. They lie below the range from which the system takes ports for
 * outgoing connections: a node that restarts would otherwise find its own port taken by somebody's client.
 */
export async function freePorts(host: string, count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS_MAX && found.length < count; attempt += 1) {
    const port = FREE_PORT_MIN + Math.floor(Math.random() * (FREE_PORT_MAX - FREE_PORT_MIN));
    if (!found.includes(port) && (await portIsFree(host, port))) found.push(port);
  }
  if (found.length === count) return found;
  const message = `no ${count} free ports between ${FREE_PORT_MIN} and ${FREE_PORT_MAX} on ${host}`;
  throw new ObError('OB_ERR_UNEXPECTED', [], { message });
}

function listen(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
