import t from 'tap';
import { redactedText } from '../../src/accounts/redacted-text.ts';

const texts: readonly (readonly [text: string, shown: string])[] = [
  ["SELECT 'a' FROM t", "SELECT 'a' FROM t"],
  ["CREATE USER 'ann'@'h' IDENTIFIED BY 's3'", "CREATE USER 'ann'@'h' IDENTIFIED BY '***'"],
  [
    "create user a identified /* 'x' */ by 's''3', b@'h' identified with p as '*AB'",
    "create user a identified /* 'x' */ by '***', b@'h' identified with p as '***'",
  ],
  ["ALTER USER a IDENTIFIED BY PASSWORD '*AB'", "ALTER USER a IDENTIFIED BY PASSWORD '***'"],
  ["SET PASSWORD FOR 'a'@'h' = PASSWORD('s\\'3')", "SET PASSWORD FOR '***'@'h' = PASSWORD('***')"],
  ['SET PASSWORD = "s3"', "SET PASSWORD = '***'"],
  ["GRANT SELECT ON *.* TO a IDENTIFIED BY 's3", "GRANT SELECT ON *.* TO a IDENTIFIED BY '***'"],
  ["PREPARE s FROM 'ALTER USER a IDENTIFIED BY \\'s3\\''", "PREPARE s FROM '***'"],
  ["CREATE USER a /*!50000 IDENTIFIED BY 's3' */", "CREATE USER a /*!50000 IDENTIFIED BY '***' */"],
  ['CREATE USER a IDENTIFIED WITH p AS 0x2441', "CREATE USER a IDENTIFIED WITH p AS '***'"],
];

t.test('nobody who watches a statement sees a password', async (t) => {
  for (const [text, shown] of texts) t.equal(redactedText(text), shown, text);
});
