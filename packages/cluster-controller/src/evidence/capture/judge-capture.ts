import type { OwnProbe } from '../../clear-text.ts';
import type { CapturedFlow, CaptureReading } from './read-capture.ts';

/** What a capture of the wire says. */
export interface Capture {
  /** Null when there is none. */
  readonly source: string | null;
  readonly faults: readonly string[];
  readonly open: readonly string[];
  readonly shown: readonly string[];
  /** One for each file and tap. */
  readonly details: readonly CaptureDetails[];
}

export interface CaptureDetails {
  readonly packets: number;
  /** ISO 8601. */
  readonly first_at: string | null;
  readonly last_at: string | null;
  /** SHA-256 of the file. */
  readonly sha256: string;
  readonly marker: string | null;
  readonly flows: readonly CapturedFlow[];
}

export const noCapture: Capture = {
  source: null,
  faults: [],
  open: ['no capture of the wire was looked at'],
  shown: [],
  details: [],
};

/** Connections that are kept one by one; of the others only the sums. */
const FLOWS_KEPT_MAX = 2_000;
const SENTENCES_MAX = 20;

export interface CaptureContext {
  readonly source: string;
  readonly sha256: string;
  readonly marker: string | undefined;
  /** Whether it was this program that sent it. */
  readonly sentNow: boolean;
  /** Attempts of this controller's own: what they sent in clear was sent to be refused. */
  readonly ownProbes: readonly OwnProbe[];
}

/** Clear text between nodes speaks against encryption; that of clients is for the settings to forbid. Pure. */
export function judgeCapture(reading: CaptureReading, context: CaptureContext): Capture {
  const { source, sha256, marker, sentNow } = context;
  const [firstAt = Infinity, lastAt = -Infinity] = [reading.firstAt, reading.lastAt];
  const own = new Set(
    context.ownProbes.flatMap(({ peerAddress, from, until }) =>
      until >= firstAt && from <= lastAt ? [peerAddress] : [],
    ),
  );
  const flows = reading.flows.filter(({ from }) => !own.has(from));
  const clear = flows.filter(hasClear);
  const strangers = clear.filter((flow) => flow.kind === 'RPC' && flow.answered.clear === 0);
  const faults = clear.filter((flow) => flow.kind === 'RPC' && flow.answered.clear > 0);
  const clients = clear.filter(({ kind }) => kind === 'SQL');
  return {
    source,
    faults: [...bounded(faults.map(clearSentence)), ...markerFaults(flows, marker)],
    open: [...coverage(flows, reading), ...bounded(clients.map(clearSentence))],
    shown: shownBy(flows, {
      strangers: strangers.length,
      own: reading.flows.length - flows.length,
      marker,
      sentNow,
    }),
    details: [
      {
        packets: reading.packets,
        first_at: time(reading.firstAt),
        last_at: time(reading.lastAt),
        sha256,
        marker: marker ?? null,
        flows: reading.flows.slice(0, FLOWS_KEPT_MAX),
      },
    ],
  };
}

function hasClear({ sent, answered }: CapturedFlow): boolean {
  return sent.clear + answered.clear > 0;
}

function clearSentence({ kind, from, to, sent, answered }: CapturedFlow): string {
  const what = sent.clearAs ?? answered.clearAs ?? 'bytes';
  return `the capture shows ${what} in clear, ${kind} ${from} to ${to}: ${sent.clear} bytes there and ${answered.clear} back`;
}

function markerFaults(flows: readonly CapturedFlow[], marker: string | undefined): readonly string[] {
  if (marker === undefined) return [];
  return flows
    .filter((flow) => flow.marker && flow.kind === 'RPC')
    .map(({ from, to }) => `the marker ${marker} went in clear between ${from} and ${to}`);
}

/** What the capture can't say. */
function coverage(flows: readonly CapturedFlow[], { overflow, packets }: CaptureReading): readonly string[] {
  const unread = flows.filter(
    ({ sent, answered }) => sent.unknown + answered.unknown > 0 && sent.encrypted + answered.encrypted === 0,
  );
  return [
    ...(packets === 0 ? ['the capture is empty'] : []),
    ...(packets > 0 && !flows.some(({ kind }) => kind === 'RPC')
      ? ['no link between nodes is in the capture']
      : []),
    ...(unread.length > 0
      ? [
          `${counted(unread.length, 'connection')} in the capture could not be read: the beginning is not in it`,
        ]
      : []),
    ...(overflow ? ['the capture has more connections than were looked at'] : []),
  ];
}

function shownBy(
  flows: readonly CapturedFlow[],
  {
    strangers,
    own,
    marker,
    sentNow,
  }: { strangers: number; own: number; marker: string | undefined; sentNow: boolean },
): readonly string[] {
  const kinds = (['RPC', 'SQL'] as const).flatMap((kind) => {
    const encrypted = flows.filter(
      (flow) => flow.kind === kind && !hasClear(flow) && flow.sent.encrypted + flow.answered.encrypted > 0,
    );
    if (encrypted.length === 0) return [];
    const bytes = encrypted.reduce((sum, { sent, answered }) => sum + sent.encrypted + answered.encrypted, 0);
    return [
      `the capture shows ${counted(encrypted.length, `${kind} connection`)} of TLS records only, ${bytes} bytes`,
    ];
  });
  const markerUnseen = marker !== undefined && flows.length > 0 && !flows.some((flow) => flow.marker);
  return [
    ...kinds,
    ...(markerUnseen
      ? [
          `the marker ${marker}${sentNow ? ", which was in every node's log and answers meanwhile," : ''} is nowhere in it`,
        ]
      : []),
    ...(strangers > 0
      ? [`${counted(strangers, 'stranger')} spoke to an RPC port in clear and were answered nothing`]
      : []),
    ...(own > 0
      ? [`${counted(own, 'connection')} in it came from this controller's own attempts to get in`]
      : []),
  ];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function bounded(sentences: readonly string[]): readonly string[] {
  const more = sentences.length - SENTENCES_MAX;
  return more > 0 ? [...sentences.slice(0, SENTENCES_MAX), `… and ${more} more, in capture.json`] : sentences;
}

function time(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
