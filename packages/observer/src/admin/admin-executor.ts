import { ObError } from '@sealane/errors';
import type { AdminAction, StatementResult } from '@sealane/sql';
import type { Rpc } from '../cluster/ports.ts';
import { readServers, rowName } from '../cluster/server-table.ts';
import { deadlineAfter, waitUntil } from '../wait.ts';
import { startServers, stopServers } from './server-operations.ts';
import { type SetParametersOptions, setParameters } from './set-parameters.ts';
import { type SwitchLeaderOptions, switchLeader } from './switch-leader.ts';

export interface AdminExecutorOptions extends SetParametersOptions, SwitchLeaderOptions {
  readonly rpc: Rpc;
  leadsRootService(): boolean;
  /** The leader of the sys tenant, or undefined while there is none. */
  rootServiceLeader(): string | undefined;
  /** Version of the parameters that this node has loaded. */
  configVersion(): number;
  /** Last entry of the sys tenant's log that this node has applied. */
  sysAppliedLsn(): number;
  /** Writes a node's data to its database files. */
  freeze(server: string, tenantId: number | undefined): Promise<void>;
}

/** RootService calls and their pcodes (ROOT_MINOR_FREEZE and so on). */
export const rootServicePcodes = {
  bootstrap: 0x101,
  'set-parameters': 0x288,
  server: 0x117,
  zone: 0x111,
  'minor-freeze': 0x11c,
  'switch-leader': 0x280,
} as const satisfies Record<AdminAction['name'], number>;

const done: StatementResult = { kind: 'ok', affectedRows: 0n, lastInsertId: 0n, info: '' };
const catchUpMs = 5_000;

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
    if (action.name === 'set-parameters') await this.#setParameters(action);
    else await this.#onRootService(action);
    return done;
  }

  /** The RootService leader's part. @returns the LSN that has the effect */
  async serve(action: AdminAction): Promise<{ lsn: number }> {
    if (!this.#options.leadsRootService()) throw new ObError('OB_RS_NOT_MASTER');
    await this.#carryOut(action);
    return { lsn: this.#options.sysAppliedLsn() };
  }

  async #setParameters(action: Extract<AdminAction, { name: 'set-parameters' }>): Promise<void> {
    if (action.items.some((item) => item.tenant !== undefined && item.tenant.toLowerCase() !== 'sys')) {
      throw new ObError('OB_NOT_SUPPORTED', ['a cluster parameter with TENANT']);
    }
    const version = await setParameters(action.items, action.reset, this.#options);
    await this.#caughtUp(() => this.#options.configVersion() >= version);
  }

  async #onRootService(action: AdminAction): Promise<void> {
    const { rpc, timeoutMs } = this.#options;
    const leader = this.#options.rootServiceLeader();
    if (leader === undefined) throw new ObError('OB_RS_NOT_MASTER');
    const { lsn } = this.#options.leadsRootService()
      ? await this.serve(action)
      : ((await rpc.call(leader, rootServicePcodes[action.name], action, { timeoutMs: timeoutMs() })) as {
          lsn: number;
        });
    await this.#caughtUp(() => this.#options.sysAppliedLsn() >= lsn);
  }

  async #carryOut(action: AdminAction): Promise<void> {
    switch (action.name) {
      case 'server':
        return this.#serverOperation(action);
      case 'zone':
        return this.#zoneOperation(action);
      case 'minor-freeze':
        return this.#minorFreeze(action);
      case 'switch-leader':
        return switchLeader(action, this.#options);
      case 'bootstrap':
        throw new ObError('OB_INIT_TWICE');
      case 'set-parameters':
        return this.#setParameters(action);
    }
  }

  async #serverOperation(action: Extract<AdminAction, { name: 'server' }>): Promise<void> {
    switch (action.operation) {
      case 'stop':
      case 'force-stop':
      case 'isolate':
        return stopServers(action.servers, action.operation, this.#options);
      case 'start':
        return startServers(action.servers, this.#options);
      default:
        throw new ObError('OB_NOT_SUPPORTED', [`${action.operation.toUpperCase()} SERVER`]);
    }
  }

  async #zoneOperation(action: Extract<AdminAction, { name: 'zone' }>): Promise<void> {
    const { operation, zone } = action;
    const servers = readServers(this.#options.sql).filter((row) => row.zone === zone);
    if (servers.length === 0) throw new ObError('OB_ZONE_INFO_NOT_EXIST', [zone]);
    const names = servers.map(rowName);
    if (operation === 'start') await startServers(names, this.#options);
    else if (operation === 'stop' || operation === 'force-stop' || operation === 'isolate')
      await stopServers(names, operation, this.#options);
    else throw new ObError('OB_NOT_SUPPORTED', [`${operation.toUpperCase()} ZONE`]);
    await this.#options.sql.execute(
      'UPDATE oceanbase.__all_zone SET status = ?, gmt_modified = NOW(6) WHERE zone = ?',
      [operation === 'start' ? 'ACTIVE' : 'INACTIVE', zone],
    );
  }

  async #minorFreeze(action: Extract<AdminAction, { name: 'minor-freeze' }>): Promise<void> {
    const known = readServers(this.#options.sql);
    const unknown = action.servers.find((name) => !known.some((row) => rowName(row) === name));
    if (unknown !== undefined) throw new ObError('OB_INVALID_ARGUMENT', ['server']);
    const tenantId = action.tenant === undefined ? undefined : this.#options.tenantId(action.tenant);
    const chosen = known.filter(
      (row) =>
        (action.servers.length === 0 || action.servers.includes(rowName(row))) &&
        (action.zone ?? row.zone) === row.zone,
    );
    await Promise.all(chosen.map((row) => this.#options.freeze(rowName(row), tenantId)));
  }

  async #caughtUp(reached: () => boolean): Promise<void> {
    if (await waitUntil(reached, deadlineAfter(catchUpMs), 5)) return;
    throw new ObError('OB_TIMEOUT', [], {
      message: `the change is stored, but this node hasn't applied it within ${catchUpMs} ms; see GV$OB_LOG_STAT`,
    });
  }
}
