import type { CellValue } from '@sealane/sql';
import type { LoginAttempt } from '../accounts/login-audit.ts';
import { timestampCell } from './view.ts';

/** The columns of V$OB_LOGIN_AUDIT after SVR_IP and SVR_PORT. */
export function loginAuditRow(attempt: LoginAttempt): readonly CellValue[] {
  return [
    timestampCell(attempt.at * 1000),
    attempt.tenantId,
    attempt.tenant,
    attempt.user,
    attempt.accountHost ?? null,
    attempt.clientHost,
    attempt.clientPort,
    attempt.connectionId,
    attempt.clientPlugin,
    attempt.plugin,
    attempt.tlsProtocol ?? null,
    attempt.tlsCipher ?? null,
    attempt.subject ?? null,
    attempt.issuer ?? null,
    attempt.driver,
    attempt.driverVersion,
    attempt.errno,
    attempt.reason,
  ];
}
