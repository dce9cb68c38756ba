/** The plugins that an account can name. */
const authenticationPlugins = ['mysql_native_password', 'caching_sha2_password'] as const;

export type AuthenticationPlugin = (typeof authenticationPlugins)[number];

/** Names that mean one of them: OceanBase shows its native plugin under a name of its own. */
const otherNames: ReadonlyMap<string, AuthenticationPlugin> = new Map([
  ['ob_native_password', 'mysql_native_password'],
]);

/** @returns undefined for a plugin that there isn't */
export function pluginNamed(name: string): AuthenticationPlugin | undefined {
  const folded = name.toLowerCase();
  return authenticationPlugins.find((plugin) => plugin === folded) ?? otherNames.get(folded);
}

/** Makes what an account keeps of a password. The observer hands one over: it knows the plugins. */
export interface PasswordHasher {
  /** @returns the account's authentication_string; '' for an empty password */
  hash(plugin: AuthenticationPlugin, password: string): string;
  /** Whether a text is what `hash` may have made. */
  isHash(plugin: AuthenticationPlugin, text: string): boolean;
  /** What IDENTIFIED BY RANDOM PASSWORD gives. */
  random(): string;
}
