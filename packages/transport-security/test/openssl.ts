import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface OddCertificate {
  readonly name: string;
  /** As `openssl req -newkey` takes it: `rsa:2048`, `ec`. */
  readonly key?: string;
  /** `sha256` by default. */
  readonly digest?: string;
  /** Name of the certificate that signs it; itself when left out. */
  readonly issuer?: string;
  readonly isAuthority?: boolean;
  readonly extendedKeyUsage?: string;
  readonly subjectAltName?: string;
}

/** Makes a certificate of a kind that our own authority wouldn't make. @returns its PEM and its key's */
export function oddCertificate(
  directory: string,
  options: OddCertificate,
): { readonly certificate: string; readonly key: string } {
  const { name, key = 'ec', digest = 'sha256', issuer, isAuthority = false } = options;
  const at = (file: string): string => join(directory, file);
  const curve = key === 'ec' ? ['-pkeyopt', 'ec_paramgen_curve:P-256'] : [];
  const extensions = [
    `basicConstraints=critical,CA:${isAuthority ? 'TRUE' : 'FALSE'}`,
    `keyUsage=critical,${isAuthority ? 'keyCertSign,cRLSign' : 'digitalSignature'}`,
    ...(options.extendedKeyUsage === undefined ? [] : [`extendedKeyUsage=${options.extendedKeyUsage}`]),
    ...(options.subjectAltName === undefined ? [] : [`subjectAltName=${options.subjectAltName}`]),
  ];
  writeFileSync(
    at(`${name}.cnf`),
    `[req]\nprompt=no\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\nCN=${name}\n[ext]\n${extensions.join('\n')}\n`,
  );
  const signed = issuer === undefined ? [] : ['-CA', at(`${issuer}.pem`), '-CAkey', at(`${issuer}.key`)];
  const args = ['req', '-x509', '-newkey', key, ...curve, '-nodes', `-${digest}`, '-days', '90', ...signed];
  execFileSync(
    'openssl',
    [...args, '-config', at(`${name}.cnf`), '-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)],
    {
      stdio: 'pipe',
    },
  );
  return {
    certificate: readFileSync(at(`${name}.pem`), 'utf8'),
    key: readFileSync(at(`${name}.key`), 'utf8'),
  };
}
