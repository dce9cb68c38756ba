import { commandCode } from '@sealane/mysql-protocol';

/** KILL as its server understands it. @param serverId  the server's own number of the connection */
export function killCommand(serverId: number, what: 'query' | 'connection'): Uint8Array {
  const text = `KILL ${what === 'query' ? 'QUERY ' : ''}${serverId}`;
  return Buffer.concat([Buffer.of(commandCode.COM_QUERY), Buffer.from(text, 'ascii')]);
}
