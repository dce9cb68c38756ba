/** What speaks against a member as leader. */
export interface Condition {
  /** It is about to stop, or was told to lead nothing. */
  readonly stopping: boolean;
  /** It takes no entries: its disk is full, or a snapshot is on its way. */
  readonly full: boolean;
  /** Its state machine is far behind. */
  readonly lagging: boolean;
}

/**
 * 0 for a member with nothing against it, else how bad it is: the first difference in OceanBase's order decides.
 * Source: OceanBase's election priority (not stopping, no fatal failure, replay not behind); what else is in it (zones,
 * primary region) is in the order of the members.
 */
export function burden(condition: Condition): number {
  return (condition.stopping ? 4 : 0) + (condition.full ? 2 : 0) + (condition.lagging ? 1 : 0);
}

/** In which slot after all members' own ones a burdened member waits for its turn. */
export function lateSlot(burdenOfIt: number): number {
  return Math.floor(Math.log2(burdenOfIt));
}
