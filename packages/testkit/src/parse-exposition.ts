/** One line of a text of metrics. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly ParsedSample[];
}

/**
 * Reads Prometheus' text format 0.0.4, stricter than Prometheus: each family has HELP, then TYPE, then its samples, all in
 * one place; no series twice; a counter ends in `_total` and isn't negative; a histogram's buckets add up.
 *
 * @throws Error naming the line that breaks a rule
 */
export function parseExposition(text: string): ReadonlyMap<string, ParsedFamily> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Draft>();
  const series = new Set<string>();
  let current: Draft | undefined;
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    const refuse = (why: string): never => {
      throw new Error(`line ${index + 1}, ${JSON.stringify(line)}: ${why}`);
    };
    if (line.startsWith('# HELP ')) {
      current = readHelp(line, refuse);
      if (families.has(current.name)) refuse('its family was told before');
      families.set(current.name, current);
    } else if (line.startsWith('# TYPE ')) {
      readType(line, current, refuse);
    } else {
      const sample = readSample(line, refuse);
      if (current?.type === undefined) return refuse('a sample before its TYPE');
      if (familyOf(sample.name, current) !== current.name) refuse(`not of the family ${current.name}`);
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
      if (series.has(key)) refuse('this series was told before');
      series.add(key);
      current.samples.push(sample);
    }
  }
  return new Map([...families].map(([name, draft]) => [name, checked(draft)]));
}

/** The value of the series with (at least) these labels; undefined when there is none. @throws Error when there are two */
export function sampleOf(
  families: ReadonlyMap<string, ParsedFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const family = [...families.values()].find(({ samples }) => samples.some((sample) => sample.name === name));
  const fitting = (family?.samples ?? []).filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  if (fitting.length > 1) throw new Error(`${name}${JSON.stringify(labels)} is ${fitting.length} series`);
  return fitting[0]?.value;
}

interface Draft {
  readonly name: string;
  readonly help: string;
  type: ParsedFamily['type'] | undefined;
  readonly samples: ParsedSample[];
}

type Refuse = (why: string) => never;

const namePattern = '[a-zA-Z_:][a-zA-Z0-9_:]*';

function readHelp(line: string, refuse: Refuse): Draft {
  const [, name, help] = new RegExp(`^# HELP (${namePattern}) (.+)$`).exec(line) ?? refuse('no HELP line');
  if (!/^(?:[^\\]|\\[\\n])*$/.test(help ?? '')) refuse('an escape that there is not');
  return { name: name ?? '', help: help ?? '', type: undefined, samples: [] };
}

function readType(line: string, family: Draft | undefined, refuse: Refuse): void {
  const [, name, type] =
    new RegExp(`^# TYPE (${namePattern}) (counter|gauge|histogram)$`).exec(line) ?? refuse('no TYPE line');
  if (family?.name !== name || family?.type !== undefined) refuse('TYPE comes once, right behind HELP');
  if (family !== undefined) family.type = type as ParsedFamily['type'];
}

function readSample(line: string, refuse: Refuse): ParsedSample {
  const [, name, , labels, value] =
    new RegExp(`^(${namePattern})(\\{(.*)\\})? (\\S+)$`).exec(line) ?? refuse('no sample');
  const number = /^[+-]Inf$/.test(value ?? '')
    ? Number(`${value}inity`)
    : Number(/^[-+0-9.eE]+$/.test(value ?? '') ? value : Number.NaN);
  if (Number.isNaN(number) && value !== 'NaN') refuse('no number');
  return { name: name ?? '', labels: labels === undefined ? {} : readLabels(labels, refuse), value: number };
}

function readLabels(text: string, refuse: Refuse): Record<string, string> {
  const labels: Record<string, string> = {};
  const pair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
  while (pair.lastIndex < text.length) {
    const [, name = '', value = ''] = pair.exec(text) ?? refuse('labels that can not be read');
    if (name in labels) refuse(`label ${name} twice`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, each: string) => (each === 'n' ? '\n' : each));
  }
  return labels;
}

function familyOf(sample: string, { type, name }: Draft): string {
  if (type !== 'histogram') return sample;
  return ['_bucket', '_sum', '_count'].some((ending) => sample === `${name}${ending}`) ? name : sample;
}

function checked({ name, help, type, samples }: Draft): ParsedFamily {
  if (type === undefined) throw new Error(`${name} has no TYPE`);
  if (type === 'counter') {
    if (!name.endsWith('_total')) throw new Error(`the counter ${name} doesn't end in _total`);
    for (const { value } of samples) if (!(value >= 0)) throw new Error(`the counter ${name} is ${value}`);
  }
  if (type === 'histogram') checkHistogram(name, samples);
  return { name, help, type, samples };
}

/** Each series' buckets ascend, count up, and end at infinity with the count. */
function checkHistogram(name: string, samples: readonly ParsedSample[]): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _, ...rest } }) => JSON.stringify(rest));
  for (const [labels, group] of groups) {
    const of = (ending: string) => group.filter((sample) => sample.name === `${name}${ending}`);
    const buckets = of('_bucket').map((sample) => [
      Number(sample.labels['le']?.replace('Inf', 'Infinity')),
      sample.value,
    ]);
    const ascends = buckets.every(
      ([le = Number.NaN, count = Number.NaN], at) =>
        at === 0 || (le > Number(buckets[at - 1]?.[0]) && count >= Number(buckets[at - 1]?.[1])),
    );
    const [lastLe, lastCount] = buckets.at(-1) ?? [];
    const whole =
      of('_sum').length === 1 && of('_count').length === 1 && of('_count')[0]?.value === lastCount;
    if (!ascends || lastLe !== Infinity || !whole)
      throw new Error(`the histogram ${name}${labels} doesn't add up`);
  }
}
