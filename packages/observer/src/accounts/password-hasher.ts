import { randomInt } from 'node:crypto';
import {
  cachingSha2Hash,
  isCachingSha2Hash,
  isNativePasswordHash,
  nativePasswordHash,
} from '@sealane/mysql-protocol';
import type { AuthenticationPlugin, PasswordHasher } from '@sealane/sql';

const plugins: Readonly<
  Record<AuthenticationPlugin, { hash(password: string): string; isHash(text: string): boolean }>
> = {
  mysql_native_password: { hash: nativePasswordHash, isHash: isNativePasswordHash },
  // 7 ms on the SQL thread: rare enough.
  caching_sha2_password: { hash: (password) => cachingSha2Hash(password), isHash: isCachingSha2Hash },
};

/** What accounts keep of passwords, for statements on accounts. */
export const passwordHasher: PasswordHasher = {
  hash: (plugin, password) => plugins[plugin].hash(password),
  isHash: (plugin, text) => plugins[plugin].isHash(text),
  random: () => Array.from({ length: randomLength }, () => letters[randomInt(letters.length)]).join(''),
};

/** MySQL's generated_random_password_length. */
const randomLength = 20;
/** No quotes and no backslash: it is copied into commands. */
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#%&()*+,-./:;<=>?@[]^_{|}~';
