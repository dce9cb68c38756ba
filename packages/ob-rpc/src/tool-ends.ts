import { ObError } from '@sealane/errors';
import type { Encrypter, LinkRecord, LinkWatcher } from './link-ports.ts';

/** What a tool's link needs of its owner, where the owner has nothing to offer. */

const noRecord: LinkRecord = {
  securing() {},
  secured() {},
  authenticated() {},
  established() {},
  written() {},
  failed() {},
  identified() {},
  closed() {},
};

/** The server at the other end keeps the books. */
export const noLedger: LinkWatcher = { open: () => noRecord };

const noTls = (): Promise<never> =>
  Promise.reject(new ObError('OB_CONNECT_ERROR', [], { message: 'no certificate is loaded' }));

/** For links in clear. */
export const noEncrypter: Encrypter = {
  secureInbound: noTls,
  secureOutbound: noTls,
  authenticateInbound: noTls,
  authenticateOutbound: noTls,
};
