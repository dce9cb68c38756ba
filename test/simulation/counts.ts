/** What a campaign must have seen at least once, each by its name: what never happened wasn't tested. */
export const sometimes = [
  'elections',
  'acknowledged writes',
  'strong reads',
  'weak reads',
  'answers that told of others',
  'schema changes',
  'rounds of several writes',
  'entries that waited for company',
  'entries whose company did not come',
  "entries with production's bounds of rounds",
  'commits told by a notice',
  'slow followers told by a notice',
  'statements that waited for a leader to serve',
  'unknown results',
  'refused writes',
  'transfers',
  'hand-overs by a stopping node',
  'kills',
  'deaths at an effect',
  'power losses',
  'torn files',
  'tails cut off in recovery',
  'databases set back by power loss',
  'graceful stops',
  'pauses',
  'long statements',
  'logs truncated',
  'snapshots installed',
  'events: disk full',
  'events: disk has room',
  'partitions',
  'ring partitions',
  'flickering links',
  'stuttering links',
  'usurpations',
  'clogged links',
  'renewed links',
  'disks full',
  'failed fsyncs',
  'slow disks',
  'clock jumps',
  'members added',
  'members removed',
  'bits flipped',
  'events: damage found',
  'wiped disks',
  'wiped nodes that joined again',
  'entries overwritten',
  'rounds undone',
  'writes that came to be though unknown',
  'writes that never came to be',
] as const;

export type Sometimes = (typeof sometimes)[number] | 'events: healed';

export class Counts {
  readonly of = new Map<Sometimes, number>();

  add(name: Sometimes, count = 1): void {
    if (count > 0) this.of.set(name, (this.of.get(name) ?? 0) + count);
  }
}
