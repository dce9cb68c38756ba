import t from 'tap';
import { noCapture } from '../../src/evidence/capture/judge-capture.ts';
import type { ProbeResult, Verdict } from '../../src/evidence/probes/probe.ts';
import { timelineOf } from '../../src/evidence/timeline.ts';
import { type VerdictFacts, verdictOf } from '../../src/evidence/verdict.ts';
import type { JournalLine } from '../../src/journal.ts';
import type { RecordedRun } from '../../src/run-reader.ts';

const refusals = ['observer-1', 'observer-2'].flatMap((node) => [
  probe(node, 'RPC', 'plain', 'refused'),
  probe(node, 'SQL', 'plain@sys', 'refused'),
]);

t.test('encrypted, nothing against it, and clear text refused at every port: required', async (t) => {
  t.match(verdictOf(facts()), { state: 'REQUIRED', faults: [] });
});

t.test('whatever is against it makes it not proven, by name', async (t) => {
  for (const against of [
    { linkFaults: ['a to b is PLAIN'] },
    { meshClear: ['observer-2 does not answer'] },
    { refusedCertificates: ['observer-1: expired'] },
    { probes: [...refusals, probe('observer-1', 'RPC', 'expired', 'unexpected')] },
    { capture: { ...noCapture, source: 'x', faults: ['frames in clear'] } },
  ]) {
    const { state, faults } = verdictOf(facts(against));
    t.equal(state, 'NOT_PROVEN', JSON.stringify(against));
    t.equal(faults.length, 1);
  }
});

t.test('nobody is told that clear text is refused where it is not, or was not tried', async (t) => {
  for (const lacking of [
    { probes: [] },
    { probes: [...refusals, probe('observer-2', 'SQL', 'plain@test', 'open')] },
    { probes: [...refusals, probe('observer-2', 'SQL', 'plain@test', 'unclear')] },
    { probes: [...refusals, probe('obproxy', 'PROXY', 'any', 'not made')] },
    { probes: [...refusals, probe('obproxy', 'PROXY', 'wrong-ca', 'refused')] },
    { clientsClear: ['a client'] },
    { proxyClear: ['2 of 3 links of obproxy to its servers are in clear'] },
  ]) {
    const { state, faults } = verdictOf(facts(lacking));
    t.equal(state, 'ENCRYPTED', JSON.stringify(lacking));
    t.same(faults, []);
  }
});

t.test('what came to the same is one sentence, and what was not tried is never shown', async (t) => {
  const probes = ['observer-1', 'observer-2', 'observer-3'].map((node) =>
    probe(node, 'RPC', 'plain', 'open'),
  );
  const { open, shown } = verdictOf(facts({ probes }));
  t.same(
    open.filter((sentence) => sentence.includes('plain')),
    ['plain (observer-1 RPC, observer-2 RPC, observer-3 RPC): open'],
  );
  t.ok(open.includes('no capture of the wire was looked at'));
  t.notMatch(shown.join('\n'), /refused as the settings demand/);
});

const step = { kind: 'stop-server', server: '10.0.0.1:2882' } as const;
t.test('a timeline is the record, with what only the journal has, in order', async (t) => {
  const run: RecordedRun = {
    id: 'x',
    plan: {
      goal: 'encryption enable',
      started_at: at(0),
      resumes: false,
      ready: true,
      findings: [],
      ladder: [],
      plain_links: 6,
    },
    before: undefined,
    events: [
      { at: at(1), event: 'mesh', encrypted: 0, plain: 6, missing: 0 },
      { at: at(2), event: 'begin', step, text: 'STOP SERVER' },
      { at: at(3), event: 'end', step, text: 'STOP SERVER', ms: 40 },
    ],
    after: {
      ended_at: at(6),
      elapsed_ms: 6_000,
      steps: 1,
      outcome: 'done',
      reason: null,
      incomplete: null,
      status: null,
      ledgers: null,
    },
  };
  const journal: JournalLine[] = [
    { at: at(3), goal: 'encryption enable', event: 'end', step },
    {
      at: at(4),
      goal: 'encryption enable',
      event: 'end',
      step: { kind: 'start-server', server: '10.0.0.1:2882' },
    },
    { at: at(9), goal: 'restart', event: 'end', step: { kind: 'end-roll' } },
  ];
  t.same(
    timelineOf(run, journal).map(({ kind, text, from }) => `${kind} ${from} ${text}`),
    [
      'begin record encryption enable: the plan was made',
      'mesh record 0 links encrypted, 6 in clear',
      'step record STOP SERVER',
      'step journal start-server end',
      'end record done; 1 steps in 6.0 s',
    ],
  );
  t.equal(timelineOf(undefined, journal).length, 3, 'without a record the journal is all there is');
  t.match(
    timelineOf({ ...run, after: undefined }, []).at(-1),
    { kind: 'step' },
    'a run that was killed has no end',
  );
});

function facts(changes: Partial<VerdictFacts> = {}): VerdictFacts {
  return {
    ...{ linkFaults: [], meshClear: [], clientsClear: [], proxyClear: [], refusedCertificates: [] },
    ...{ probes: refusals, capture: noCapture, since: at(0), nodeCount: 3, linkCount: 12 },
    ...changes,
  };
}

function probe(node: string, port: ProbeResult['port'], name: string, verdict: Verdict): ProbeResult {
  return {
    ...{
      node: `${node} 10.0.0.1:2882`,
      port,
      address: '',
      probe: name,
      title: name,
      at: '',
      elapsed_ms: 0,
      from: null,
    },
    ...{ sent: '', sent_hex: null, node_says: null, verdict, conclusion: verdict },
    received: { outcome: 'UNCLEAR', how: 'nothing', text: '', hex: null },
    expected: { outcome: 'UNKNOWN', because: '' },
  };
}

function at(second: number): string {
  return `2026-05-01T10:00:0${second}.000Z`;
}
