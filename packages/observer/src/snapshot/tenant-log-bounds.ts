import type { InternalSql } from '../cluster/ports.ts';
import { grantedLogDisk } from '../cluster/tenant-tables.ts';
import type { ParameterStore } from '../parameters/parameter-store.ts';
import type { LogBounds } from './log-keeper.ts';

/** How long a tenant's log may get: what the node's parameters say, and no more than its units grant. */
export function tenantLogBounds(store: ParameterStore, sql: InternalSql, tenantId: number): LogBounds {
  return {
    sizeMax: Math.min(store.bytes('log_disk_size'), grantedLogDisk(sql, tenantId)),
    thresholdPercent: store.integer('log_disk_utilization_threshold'),
    tailSize: store.bytes('_log_tail_size'),
  };
}
