# MariaDB is started without grants; this brings them.
FLUSH PRIVILEGES;
# MariaDB's installation makes an anonymous user, who would be taken for anybody.
DROP USER IF EXISTS ''@localhost;
DROP USER IF EXISTS ann, ben;
CREATE USER ann IDENTIFIED BY 'p', ben IDENTIFIED BY 'p';
CREATE USER ann IDENTIFIED BY 'p';
CREATE USER IF NOT EXISTS ann;
CREATE USER ann, zoe;
# MariaDB has made the one that it could.
DROP USER IF EXISTS zoe;
ALTER USER zoe IDENTIFIED BY 'p';
ALTER USER IF EXISTS zoe IDENTIFIED BY 'p';
DROP USER zoe;
DROP USER IF EXISTS zoe;
RENAME USER zoe TO yan;
RENAME USER ann TO ben;
SET PASSWORD FOR zoe = PASSWORD('p');
CREATE TABLE t (a INT PRIMARY KEY, b INT, c INT);
CREATE TABLE u (a INT, e INT);
CREATE VIEW v AS SELECT a, b FROM t;
CREATE SQL SECURITY INVOKER VIEW w AS SELECT a FROM t;
INSERT INTO t VALUES (1, 2, 3);
INSERT INTO u VALUES (1, 5);
# GRANT and REVOKE: what can be granted where.
GRANT SELECT (a) ON differential.* TO ann;
GRANT PROCESS ON differential.* TO ann;
GRANT PROCESS ON t TO ann;
GRANT LOCK TABLES ON t TO ann;
GRANT FILE ON t TO ann;
GRANT EXECUTE ON t TO ann;
GRANT SELECT ON nosuch TO ann;
GRANT SELECT (nosuch) ON t TO ann;
GRANT SELECT ON nosuch.t TO ann;
GRANT EXECUTE ON PROCEDURE nosuch TO ann;
--differs MariaDB has the number of REVOKE for it; MySQL 8 and OceanBase have one of their own
--= error 1410
GRANT SELECT ON t TO zoe;
REVOKE SELECT ON *.* FROM zoe;
REVOKE SELECT ON differential.* FROM zoe;
REVOKE SELECT ON t FROM zoe;
REVOKE SELECT ON differential.* FROM ann;
REVOKE SELECT ON t FROM ann;
REVOKE SELECT (a) ON t FROM ann;
REVOKE EXECUTE ON PROCEDURE nosuch FROM ann;
REVOKE ALL PRIVILEGES, GRANT OPTION FROM zoe;
REVOKE SELECT ON *.* FROM ann;
# Nothing granted.
--as ann
SELECT 1;
--as ann
SELECT CURRENT_USER();
--as ann
USE differential;
--as ann
SELECT a FROM differential.t;
--as ann
SELECT (SELECT max(e) FROM differential.u);
--as ann
SELECT 1 FROM differential.nosuch;
--as ann
SELECT 1 FROM nosuch.t;
--as ann
INSERT INTO differential.t VALUES (1, 2, 3);
--as ann
REPLACE INTO differential.t VALUES (1, 2, 3);
--as ann
UPDATE differential.t SET a = 1;
--as ann
DELETE FROM differential.t;
--as ann
CREATE TABLE differential.n (a INT);
--as ann
CREATE TABLE differential.n LIKE differential.t;
--as ann
DROP TABLE differential.t;
--as ann
TRUNCATE differential.t;
--as ann
ALTER TABLE differential.t ADD x INT;
--as ann
RENAME TABLE differential.t TO differential.n;
--as ann
CREATE INDEX i ON differential.t (b);
--as ann
CREATE VIEW differential.n AS SELECT 1;
--as ann
DROP VIEW differential.v;
--as ann
CREATE DATABASE nosuch;
--as ann
DROP DATABASE differential;
--as ann
SHOW TABLES FROM differential;
--as ann
SHOW CREATE TABLE differential.t;
--as ann
DESCRIBE differential.t;
--as ann
SHOW INDEX FROM differential.t;
--as ann
SHOW GRANTS FOR root;
--as ann
LOCK TABLES differential.t READ;
--as ann
SET GLOBAL max_connections = 100;
--as ann
FLUSH TABLES;
--as ann
CREATE USER zoe;
--as ann
ALTER USER root IDENTIFIED BY 'p';
--as ann
GRANT SELECT ON *.* TO ann;
--as ann
GRANT SELECT ON differential.* TO ann;
--as ann
GRANT SELECT ON differential.t TO ann;
--as ann
SELECT count(*) FROM information_schema.tables WHERE table_schema = 'differential';
--as ann
SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'differential';
--as ann
SELECT user FROM mysql.user;
# Columns.
GRANT SELECT (a, b), UPDATE (b), INSERT (a) ON t TO ann;
--as ann
SELECT a, b FROM differential.t WHERE a > 0 ORDER BY b;
--as ann
SELECT count(*) FROM differential.t;
--as ann
SELECT * FROM differential.t;
--as ann
SELECT a FROM differential.t WHERE c = 3;
--as ann
SELECT a FROM differential.t ORDER BY c;
--as ann
SELECT x.a FROM differential.t AS x JOIN differential.t AS y USING (a);
--as ann
--differs MariaDB takes the columns of USING for nobody's secret
--= error 1143
SELECT x.a FROM differential.t AS x JOIN differential.t AS y USING (c);
--as ann
INSERT INTO differential.t (a) VALUES (2);
--as ann
INSERT INTO differential.t (a, b) VALUES (3, 3);
--as ann
UPDATE differential.t SET b = a WHERE a = 2;
--as ann
UPDATE differential.t SET a = 9;
--as ann
UPDATE differential.t SET b = c;
--as ann
DELETE FROM differential.t WHERE a = 2;
--as ann
--differs MariaDB asks for UPDATE of the key too
--= ok
INSERT INTO differential.t (a) VALUES (2) ON DUPLICATE KEY UPDATE b = 4;
--as ann
INSERT INTO differential.t (a) VALUES (2) ON DUPLICATE KEY UPDATE b = c;
--as ann
USE differential;
--as ann
SHOW TABLES;
--as ann
SELECT column_name FROM information_schema.columns WHERE table_schema = 'differential' ORDER BY column_name;
REVOKE ALL ON t FROM ann;
--as ann
SELECT a FROM differential.t;
# Writing without reading.
GRANT UPDATE, DELETE ON t TO ann;
--as ann
UPDATE differential.t SET b = 1;
--as ann
UPDATE differential.t SET b = 1 WHERE a = 1;
--as ann
UPDATE differential.t SET b = b + 1;
--as ann
DELETE FROM differential.t WHERE a = 1;
--as ann
DELETE FROM differential.t;
REVOKE UPDATE, DELETE ON t FROM ann;
# Views.
GRANT SELECT ON v TO ann;
GRANT SELECT ON w TO ann;
--as ann
--differs the definer's session began before MariaDB had grants
--= ["0"]
SELECT count(a) FROM differential.v;
--as ann
SELECT count(a) FROM differential.w;
--as ann
SELECT a FROM differential.t;
--as ann
SHOW CREATE VIEW differential.v;
REVOKE ALL ON v FROM ann;
--as ann
SELECT count(a) FROM differential.v;
# Patterns, the most special of which counts.
# MariaDB looks at a database's grants when it is used.
GRANT SELECT ON `diff%`.* TO ann;
--as ann
USE differential;
--as ann
SELECT e FROM differential.u;
GRANT INSERT ON `differential`.* TO ann;
--as ann
USE differential;
--as ann
SELECT e FROM differential.u;
--as ann
INSERT INTO differential.u VALUES (2, 6);
REVOKE ALL PRIVILEGES, GRANT OPTION FROM ann;
--as ann
USE information_schema;
--as ann
INSERT INTO differential.u VALUES (3, 7);
# Giving away.
GRANT SELECT ON differential.* TO ann WITH GRANT OPTION;
--as ann
USE differential;
--as ann
GRANT SELECT ON differential.u TO ben;
--as ann
GRANT INSERT ON differential.u TO ben;
--as ann
GRANT SELECT, INSERT ON differential.* TO ben;
--as ben
SELECT e FROM differential.u WHERE a = 1;
--as ann
REVOKE SELECT ON differential.u FROM ben;
--as ben
SELECT e FROM differential.u WHERE a = 1;
# All at once, and prepared.
GRANT ALL ON *.* TO ben;
--as ben
--differs global privileges count from the next login on there, from the next statement on here and in OceanBase
--= ["5"]
SELECT e FROM differential.u WHERE a = 1;
--as ben
--with [1]
--differs as above
--= ["5"]
SELECT e FROM differential.u WHERE a = ?;
--as ben
GRANT SELECT ON *.* TO ann;
REVOKE ALL ON *.* FROM ben;
--as ben
--with [1]
SELECT e FROM differential.u WHERE a = ?;
--as ben
SET PASSWORD = PASSWORD('q');
DROP USER ann, ben;
DROP USER ann;
