/** What a capture of the wire says. */
export interface Capture {
  /** Null when there is none. */
  readonly source: string | null;
  readonly faults: readonly string[];
  readonly open: readonly string[];
  readonly shown: readonly string[];
}

export const noCapture: Capture = {
  source: null,
  faults: [],
  open: ['no capture of the wire was looked at'],
  shown: [],
};
