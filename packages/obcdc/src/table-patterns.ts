import { ObError } from '@sealane/errors';

/**
 * `tb_white_list` and `tb_black_list`: patterns `tenant.database.table` with `|` between them, `*` for any text. Names are
 * compared without regard to case.
 */
export class TablePatterns {
  readonly #white: readonly Pattern[];
  readonly #black: readonly Pattern[];

  /** @throws ObError OB_INVALID_CONFIG */
  constructor(whiteList: string, blackList: string) {
    this.#white = parse('tb_white_list', whiteList);
    this.#black = parse('tb_black_list', blackList);
  }

  wants(tenant: string, database: string, table: string): boolean {
    const matches = (pattern: Pattern) =>
      pattern.tenant.test(tenant) && pattern.database.test(database) && pattern.table.test(table);
    return this.#white.some(matches) && !this.#black.some(matches);
  }

  /** Whether anything of it may be wanted. */
  wantsTenant(tenant: string): boolean {
    return this.#white.some((pattern) => pattern.tenant.test(tenant));
  }

  /** Whether the black list leaves any table of the database that the white list names. */
  wantsDatabase(tenant: string, database: string): boolean {
    return this.#white.some((pattern) => pattern.tenant.test(tenant) && pattern.database.test(database));
  }
}

interface Pattern {
  readonly tenant: RegExp;
  readonly database: RegExp;
  readonly table: RegExp;
}

function parse(name: string, list: string): Pattern[] {
  return list
    .split('|')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => {
      const [tenant, database, table, ...more] = text.split('.');
      if (tenant === undefined || database === undefined || table === undefined || more.length > 0) {
        throw new ObError('OB_INVALID_CONFIG', [], {
          message: `${name}: "${text}" is no tenant.database.table; * stands for any text`,
        });
      }
      return { tenant: matcher(tenant), database: matcher(database), table: matcher(table) };
    });
}

function matcher(pattern: string): RegExp {
  const escaped = pattern.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'is');
}
