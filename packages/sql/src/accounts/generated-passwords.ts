import { type Compiled, ok } from '../ddl/compiled.ts';
import { titled, varchar } from '../show/own-rows.ts';
import type { Account } from './account-name.ts';

/** What IDENTIFIED BY RANDOM PASSWORD made: the only time that anybody sees it. */
export interface GeneratedPassword extends Account {
  readonly password: string;
}

/** OK, or MySQL's table of passwords where there are some. */
export function accountResult(generated: readonly GeneratedPassword[]): Compiled['result'] {
  if (generated.length === 0) return ok();
  const columns = [
    titled('user', varchar(128)),
    titled('host', varchar(128)),
    titled('generated password', varchar(128)),
    titled('auth_factor', varchar(1)),
  ];
  const rows = generated.map(({ user, host, password }) => [user, host, password, '1']);
  return { kind: 'rows', columns, rows };
}
