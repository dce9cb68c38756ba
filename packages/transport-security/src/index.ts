export type { Authenticated } from './authenticate.ts';
export {
  createAuthority,
  createRevocationList,
  issueCertificate,
  readCrlUrl,
  readRevocationList,
} from './authority.ts';
export { type CertificateFacts, certificateFacts, certificateNames, oneLineName } from './certificate.ts';
export type { AuthorityRequest, CertificateRequest, Issued } from './certificate-authority.ts';
export { type ContextSettings, createContexts, SESSION_TIMEOUT_S, type SecureContexts } from './contexts.ts';
export { type Crl, parseCrl, serialNumber } from './crl.ts';
export type { HandshakeCount, HandshakeResult } from './handshake-counts.ts';
export { type LedgerRow, linkColumns, linkSummaryColumns } from './ledger/ledger-row.ts';
export {
  type JudgeMode,
  type LedgerCertificate,
  type LinkFacts,
  type LinkHandle,
  type LinkKind,
  LinkLedger,
  type LinkLedgerOptions,
  type LinkSecurity,
  type LinkSnapshot,
  mergeLinkRows,
} from './ledger/link-ledger.ts';
export type { ByteCounter, LinkTraffic } from './ledger/link-traffic.ts';
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
export { certificateBundle, certificateTexts, revocationBundle, revocationTexts } from './pem.ts';
export {
  type AcceptDecision,
  type DialDecision,
  type LinkEnds,
  type LinkMode,
  type MeshDecision,
  type MeshParameters,
  meshPolicy,
  refusedMode,
  wrongMode,
} from './policy.ts';
export {
  type RehearsalEnd,
  type RehearsedHandshake,
  rehearseHandshake,
} from './rehearsal.ts';
export type { ReloadOccasion } from './reload.ts';
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
export {
  type TlsOptions,
  type TlsProfile,
  tlsOptions,
  tlsProfile,
  tlsVersions,
} from './tls-profile.ts';
export type { LastReload, LoadedFacts, TlsStatus } from './tls-status.ts';
export {
  type ReloadOutcome,
  type SecurityParameters,
  TransportSecurity,
  type TransportSecurityOptions,
} from './transport-security.ts';
export {
  loadWallet,
  parseWallet,
  type Wallet,
  type WalletParts,
  type WalletUse,
  walletOf,
} from './wallet.ts';
export { checkWallet, type WalletFindings } from './wallet-check.ts';
export type { WalletFiles, WalletPaths, WalletRole } from './wallet-files.ts';
export { WalletWatch, type WalletWatchOptions } from './wallet-watch.ts';
