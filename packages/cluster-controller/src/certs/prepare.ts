import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import {
  createAuthority,
  createRevocationList,
  type Issued,
  issueCertificate,
  issueNode,
  type KeyType,
  readAuthority,
  readCrlUrl,
} from '@sealane/transport-security';
import {
  type Member,
  membersOf,
  type NamedMember,
  type Target,
  type WalletFiles,
} from '../targets/target.ts';
import { checkWallet, fingerprintOf } from '../wallet-check.ts';
import { certificatesIn, sha256Of } from './certificate-report.ts';
import { WARN_BEFORE_DAYS } from './horizon.ts';
import { walletsOf } from './read-horizon.ts';
import { readClients, type SideFiles } from './rotation-store.ts';

export interface PrepareOptions {
  /** Where the CA's key lies. */
  readonly authorityDirectory: string;
  /** Ready-made files, laid out as `certs make` does; nothing is made then. */
  readonly from: string | undefined;
  readonly days: number | undefined;
  /** Of new keys; like the old key when not given. */
  readonly keyType: KeyType | undefined;
  /** Certify the nodes' keys again instead of making new ones. */
  readonly keepKeys: boolean;
  /** Where the CA's revocation list is published; where the old certificate says, when not given. */
  readonly crlUrl: string | undefined;
}

type Pair = { readonly certificate: string; readonly key: string };

const DAY_MS = 86_400_000;
const LEAF_DAYS = 365;
/** Until a revocation list must be replaced. Twice what the horizon warns before, else each new list would be one to warn of. */
export const LIST_DAYS = 2 * WARN_BEFORE_DAYS;

/**
 * What the cluster has now.
 *
 * @param certificatesDirectory  the controller's own, for the CA's key and the clients' files, where they are there
 */
export async function presentSide(target: Target, certificatesDirectory: string): Promise<SideFiles> {
  const wallets = await walletsOf(target);
  const incomplete = membersOf(target).filter(({ member }) => {
    const { ca, certificate, key } = wallets.get(member) ?? {};
    return ca === undefined || certificate === undefined || key === undefined;
  });
  if (incomplete.length > 0) {
    const names = incomplete.map(({ name }) => name).join(', ');
    throw refused([`the wallet of ${names} is not complete; fill it first (cluster-controller certs make)`]);
  }
  const authorities = new Set([...wallets.values()].map(({ ca }) => fingerprintOf(ca)));
  if (authorities.size > 1) {
    throw refused([
      'the wallets hold different CAs; put the same ca.pem into each first (certs inspect shows them)',
    ]);
  }
  const [first] = wallets.values();
  const leaves = [...wallets].map(([member, { certificate = '', key = '' }]): [Member, Pair] => [
    member,
    { certificate, key },
  ]);
  return {
    ca: first?.ca ?? '',
    caKey: readIfThere(join(certificatesDirectory, 'ca-key.pem')),
    crl: first?.crl,
    leaves: new Map(leaves),
    clients: readClients(certificatesDirectory),
  };
}

/** New leaves from the CA that the cluster has. */
export async function renewedSide(
  target: Target,
  old: SideFiles,
  options: PrepareOptions,
): Promise<SideFiles> {
  const given = options.from === undefined ? undefined : readLeaves(target, options.from);
  const leaves =
    given ?? (await newLeaves(target, old, signingAuthority(options.authorityDirectory, old), options));
  return checked(target, { ...old, leaves, clients: new Map() });
}

/** A new CA, and new leaves from it, for nodes and for the clients whose files lie beside the old CA. */
export async function replacedSide(
  target: Target,
  old: SideFiles,
  options: PrepareOptions,
): Promise<SideFiles> {
  const side =
    options.from === undefined ? await newSide(target, old, options) : readSide(target, options.from);
  if (fingerprintOf(side.ca) === fingerprintOf(old.ca)) {
    throw refused([
      'this is the CA that the cluster has already; certs rotate exchanges certificates of one CA',
    ]);
  }
  if (old.crl !== undefined && side.crl === undefined) {
    throw refused([
      'the wallets hold a crl.pem, so the new CA needs a list of its own, if only an empty one: put crl.pem beside its ca.pem',
    ]);
  }
  return checked(target, side);
}

async function newSide(target: Target, old: SideFiles, options: PrepareOptions): Promise<SideFiles> {
  const keyType = options.keyType ?? keyTypeOf(old.ca);
  // A name of its own: people, and programs that look for an issuer by name, should tell them apart.
  const commonName = `Sealane CA ${new Date().toISOString().slice(0, 19)}Z`;
  const authority = await createAuthority({ keyType, commonName });
  return {
    ca: authority.certificate,
    caKey: authority.key,
    crl: old.crl === undefined ? undefined : await emptyRevocationList(authority),
    leaves: await newLeaves(target, old, authority, options),
    clients: await newClients(old, authority, options),
  };
}

async function newLeaves(
  target: Target,
  old: SideFiles,
  authority: Issued,
  options: PrepareOptions,
): Promise<ReadonlyMap<string, Pair>> {
  const leaves = new Map<string, Pair>();
  for (const each of membersOf(target)) {
    const present = old.leaves.get(each.member);
    if (present !== undefined) leaves.set(each.member, await renewLeaf(authority, present, each, options));
  }
  return leaves;
}

/** Names what the old one names: whoever could check it can check the new one. */
export async function renewLeaf(
  authority: Issued,
  present: Pair,
  { name, identity }: Pick<NamedMember, 'name' | 'identity'>,
  options: Pick<PrepareOptions, 'days' | 'keyType' | 'keepKeys' | 'crlUrl'>,
): Promise<Pair> {
  const [certificate] = certificatesIn(present.certificate);
  const names = (certificate?.subjectAltName ?? '')
    .split(', ')
    .flatMap((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? []);
  const addresses = names.length === 0 ? {} : { addresses: names };
  return issueNode(
    authority,
    { name: commonNameOf(present.certificate) ?? name, ip: identity, ...addresses },
    {
      days: daysWithin(authority, options.days),
      ...(options.keepKeys
        ? { key: present.key }
        : { keyType: options.keyType ?? keyTypeOf(present.certificate) }),
      ...(await crlUrlFor(present, options)),
    },
  );
}

async function newClients(
  old: SideFiles,
  authority: Issued,
  options: PrepareOptions,
): Promise<ReadonlyMap<string, Pair>> {
  const clients = new Map<string, Pair>();
  for (const [role, present] of old.clients) {
    const issued = await issueCertificate(authority, {
      commonName: commonNameOf(present.certificate) ?? role,
      addresses: [],
      use: ['client'],
      keyType: options.keyType ?? keyTypeOf(present.certificate),
      days: daysWithin(authority, options.days),
      ...(await crlUrlFor(present, options)),
    });
    clients.set(role, issued);
  }
  return clients;
}

async function crlUrlFor(
  { certificate }: Pair,
  { crlUrl }: Pick<PrepareOptions, 'crlUrl'>,
): Promise<{ readonly crlUrl?: string }> {
  const url = crlUrl ?? (await readCrlUrl(certificate));
  return url === undefined ? {} : { crlUrl: url };
}

/** @throws ObError OB_INVALID_CONFIG when there is none, OB_OP_NOT_ALLOW when the nodes don't trust it */
export function signingAuthority(directory: string, present: Pick<SideFiles, 'ca'>): Issued {
  const authority = readAuthority(directory);
  if (authority === undefined) {
    const message = `${directory} has no ca.pem and ca-key.pem to sign with; name their directory with --authority, or bring ready-made files with --from`;
    throw new ObError('OB_INVALID_CONFIG', [], { message });
  }
  const trusted = certificatesIn(present.ca).map(sha256Of);
  const [signer] = certificatesIn(authority.certificate).map(sha256Of);
  if (signer === undefined || !trusted.includes(signer)) {
    throw refused([
      `the CA in ${directory} is not one that the nodes trust; certs rotate-ca exchanges the CA`,
    ]);
  }
  return authority;
}

export function emptyRevocationList(authority: Issued): Promise<string> {
  const thisUpdate = new Date();
  const nextUpdate = new Date(thisUpdate.getTime() + LIST_DAYS * DAY_MS);
  return createRevocationList(authority, { number: 1n, revoked: [], thisUpdate, nextUpdate });
}

/** A leaf must not outlive its CA: the last that is known of its end would be wrong. */
function daysWithin(authority: Issued, days = LEAF_DAYS): number {
  const [ca] = certificatesIn(authority.certificate);
  const left = ca === undefined ? days : (ca.validToDate.getTime() - Date.now()) / DAY_MS;
  if (left < 1) throw refused([`the CA expires on ${ca?.validTo}; certs rotate-ca first`]);
  return Math.min(days, left);
}

function readSide(target: Target, directory: string): SideFiles {
  const ca = readIfThere(join(directory, 'ca.pem'));
  if (ca === undefined)
    throw new ObError('OB_INVALID_CONFIG', [], { message: `${directory}/ca.pem is missing` });
  return {
    ca,
    caKey: readIfThere(join(directory, 'ca-key.pem')),
    crl: readIfThere(join(directory, 'crl.pem')),
    leaves: readLeaves(target, directory),
    clients: readClients(directory),
  };
}

function readLeaves(target: Target, directory: string): ReadonlyMap<string, Pair> {
  return new Map(
    membersOf(target).map(({ name, member }) => {
      const wallet = join(directory, name, 'wallet');
      const certificate = readIfThere(join(wallet, 'server-cert.pem'));
      const key = readIfThere(join(wallet, 'server-key.pem'));
      if (certificate !== undefined && key !== undefined) return [member, { certificate, key }];
      const message = `${wallet} lacks server-cert.pem or server-key.pem for ${name === member ? name : `${name} ${member}`}`;
      throw new ObError('OB_INVALID_CONFIG', [], { message });
    }),
  );
}

/** Before the first file is exchanged each new wallet is read as its node and its peers will. */
function checked(target: Target, side: SideFiles): SideFiles {
  const faults = membersOf(target).flatMap(({ name, member, identity }) => {
    const leaf = side.leaves.get(member);
    const files: WalletFiles = { ca: side.ca, certificate: leaf?.certificate, key: leaf?.key, crl: side.crl };
    return checkWallet(files, identity, new Date()).map((fault) => `${name}: ${fault}`);
  });
  if (faults.length > 0) throw refused(['the new certificates would not do:', ...faults]);
  return side;
}

function keyTypeOf(pem: string): KeyType {
  return certificatesIn(pem)[0]?.publicKey.asymmetricKeyType === 'rsa' ? 'rsa' : 'ecdsa';
}

function commonNameOf(pem: string): string | undefined {
  return /^CN=(.+)$/m.exec(certificatesIn(pem)[0]?.subject ?? '')?.[1];
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function refused(reasons: readonly string[]): ObError {
  return new ObError('OB_OP_NOT_ALLOW', [], { message: reasons.join('\n'), details: { reasons } });
}
