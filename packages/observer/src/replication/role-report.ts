export interface RoleReport {
  readonly role: 'LEADER' | 'FOLLOWER';
  /** The leader's address, if one is known. */
  readonly leader: string | undefined;
  readonly term: number;
  /** This node leads, everything older than its term is applied, and its lease holds. */
  readonly serving: boolean;
}

export function sameRole(a: RoleReport, b: RoleReport): boolean {
  return a.role === b.role && a.leader === b.leader && a.term === b.term && a.serving === b.serving;
}
