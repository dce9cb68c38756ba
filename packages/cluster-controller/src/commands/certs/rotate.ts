import { join, resolve } from 'node:path';
import { ObError } from '@sealane/errors';
import type { KeyType } from '@sealane/transport-security';
import { executeRotation, look } from '../../certs/execute-rotation.ts';
import { type PrepareOptions, presentSide, renewedSide, replacedSide } from '../../certs/prepare.ts';
import type { Phase, Rotation } from '../../certs/rotation.ts';
import {
  clientsToReconnect,
  type RotationOutcome,
  rotationJson,
  rotationText,
} from '../../certs/rotation-report.ts';
import { takeLocalLease } from '../../lease/local-lease.ts';
import { withClusterLease } from '../../lease/with-lease.ts';
import { pathsUnder } from '../../targets/cluster-file.ts';
import { membersOf } from '../../targets/target.ts';
import { printJson, progressFor, type Surroundings } from '../surroundings.ts';
import { type CertsCluster, openCertsCluster } from './open.ts';

export interface RotateOptions {
  readonly from?: string;
  readonly authority?: string;
  readonly days?: number;
  readonly key?: KeyType;
  readonly keepKeys?: true;
  readonly crlUrl?: string;
  readonly until?: Phase;
  readonly force?: true;
  readonly backOut?: true;
}

/** Exchanges certificates of a running cluster: of its nodes (`leaf`), or the CA and all that it signed (`ca`). */
export async function rotateCerts(
  around: Surroundings,
  kind: Rotation['kind'],
  options: RotateOptions,
): Promise<number> {
  const startedAt = performance.now();
  const cluster = await openCertsCluster(around);
  const giveBack = takeLocalLease(pathsUnder(around.baseDirectory).lease);
  const progress = progressFor(around);
  const logger = around.openLog();
  const say = (text: string): void => {
    logger.info({ rotation: kind }, text);
    progress.say(text);
  };
  try {
    const rotation = await takeUp(cluster, kind, options, say);
    const until = options.until ?? 'drop';
    const { store, target, sql, proxyTls } = cluster;
    const force = options.force === true;
    const { taken } = await withClusterLease(cluster, commandOf(kind), (observe) =>
      executeRotation({
        ...{ rotation, until, force, store, target },
        ...{ sql, observe, proxyTls, say },
      }),
    );
    sql.close(); // This program's own connections are on the old certificates, too.
    const view = await look(cluster);
    const over = until === 'drop' || rotation.direction === 'back';
    const outcome: RotationOutcome = {
      rotation,
      until,
      taken,
      view,
      clients: await clientsToReconnect(sql, view.cluster),
      keptIn: over ? store.finish(rotation) : store.directory,
      over,
      elapsedMs: performance.now() - startedAt,
    };
    progress.close();
    if (around.options.json === true) printJson(around, rotationJson(outcome));
    else around.output.write(`${rotationText(outcome)}\n`);
    return 0;
  } finally {
    progress.close();
    cluster.sql.close();
    giveBack();
  }
}

/** An unfinished rotation is gone on with, in the direction that is asked for; otherwise a new one is prepared. */
async function takeUp(
  cluster: CertsCluster,
  kind: Rotation['kind'],
  options: RotateOptions,
  say: (text: string) => void,
): Promise<Rotation> {
  const { store, target, certificatesDirectory } = cluster;
  const direction = options.backOut === true ? 'back' : 'forward';
  const unfinished = store.unfinished();
  if (unfinished !== undefined) {
    if (unfinished.kind !== kind) throw otherUnfinished(unfinished);
    say(`the rotation begun at ${unfinished.begunAt} is taken up, ${direction}`);
    return store.turn(unfinished, direction);
  }
  if (direction === 'back') {
    throw new ObError('OB_OP_NOT_ALLOW', [], {
      message: 'no rotation is under way, so there is nothing to back out of',
    });
  }
  const prepare = prepareOptions(cluster, options);
  const present = await presentSide(target, certificatesDirectory);
  const old = kind === 'leaf' ? { ...present, caKey: undefined } : present;
  const next =
    kind === 'leaf' ? await renewedSide(target, old, prepare) : await replacedSide(target, old, prepare);
  const rotation = store.begin(kind, new Date(), { old, new: next });
  say(`${membersOf(target).length} new certificates lie ready in ${join(store.directory, 'new')}`);
  return rotation;
}

function prepareOptions(cluster: CertsCluster, options: RotateOptions): PrepareOptions {
  return {
    authorityDirectory: resolve(options.authority ?? cluster.certificatesDirectory),
    from: options.from === undefined ? undefined : resolve(options.from),
    days: options.days,
    keyType: options.key,
    keepKeys: options.keepKeys === true,
    crlUrl: options.crlUrl,
  };
}

function otherUnfinished({ kind, begunAt }: Rotation): ObError {
  const command = commandOf(kind);
  const message = `${command} of ${begunAt} is not over; finish it with ${command}, or back out with ${command} --back-out`;
  return new ObError('OB_OP_NOT_ALLOW', [], { message });
}

function commandOf(kind: Rotation['kind']): string {
  return kind === 'ca' ? 'certs rotate-ca' : 'certs rotate';
}
