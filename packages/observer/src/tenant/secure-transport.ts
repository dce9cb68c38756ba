import { ObError } from '@sealane/errors';
import type { CellValue } from '@sealane/sql';
import type { VariableAssignment } from './global-variables.ts';

/** MySQL's require_secure_transport, which is a mock in OceanBase: a tenant of which it is on takes no login in clear. */
const name = 'require_secure_transport';

interface Variables {
  globalVariable(name: string): CellValue | undefined;
}

export function requiresTls(node: Variables): boolean {
  return isOn(node.globalVariable(name));
}

/** @returns their names */
export function tenantsThatRequireTls(
  tenants: readonly { readonly identity: { readonly name: string }; readonly node: Variables }[],
): readonly string[] {
  return tenants.filter(({ node }) => requiresTls(node)).map(({ identity }) => identity.name);
}

/**
 * Who turned it on without TLS would lock everybody out.
 *
 * @param haveSsl  the node's have_ssl
 * @throws ObError ER_NO_SECURE_TRANSPORTS_CONFIGURED
 */
export function checkSecureTransport(
  assignments: readonly VariableAssignment[],
  haveSsl: CellValue | undefined,
): void {
  const turnedOn = assignments.some((each) => each.name.toLowerCase() === name && isOn(each.value));
  if (turnedOn && haveSsl !== 'YES') throw new ObError('ER_NO_SECURE_TRANSPORTS_CONFIGURED');
}

function isOn(value: CellValue | undefined): boolean {
  return value !== undefined && value !== null && /^(1|on|true)$/i.test(String(value));
}
