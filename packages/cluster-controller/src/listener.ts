import { createServer, type Server } from 'node:net';

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

/** `count` different ports that nobody listens on; held all at once, so that none is given twice. */
export async function freePorts(host: string, count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(host, 0)));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(close));
  return ports;
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

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
