import { ObError } from '@sealane/errors';
import type { ConfigValues, ProxyConfig } from '../config/proxy-config.ts';
import type { AdminAnswer, AdminCell, AdminTable } from './admin-table.ts';
import { setConfig, showConfig } from './config-statements.ts';
import { runSelect } from './select.ts';
import { type AdminStatement, parseAdminStatement } from './statement.ts';

/** What the statements of root@proxysys work on. */
export interface ProxysysParts {
  readonly config: ProxyConfig;
  readonly tables: readonly AdminTable[];
  readonly version: string;
  /** What the table of parameters can't judge. @throws ObError */
  checkConfig(candidate: ConfigValues): void;
}

/** Who asks. */
export interface AdminClient {
  readonly connectionId: number;
  /** `root@127.0.0.1` */
  readonly user: string;
}

const ok: AdminAnswer = { kind: 'ok', affectedRows: 0 };

/** The proxy's own SQL, as `root@proxysys` speaks it. */
export class Proxysys {
  readonly #parts: ProxysysParts;

  constructor(parts: ProxysysParts) {
    this.#parts = parts;
  }

  /** @throws ObError */
  run(text: string, client: AdminClient): AdminAnswer {
    return this.#answer(parseAdminStatement(text), client);
  }

  #answer(statement: AdminStatement, client: AdminClient): AdminAnswer {
    const { config, tables, checkConfig } = this.#parts;
    switch (statement.kind) {
      case 'nothing':
        return ok;
      case 'show-config':
        return showConfig(config, statement);
      case 'set-config':
        return setConfig(config, statement.assignments, checkConfig);
      case 'set-key-info':
        if (!statement.matches) return ok;
        setConfig(config, [['ssl_key_info', statement.value]], checkConfig);
        return { kind: 'ok', affectedRows: 1 };
      case 'select':
        return runSelect(statement.select, { tables, variable: (name) => this.#variable(name, client) });
    }
  }

  /** What clients ask about before anybody types. */
  #variable(name: string, { connectionId, user }: AdminClient): AdminCell {
    const values: Readonly<Record<string, AdminCell>> = {
      version: this.#parts.version,
      'version()': this.#parts.version,
      version_comment: `Sealane obproxy ${this.#parts.version}`,
      autocommit: 1,
      max_allowed_packet: 64 * 1024 * 1024,
      lower_case_table_names: 1,
      'user()': user,
      'current_user()': user,
      'database()': null,
      'connection_id()': connectionId,
    };
    const value = values[name];
    if (value === undefined) throw new ObError('OB_ERR_SYS_VARIABLE_UNKNOWN', [name]);
    return value;
  }
}
