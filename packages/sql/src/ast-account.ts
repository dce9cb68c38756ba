import type { Span } from './ast-expression.ts';
import type { AccountName } from './ast-schema.ts';

export interface AccountSpecification extends Span {
  readonly account: AccountName;
  readonly plugin: string | undefined;
  /** IDENTIFIED BY 'x'. */
  readonly password: string | undefined;
  readonly randomPassword: boolean;
  /** IDENTIFIED BY PASSWORD 'hash' or IDENTIFIED WITH plugin AS 'hash'. */
  readonly hash: string | undefined;
}

/** REQUIRE …; 'specified' has at least one of the three texts. */
export type TlsRequirement =
  | { readonly kind: 'none' | 'ssl' | 'x509' }
  | {
      readonly kind: 'specified';
      readonly cipher: string | undefined;
      readonly issuer: string | undefined;
      readonly subject: string | undefined;
    };

/** WITH MAX_USER_CONNECTIONS 3 …; name in upper case. */
export interface ResourceLimit {
  readonly name: string;
  readonly value: number;
}

/** PASSWORD EXPIRE …; 'now' has nothing behind it. */
export type PasswordExpiry =
  | { readonly kind: 'now' | 'never' | 'default' }
  | { readonly kind: 'interval'; readonly days: number };

/** DEFAULT ROLE … of ALTER USER and CREATE USER. */
export interface DefaultRoles {
  readonly what: 'none' | 'all' | 'list';
  readonly roles: readonly AccountName[];
}

export interface CreateUserStatement extends Span {
  readonly kind: 'create-user';
  readonly ifNotExists: boolean;
  readonly accounts: readonly AccountSpecification[];
  readonly defaultRoles: DefaultRoles | undefined;
  readonly require: TlsRequirement | undefined;
  readonly limits: readonly ResourceLimit[];
  readonly locked: boolean | undefined;
  readonly expiry: PasswordExpiry | undefined;
  /** PASSWORD HISTORY, COMMENT, ATTRIBUTE …: as written. */
  readonly otherOptions: readonly string[];
}

export interface AlterUserStatement extends Span {
  readonly kind: 'alter-user';
  readonly ifExists: boolean;
  readonly accounts: readonly AccountSpecification[];
  readonly defaultRoles: DefaultRoles | undefined;
  readonly require: TlsRequirement | undefined;
  readonly limits: readonly ResourceLimit[];
  readonly locked: boolean | undefined;
  readonly expiry: PasswordExpiry | undefined;
  readonly otherOptions: readonly string[];
}

export interface DropUserStatement extends Span {
  readonly kind: 'drop-user';
  readonly ifExists: boolean;
  readonly accounts: readonly AccountName[];
}

export interface RenameUserStatement extends Span {
  readonly kind: 'rename-user';
  readonly renames: readonly { readonly from: AccountName; readonly to: AccountName }[];
}

export interface RoleStatement extends Span {
  readonly kind: 'create-role' | 'drop-role';
  readonly ifExists: boolean;
  readonly ifNotExists: boolean;
  readonly roles: readonly AccountName[];
}

/** SET PASSWORD [FOR account] = 'text'. */
export interface SetPasswordStatement extends Span {
  readonly kind: 'set-password';
  readonly account: AccountName | undefined;
  readonly password: string;
  /** TO RANDOM. */
  readonly random: boolean;
}

export interface SetRoleStatement extends Span {
  readonly kind: 'set-role' | 'set-default-role';
  /** NONE, ALL, ALL EXCEPT, DEFAULT, or a list. */
  readonly what: 'none' | 'all' | 'all-except' | 'default' | 'list';
  readonly roles: readonly AccountName[];
  readonly accounts: readonly AccountName[];
}

export interface Privilege {
  /** Upper case, single spaces: SELECT, ALL, GRANT OPTION, ALTER SYSTEM, … */
  readonly name: string;
  readonly columns: readonly string[];
}

/** `*.*`: both '*'; `d.*`: table '*'; `*`: database undefined, table '*'. */
export interface PrivilegeLevel {
  readonly type: 'TABLE' | 'FUNCTION' | 'PROCEDURE';
  readonly database: string | undefined;
  readonly table: string;
}

export interface GrantStatement extends Span {
  readonly kind: 'grant';
  readonly privileges: readonly Privilege[];
  readonly level: PrivilegeLevel;
  readonly accounts: readonly AccountSpecification[];
  readonly require: TlsRequirement | undefined;
  readonly limits: readonly ResourceLimit[];
  readonly grantOption: boolean;
}

export interface GrantRoleStatement extends Span {
  readonly kind: 'grant-role';
  readonly roles: readonly AccountName[];
  readonly accounts: readonly AccountName[];
  readonly adminOption: boolean;
}

export interface RevokeStatement extends Span {
  readonly kind: 'revoke';
  readonly ifExists: boolean;
  readonly privileges: readonly Privilege[];
  /** Undefined for REVOKE ALL PRIVILEGES, GRANT OPTION FROM … */
  readonly level: PrivilegeLevel | undefined;
  readonly accounts: readonly AccountName[];
}

export interface RevokeRoleStatement extends Span {
  readonly kind: 'revoke-role';
  readonly ifExists: boolean;
  readonly roles: readonly AccountName[];
  readonly accounts: readonly AccountName[];
}

/** GRANT PROXY and REVOKE PROXY. */
export interface ProxyStatement extends Span {
  readonly kind: 'grant-proxy' | 'revoke-proxy';
  readonly proxied: AccountName;
  readonly accounts: readonly AccountName[];
}
