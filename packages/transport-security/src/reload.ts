/**
 * When the wallet is read again. OceanBase's rule: at start, and at every change of any parameter. Our own additions: ALTER
 * INSTANCE RELOAD TLS, and a change of the files. Pure; transport-security.ts carries it out.
 */
export interface ReloadState extends ReloadSettings {
  /** Fingerprint of the files at the last successful load; undefined when TLS is off. */
  readonly stamp: string | undefined;
}

/** What contexts are made with, beside the files. */
export interface ReloadSettings {
  /** sql_protocol_min_tls_version. */
  readonly minTlsVersion: string;
  /** _tls_profile; the default profile when left out. */
  readonly profile?: string;
}

export type ReloadDecision =
  /** OceanBase logs "no need reload_ssl_config". */
  | 'keep'
  | 'load'
  /** Forget contexts and stamp: "finish reload_ssl_config, close ssl". */
  | 'close';

/**
 * `start`: what OpenSSL can use at all is used, whatever is wrong with it: a node that is down can't be helped by SQL.
 * `change`: of a parameter, or files that have come to rest. `arriving`: files that change may be halfway. `statement`: ALTER
 * INSTANCE RELOAD TLS, whoever typed it waits for the verdict.
 */
export type ReloadOccasion = 'start' | 'change' | 'arriving' | 'statement';

export const NOTHING_LOADED: ReloadState = { stamp: undefined, minTlsVersion: 'none' };

export function decideReload(
  state: ReloadState,
  wanted: ReloadSettings & { readonly enabled: boolean; readonly stamp: string },
  occasion: ReloadOccasion = 'change',
): ReloadDecision {
  if (!wanted.enabled) return state.stamp === undefined ? 'keep' : 'close';
  const unchanged = state.stamp === wanted.stamp && sameSettings(state, wanted);
  return unchanged && occasion !== 'statement' ? 'keep' : 'load';
}

export function sameSettings(left: ReloadSettings, right: ReloadSettings): boolean {
  return left.minTlsVersion === right.minTlsVersion && left.profile === right.profile;
}
