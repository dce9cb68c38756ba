import { isDeepStrictEqual } from 'node:util';
import type { PacketWriter } from '@sealane/mysql-protocol';
import {
  decodeChangeUser,
  encodeChangeUser,
} from '../../../packages/mysql-protocol/src/packets/change-user.ts';
import {
  decodeHandshakeResponse,
  decodeSslRequest,
  encodeHandshakeResponse,
  type HandshakeResponse,
  sslRequestSize,
} from '../../../packages/mysql-protocol/src/packets/handshake-response.ts';
import { parseLoginName } from '../../../packages/observer/src/mysql-front/login-name.ts';
import type { Chance } from '../../simulation/random.ts';
import { must, outcomeOf, type Target } from '../target.ts';
import { listOf, someBytes, someText } from '../values.ts';
import { capabilitiesOf, payloadOf, someCapabilities } from './mysql-values.ts';

/** What a client says of itself: the handshake response, the TLS request, COM_CHANGE_USER, the login name. */
export const mysqlLogin: Target = {
  name: 'mysql-login',
  inputSizeMax: 128 * 1024,
  tokens: [
    Buffer.from('_client_name'),
    Buffer.from('root@sys#c'),
    Buffer.of(0xfe, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0),
  ],
  generate(chance: Chance): Uint8Array {
    const response = someResponse(chance);
    const change = chance.happens(0.3);
    const payload = payloadOf((writer) => {
      if (!change) encodeHandshakeResponse(writer, response);
      else
        encodeChangeUser(writer, { ...response, authResponse: response.authResponse }, response.capabilities);
    });
    return Uint8Array.from([change ? 1 : 0, ...capabilityBytes(response.capabilities), ...payload]);
  },
  run(input) {
    const payload = input.subarray(5);
    if (input[0] === 1)
      return `change-user ${outcomeOf(() => readChangeUser(payload, capabilitiesOf(input, 1)))}`;
    if (payload.length === sslRequestSize)
      return outcomeOf(() => `tls ${decodeSslRequest(payload).charset > 0}`);
    return outcomeOf(() => readResponse(payload));
  },
};

export function someResponse(chance: Chance): HandshakeResponse {
  const capabilities = someCapabilities(chance);
  return {
    capabilities,
    packetSizeMax: chance.below(2 ** 24),
    charset: chance.below(256),
    user: withoutNul(chance.pick(['root', 'root@sys', 'u@t#c', someText(chance)])),
    authResponse: someBytes(chance, 32).map((byte) => byte || 1),
    database: chance.happens(0.5) ? undefined : 'd1',
    plugin: chance.pick(['mysql_native_password', 'caching_sha2_password', '']),
    attributes: new Map(
      listOf(chance, 6, (): [string, string] => [someText(chance, 12), someText(chance, 300)]),
    ),
  };
}

function readResponse(payload: Uint8Array): string {
  const response = decodeHandshakeResponse(payload);
  parseLoginName(response.user);
  const again = decodeHandshakeResponse(payloadOf((writer) => encodeHandshakeResponse(writer, response)));
  // An empty auth response or database may have been left out.
  must(isDeepStrictEqual(again, response), 'a handshake response is another one once it is written again');
  return `login ${response.attributes.size > 0} ${response.plugin === ''} ${response.database === undefined}`;
}

function readChangeUser(payload: Uint8Array, capabilities: number): string {
  const change = decodeChangeUser(payload, capabilities);
  parseLoginName(change.user);
  const bytes = payloadOf((writer: PacketWriter) => encodeChangeUser(writer, change, capabilities));
  must(
    isDeepStrictEqual(decodeChangeUser(bytes, capabilities), change),
    'COM_CHANGE_USER differs when written again',
  );
  return `${change.attributes.size > 0} ${change.charset === undefined}`;
}

function withoutNul(text: string): string {
  return text.replaceAll('\0', '');
}

function capabilityBytes(capabilities: number): Uint8Array {
  return Uint8Array.of(capabilities, capabilities >>> 8, capabilities >>> 16, capabilities >>> 24);
}
