import t from 'tap';
import { ParameterStore, type StoredParameter } from '../../src/parameters/parameter-store.ts';
import {
  normaliseParameter,
  type ParameterDefinition,
  parameterDefinition,
  parameterTable,
} from '../../src/parameters/parameter-table.ts';
import { parseBool, parseCapacity, parseTimeUs } from '../../src/parameters/parameter-value.ts';

const server = { zone: 'zone1', svrIp: '127.0.0.1', svrPort: 2882 };

function definition(name: string): ParameterDefinition {
  const found = parameterDefinition(name);
  if (found === undefined) throw new TypeError(name);
  return found;
}

function stored(change: Partial<StoredParameter>): StoredParameter {
  return { zone: '', svrIp: 'ANY', svrPort: 0, name: 'lease_time', value: '1s', configVersion: 1, ...change };
}

t.test('booleans are read in every spelling of the original', async (t) => {
  for (const word of ['true', 'ON', 'Yes', 't', '1']) t.equal(parseBool(word), true, word);
  for (const word of ['false', 'OFF', 'No', 'f', '0']) t.equal(parseBool(word), false, word);
  t.equal(parseBool('maybe'), undefined);
});

t.test('times and capacities carry units', async (t) => {
  t.equal(parseTimeUs('10s'), 10_000_000);
  t.equal(parseTimeUs('250ms'), 250_000);
  t.equal(parseTimeUs('3'), 3_000_000, 'a bare number is seconds');
  t.equal(parseTimeUs('3 parsecs'), undefined);
  t.equal(parseCapacity('2G'), 2 ** 31);
  t.equal(parseCapacity('5'), 5 * 2 ** 20, 'a bare number is megabytes');
});

t.test('a value is stored as it is shown, or refused', async (t) => {
  t.equal(normaliseParameter(definition('SSL_CLIENT_AUTHENTICATION'), 'on'), 'True');
  t.equal(normaliseParameter(definition('ssl_client_authentication'), 'perhaps'), undefined);
  t.equal(normaliseParameter(definition('sql_protocol_min_tls_version'), 'TLSv1.3'), 'TLSv1.3');
  t.equal(normaliseParameter(definition('sql_protocol_min_tls_version'), 'SSLv3'), undefined);
  t.equal(normaliseParameter(definition('lease_time'), '10min'), undefined, 'out of range');
  t.equal(normaliseParameter(definition('rpc_server_authentication_method'), 'NONE, SSL_IO'), 'NONE, SSL_IO');
  t.equal(normaliseParameter(definition('rpc_server_authentication_method'), 'NONE,TELNET'), undefined);
});

t.test('every default is a legal value of its parameter', async (t) => {
  for (const row of parameterTable) t.equal(normaliseParameter(row, row.default), row.default, row.name);
});

t.test('the cluster overrules the command line, the more special row the more general one', async (t) => {
  const store = new ParameterStore(server, new Map([['lease_time', { value: '5s', source: 'CMDLINE' }]]));

  t.same(store.find('lease_time'), { value: '5s', source: 'CMDLINE' });
  store.replace([
    stored({ svrIp: '127.0.0.1', svrPort: 2882, value: '4s' }),
    stored({ zone: 'zone1', value: '3s', configVersion: 7 }),
    stored({ value: '2s' }),
    stored({ svrIp: '127.0.0.1', svrPort: 3882, value: '9s' }),
  ]);

  t.same(store.find('lease_time'), { value: '4s', source: 'CLUSTER' });
  t.equal(store.timeMs('lease_time'), 4000);
  t.equal(store.configVersion, 7, 'the newest row tells the version');
  t.same(store.nonDefault(), { lease_time: '4s' });
  t.equal(store.find('no_such_parameter'), undefined);
});
