import { statfsSync } from 'node:fs';
import { RotationStore } from '../certs/rotation-store.ts';
import { Journal } from '../journal.ts';
import { leaseHolder } from '../lease/local-lease.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import { type Finding, fault } from './finding.ts';

/** Some thousand lines of journal, a record of the run, and the controller's log. */
const FREE_MIN = 16 * 1024 * 1024;
const MIB = 1024 * 1024;

/**
 * What other work would be in the way of a run that is only being planned: a controller that is at work, something that was begun and
 * isn't over, no room for the journal.
 */
export function workFindings(baseDirectory: string): readonly Finding[] {
  const paths = pathsUnder(baseDirectory);
  return [
    ...holderFindings(paths.lease),
    ...rollFindings(paths.journal),
    ...rotationFindings(paths.certificates),
    ...roomFindings(baseDirectory),
  ];
}

function holderFindings(lease: string): readonly Finding[] {
  const holder = leaseHolder(lease);
  if (holder === undefined) return [];
  const what = `another controller (process ${holder}) is at work`;
  return [fault('controller', what, `wait for it, or stop it (kill ${holder})`)];
}

function rollFindings(file: string): readonly Finding[] {
  const roll = new Journal(file).unfinishedRoll();
  if (roll === undefined) return [];
  const at = roll.current === undefined ? '' : ` at ${roll.current}`;
  const what = `"${roll.goal}" was interrupted${at}, ${roll.finished.length} of ${roll.nodes.length} nodes done`;
  return [fault('controller', what, `cluster-controller ${roll.goal} takes it up where it was`)];
}

function rotationFindings(certificates: string): readonly Finding[] {
  const rotation = new RotationStore(certificates).unfinished();
  if (rotation === undefined) return [];
  const command = rotation.kind === 'ca' ? 'rotate-ca' : 'rotate';
  const what = `the exchange of certificates begun at ${rotation.begunAt} is not over`;
  return [fault('controller', what, `cluster-controller certs ${command}, or with --back-out`)];
}

function roomFindings(baseDirectory: string): readonly Finding[] {
  try {
    const { bavail, bsize } = statfsSync(baseDirectory);
    const free = bavail * bsize;
    if (free >= FREE_MIN) return [];
    const what = `${Math.floor(free / MIB)} MiB are free for the journal in ${baseDirectory}, ${FREE_MIN / MIB} are wanted`;
    return [fault('controller', what, 'make room there, or name another place with --base-dir')];
  } catch {
    return []; // It is made when the run begins.
  }
}
