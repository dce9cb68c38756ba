import type { Wallet } from '@sealane/transport-security';
import { certificatesIn, sha256Of } from '../certs/certificate-report.ts';
import { differencesFromLoaded } from '../certs/inspect.ts';
import { openWallet, problemsOfWallet } from '../wallet-check.ts';
import { type Finding, fault, faultOfSentence, good, passingFault, watched } from './finding.ts';
import { type Participant, participantsOf, type Survey } from './survey.ts';

const MAKE = 'cluster-controller certs make, or certs renew, makes one';
const RELOAD = 'ALTER INSTANCE RELOAD TLS on that node, and see V$OB_TLS_STATUS';

/**
 * Every wallet as its node would load it, by the node's own clock, and against what the node has loaded.
 *
 * @param strict  what would fail a handshake is a fault; otherwise only what would keep a node from starting
 */
export function walletFindings(
  surveyed: Survey,
  { strict }: { readonly strict: boolean },
): readonly Finding[] {
  const participants = participantsOf(surveyed);
  const found = participants.flatMap((each) => findingsOf(each, strict));
  return strict ? [...found, ...authorityFindings(participants)] : found;
}

function findingsOf(participant: Participant, strict: boolean): readonly Finding[] {
  const { name, address, files, now, loaded } = participant;
  if ('unread' in files) {
    const next = `let the user that runs ${name} read its files, and this program, too`;
    return [fault(name, `its wallet can't be read: ${files.unread}`, next)];
  }
  const wallet = openWallet(files, address, now);
  if ('unusable' in wallet) return [faultOfSentence(name, wallet.unusable, MAKE)];
  const problems = problemsOfWallet(wallet, now).map((sentence) => faultOfSentence(name, sentence, MAKE));
  const differences =
    loaded === undefined
      ? []
      : differencesFromLoaded(loaded, files).map((what) => passingFault(name, what, RELOAD));
  const faults = [...problems, ...differences];
  return [...(strict ? faults : faults.map(asWatched)), ...verdictOn(name, wallet, faults)];
}

function verdictOn(
  name: string,
  { facts, warnings }: Wallet,
  faults: readonly Finding[],
): readonly Finding[] {
  if (faults.length > 0) return [];
  const until = facts.expiresAt.toISOString();
  return [
    good(name, `wallet complete, certificate valid until ${until}`),
    ...warnings.map((sentence) => asWatched(faultOfSentence(name, sentence, MAKE))),
  ];
}

function asWatched({ where, what, next }: Finding): Finding {
  return watched(where, what, next ?? MAKE);
}

/** Who trusts other CAs than most do would not believe the others, or they it. */
function authorityFindings(participants: readonly Participant[]): readonly Finding[] {
  const known = participants.flatMap(({ name, files }) => {
    if ('unread' in files) return [];
    const authorities = certificatesIn(files.ca).map(sha256Of).toSorted();
    return authorities.length === 0 ? [] : [{ name, authorities, text: authorities.join(',') }];
  });
  const groups = Map.groupBy(known, ({ text }) => text);
  if (groups.size <= 1) return [];
  const most = [...groups.values()].toSorted((a, b) => b.length - a.length)[0] ?? [];
  const usual = most[0]?.authorities ?? [];
  return known
    .filter((node) => !most.includes(node))
    .map(({ name, authorities }) => authorityFinding(name, authorities, usual));
}

function authorityFinding(name: string, own: readonly string[], usual: readonly string[]): Finding {
  const lacking = usual.filter((authority) => !own.includes(authority));
  const next = 'the same ca.pem on every node (cluster-controller certs rotate-ca exchanges CAs)';
  if (lacking.length === 0) return watched(name, 'its ca.pem has more CAs than the others’', next);
  const shown = lacking.map((sha256) => `${sha256.slice(0, 16)}…`).join(', ');
  return fault(name, `its ca.pem is another one than the others’: it lacks the CA ${shown}`, next);
}
