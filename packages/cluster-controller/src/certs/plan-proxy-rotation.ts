import type { Phase, Rotation, RotationDecision } from './rotation.ts';
import { sidesOf } from './rotation.ts';
import type { ProxyTls, RotationView } from './rotation-view.ts';
import { isLoaded, isOnDisk, wantedWallet } from './wanted-wallet.ts';

/** A proxy notices by itself that its wallet has changed. */
const LOAD_TIMEOUT_MS = 15_000;
/** Its sessions change their links between transactions. */
const LINKS_TIMEOUT_MS = 60_000;
const CERTAIN_READINGS = 3;

/** Proxies that were there when the rotation began; another one was made with a certificate of its own time. */
export function rotatedProxies(rotation: Rotation, view: RotationView): readonly ProxyTls[] {
  return view.proxies.filter(({ name }) => rotation.new.leaves[name] !== undefined);
}

/** Undefined when the proxy has what the phase wants: on disk, in use, and (for leaves) on its links to nodes. */
export function bringProxy(
  { name, tls }: ProxyTls,
  phase: Phase,
  { rotation, view }: { readonly rotation: Rotation; readonly view: RotationView },
): RotationDecision | undefined {
  const wallet = wantedWallet(name, phase, { rotation, view });
  if (!isOnDisk(view, name, wallet)) {
    const step = { kind: 'install', phase, server: name, wallet } as const;
    return { kind: 'step', step, readings: CERTAIN_READINGS };
  }
  if (tls?.enabled !== true) return undefined;
  if (!isLoaded(tls, phase, wallet)) {
    const why = tls.lastReloadResult === 'FAILED' ? ` (${tls.lastReloadReason ?? 'no reason given'})` : '';
    return {
      kind: 'wait',
      key: `load ${phase} ${name}`,
      for: `${name} to read its new wallet${why}`,
      timeoutMs: LOAD_TIMEOUT_MS,
      onTimeout: 'fail',
      backOut: name,
    };
  }
  if (phase !== 'leaves' || !showsOldLeaf(name, rotation, view)) return undefined;
  return {
    kind: 'wait',
    key: `links ${phase} ${name}`,
    for: `every link of ${name} to show its new certificate`,
    timeoutMs: LINKS_TIMEOUT_MS,
    onTimeout: 'fail',
  };
}

/** Like a node's: on disk, in use, and on every link that a node has from it. */
export function proxyLeafIsEverywhere(
  { name, tls }: ProxyTls,
  { rotation, view }: { readonly rotation: Rotation; readonly view: RotationView },
): boolean {
  const leaf = sidesOf(rotation).to.leaves[name];
  if (view.wallets.get(name)?.leaf !== leaf) return false;
  return tls?.enabled !== true || (tls.leaf === leaf && !showsOldLeaf(name, rotation, view));
}

/** A link that a node accepted from it before. */
function showsOldLeaf(name: string, rotation: Rotation, view: RotationView): boolean {
  const { from, to } = sidesOf(rotation);
  const old = from.leaves[name];
  if (old === to.leaves[name]) return false;
  return view.cluster.nodes.some((node) =>
    (node.answer?.links ?? []).some((link) => link.peerCertificate?.sha256 === old),
  );
}
