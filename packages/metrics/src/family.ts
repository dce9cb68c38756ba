/** `svr_ip`, `kind`: names of labels with their values. Values are from small sets: each combination is a series. */
export type Labels = Readonly<Record<string, string | number>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** One series of a histogram. */
export interface HistogramSample {
  readonly labels: Labels;
  /** Upper ends, ascending, in the family's unit; the one at infinity is not among them. */
  readonly bounds: readonly number[];
  /** How many were in each bucket, not summed up; the last one is that at infinity. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** All series of one name. A name ends in its unit, that of a counter in `_total`. */
export type Family =
  | {
      readonly name: string;
      readonly help: string;
      readonly type: 'counter' | 'gauge';
      readonly samples: readonly Sample[];
    }
  | {
      readonly name: string;
      readonly help: string;
      readonly type: 'histogram';
      readonly samples: readonly HistogramSample[];
    };

/** A counter or gauge with its samples: figures that can't be told now are left out, not given as 0. */
export function counter(name: string, help: string, samples: readonly MaybeSample[]): Family {
  return { name, help, type: 'counter', samples: samples.filter(isKnown) };
}

export function gauge(name: string, help: string, samples: readonly MaybeSample[]): Family {
  return { name, help, type: 'gauge', samples: samples.filter(isKnown) };
}

export interface MaybeSample {
  readonly labels: Labels;
  readonly value: number | undefined;
}

function isKnown(sample: MaybeSample): sample is Sample {
  return sample.value !== undefined;
}
