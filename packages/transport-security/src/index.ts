export {
  createAuthority,
  createRevocationList,
  issueCertificate,
  readRevocationList,
} from './authority.ts';
export { type CertificateFacts, certificateFacts, certificateNames, oneLineName } from './certificate.ts';
export type { AuthorityRequest, CertificateRequest, Issued } from './certificate-authority.ts';
export { createContexts, type SecureContexts } from './contexts.ts';
export {
  certificateFiles,
  issueNode,
  type MakeCertificatesOptions,
  makeCertificates,
  type NodeCertificate,
  readAuthority,
  writeAuthority,
  writeWallet,
  writeWhole,
} from './make-certificates.ts';
export { certificateBundle, certificateTexts } from './pem.ts';
export {
  type InboundDecision,
  inboundPolicy,
  invitesPair,
  type LinkEnds,
  type MeshParameters,
  type OutboundDecision,
  outboundPolicy,
} from './policy.ts';
export { decideReload, NOTHING_LOADED, type ReloadDecision, type ReloadState } from './reload.ts';
export type { RevocationList, RevocationListRequest, Revoked } from './revocation-list.ts';
export {
  type InboundOptions,
  type OutboundOptions,
  type SecuredStream,
  type SecureFacts,
  secureInbound,
  secureOutbound,
} from './secure.ts';
export { KEY_TYPES, type KeyType } from './signing-keys.ts';
export type { LastReload, LoadedFacts, TlsStatus } from './tls-status.ts';
export {
  type ReloadOutcome,
  type SecurityParameters,
  TransportSecurity,
  type TransportSecurityOptions,
} from './transport-security.ts';
export { loadWallet, type Wallet, type WalletRole, walletStamp } from './wallet.ts';
