import { constants, publicEncrypt } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  cachingSha2Masked,
  cachingSha2Plugin,
  cachingSha2Response,
  nativePasswordPlugin,
  nativePasswordResponse,
} from '@sealane/mysql-protocol';
import type { CellValue, SqlHandle } from '@sealane/sql';
import type { Test } from 'tap';
import { TenantAccounts } from '../../src/accounts/accounts.ts';
import { LoginKey } from '../../src/accounts/login-key.ts';
import type { AuthExchange, AuthenticationRequest } from '../../src/mysql-front/index.ts';

/** The columns of mysql.user that logins read, as an account without any demands has them. */
const plain = {
  host: '%',
  user: 'ann',
  plugin: nativePasswordPlugin,
  authentication_string: '',
  account_locked: 'N',
  ssl_type: '',
  ssl_cipher: '',
  x509_issuer: '',
  x509_subject: '',
  privileges: '',
  password_expired: 'N',
  password_last_changed: 1,
  password_lifetime: null as number | null,
  max_connections: 0,
  max_user_connections: 0,
  is_role: 'N',
};

export type StoredAccount = typeof plain;

export class AccountTable {
  readonly #database = new DatabaseSync(':memory:');
  /** Prepared once, as the node's own handles do. */
  readonly #statements = new Map<string, StatementSync>();

  constructor(...accounts: readonly Partial<StoredAccount>[]) {
    this.#database.exec(`CREATE TABLE "mysql.user" (${Object.keys(plain).join(', ')})`);
    for (const account of accounts) this.add(account);
  }

  add(account: Partial<StoredAccount>): void {
    const row = { ...plain, ...account };
    const marks = Object.keys(row).map(() => '?');
    this.#database
      .prepare(`INSERT INTO "mysql.user" VALUES (${marks.join(', ')})`)
      .run(...Object.values(row));
  }

  set(column: keyof StoredAccount, value: string | number): void {
    this.#database.prepare(`UPDATE "mysql.user" SET ${column} = ?`).run(value);
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  get handle(): SqlHandle {
    return {
      all: (sql, binds = []) =>
        this.#prepared(sql)
          .all(...(binds as string[]))
          .map((row) => Object.values(row) as CellValue[]) as ReturnType<SqlHandle['all']>,
      run: () => ({ changes: 0 }),
    };
  }
}

export interface Surroundings {
  variables?: Readonly<Record<string, CellValue>>;
  invited?: string;
  threshold?: number;
  now?: () => number;
  catchUp?: () => void;
}

export function accountsOver(t: Test, table: AccountTable, surroundings: Surroundings = {}): TenantAccounts {
  return new TenantAccounts({
    tenant: () => ({
      reader: () => table.handle,
      variable: (name) => surroundings.variables?.[name],
      caughtUp: async () => surroundings.catchUp?.(),
    }),
    invitedCommonNames: () => surroundings.invited ?? 'NONE',
    failureControl: () => ({
      threshold: surroundings.threshold ?? 0,
      delayMinMs: 1_000,
      delayMaxMs: 3_000,
    }),
    key: new LoginKey(t.testdir()),
    ...(surroundings.now === undefined ? {} : { now: surroundings.now }),
  });
}

/** A client with a password that answers whatever it is asked, and notes what it was. */
export class ScriptedClient implements AuthExchange {
  readonly scramble = Uint8Array.from({ length: 20 }, (_, index) => index + 33);
  readonly greeted = nativePasswordPlugin;
  readonly canSwitch: boolean = true;
  readonly alive = true;
  readonly heard: string[] = [];
  readonly plugin: string;
  readonly secured: boolean;
  readonly response: Uint8Array;
  readonly #password: string;

  constructor({ password = 'secret', plugin = nativePasswordPlugin, secured = false } = {}) {
    this.#password = password;
    this.plugin = plugin;
    this.secured = secured;
    this.response = this.#respond(plugin);
  }

  async switchTo(plugin: string): Promise<Uint8Array> {
    this.heard.push(`switch ${plugin}`);
    return this.#respond(plugin);
  }

  async ask(data: Uint8Array): Promise<Uint8Array> {
    const clear = Buffer.from(`${this.#password}\0`);
    if (data.length > 1) {
      this.heard.push('key');
      const key = { key: Buffer.from(data), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
      return publicEncrypt(key, cachingSha2Masked(clear, this.scramble));
    }
    this.heard.push(`full ${data[0]}`);
    return this.secured ? clear : Uint8Array.of(2);
  }

  tell(data: Uint8Array): void {
    this.heard.push(`fast ${data[0]}`);
  }

  #respond(plugin: string): Uint8Array {
    return plugin === cachingSha2Plugin
      ? cachingSha2Response(this.#password, this.scramble)
      : nativePasswordResponse(this.#password, this.scramble);
  }
}

export function request(change: Partial<AuthenticationRequest> = {}): AuthenticationRequest {
  return {
    tenant: 'sys',
    tenantId: 1,
    user: 'ann',
    clientHost: '10.0.0.9',
    exchange: new ScriptedClient(),
    tls: undefined,
    canHandleExpiredPasswords: false,
    ...change,
  };
}
