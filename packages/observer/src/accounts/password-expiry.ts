import type { AccountRow } from './account-row.ts';

const secondsPerDay = 86_400;

/**
 * @param lifetimeDays  default_password_lifetime, for accounts that have none of their own; 0: for ever
 * @param nowMs         milliseconds since 1970
 */
export function passwordExpired(
  { expired, passwordChangedAt, passwordLifetime }: AccountRow,
  { lifetimeDays, nowMs }: { readonly lifetimeDays: number; readonly nowMs: number },
): boolean {
  if (expired) return true;
  const days = passwordLifetime ?? lifetimeDays;
  // Accounts of before passwords had dates.
  if (days === 0 || passwordChangedAt === 0) return false;
  return nowMs / 1000 >= passwordChangedAt + days * secondsPerDay;
}
