import { isObError } from '@sealane/errors';
import { checkPrivileges } from '../../src/accounts/check-privileges.ts';
import { effectiveGrants, noGrants } from '../../src/accounts/effective-grants.ts';
import type { PasswordHasher } from '../../src/accounts/password-hasher.ts';
import type { ExecutionContext } from '../../src/plan.ts';
import type { CellValue } from '../../src/values.ts';
import { Tenant } from '../translate/tenant.ts';

/** Hashes that can be read. */
const passwords: PasswordHasher = {
  hash: (plugin, password) =>
    password === '' ? '' : `${plugin === 'mysql_native_password' ? '*' : '$'}${password}`,
  isHash: (plugin, text) => text === '' || text.startsWith(plugin === 'mysql_native_password' ? '*' : '$'),
  random: () => 'made up',
};

/** A tenant in memory that knows what statements on accounts need. */
export class AccountTenant extends Tenant {
  override context(parameters: readonly CellValue[] = []): ExecutionContext {
    return { ...super.context(parameters), passwords };
  }

  /** What a script answers: its rows, or `errno message`, or notes. */
  answer(script: string): readonly (readonly CellValue[])[] | string {
    try {
      const result = this.query(script);
      if (result.kind === 'rows') return result.rows;
      return this.session.warnings.map(({ errno, message }) => `${errno} ${message}`).join('; ');
    } catch (error) {
      if (isObError(error)) return `${error.errno} ${error.message}`;
      throw error;
    }
  }

  /** What `ann@%` is told who runs a statement: '' where she may. */
  verdict(statement: string): string {
    const { session } = this;
    const [user, accountHost] = [session.user, session.accountHost];
    Object.assign(session, { user: 'ann', accountHost: '%' });
    try {
      const grants = effectiveGrants(this, { user: 'ann', host: '%' }, session.activeRoles ?? []);
      checkPrivileges(this.plan(statement).requires ?? [], {
        ...{ user: 'ann', host: '%', clientHost: '10.0.0.9' },
        grants: grants ?? noGrants(),
        grantsOf: (definer) => effectiveGrants(this, definer, []),
      });
      return '';
    } catch (error) {
      if (isObError(error)) return `${error.errno} ${error.message}`;
      throw error;
    } finally {
      Object.assign(session, { user, accountHost });
    }
  }

  /** The lines of SHOW GRANTS. */
  grants(account: string): readonly string[] {
    const lines = this.answer(`SHOW GRANTS FOR ${account}`);
    return typeof lines === 'string' ? [lines] : lines.map(([line]) => String(line));
  }
}
