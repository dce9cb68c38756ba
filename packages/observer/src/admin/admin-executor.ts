import { setTimeout as delay } from 'node:timers/promises';
import { isObError, ObError } from '@sealane/errors';
import type { AdminAction, ResourceAction, StatementResult } from '@sealane/sql';
import { recordEvent } from '../cluster/event-history.ts';
import type { Rpc } from '../cluster/ports.ts';
import { readServers, rowName } from '../cluster/server-table.ts';
import { ensureTenantTables } from '../cluster/tenant-tables.ts';
import { deadlineAfter, remainingMs, waitUntil } from '../wait.ts';
import {
  type AddDeleteOptions,
  addServers,
  cancelDeleteServers,
  deleteServers,
} from './add-delete-servers.ts';
import { type RenewLinksOptions, renewLinks } from './renew-links.ts';
import { resourcePool } from './resource-pools.ts';
import { resourceUnit } from './resource-units.ts';
import { startServers, stopServers } from './server-operations.ts';
import { type SetParametersOptions, setParameters } from './set-parameters.ts';
import { type SwitchLeaderOptions, switchLeader } from './switch-leader.ts';
import { type TenantOptions, tenantOperation } from './tenant-operations.ts';
import { zoneOperation } from './zone-operations.ts';

export interface AdminExecutorOptions
  extends SetParametersOptions,
    SwitchLeaderOptions,
    AddDeleteOptions,
    RenewLinksOptions,
    Omit<TenantOptions, 'leadFrom'> {
  readonly rpc: Rpc;
  /**
   * Reads this node's wallet again. @returns a sentence for the client where it isn't used and nothing is thrown
   *
   * @throws ObError OB_INVALID_CONFIG
   */
  reloadTls(options: { readonly rollback: boolean }): string;
  leadsRootService(): boolean;
  /** The leader of the sys tenant, or undefined while there is none. */
  rootServiceLeader(): string | undefined;
  /** Version of the parameters that this node has loaded. */
  configVersion(): number;
  /** Last entry of the sys tenant's log that this node has applied. */
  sysAppliedLsn(): number;
  /** Makes a node's data durable in its database files, and frees the log behind them. */
  freeze(server: string, tenantId: number | undefined): Promise<void>;
  /** `log_disk_size`, in bytes. */
  logDiskSize(): number;
}

/** RootService calls and their pcodes (ROOT_MINOR_FREEZE and so on). */
export const rootServicePcodes = {
  bootstrap: 0x101,
  'set-parameters': 0x288,
  server: 0x117,
  zone: 0x111,
  'minor-freeze': 0x11c,
  'switch-leader': 0x280,
  // The original has a code for each; ours carries the whole statement.
  tenant: 0x206,
  'resource-unit': 0x206,
  'resource-pool': 0x206,
} as const satisfies Record<RootServiceAction['name'], number>;

/** What only the RootService leader may do. */
export type RootServiceAction = Exclude<AdminAction, { readonly name: 'renew-links' | 'reload-tls' }>;

const done = { kind: 'ok', affectedRows: 0n, lastInsertId: 0n, info: '' } as const satisfies StatementResult;
const catchUpMs = 5_000;
/** An election takes two or three seconds. */
const takeOverMs = 5_000;
const takeOverPollMs = 50;

/** Carries out ALTER SYSTEM. What needs the RootService leader goes there. */
export class AdminExecutor {
  readonly #options: AdminExecutorOptions;

  constructor(options: AdminExecutorOptions) {
    this.#options = options;
  }

  /**
   * Returns when this node shows the effect: the next statement here reads it.
   *
   * @throws ObError OB_ERR_NO_PRIVILEGE outside the sys tenant; else as the action says
   */
  async execute(action: AdminAction, session: { readonly tenant: string }): Promise<StatementResult> {
    if (session.tenant !== 'sys') throw new ObError('OB_ERR_NO_PRIVILEGE', ['ALTER SYSTEM']);
    if (action.name === 'reload-tls')
      return { ...done, info: this.#options.reloadTls({ rollback: action.rollback }) };
    if (action.name === 'set-parameters') await this.#setParameters(action);
    else if (action.name === 'renew-links') await renewLinks(action.servers, this.#options);
    else await this.#onRootService(action);
    if (action.name === 'tenant') await this.#tenantIsHere(action);
    return done;
  }

  /** The RootService leader's part. @returns the LSN that has the effect */
  async serve(action: RootServiceAction): Promise<{ lsn: number }> {
    if (!this.#options.leadsRootService()) throw new ObError('OB_RS_NOT_MASTER');
    await this.#carryOut(action);
    return { lsn: this.#options.sysAppliedLsn() };
  }

  /** The next login to this node finds the tenant, or doesn't any more. */
  async #tenantIsHere({ subject, operation }: ResourceAction): Promise<void> {
    const wanted = operation !== 'drop';
    const name = subject.toLowerCase();
    await this.#caughtUp(() => {
      const row = this.#options.tenantRows().find((each) => each.name === name);
      return wanted ? row !== undefined && this.#options.hasTenant(row.id) : row === undefined;
    });
  }

  async #setParameters(action: Extract<AdminAction, { name: 'set-parameters' }>): Promise<void> {
    if (action.items.some((item) => item.tenant !== undefined && item.tenant.toLowerCase() !== 'sys')) {
      throw new ObError('OB_NOT_SUPPORTED', ['a cluster parameter with TENANT']);
    }
    const version = await setParameters(action.items, action.reset, this.#options);
    await this.#caughtUp(() => this.#options.configVersion() >= version);
  }

  async #onRootService(action: RootServiceAction): Promise<void> {
    const deadline = deadlineAfter(takeOverMs);
    for (;;) {
      try {
        const lsn = await this.#askRootService(action);
        await this.#caughtUp(() => this.#options.sysAppliedLsn() >= lsn);
        return;
      } catch (error) {
        // Nothing was done. While leadership moves there is nobody to ask for a moment.
        if (!isObError(error, 'OB_RS_NOT_MASTER') || remainingMs(deadline) === 0) throw error;
        await delay(takeOverPollMs);
      }
    }
  }

  async #askRootService(action: RootServiceAction): Promise<number> {
    const { self, rpc, timeoutMs } = this.#options;
    if (this.#options.leadsRootService()) return (await this.serve(action)).lsn;
    const leader = this.#options.rootServiceLeader();
    // Elected, and not serving yet.
    if (leader === undefined || leader === `${self.ip}:${self.rpcPort}`)
      throw new ObError('OB_RS_NOT_MASTER');
    const options = { timeoutMs: timeoutMs() };
    const answer = (await rpc.call(leader, rootServicePcodes[action.name], action, options)) as {
      lsn: number;
    };
    return answer.lsn;
  }

  async #carryOut(action: RootServiceAction): Promise<void> {
    switch (action.name) {
      case 'server':
        return this.#serverOperation(action);
      case 'zone':
        return zoneOperation(action, this.#options);
      case 'minor-freeze':
        return this.#minorFreeze(action);
      case 'switch-leader':
        return this.#switchLeader(action);
      case 'tenant':
      case 'resource-unit':
      case 'resource-pool':
        return this.#resource(action);
      case 'bootstrap':
        throw new ObError('OB_INIT_TWICE');
      case 'set-parameters':
        return this.#setParameters(action);
    }
  }

  async #serverOperation(action: Extract<AdminAction, { name: 'server' }>): Promise<void> {
    const { operation, servers, zone } = action;
    switch (operation) {
      case 'add':
        return addServers(servers, zone, this.#options);
      case 'delete':
        return deleteServers(servers, zone, this.#options);
      case 'cancel-delete':
        return cancelDeleteServers(servers, zone, this.#options);
      case 'start':
        return startServers(servers, this.#options);
      default:
        return stopServers(servers, operation, this.#options);
    }
  }

  async #switchLeader(action: Extract<AdminAction, { name: 'switch-leader' }>): Promise<void> {
    await switchLeader(action, this.#options);
    await recordEvent(this.#options.sql, this.#options.self, {
      module: 'root_service',
      event: 'admin_switch_replica_role',
      facts: [
        ['role', action.role],
        ['server', action.server ?? ''],
        ['zone', action.zone ?? ''],
        ['tenant', action.tenant ?? 'ALL'],
      ],
    });
  }

  async #resource(action: ResourceAction): Promise<void> {
    const { sql, logDiskSize } = this.#options;
    await ensureTenantTables(sql, logDiskSize());
    if (action.name === 'resource-unit') return resourceUnit(action, sql);
    if (action.name === 'resource-pool') return resourcePool(action, sql);
    await tenantOperation(action, {
      ...this.#options,
      leadFrom: (tenant, zone) =>
        switchLeader({ name: 'switch-leader', role: 'LEADER', zone, tenant }, this.#options),
    });
  }

  async #minorFreeze(action: Extract<AdminAction, { name: 'minor-freeze' }>): Promise<void> {
    const known = readServers(this.#options.sql);
    const unknown = action.servers.find((name) => !known.some((row) => rowName(row) === name));
    if (unknown !== undefined) throw new ObError('OB_INVALID_ARGUMENT', ['server']);
    const tenantId = this.#tenantId(action.tenant);
    const chosen = known.filter(
      (row) =>
        (action.servers.length === 0 || action.servers.includes(rowName(row))) &&
        (action.zone ?? row.zone) === row.zone,
    );
    await Promise.all(chosen.map((row) => this.#options.freeze(rowName(row), tenantId)));
    await recordEvent(this.#options.sql, this.#options.self, {
      module: 'root_service',
      event: 'root_minor_freeze',
      facts: [
        ['server', action.servers.join(',') || 'ALL'],
        ['tenant', action.tenant ?? 'ALL'],
      ],
    });
  }

  /** @returns undefined for all tenants */
  #tenantId(name: string | undefined): number | undefined {
    if (name === undefined || name.toLowerCase() === 'all') return undefined;
    const tenantId = this.#options.tenantId(name);
    if (tenantId === undefined) throw new ObError('OB_TENANT_NOT_EXIST', [name]);
    return tenantId;
  }

  async #caughtUp(reached: () => boolean): Promise<void> {
    if (await waitUntil(reached, deadlineAfter(catchUpMs), 5)) return;
    throw new ObError('OB_TIMEOUT', [], {
      message: `the change is stored, but this node hasn't applied it within ${catchUpMs} ms; see GV$OB_LOG_STAT`,
    });
  }
}
