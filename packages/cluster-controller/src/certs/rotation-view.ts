import { createPrivateKey, type X509Certificate } from 'node:crypto';
import type { ClusterView, LinkRow, NodeView, TlsRow } from '../cluster-view.ts';
import { nodeOf } from '../cluster-view.ts';
import type { Member, WalletFiles } from '../targets/target.ts';
import { certificatesIn, sha256Of } from './certificate-report.ts';

/** What was seen of the cluster's certificates at one moment. Plain data: plan-rotation.ts decides on nothing else. */
export interface RotationView {
  readonly cluster: ClusterView;
  readonly wallets: ReadonlyMap<Member, DiskWallet>;
  readonly proxies: readonly ProxyTls[];
  /** SHA-256 of the CAs that the controller and local clients trust; undefined where there is no such file. */
  readonly trustedHere: readonly string[] | undefined;
  readonly now: Date;
}

/** What a proxy says about its TLS; `tls` is undefined when it says nothing, and `silent` then says why. */
export interface ProxyTls {
  readonly name: string;
  readonly tls: TlsRow | undefined;
  readonly silent: string | undefined;
}

/** A wallet on disk, in fingerprints. */
export interface DiskWallet {
  readonly authorities: readonly string[];
  readonly leaf: string | undefined;
  /** False also when there is no key. */
  readonly keyFits: boolean;
}

export function diskWalletOf(files: WalletFiles): DiskWallet {
  const [leaf] = certificatesIn(files.certificate);
  return {
    authorities: certificatesIn(files.ca).map(sha256Of),
    leaf: leaf === undefined ? undefined : sha256Of(leaf),
    keyFits: leaf !== undefined && files.key !== undefined && keyFits(leaf, files.key),
  };
}

/** Live links between nodes with TLS, as the node sees them that holds this end. */
export function meshEnds(view: ClusterView, node: NodeView): readonly LinkRow[] {
  return (node.answer?.links ?? []).filter(
    (link) =>
      link.localCertificate !== undefined &&
      link.peerServer !== undefined &&
      nodeOf(view, link.peerServer) !== undefined,
  );
}

/** Live links of clients that were made with another certificate than the one that the node shows now. */
export function clientsOnOldCertificate(
  view: ClusterView,
): readonly { readonly node: NodeView; readonly link: LinkRow }[] {
  return view.nodes.flatMap((node) =>
    (node.answer?.links ?? [])
      .filter(
        (link) =>
          link.peerServer === undefined &&
          link.localCertificate !== undefined &&
          link.localCertificate.sha256 !== node.answer?.tls.leaf,
      )
      .map((link) => ({ node, link })),
  );
}

function keyFits(leaf: X509Certificate, key: string): boolean {
  try {
    return leaf.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
