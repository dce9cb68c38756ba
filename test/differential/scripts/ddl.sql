CREATE TABLE t1 (id INT NOT NULL AUTO_INCREMENT, a VARCHAR(10) DEFAULT 'x' COMMENT 'note', b DECIMAL(5,2) NOT NULL DEFAULT '1.50', c TIMESTAMP NULL, d ENUM('p','q') DEFAULT 'p', e INT UNSIGNED, PRIMARY KEY (id), KEY ka (a), UNIQUE KEY ub (b, e)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE t1 (id INT);
CREATE TABLE IF NOT EXISTS t1 (id INT);
CREATE TABLE t2 LIKE t1;
CREATE TABLE t3 AS SELECT 1 AS one, 'x' AS s, 1.5 AS d;
CREATE TABLE t4 (k INT PRIMARY KEY) SELECT 5 AS k, 6 AS l;
SELECT * FROM t3;
SELECT * FROM t4;
CREATE TABLE bad (id INT, id INT);
CREATE TABLE bad (id INT, KEY (nosuch));
CREATE TABLE bad (id INT PRIMARY KEY, b INT PRIMARY KEY);
CREATE TABLE bad (id INT AUTO_INCREMENT);
CREATE TABLE bad (a INT AUTO_INCREMENT PRIMARY KEY, b INT AUTO_INCREMENT UNIQUE);
CREATE TABLE bad (a INT DEFAULT 'abc');
--differs it allows defaults of TEXT
--= error 1101
CREATE TABLE bad (a TEXT DEFAULT 'abc', b INT);
DROP TABLE IF EXISTS bad;
--differs it makes a TEXT of it where the mode is not strict
--= error 1074
CREATE TABLE bad (a VARCHAR(100000));
DROP TABLE IF EXISTS bad;
CREATE TABLE bad (a DECIMAL(70, 2));
--differs it allows 38 digits after the point
--= error 1425
CREATE TABLE bad (a DECIMAL(10, 31));
CREATE TABLE bad (a DECIMAL(5, 6));
CREATE TABLE bad (a CHAR(256));
CREATE TABLE bad (a ENUM('x', 'X'));
--differs MySQL wants a length for keys of TEXT
--= error 1170
CREATE TABLE bad (a TEXT, KEY (a));
--differs MySQL wants a length for keys of TEXT
--= error 1061
CREATE TABLE bad (a INT, KEY k (a), KEY k (a));
DROP TABLE IF EXISTS bad;
CREATE TABLE bad ();
--differs it has an error of its own for types
--= error 1064
CREATE TABLE bad (a NOSUCHTYPE);
CREATE TABLE nosuchdb.t (a INT);
CREATE TABLE bad (a DATETIME(7));
CREATE TABLE bad (a BIT(65));
CREATE TABLE bad (a INT NOT NULL DEFAULT NULL);
CREATE TABLE bad (a DATE DEFAULT '2020-02-30');
CREATE TABLE `we``ird` (`a b` INT, `select` INT);
INSERT INTO `we``ird` VALUES (1, 2);
SELECT `a b`, `select` FROM `we``ird`;
SELECT * FROM `we``ird`;
DROP TABLE `we``ird`;
INSERT INTO t1 (a, b, e) VALUES ('one', 1, 1), ('two', 2, 2);
ALTER TABLE t1 ADD COLUMN f INT NOT NULL DEFAULT 7;
ALTER TABLE t1 ADD g VARCHAR(5) AFTER a, ADD h INT FIRST;
ALTER TABLE t1 ADD g INT;
ALTER TABLE t1 DROP COLUMN nosuch;
ALTER TABLE t1 MODIFY a VARCHAR(30) NOT NULL;
--lacks ALTER TABLE counts no copied rows
--= ok
ALTER TABLE t1 CHANGE g gg CHAR(8) DEFAULT 'def';
ALTER TABLE t1 ALTER gg SET DEFAULT 'new';
ALTER TABLE t1 ALTER COLUMN gg DROP DEFAULT;
ALTER TABLE t1 ADD INDEX kf (f), ADD UNIQUE (h);
ALTER TABLE t1 ADD INDEX kf (f);
ALTER TABLE t1 DROP INDEX kf;
ALTER TABLE t1 DROP INDEX nosuch;
--differs MySQL takes the column out of its keys
--= ok
ALTER TABLE t1 DROP COLUMN e;
ALTER TABLE t1 DROP INDEX ub;
ALTER TABLE t1 DROP COLUMN IF EXISTS e;
ALTER TABLE t1 RENAME INDEX ka TO kb;
--lacks ALTER TABLE counts no copied rows
--= ok
ALTER TABLE t1 MODIFY b INT;
SELECT * FROM t1 ORDER BY id;
--differs MySQL names column and row
--= error 1366
ALTER TABLE t1 MODIFY a INT;
ALTER TABLE t1 COMMENT = 'hello';
ALTER TABLE t1 DROP PRIMARY KEY;
ALTER TABLE t1 RENAME TO t1b;
RENAME TABLE t1b TO t1;
ALTER TABLE t1 RENAME AS t2;
ALTER TABLE nosuch ADD a INT;
CREATE INDEX kz ON t1 (b, a(5));
CREATE UNIQUE INDEX kz ON t1 (b);
CREATE INDEX ky ON t1 (nosuch);
DROP INDEX kz ON t1;
DROP INDEX kz ON t1;
DESCRIBE t1;
SHOW COLUMNS FROM t1;
SHOW COLUMNS FROM t1 LIKE 'a%';
SHOW FULL COLUMNS FROM t2;
DESC t2 id;
EXPLAIN t2;
--differs our rows end with Visible and Expression, and Cardinality is not estimated
--= ["t2","0","PRIMARY","1","id","A",null,null,null,"","BTREE","","","YES",null]
--= ["t2","0","ub","1","b","A",null,null,null,"","BTREE","","","YES",null]
--= ["t2","0","ub","2","e","A",null,null,null,"YES","BTREE","","","YES",null]
--= ["t2","1","ka","1","a","A",null,null,null,"YES","BTREE","","","YES",null]
SHOW INDEX FROM t2;
--differs it names the collation, prints defaults without quotes and those of TEXT too
--= ["t2","CREATE TABLE `t2` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  `a` varchar(10) DEFAULT 'x' COMMENT 'note',\n  `b` decimal(5,2) NOT NULL DEFAULT '1.50',\n  `c` timestamp NULL DEFAULT NULL,\n  `d` enum('p','q') DEFAULT 'p',\n  `e` int(10) unsigned DEFAULT NULL,\n  PRIMARY KEY (`id`),\n  UNIQUE KEY `ub` (`b`,`e`),\n  KEY `ka` (`a`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"]
SHOW CREATE TABLE t2;
SHOW TABLES;
SHOW TABLES LIKE 't%';
SHOW FULL TABLES;
SHOW TABLES WHERE Tables_in_differential = 't1';
SHOW DATABASES LIKE 'differential';
--differs it names the collation
--= ["differential","CREATE DATABASE `differential` /*!40100 DEFAULT CHARACTER SET utf8mb4 */"]
SHOW CREATE DATABASE differential;
SHOW COLUMNS FROM nosuch;
SHOW CREATE TABLE nosuch;
SHOW INDEX FROM nosuch;
SHOW TABLES FROM nosuchdb;
CREATE VIEW v1 AS SELECT id, a FROM t2 WHERE id > 0;
CREATE VIEW v1 AS SELECT 1;
CREATE OR REPLACE VIEW v1 (x, y) AS SELECT id, CONCAT(a, '!') FROM t2;
INSERT INTO t2 (a, e) VALUES ('v', 1);
SELECT * FROM v1;
SELECT y FROM v1 WHERE x = 1;
--lacks columns of views show no default of their type
--= ["x","int(11)","NO","",null,""]
--= ["y","varchar(11)","YES","",null,""]
DESC v1;
SHOW FULL TABLES WHERE Table_type = 'VIEW';
CREATE VIEW v2 AS SELECT * FROM nosuch;
CREATE VIEW v3 AS SELECT COUNT(*) c, MAX(b) m FROM t2;
SELECT * FROM v3;
CREATE VIEW v4 AS SELECT v3.c + 1 AS d FROM v3;
SELECT * FROM v4;
DROP VIEW v3;
SELECT * FROM v4;
--differs it has an error of its own for views
--= error 1051
DROP VIEW nosuch;
DROP VIEW IF EXISTS nosuch, v4;
--differs it has an error of its own for views
--= error 1051
DROP TABLE v1;
--differs it has an error of its own for views
--= error 1347
DROP VIEW t2;
DROP VIEW v1;
DROP TABLE t1, nosuch;
DROP TABLE IF EXISTS t1, nosuch;
SHOW TABLES;
DROP TABLE nosuch;
CREATE DATABASE differential;
--differs MySQL counts 1 though the database was there
--= ok
CREATE DATABASE IF NOT EXISTS differential;
CREATE DATABASE differential2 DEFAULT CHARACTER SET utf8mb4;
CREATE TABLE differential2.x (id INT);
INSERT INTO differential2.x VALUES (1);
SELECT * FROM differential2.x;
RENAME TABLE differential2.x TO differential.moved;
SELECT * FROM moved;
USE differential2;
SELECT DATABASE();
USE nosuchdb;
DROP DATABASE differential2;
SELECT DATABASE();
SELECT * FROM x;
USE differential;
DROP DATABASE differential2;
DROP DATABASE IF EXISTS differential2;
--lacks there are no temporary tables yet
--= error 1235
CREATE TEMPORARY TABLE tmp (id INT);
SELECT TABLE_NAME, TABLE_TYPE, TABLE_ROWS IS NULL FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'differential' ORDER BY TABLE_NAME;
SELECT COLUMN_NAME, ORDINAL_POSITION, IS_NULLABLE, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, COLUMN_TYPE, COLUMN_KEY, EXTRA FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'differential' AND TABLE_NAME = 't2' ORDER BY ORDINAL_POSITION;
SELECT INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, NON_UNIQUE FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'differential' AND TABLE_NAME = 't2' ORDER BY INDEX_NAME, SEQ_IN_INDEX;
SELECT CONSTRAINT_NAME, CONSTRAINT_TYPE FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = 'differential' AND TABLE_NAME = 't2' ORDER BY 1;
SELECT CONSTRAINT_NAME, COLUMN_NAME, ORDINAL_POSITION FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = 'differential' AND TABLE_NAME = 't2' ORDER BY 1, 3;
SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'differential';
CREATE TABLE every_type (c1 TINYINT(1), c2 SMALLINT, c3 MEDIUMINT UNSIGNED, c4 INT(11) UNSIGNED ZEROFILL, c5 BIGINT, c6 FLOAT, c7 DOUBLE(10,2), c8 DECIMAL(6,3), c9 BIT(5), c10 DATE, c11 DATETIME(3), c12 TIMESTAMP(6) NULL, c13 TIME(2), c14 YEAR, c15 CHAR(3), c16 VARCHAR(20) NOT NULL, c17 TINYTEXT, c18 MEDIUMTEXT, c19 LONGTEXT, c20 BINARY(4), c21 VARBINARY(5), c22 BLOB, c23 LONGBLOB, c24 ENUM('a','b'), c25 SET('x','y'), c26 BOOLEAN, c27 INTEGER, c28 NUMERIC(4), c29 CHAR, c30 TINYBLOB);
DESC every_type;
--differs it names the collation, prints defaults without quotes and those of TEXT too
--= ["every_type","CREATE TABLE `every_type` (\n  `c1` tinyint(1) DEFAULT NULL,\n  `c2` smallint(6) DEFAULT NULL,\n  `c3` mediumint(8) unsigned DEFAULT NULL,\n  `c4` int(11) unsigned zerofill DEFAULT NULL,\n  `c5` bigint(20) DEFAULT NULL,\n  `c6` float DEFAULT NULL,\n  `c7` double(10,2) DEFAULT NULL,\n  `c8` decimal(6,3) DEFAULT NULL,\n  `c9` bit(5) DEFAULT NULL,\n  `c10` date DEFAULT NULL,\n  `c11` datetime(3) DEFAULT NULL,\n  `c12` timestamp(6) NULL DEFAULT NULL,\n  `c13` time(2) DEFAULT NULL,\n  `c14` year(4) DEFAULT NULL,\n  `c15` char(3) DEFAULT NULL,\n  `c16` varchar(20) NOT NULL,\n  `c17` tinytext,\n  `c18` mediumtext,\n  `c19` longtext,\n  `c20` binary(4) DEFAULT NULL,\n  `c21` varbinary(5) DEFAULT NULL,\n  `c22` blob,\n  `c23` longblob,\n  `c24` enum('a','b') DEFAULT NULL,\n  `c25` set('x','y') DEFAULT NULL,\n  `c26` tinyint(1) DEFAULT NULL,\n  `c27` int(11) DEFAULT NULL,\n  `c28` decimal(4,0) DEFAULT NULL,\n  `c29` char(1) DEFAULT NULL,\n  `c30` tinyblob\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"]
SHOW CREATE TABLE every_type;
INSERT INTO every_type (c4, c16) VALUES (42, '');
SELECT c4, c16 FROM every_type;
CREATE TABLE fk_p (id INT PRIMARY KEY, u INT UNIQUE);
CREATE TABLE fk_c (id INT PRIMARY KEY, p INT, q INT, CONSTRAINT c1 FOREIGN KEY (p) REFERENCES fk_p (id) ON DELETE SET NULL, CONSTRAINT c2 FOREIGN KEY (q) REFERENCES fk_p (u));
--differs it names the collation, prints defaults without quotes and those of TEXT too
--= ["fk_c","CREATE TABLE `fk_c` (\n  `id` int(11) NOT NULL,\n  `p` int(11) DEFAULT NULL,\n  `q` int(11) DEFAULT NULL,\n  PRIMARY KEY (`id`),\n  KEY `c1` (`p`),\n  KEY `c2` (`q`),\n  CONSTRAINT `c1` FOREIGN KEY (`p`) REFERENCES `fk_p` (`id`) ON DELETE SET NULL,\n  CONSTRAINT `c2` FOREIGN KEY (`q`) REFERENCES `fk_p` (`u`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"]
SHOW CREATE TABLE fk_c;
--differs our rows end with Visible and Expression, and Cardinality is not estimated
--= ["fk_c","0","PRIMARY","1","id","A",null,null,null,"","BTREE","","","YES",null]
--= ["fk_c","1","c1","1","p","A",null,null,null,"YES","BTREE","","","YES",null]
--= ["fk_c","1","c2","1","q","A",null,null,null,"YES","BTREE","","","YES",null]
SHOW INDEX FROM fk_c;
ALTER TABLE fk_c DROP FOREIGN KEY c1;
ALTER TABLE fk_c DROP FOREIGN KEY c1;
ALTER TABLE fk_c ADD CONSTRAINT c3 FOREIGN KEY (p) REFERENCES fk_p (id);
--differs MySQL names the column
--= error 1829
ALTER TABLE fk_p DROP COLUMN u;
DROP TABLE fk_c, fk_p;
CREATE TABLE part (id INT) PARTITION BY HASH (id) PARTITIONS 4;
ALTER TABLE t2 CONVERT TO CHARACTER SET utf8mb4;
ALTER TABLE t2 ENGINE = InnoDB;
ALTER TABLE t2 ADD CONSTRAINT pk PRIMARY KEY (id);
--lacks ALTER TABLE counts no copied rows
--= ok
ALTER TABLE t2 ORDER BY id;
ANALYZE TABLE t2;
CHECK TABLE t2;
--differs tables are not rebuilt here
--= ["differential.t2","optimize","status","OK"]
OPTIMIZE TABLE t2;
CREATE TABLE many (a INT, b INT, c INT, PRIMARY KEY (a, b), UNIQUE KEY (c), KEY bc (b, c));
INSERT INTO many VALUES (1, 1, 1), (1, 2, 2), (2, 1, NULL), (2, 2, NULL);
INSERT INTO many VALUES (1, 1, 9);
INSERT INTO many VALUES (3, 3, 1);
ALTER TABLE many ADD UNIQUE KEY (b);
ALTER TABLE many DROP PRIMARY KEY, ADD PRIMARY KEY (b, a);
--differs it names the collation, prints defaults without quotes and those of TEXT too
--= ["many","CREATE TABLE `many` (\n  `a` int(11) NOT NULL,\n  `b` int(11) NOT NULL,\n  `c` int(11) DEFAULT NULL,\n  PRIMARY KEY (`b`,`a`),\n  UNIQUE KEY `c` (`c`),\n  KEY `bc` (`b`,`c`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"]
SHOW CREATE TABLE many;
DESC many;
--lacks there are no triggers
--= error 1235
CREATE TRIGGER tr BEFORE INSERT ON many FOR EACH ROW SET NEW.c = 1;
