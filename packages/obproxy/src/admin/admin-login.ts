import { ObError } from '@sealane/errors';
import { nativePasswordMatches, nativePasswordPlugin } from '@sealane/mysql-protocol';
import type { Candidate } from '../front/client-login.ts';

export const adminTenant = 'proxysys';

/**
 * Lets in `root@proxysys`, with the password of `obproxy_sys_password`; without one from this host only.
 *
 * @param kept  the password's mysql_native_password hash
 * @throws ObError OB_PASSWORD_WRONG
 */
export async function checkAdminLogin(
  candidate: Candidate,
  facts: {
    readonly user: string;
    readonly clientIp: string;
    readonly scramble: Uint8Array;
    readonly kept: string;
  },
): Promise<void> {
  const { user, clientIp, scramble, kept } = facts;
  const response = await answerOf(candidate, scramble);
  const proven = user === 'root' && nativePasswordMatches(kept, { scramble, response });
  if (!proven) throw new ObError('OB_PASSWORD_WRONG', [user, clientIp, response.length > 0 ? 'YES' : 'NO']);
  if (kept !== '' || isThisHost(clientIp)) return;
  throw new ObError('OB_PASSWORD_WRONG', [], {
    message: `Access denied for user 'root@proxysys'@'${clientIp}': it has no password, so that it may log in from the proxy's host only; set obproxy_sys_password there`,
  });
}

async function answerOf({ response, ask }: Candidate, scramble: Uint8Array): Promise<Uint8Array> {
  if (response.plugin === nativePasswordPlugin || response.authResponse.length === 0)
    return response.authResponse;
  const other = await ask(authSwitch(nativePasswordPlugin, scramble));
  return other ?? new Uint8Array();
}

/** The packet by which a server names another plugin. */
function authSwitch(plugin: string, scramble: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([0xfe]), Buffer.from(`${plugin}\0`), scramble, Buffer.from([0])]);
}

function isThisHost(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1';
}
