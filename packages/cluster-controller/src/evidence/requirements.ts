import type { Evidence } from './gather.ts';

/**
 * Which evidence of a bundle answers which requirement of PCI DSS v4.0.1. Numbers are the standard's; what they ask for is said in our
 * own words, and the standard's text is what counts.
 */
export interface Requirement {
  readonly id: string;
  readonly asks: string;
  readonly points: readonly RequirementPoint[];
  /** What no bundle can show. */
  readonly leftToYou: string;
}

export interface RequirementPoint {
  readonly asks: string;
  /** Files of the bundle, with the fields that matter. */
  readonly evidence: readonly string[];
  /** What they say this time. */
  readonly says: string;
}

export function requirementsFor(evidence: Evidence): readonly Requirement[] {
  return [strongCryptography(evidence), inventoryOfKeys(evidence), inventoryOfSuites(evidence)];
}

function strongCryptography({ probes, certificates, clearText, suites, verdict }: Evidence): Requirement {
  // Logins in clear are named after their tenant.
  const of = (...names: readonly string[]) =>
    probes.probes.filter(({ probe }) => names.includes(probe.replace(/@.*$/, '')));
  const encrypted = suites.filter(({ mode, live }) => mode === 'ENCRYPTED' && live > 0);
  return {
    id: '4.2.1',
    asks: 'Card data that crosses open, public networks is protected by strong cryptography.',
    points: [
      {
        asks: 'Only keys and certificates that are trusted are accepted.',
        evidence: [
          'probes.json: probe = wrong-ca, no-certificate',
          'certificates.json: certificates[].chain',
        ],
        says: tally(of('wrong-ca', 'no-certificate')),
      },
      {
        asks: 'Certificates are valid: not expired, not revoked.',
        evidence: ['probes.json: probe = expired, revoked', 'certificates.json: refused, horizon[].at'],
        says: `${tally(of('expired', 'revoked'))}; ${certificates.refused.length} certificates in use would be refused`,
      },
      {
        asks: 'Only secure versions and configurations are spoken, with no way back to weaker ones.',
        evidence: [
          'probes.json: probe = tls-1.0, tls-1.1, tls-1.2, plain, plain@TENANT, authenticate-only',
          'clear-text.json: mesh.offenders, clients.offenders',
          'ledger-now.json: MODE, CLEAR_BYTES_IN, CLEAR_BYTES_OUT',
        ],
        says: `${tally(of('tls-1.0', 'tls-1.1', 'tls-1.2', 'plain', 'authenticate-only'))}; ${
          clearText.mesh.offenders.length
        } links between nodes and ${clearText.clients.offenders.length} of clients had bytes in clear`,
      },
      {
        asks: 'The strength of encryption fits the method that is used.',
        evidence: [
          'ciphers.json: in_use[].protocol, cipher, key_exchange',
          'certificates.json: certificates[].key',
        ],
        says: encrypted.length === 0 ? 'no encrypted link is open' : suiteNames(encrypted),
      },
    ],
    leftToYou: `Which of these links carry card data, and over which networks. ${verdict.open.length} points are open, see summary.json: verdict.open.`,
  };
}

function inventoryOfKeys({ certificates }: Evidence): Requirement {
  const first = certificates.horizon[0];
  const leaves = certificates.certificates.filter(({ authority }) => !authority);
  return {
    id: '4.2.1.1',
    asks: 'There is an inventory of the trusted keys and certificates that protect card data in transit.',
    points: [
      {
        asks: 'The inventory is complete and kept up to date.',
        evidence: [
          'certificates.json: certificates[].subject, issuer, key, serial, sha256, not_before, not_after',
          'certificates.json: horizon[] (what ends when, and the links that fail then)',
          'ledger-now.json: LOCAL_CERT_SHA256, PEER_CERT_SHA256 (what open links were made with)',
        ],
        says: `${leaves.length} certificates and ${certificates.certificates.length - leaves.length} entries of CAs${
          first === undefined ? '' : `; the first to end is ${first.what}, on ${first.at.slice(0, 10)}`
        }`,
      },
    ],
    leftToYou:
      'That the inventory is reviewed, and the certificates of clients, load balancers and other systems.',
  };
}

function inventoryOfSuites({ suites }: Evidence): Requirement {
  const live = suites.filter((suite) => suite.live > 0);
  return {
    id: '12.3.3',
    asks: 'Cipher suites and protocols in use are documented and reviewed at least once a year.',
    points: [
      {
        asks: 'An up-to-date list of suites and protocols, with what they are for and where they are used.',
        evidence: [
          'ciphers.json: in_use[].kind, protocol, cipher, key_exchange, nodes',
          'ciphers.json: settings[]',
        ],
        says: `${live.length} combinations are in use on open links`,
      },
      {
        asks: 'What is obsolete is known.',
        evidence: [
          'probes.json: probe = tls-1.0, tls-1.1',
          'ciphers.json: in_use[].mode = PLAIN, AUTHENTICATED',
        ],
        says: `${live.filter(({ mode }) => mode !== 'ENCRYPTED').length} of them without encryption`,
      },
    ],
    leftToYou: 'Watching what becomes of these suites, and the plan for when one of them falls.',
  };
}

function tally(probes: Evidence['probes']['probes']): string {
  const count = (verdict: string) => probes.filter((probe) => probe.verdict === verdict).length;
  const parts = [
    `${count('refused')} of ${probes.length} attempts refused`,
    ...['open', 'unexpected', 'unclear', 'not made'].flatMap((verdict) =>
      count(verdict) === 0 ? [] : [`${count(verdict)} ${verdict === 'open' ? 'let in' : verdict}`],
    ),
  ];
  return parts.join(', ');
}

function suiteNames(suites: Evidence['suites']): string {
  return [
    ...new Set(
      suites.map(({ protocol, cipher, key_exchange }) =>
        [protocol, cipher, key_exchange].filter(Boolean).join(' '),
      ),
    ),
  ].join('; ');
}
