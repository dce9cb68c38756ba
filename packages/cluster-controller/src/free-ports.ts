import { freePorts, portIsFree } from './listener.ts';

/** 2881/2882, 3881/3882, 4881/4882 …: OceanBase's habit for more than one node on a host. */
const SQL_PORT_FIRST = 2881;
const PORT_STEP = 1000;
/** Where deployments put obproxy; the port of its metrics is OceanBase's. */
const PROXY_PORTS: ProxyPorts = { sqlPort: 2883, metricsPort: 2884 };
/** Beyond those of the proxy and of whatever else stands there: 2886, 3886 … */
const METRICS_PORT_AFTER = 5;

export interface NodePorts {
  readonly sqlPort: number;
  readonly rpcPort: number;
  readonly metricsPort: number;
}

export interface ProxyPorts {
  readonly sqlPort: number;
  readonly metricsPort: number;
}

export interface ClusterPorts {
  readonly nodes: readonly NodePorts[];
  readonly proxy: ProxyPorts;
  readonly usual: boolean;
}

/** The usual ports when every one of them is free, otherwise, or when any will do, ports that are free now. */
export async function choosePorts(nodes: number, ip: string, anyFree: boolean): Promise<ClusterPorts> {
  const usual = Array.from({ length: nodes }, (_, index) => usualPorts(index));
  const wanted = [...usual, PROXY_PORTS].flatMap((ports): number[] => Object.values(ports));
  const inRange = wanted.every((port) => port < 65_536);
  const free =
    !anyFree && inRange && (await Promise.all(wanted.map((port) => portIsFree(ip, port)))).every(Boolean);
  if (free) return { nodes: usual, proxy: PROXY_PORTS, usual: true };
  const chosen = await freePorts(ip, wanted.length);
  const next = (): number => chosen[at++] ?? 0;
  let at = 0;
  return {
    nodes: usual.map(() => ({ sqlPort: next(), rpcPort: next(), metricsPort: next() })),
    proxy: { sqlPort: next(), metricsPort: next() },
    usual: false,
  };
}

function usualPorts(index: number): NodePorts {
  const sqlPort = SQL_PORT_FIRST + PORT_STEP * index;
  return { sqlPort, rpcPort: sqlPort + 1, metricsPort: sqlPort + METRICS_PORT_AFTER };
}
