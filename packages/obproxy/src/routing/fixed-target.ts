import type { Topology } from './topology.ts';

/** The name under which the router knows where everybody goes. */
export const anyTenant = '';

/**
 * Where everybody goes who comes through a proxy with `target_db_server`: any server that speaks MySQL's protocol, and is asked
 * nothing.
 *
 * @param address  `ip:port`
 */
export function fixedTopology(address: string): Topology {
  const colon = address.lastIndexOf(':');
  const [ip, sqlPort] = [address.slice(0, colon), Number(address.slice(colon + 1))];
  const server = {
    address,
    ip,
    sqlPort,
    rpcPort: 0,
    zone: '',
    status: 'ACTIVE',
    serving: true,
    stopped: false,
  };
  return { servers: [server], tenants: new Map([[anyTenant, { leader: address, followers: [] }]]) };
}
