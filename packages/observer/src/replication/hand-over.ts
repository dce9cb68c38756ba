import { aliveWithinMs, type ReplicaView } from '@sealane/consensus';
import { ObError } from '@sealane/errors';
import type { Conditions } from './conditions.ts';
import type { LogStreamTimings } from './log-stream-options.ts';
import { followerStatuses } from './log-stream-status.ts';
import type { RoleReport } from './role-report.ts';

export interface HandOverPorts {
  readonly timings: LogStreamTimings;
  readonly conditions: Conditions;
  view(): ReplicaView;
  role(): RoleReport;
  nowMs(): number;
  /** Tells the replica to hand over. */
  begin(to: string): void;
}

/** Gives leadership to another member, and waits until that is so. */
export class HandOver {
  readonly #ports: HandOverPorts;

  constructor(ports: HandOverPorts) {
    this.#ports = ports;
  }

  /** For a leader. @throws ObError OB_SERVER_NOT_ALIVE, OB_WAIT_LEADER_SWITCH_TIMEOUT */
  async to(server: string): Promise<void> {
    const { timings, conditions, role } = this.#ports;
    if (!this.#aliveFollowers().some((each) => each.server === server)) {
      throw new ObError('OB_SERVER_NOT_ALIVE', [], {
        message: `${server} can't lead: it doesn't answer, isn't in sync since its disk was replaced, or is none of ${this.#ports.view().members.join(', ')}`,
      });
    }
    this.#ports.begin(server);
    await conditions.until(
      () => this.#isOver(server),
      timings.transferTimeoutMs + timings.electionTimeoutMaxMs,
    );
    const { leader } = role();
    if (leader === server) return;
    throw new ObError('OB_WAIT_LEADER_SWITCH_TIMEOUT', [], {
      message: `${server} didn't take over leadership in time; the leader is ${leader ?? 'unknown'}`,
    });
  }

  /** For a stopping leader: another one leads, or nobody could, or it took too long. */
  async untilSucceeded(): Promise<void> {
    const { conditions, timings } = this.#ports;
    await conditions.until(() => this.#isSucceeded(), timings.transferTimeoutMs);
  }

  #isOver(target: string): boolean {
    const { role, leader } = this.#ports.role();
    if (leader === target) return true;
    return role === 'LEADER' ? this.#ports.view().transfer === undefined : leader !== undefined;
  }

  #isSucceeded(): boolean {
    const { role, leader } = this.#ports.role();
    if (role === 'FOLLOWER') return leader !== undefined;
    return this.#aliveFollowers().every((follower) => follower.stopping);
  }

  #aliveFollowers(): { server: string; stopping: boolean }[] {
    const { view, nowMs, timings } = this.#ports;
    return followerStatuses(view(), nowMs(), aliveWithinMs(timings)).filter(
      (each) => each.alive && each.joined,
    );
  }
}
