import type { Capture } from './capture/judge-capture.ts';
import type { ProbeResult } from './probes/probe.ts';

/** What all of it comes to. Pure. */

/**
 * - `REQUIRED`: every link between nodes is encrypted, nothing speaks against it, and every port that was tried refuses
 *   whoever doesn't encrypt.
 * - `ENCRYPTED`: the same, but somebody may still come in clear.
 * - `NOT_PROVEN`: something speaks against it, or could not be found out.
 */
export type State = 'REQUIRED' | 'ENCRYPTED' | 'NOT_PROVEN';

export interface VerdictFacts {
  /** Links between nodes that are missing or not encrypted, a sentence each. */
  readonly linkFaults: readonly string[];
  /** Bytes in clear between nodes since then, and why that can't be known. */
  readonly meshClear: readonly string[];
  /** Clients' links that had bytes in clear since then. */
  readonly clientsClear: readonly string[];
  /** What is not encrypted, or not known, between a proxy and its servers. */
  readonly proxyClear: readonly string[];
  readonly probes: readonly ProbeResult[];
  readonly refusedCertificates: readonly string[];
  readonly capture: Capture;
  readonly since: string;
  readonly nodeCount: number;
  readonly linkCount: number;
}

export interface EvidenceVerdict {
  readonly state: State;
  readonly headline: string;
  /** What was shown, a sentence each. */
  readonly shown: readonly string[];
  /** What is still open: no fault, and no proof either. */
  readonly open: readonly string[];
  /** What speaks against it. */
  readonly faults: readonly string[];
}

export function verdictOf(facts: VerdictFacts): EvidenceVerdict {
  const faults = [
    ...facts.linkFaults,
    ...facts.meshClear,
    ...facts.refusedCertificates.map((fault) => `a certificate would be refused: ${fault}`),
    ...probeSentences(facts.probes.filter(({ verdict }) => verdict === 'unexpected')),
    ...facts.capture.faults,
  ];
  const letIn = facts.probes.filter(({ verdict }) => verdict === 'open');
  const untold = facts.probes.filter(({ verdict }) => verdict === 'unclear' || verdict === 'not made');
  const open = [
    ...facts.proxyClear,
    ...probeSentences(letIn),
    ...clientSentences(facts),
    ...probeSentences(untold),
    ...facts.capture.open,
  ];
  const inClear = letIn.length + facts.clientsClear.length + facts.proxyClear.length > 0;
  const state = faults.length > 0 ? 'NOT_PROVEN' : inClear ? 'ENCRYPTED' : requiredIf(facts);
  return { state, headline: headlines[state], shown: shownBy(facts), open, faults };
}

/** Nothing was let in: only where clear text was tried at every port, and refused, is that worth the word. */
function requiredIf({ probes }: VerdictFacts): State {
  const doors = Map.groupBy(probes, ({ node, port }) => `${node} ${port}`);
  const refuse = [...doors.values()].every((of) => {
    const plain = of.filter(({ probe }) => probe.startsWith('plain'));
    return plain.length > 0 && plain.every(({ verdict }) => verdict === 'refused');
  });
  return doors.size > 0 && refuse ? 'REQUIRED' : 'ENCRYPTED';
}

const headlines: Readonly<Record<State, string>> = {
  REQUIRED: 'Every link between the nodes is encrypted, and clear text is refused',
  ENCRYPTED: 'Every link between the nodes is encrypted; clear text is not refused everywhere',
  NOT_PROVEN: 'It is not proven that every link is encrypted',
};

function shownBy(facts: VerdictFacts): readonly string[] {
  const { nodeCount, linkFaults, meshClear, probes, capture, refusedCertificates } = facts;
  const pairs = nodeCount * (nodeCount - 1);
  const refused = probes.filter(({ verdict }) => verdict === 'refused').length;
  return [
    ...(linkFaults.length === 0
      ? [`${pairs} of ${pairs} links between ${nodeCount} nodes are encrypted, by the ledgers of both ends`]
      : []),
    ...(meshClear.length === 0
      ? [`no byte went in clear between nodes since ${facts.since}, on any of ${facts.linkCount} link ends`]
      : []),
    ...(refused > 0
      ? [`${refused} of ${probes.length} attempts to get in were refused as the settings demand`]
      : []),
    ...(refusedCertificates.length === 0 ? ['every certificate in use is one that the others accept'] : []),
    ...capture.shown,
  ];
}

/** Clients are many; each is in clear-text.json. */
function clientSentences({ clientsClear, since }: VerdictFacts): readonly string[] {
  const [first] = clientsClear;
  if (first === undefined) return [];
  return [`${clientsClear.length} links of clients had bytes in clear since ${since}; the first: ${first}`];
}

/** One sentence for all that came to the same. */
function probeSentences(probes: readonly ProbeResult[]): readonly string[] {
  const same = Map.groupBy(probes, ({ verdict, conclusion }) => `${verdict} ${conclusion}`);
  return [...same.values()].flatMap((of) => {
    const [first] = of;
    if (first === undefined) return [];
    const titles = [...new Set(of.map(({ title }) => title))].join(', ');
    const doors = [...new Set(of.map(({ node, port }) => `${node.split(' ')[0]} ${port}`))].join(', ');
    return [`${titles} (${doors}): ${first.conclusion}`];
  });
}
