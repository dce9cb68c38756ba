import type { DiskEvent, RoleReport } from '../replication/index.ts';
import type { FreezeFacts } from '../snapshot/log-keeper.ts';
import type { RebuildFacts } from '../snapshot/replica-rebuild.ts';
import type { RootServiceEvent } from './event-history.ts';

interface Stream {
  readonly id: number;
  readonly lsId: number;
}

/** Notices when this node begins or ceases to lead. */
export class Leadership {
  readonly #self: string;
  /** Terms in which this node leads, by log stream. */
  readonly #terms = new Map<number, number>();
  readonly #takeovers = new Map<number, number>();

  constructor(self: string) {
    this.#self = self;
  }

  /** @returns what there is to tell, in OceanBase's words */
  event({ id, lsId }: Stream, { role, term, leader }: RoleReport): RootServiceEvent | undefined {
    const led = this.#terms.get(lsId);
    const leads = role === 'LEADER' ? term : undefined;
    if (led === leads) return undefined;
    if (leads === undefined) this.#terms.delete(lsId);
    else this.#began(lsId, leads);
    return {
      module: 'ELECTION',
      event: leads === undefined ? 'change leader to revoke' : 'change leader to takeover',
      facts: [
        ['tenant_id', id],
        ['ls_id', lsId],
        ['server', this.#self],
        ['proposal_id', leads ?? led ?? term],
        ...(leads === undefined && leader !== undefined ? [['leader', leader] as const] : []),
      ],
    };
  }

  /** How often this node began to lead the log stream, since its start. */
  takeovers(lsId: number): number {
    return this.#takeovers.get(lsId) ?? 0;
  }

  #began(lsId: number, term: number): void {
    this.#terms.set(lsId, term);
    this.#takeovers.set(lsId, this.takeovers(lsId) + 1);
  }
}

export function rebuiltEvent(server: string, facts: RebuildFacts): RootServiceEvent {
  return {
    module: 'disaster_recovery',
    event: 'finish_rebuild_ls_replica',
    facts: [
      ['tenant_id', facts.tenantId],
      ['replica', server],
      ['source', facts.from],
      ['lsn', facts.lsn],
      ['size', facts.sizeBytes],
      ['elapsed_ms', facts.elapsedMs],
    ],
  };
}

export function frozenEvent(server: string, facts: FreezeFacts): RootServiceEvent {
  return {
    module: 'server',
    event: facts.automatic ? 'log_disk_recycle' : 'minor_freeze',
    facts: [
      ['server', server],
      ['tenant_id', facts.tenantId],
      ['checkpoint_lsn', facts.checkpointLsn],
      ['base_lsn', facts.baseLsn],
      ['log_disk_in_use', facts.logSizeBytes],
    ],
  };
}

/** A full disk in OceanBase's words; of damage its history knows nothing. */
export function diskEvent(server: string, { id, lsId }: Stream, { kind, lsn }: DiskEvent): RootServiceEvent {
  const [module, event] = diskEventNames[kind];
  return {
    module,
    event,
    facts: [
      ['server', server],
      ['tenant_id', id],
      ['ls_id', lsId],
      ...(lsn === undefined ? [] : [['lsn', lsn] as const]),
    ],
  };
}

const diskEventNames = {
  'disk full': ['FAILURE_DETECTOR', 'CLOG_DISK_FULL'],
  'disk has room': ['FAILURE_DETECTOR', 'REMOVE CLOG_DISK_FULL'],
  'damage found': ['disaster_recovery', 'clog_damage_found'],
  healed: ['disaster_recovery', 'clog_damage_healed'],
} as const satisfies Record<DiskEvent['kind'], readonly [RootServiceEvent['module'], string]>;
