import { freePorts, portIsFree } from './listener.ts';

/** 2881/2882, 3881/3882, 4881/4882 …: OceanBase's habit for more than one node on a host. */
const SQL_PORT_FIRST = 2881;
const PORT_STEP = 1000;

export interface NodePorts {
  readonly sqlPort: number;
  readonly rpcPort: number;
}

/** The usual ports when every one of them is free, otherwise, or when any will do, ports that are free now. */
export async function choosePorts(
  nodes: number,
  ip: string,
  anyFree: boolean,
): Promise<{ ports: NodePorts[]; usual: boolean }> {
  const usual = Array.from({ length: nodes }, (_, index) => usualPorts(index));
  const wanted = usual.flatMap(({ sqlPort, rpcPort }) => [sqlPort, rpcPort]);
  const inRange = wanted.every((port) => port < 65_536);
  const free =
    !anyFree && inRange && (await Promise.all(wanted.map((port) => portIsFree(ip, port)))).every(Boolean);
  if (free) return { ports: usual, usual: true };
  const chosen = await freePorts(ip, nodes * 2);
  const ports = usual.map((_, index) => ({
    sqlPort: chosen[index * 2] ?? 0,
    rpcPort: chosen[index * 2 + 1] ?? 0,
  }));
  return { ports, usual: false };
}

function usualPorts(index: number): NodePorts {
  const sqlPort = SQL_PORT_FIRST + PORT_STEP * index;
  return { sqlPort, rpcPort: sqlPort + 1 };
}
