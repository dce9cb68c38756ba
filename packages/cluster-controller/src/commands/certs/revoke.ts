import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import {
  createRevocationList,
  parseCrl,
  type RevocationList,
  readRevocationList,
  revocationBundle,
  writeWhole,
} from '@sealane/transport-security';
import { certificatesIn } from '../../certs/certificate-report.ts';
import { distributeList } from '../../certs/distribute-list.ts';
import { LIST_DAYS, presentSide, signingAuthority } from '../../certs/prepare.ts';
import { walletsOf } from '../../certs/read-horizon.ts';
import { listTexts } from '../../certs/revocations.ts';
import { nodesInUse, serialsIn } from '../../certs/revoke.ts';
import { takeLocalLease } from '../../lease/local-lease.ts';
import { pathsUnder } from '../../targets/cluster-file.ts';
import { printJson, type Surroundings } from '../surroundings.ts';
import { type CertsCluster, openCertsCluster } from './open.ts';

export interface RevokeOptions {
  readonly authority?: string;
  /** Until the next list is due. */
  readonly days?: number;
}

const DAY_MS = 86_400_000;
const LOAD_TIMEOUT_MS = 15_000;
const READING_INTERVAL_MS = 100;

/**
 * Makes the CA's revocation list, or a longer one, puts it into every wallet and sees that every node has loaded it.
 *
 * @param what  certificate files or serial numbers; none: the list that there is, with a new term
 */
export async function revokeCerts(
  around: Surroundings,
  what: readonly string[],
  options: RevokeOptions,
): Promise<number> {
  const cluster = await openCertsCluster(around);
  const giveBack = takeLocalLease(pathsUnder(around.baseDirectory).lease);
  try {
    if (cluster.store.unfinished() !== undefined) {
      throw refused('a rotation is under way, and wallets change with it; finish it or back out first');
    }
    const serials = what.flatMap(serialsOf);
    const wallets = await walletsOf(cluster.target);
    const inUse = nodesInUse(new Set(serials), wallets);
    if (inUse.length > 0) {
      throw refused(
        `${inUse.join(', ')} use what is to be revoked; certs rotate first, then revoke the old one`,
      );
    }
    const { text, list } = await nextList(cluster, serials, options);
    writeWhole(join(cluster.certificatesDirectory, 'crl.pem'), text, 0o644);
    const { target, sql } = cluster;
    const logger = around.openLog();
    await distributeList(text, { target, sql, wallets, say: (said) => logger.info({ revoke: true }, said) });
    const missing = await waitUntilLoaded(cluster, list.number);
    report(around, list, { holders: wallets.size - missing.length, missing });
    return 0;
  } finally {
    cluster.sql.close();
    giveBack();
  }
}

async function nextList(
  cluster: CertsCluster,
  serials: readonly string[],
  options: RevokeOptions,
): Promise<{ text: string; list: Pick<RevocationList, 'number' | 'revoked' | 'nextUpdate'> }> {
  const present = await presentSide(cluster.target, cluster.certificatesDirectory);
  const authority = signingAuthority(resolve(options.authority ?? cluster.certificatesDirectory), present);
  const [signer] = certificatesIn(authority.certificate);
  const lists = listTexts(present.crl);
  const own = lists.find((text) => signer !== undefined && parseCrl(text).signedBy(signer));
  const last = own === undefined ? undefined : await readRevocationList(own);
  const thisUpdate = new Date(Math.floor(Date.now() / 1000) * 1000);
  const known = last?.revoked ?? [];
  const added = [...new Set(serials)].filter((serial) => !known.some((each) => each.serialNumber === serial));
  const list = {
    number: (last?.number ?? 0n) + 1n,
    revoked: [...known, ...added.map((serialNumber) => ({ serialNumber, revokedAt: thisUpdate }))],
    thisUpdate,
    nextUpdate: new Date(thisUpdate.getTime() + (options.days ?? LIST_DAYS) * DAY_MS),
  };
  // Lists of other CAs that the wallets trust stay: without them OpenSSL refuses all that those signed.
  const text = await createRevocationList(authority, list);
  return { text: revocationBundle([text, ...lists.filter((each) => each !== own)]), list };
}

/**
 * By each one's own word.
 *
 * @returns names of nodes and proxies that will read the list later: when they start, or when their TLS is turned on
 */
async function waitUntilLoaded(cluster: CertsCluster, number: bigint): Promise<readonly string[]> {
  const deadline = performance.now() + LOAD_TIMEOUT_MS;
  for (;;) {
    const holders = await listHolders(cluster);
    const late = holders.filter(({ later, crlNumber }) => !later && !hasList(crlNumber, number));
    if (late.length === 0) return holders.filter(({ later }) => later).map(({ name }) => name);
    if (performance.now() > deadline) {
      const names = late.map(({ name, why }) => `${name} (${why})`);
      const message = `after ${LOAD_TIMEOUT_MS / 1000} s crl.pem number ${number} is not in use on ${names.join(', ')}; it lies in every wallet: mend what is named, then ALTER INSTANCE RELOAD TLS there`;
      throw new ObError('OB_TIMEOUT', [], { message });
    }
    await delay(READING_INTERVAL_MS);
  }
}

/** A node or a proxy, and which list it checks by. */
interface ListHolder {
  readonly name: string;
  /** It reads the list when it is started or its TLS is turned on. */
  readonly later: boolean;
  readonly crlNumber: string | null | undefined;
  readonly why: string;
}

async function listHolders({ observe, proxyTls }: CertsCluster): Promise<readonly ListHolder[]> {
  const [{ nodes }, proxies] = await Promise.all([observe(), proxyTls()]);
  return [
    ...nodes.map(({ name, process, answer, unreachable }) => ({
      name,
      later: !process.running || answer?.tls.enabled === false,
      crlNumber: answer?.tls.crlNumber,
      why: unreachable ?? answer?.tls.lastReloadReason ?? '',
    })),
    ...proxies.map(({ name, tls }) => ({
      name,
      later: tls?.enabled !== true,
      crlNumber: tls?.crlNumber,
      why: tls?.lastReloadReason ?? '',
    })),
  ];
}

/** A wallet may hold lists of several CAs: their numbers stand side by side. */
function hasList(crlNumber: string | null | undefined, number: bigint): boolean {
  return (crlNumber ?? '').split(',').some((each) => each.trim() === String(number));
}

function serialsOf(what: string): readonly string[] {
  const text = existsSync(what) ? readFileSync(what, 'utf8') : what;
  const serials = serialsIn(text);
  if (serials !== undefined) return serials;
  throw new ObError('OB_INVALID_CONFIG', [], {
    message: `${what} is neither a certificate file nor a serial number`,
  });
}

function report(
  around: Surroundings,
  { number, revoked, nextUpdate }: Pick<RevocationList, 'number' | 'revoked' | 'nextUpdate'>,
  { holders, missing }: { readonly holders: number; readonly missing: readonly string[] },
): void {
  if (around.options.json === true) {
    printJson(around, {
      done: true,
      crl_number: Number(number),
      revoked: revoked.map(({ serialNumber, revokedAt }) => ({
        serial: serialNumber,
        at: revokedAt.toISOString(),
      })),
      next_update: nextUpdate?.toISOString() ?? null,
      not_loaded_on: missing,
    });
    return;
  }
  const later =
    missing.length === 0
      ? ''
      : `${missing.join(', ')}: the list lies in the wallet, and is read when it is started or its TLS turned on\n`;
  around.output.write(
    `crl.pem number ${number} with ${revoked.length} certificates is in use in ${holders} processes; a new one is due before ${nextUpdate?.toISOString()} (certs revoke without a name)\n${later}`,
  );
}

function refused(message: string): ObError {
  return new ObError('OB_OP_NOT_ALLOW', [], { message });
}
