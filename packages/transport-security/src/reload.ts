/**
 * When the wallet is read again. OceanBase's rule: at start, and at every change of any parameter;
 * never by timer or file watch. Pure; transport-security.ts carries it out.
 */
export interface ReloadState {
  /** Fingerprint of the files' modification times at the last successful load; undefined when TLS is off. */
  readonly stamp: string | undefined;
  /** sql_protocol_min_tls_version that the contexts were made with. */
  readonly minTlsVersion: string;
}

export type ReloadDecision =
  /** OceanBase logs "no need reload_ssl_config". */
  | 'keep'
  | 'load'
  /** Forget contexts and stamp: "finish reload_ssl_config, close ssl". */
  | 'close';

export const NOTHING_LOADED: ReloadState = { stamp: undefined, minTlsVersion: 'none' };

export function decideReload(
  state: ReloadState,
  wanted: { readonly enabled: boolean; readonly stamp: string; readonly minTlsVersion: string },
): ReloadDecision {
  if (!wanted.enabled) return state.stamp === undefined ? 'keep' : 'close';
  const unchanged = state.stamp === wanted.stamp && state.minTlsVersion === wanted.minTlsVersion;
  return unchanged ? 'keep' : 'load';
}
