import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import {
  type ErrorName,
  type ErrorRow,
  errorByCode,
  errors,
  errorsByErrno,
  isObError,
  ObError,
} from '../src/index.ts';

const rows = Object.entries(errors) as [ErrorName, ErrorRow][];

t.test('every code stands for one error, and is found again by it', (t) => {
  const seen = new Map<number, string>();
  for (const [name, row] of rows) {
    t.equal(seen.get(row.code), undefined, `${name} shares ${row.code} with ${seen.get(row.code)}`);
    seen.set(row.code, name);
    t.equal(errorByCode(row.code), name);
  }
  t.equal(errorByCode(-1), undefined);
  t.end();
});

t.test('codes are negative, numbers fit an ERR packet, SQLSTATE is five characters', (t) => {
  for (const [name, row] of rows) {
    t.ok(row.code < 0, name);
    t.ok(row.errno >= 1000 && row.errno <= 0xffff, name);
    t.match(row.sqlState, /^[0-9A-Z]{5}$/, name);
    t.ok(row.message.length > 0, name);
  }
  t.end();
});

t.test("an error without an OceanBase code keeps MySQL's number", (t) => {
  for (const [name, row] of rows) {
    if (name.startsWith('ER_')) t.equal(row.code, -row.errno, name);
    else t.ok(row.code <= -4000, name);
  }
  t.end();
});

t.test(
  'an OceanBase error without a MySQL number shows its own code, but for the timeouts and rollbacks',
  (t) => {
    for (const [name, row] of rows) {
      if (row.errno < 4000) continue;
      t.ok(row.errno === -row.code || row.errno === 4012 || row.errno === 6002, name);
    }
    t.end();
  },
);

t.test('the numbers that drivers act upon are there', (t) => {
  const wanted = [
    1005, 1007, 1008, 1022, 1036, 1040, 1044, 1045, 1046, 1047, 1048, 1049, 1050, 1051, 1052, 1053, 1054,
    1055, 1056, 1057, 1058, 1059, 1060, 1061, 1062, 1063, 1064, 1065, 1066, 1067, 1068, 1071, 1072, 1075,
    1091, 1094, 1095, 1101, 1105, 1109, 1110, 1111, 1113, 1115, 1136, 1138, 1142, 1143, 1146, 1153, 1159,
    1166, 1171, 1193, 1203, 1205, 1210, 1213, 1214, 1215, 1216, 1217, 1222, 1227, 1228, 1229, 1231, 1232,
    1233, 1235, 1238, 1241, 1242, 1243, 1247, 1248, 1264, 1265, 1273, 1292, 1294, 1295, 1300, 1304, 1305,
    1317, 1318, 1327, 1347, 1348, 1349, 1350, 1351, 1356, 1364, 1365, 1366, 1367, 1390, 1391, 1406, 1411,
    1425, 1426, 1427, 1439, 1441, 1451, 1452, 1462, 1471, 1525, 1553, 1582, 1583, 1690, 1701, 1792, 1819,
    3024, 3118, 3140, 3141, 3143, 3146, 4012, 4038, 4179, 4660, 5099, 6002, 8001, 8002,
  ];
  for (const errno of wanted) t.not(errorsByErrno(errno).length, 0, `${errno}`);
  t.end();
});

t.test('a message is filled in order, and a missing argument stays visible', (t) => {
  t.equal(
    new ObError('OB_ERR_BAD_FIELD_ERROR', ['a', 'where clause']).message,
    "Unknown column 'a' in 'where clause'",
  );
  t.equal(new ObError('OB_UNKNOWN_CONNECTION', [7n]).message, 'Unknown thread id: 7');
  t.equal(new ObError('OB_NON_UNIQ_ERROR', ['a']).message, "Column 'a' in %s is ambiguous");
  t.equal(new ObError('OB_TIMEOUT', [], { message: 'no answer in 5 s' }).message, 'no answer in 5 s');
  t.end();
});

t.test('an error carries its row, its facts and its cause', (t) => {
  const cause = new Error('socket closed');
  const error = new ObError('OB_RPC_SEND_ERROR', [], { details: { to: '127.0.0.1:2882' }, cause });

  t.equal(error.code, -4121);
  t.equal(error.errno, 4121);
  t.equal(error.sqlState, '08000');
  t.equal(error.retry, 'if-not-sent');
  t.same(error.details, { to: '127.0.0.1:2882' });
  t.equal(error.cause, cause);
  t.ok(isObError(error) && isObError(error, 'OB_RPC_SEND_ERROR'));
  t.notOk(isObError(error, 'OB_TIMEOUT') || isObError(cause));
  t.end();
});

t.test('docs/errors.md is what the table says', (t) => {
  const script = fileURLToPath(new URL('../../../scripts/write-errors-document.ts', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  t.equal(status, 0, stderr);
  t.end();
});
