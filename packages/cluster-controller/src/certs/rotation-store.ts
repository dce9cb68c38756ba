import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import {
  certificateBundle,
  certificateTexts,
  revocationBundle,
  writeAuthority,
  writeWhole,
} from '@sealane/transport-security';
import type { CompleteWallet, Member } from '../targets/target.ts';
import { certificatesIn, sha256Of } from './certificate-report.ts';
import type { Direction, Rotation, RotationSide, WantedWallet } from './rotation.ts';

/** One side of a rotation, whole: what is needed to go there, and to go back. */
export interface SideFiles {
  /** PEM, may be a bundle. */
  readonly ca: string;
  /** Undefined where the CA is somebody else's. */
  readonly caKey: string | undefined;
  readonly crl: string | undefined;
  readonly leaves: ReadonlyMap<Member, { readonly certificate: string; readonly key: string }>;
  /** Client certificates by the first part of their files' names. */
  readonly clients: ReadonlyMap<string, { readonly certificate: string; readonly key: string }>;
}

const PLAN = 'plan.json';
const PROXY_FOLDER = 'proxy ';

/**
 * The directory of a rotation: both sides' files and the plan. The plan is written last and is what makes the rotation
 * begun; as long as it is there the rotation isn't over. So it is the journal: everything else is seen in the cluster.
 */
export class RotationStore {
  /** For the CA and the clients' files; the rotation's own directory lies in it. */
  readonly #certificates: string;
  readonly #directory: string;

  constructor(certificatesDirectory: string) {
    this.#certificates = certificatesDirectory;
    this.#directory = join(certificatesDirectory, 'rotation');
  }

  get directory(): string {
    return this.#directory;
  }

  /** The rotation that isn't over yet; undefined when there is none. */
  unfinished(): Rotation | undefined {
    const file = join(this.#directory, PLAN);
    if (!existsSync(file)) return undefined;
    return JSON.parse(readFileSync(file, 'utf8')) as Rotation;
  }

  begin(kind: Rotation['kind'], begunAt: Date, sides: { old: SideFiles; new: SideFiles }): Rotation {
    rmSync(this.#directory, { recursive: true, force: true }); // What a run left that was killed before it began.
    this.#writeSide('old', sides.old);
    this.#writeSide('new', sides.new);
    const rotation: Rotation = {
      kind,
      direction: 'forward',
      begunAt: begunAt.toISOString(),
      old: fingerprintsOf(sides.old),
      new: fingerprintsOf(sides.new),
    };
    this.#writePlan(rotation);
    return rotation;
  }

  turn(rotation: Rotation, direction: Direction): Rotation {
    const turned = { ...rotation, direction };
    if (rotation.direction !== direction) this.#writePlan(turned);
    return turned;
  }

  /** The files that make up a wanted wallet. */
  wallet(member: Member, wanted: WantedWallet): CompleteWallet {
    const sides = [this.#readSide('old'), this.#readSide('new')];
    const leaf = sides
      .flatMap((side) => side.leaves.get(member) ?? [])
      .find(({ certificate }) => fingerprints(certificate)[0] === wanted.leaf);
    if (leaf === undefined) throw lost(this.#directory, `the certificate ${wanted.leaf} of ${member}`);
    const crl = revocationBundle(
      sides
        .filter((side) => fingerprints(side.ca).some((authority) => wanted.authorities.includes(authority)))
        .flatMap((side) => side.crl ?? []),
    );
    return { ...leaf, ca: this.authorities(wanted.authorities), crl: crl === '' ? undefined : crl };
  }

  /** PEM of these CAs, in this order. */
  authorities(wanted: readonly string[]): string {
    const known = [this.#readSide('old'), this.#readSide('new')].flatMap(({ ca }) => certificateTexts(ca));
    const texts = wanted.map((sha256) => known.find((text) => fingerprints(text)[0] === sha256));
    if (texts.includes(undefined)) throw lost(this.#directory, 'a CA');
    return certificateBundle(texts.flatMap((text) => text ?? []));
  }

  /** Where the clients' new certificates lie until the rotation is over, and where the old ones do. */
  clientDirectory(side: 'old' | 'new'): string {
    return join(this.#directory, side);
  }

  /** What local clients and the controller trust, as long as the rotation lasts. The CA that signs stays the first. */
  trustHere(authorities: readonly string[]): void {
    writeWhole(join(this.#certificates, 'ca.pem'), this.authorities(authorities), 0o644);
  }

  /** The last act: what the CA's own directory holds is the side that was reached; the rotation is put by. */
  finish(rotation: Rotation): string {
    if (rotation.kind === 'ca')
      this.#settle(this.#readSide(rotation.direction === 'forward' ? 'new' : 'old'));
    const past = join(this.#certificates, 'past', rotation.begunAt.replaceAll(':', ''));
    mkdirSync(join(this.#certificates, 'past'), { recursive: true, mode: 0o700 });
    rmSync(past, { recursive: true, force: true });
    renameSync(this.#directory, past);
    return past;
  }

  #settle(side: SideFiles): void {
    for (const [role, { certificate, key }] of side.clients) {
      writeWhole(join(this.#certificates, `${role}-key.pem`), key, 0o600);
      writeWhole(join(this.#certificates, `${role}-cert.pem`), certificate, 0o644);
    }
    if (side.crl !== undefined) writeWhole(join(this.#certificates, 'crl.pem'), side.crl, 0o644);
    if (side.caKey !== undefined) {
      writeAuthority(this.#certificates, { certificate: side.ca, key: side.caKey });
      return;
    }
    // A key beside would be that of a CA that is used no more; it stays among what is put by.
    rmSync(join(this.#certificates, 'ca-key.pem'), { force: true });
    writeWhole(join(this.#certificates, 'ca.pem'), side.ca, 0o644);
  }

  #writePlan(rotation: Rotation): void {
    writeWhole(join(this.#directory, PLAN), JSON.stringify(rotation, undefined, 2), 0o600);
  }

  #writeSide(name: 'old' | 'new', side: SideFiles): void {
    const directory = join(this.#directory, name);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const write = (file: string, text: string | undefined, mode: number): void => {
      if (text !== undefined) writeWhole(join(directory, file), text, mode);
    };
    write('ca.pem', side.ca, 0o644);
    write('ca-key.pem', side.caKey, 0o600);
    write('crl.pem', side.crl, 0o644);
    for (const [role, { certificate, key }] of side.clients) {
      write(`${role}-key.pem`, key, 0o600);
      write(`${role}-cert.pem`, certificate, 0o644);
    }
    for (const [member, { certificate, key }] of side.leaves) {
      mkdirSync(join(directory, folderOf(member)), { mode: 0o700 });
      write(join(folderOf(member), 'server-key.pem'), key, 0o600);
      write(join(folderOf(member), 'server-cert.pem'), certificate, 0o644);
    }
  }

  #readSide(name: 'old' | 'new'): SideFiles {
    const directory = join(this.#directory, name);
    const folders = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const leaves = folders.map(({ name: folder }) => [
      memberOfFolder(folder),
      readPair(join(directory, folder), 'server'),
    ]);
    return {
      ca: readFileSync(join(directory, 'ca.pem'), 'utf8'),
      caKey: readIfThere(join(directory, 'ca-key.pem')),
      crl: readIfThere(join(directory, 'crl.pem')),
      leaves: new Map(leaves as [Member, { certificate: string; key: string }][]),
      clients: readClients(directory),
    };
  }
}

/** Certificate and key pairs of clients in a directory, by the first part of their files' names. */
export function readClients(
  directory: string,
): ReadonlyMap<string, { readonly certificate: string; readonly key: string }> {
  if (!existsSync(directory)) return new Map();
  const roles = readdirSync(directory)
    .filter((file) => file.endsWith('-cert.pem'))
    .map((file) => file.slice(0, -'-cert.pem'.length))
    .filter((role) => role !== 'server' && existsSync(join(directory, `${role}-key.pem`)));
  return new Map(roles.map((role) => [role, readPair(directory, role)]));
}

function readPair(directory: string, role: string): { certificate: string; key: string } {
  return {
    certificate: readFileSync(join(directory, `${role}-cert.pem`), 'utf8'),
    key: readFileSync(join(directory, `${role}-key.pem`), 'utf8'),
  };
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function fingerprintsOf(side: SideFiles): RotationSide {
  const leaves = [...side.leaves].map(([member, { certificate }]) => [
    member,
    fingerprints(certificate)[0] ?? '',
  ]);
  const clients = [...side.clients.values()].flatMap(({ certificate }) =>
    fingerprints(certificate).slice(0, 1),
  );
  return { authorities: fingerprints(side.ca), leaves: Object.fromEntries(leaves), clients };
}

function fingerprints(pem: string): readonly string[] {
  return certificatesIn(pem).map(sha256Of);
}

/** `10.0.0.2:2882`, or a proxy's name, as the name of a folder on any file system. */
function folderOf(member: Member): string {
  return member.includes(':') ? member.replaceAll(':', '_') : `${PROXY_FOLDER}${member}`;
}

function memberOfFolder(folder: string): Member {
  if (folder.startsWith(PROXY_FOLDER)) return folder.slice(PROXY_FOLDER.length);
  return folder.replace(/_(\d+)$/, ':$1').replaceAll('_', ':');
}

function lost(directory: string, what: string): ObError {
  const message = `${directory} has lost ${what}; put it back from a backup, or install the wallets by hand and remove the directory`;
  return new ObError('OB_ERR_UNEXPECTED', [], { message });
}
