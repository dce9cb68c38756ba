/** One thing that was looked at before anything changes. */
export interface Finding {
  /** A node's name, `observer-1 → observer-2`, a tool's name, or `cluster`. */
  readonly where: string;
  readonly what: string;
  readonly fits: boolean;
  /** What to do about it; on everything that doesn't fit. */
  readonly next?: string;
  /** Nothing that stops a run, but somebody should know. */
  readonly watch?: true;
  /** Set on a finding that may pass by itself: nodes are read one after the other while the log moves on. */
  readonly mayPass?: true;
}

export function good(where: string, what: string): Finding {
  return { where, what, fits: true };
}

export function fault(where: string, what: string, next: string): Finding {
  return { where, what, fits: false, next };
}

/** A fault that the next look may not see any more. */
export function passingFault(where: string, what: string, next: string): Finding {
  return { where, what, fits: false, next, mayPass: true };
}

export function watched(where: string, what: string, next: string): Finding {
  return { where, what, fits: true, next, watch: true };
}

/**
 * A sentence of transport-security, as a fault: it says what is wrong and, behind its last semicolon, what to do. Where there
 * is none, `next` holds.
 */
export function faultOfSentence(where: string, sentence: string, next: string): Finding {
  const at = sentence.lastIndexOf('; ');
  return at < 0 ? fault(where, sentence, next) : fault(where, sentence.slice(0, at), sentence.slice(at + 2));
}

/** One line for people: what is wrong, where, and what to do. */
export function describeFinding({ where, what, next }: Finding): string {
  return `${where}: ${what}${next === undefined ? '' : ` (${next})`}`;
}
