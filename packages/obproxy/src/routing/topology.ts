/** One server of the cluster, as a proxy needs to know it. */
export interface ServerFacts {
  /** `ip:sql_port` */
  readonly address: string;
  readonly ip: string;
  readonly sqlPort: number;
  readonly rpcPort: number;
  readonly zone: string;
  /** ACTIVE, INACTIVE, DELETING. */
  readonly status: string;
  /** It has begun to serve: START_SERVICE_TIME is there. */
  readonly serving: boolean;
  /** STOP SERVER has named it: no new requests. */
  readonly stopped: boolean;
}

/** Where a tenant's log stream is. Addresses as above. */
export interface TenantLocation {
  /** Undefined while nobody leads. */
  readonly leader: string | undefined;
  readonly followers: readonly string[];
}

export interface Topology {
  readonly servers: readonly ServerFacts[];
  /** By name of the tenant. */
  readonly tenants: ReadonlyMap<string, TenantLocation>;
}

export const serversQuery = `SELECT svr_ip, svr_port, sql_port, zone, status, start_service_time IS NOT NULL, stop_time IS NOT NULL
  FROM oceanbase.DBA_OB_SERVERS`;
export const locationsQuery = `SELECT t.tenant_name, l.svr_ip, l.sql_port, l.role FROM oceanbase.DBA_OB_TENANTS t
  JOIN oceanbase.CDB_OB_LS_LOCATIONS l ON l.tenant_id = t.tenant_id`;

type Row = readonly (string | null)[];

/** Reads the answers to both queries. */
export function topologyOf(servers: readonly Row[], locations: readonly Row[]): Topology {
  const byTenant = Map.groupBy(locations, ([tenant]) => String(tenant));
  return {
    servers: servers.map(([ip, rpcPort, sqlPort, zone, status, serving, stopped]) => ({
      address: `${ip}:${sqlPort}`,
      ip: String(ip),
      rpcPort: Number(rpcPort),
      sqlPort: Number(sqlPort),
      zone: String(zone),
      status: String(status),
      serving: serving === '1',
      stopped: stopped === '1',
    })),
    tenants: new Map([...byTenant].map(([tenant, rows]) => [tenant, locationOf(rows)])),
  };
}

function locationOf(rows: readonly Row[]): TenantLocation {
  const addressed = rows.map(([, ip, sqlPort, role]) => ({ address: `${ip}:${sqlPort}`, role }));
  return {
    leader: addressed.find(({ role }) => role === 'LEADER')?.address,
    followers: addressed.filter(({ role }) => role !== 'LEADER').map(({ address }) => address),
  };
}
