import type { SqlConnection, SqlRow } from '../src/dialer.ts';

/** A proxy in memory that answers its administrator. It keeps one link to a server, in clear or not as it was set to. */
export class FakeProxy {
  readonly name: string;
  readonly config = { enable_server_ssl: 'False', enable_client_ssl: 'False' };
  readonly #changed: (text: string) => void;

  constructor(name: string, changed: (text: string) => void) {
    this.name = name;
    this.#changed = changed;
  }

  get speaksTlsToServers(): boolean {
    return this.config.enable_server_ssl === 'True';
  }

  connection(): SqlConnection {
    return {
      usable: true,
      encryption: undefined,
      query: async (text) => this.#answer(text),
      close: () => undefined,
    };
  }

  #answer(text: string): readonly SqlRow[] {
    if (text.startsWith('SHOW PROXYCONFIG')) return Object.entries(this.config);
    if (text.includes('GV$OB_LINKS')) return [this.#linkRow()];
    const [, name, value = ''] = /^ALTER PROXYCONFIG SET (enable_\w+_ssl) = (True|False)$/.exec(text) ?? [];
    if (name !== 'enable_server_ssl' && name !== 'enable_client_ssl')
      throw new Error(`the fake proxy does not know ${text}`);
    this.config[name] = value;
    this.#changed(`${this.name}: ${text}`);
    return [];
  }

  #linkRow(): SqlRow {
    const mode = this.speaksTlsToServers ? 'ENCRYPTED' : 'PLAIN';
    const opened = '2026-01-01 00:00:00.000000';
    const link = ['1', 'PROXY', 'OUT', '127.0.0.1:2881', null, null, mode, null, null, '1', opened];
    return [...link, '0', '0', '0', '0', null, null, null, null, null];
  }
}
