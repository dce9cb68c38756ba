CREATE TABLE p (id INT PRIMARY KEY AUTO_INCREMENT, i BIGINT, d DECIMAL(10,3), f DOUBLE, s VARCHAR(50), b BLOB, dt DATETIME(3), da DATE, ti TIME, y YEAR, e ENUM('a','b'), u BIGINT UNSIGNED);
--with ["7", "1.2345", 2.5, "text ä", {"hex": "00ff"}, "2020-01-02 03:04:05.6789", "2020-01-02", "10:11:12", "1999", "b", "18446744073709551615"]
INSERT INTO p (i, d, f, s, b, dt, da, ti, y, e, u) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
--with [null, null, null, null, null, null, null, null, null, null, null]
INSERT INTO p (i, d, f, s, b, dt, da, ti, y, e, u) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
--with [5, 7.25, -3, 12, "bytes", "2021-01-01", "2021-01-01", "-01:00:00", 2001, 1, 5]
INSERT INTO p (i, d, f, s, b, dt, da, ti, y, e, u) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
--with []
SELECT * FROM p ORDER BY id;
--with [1]
SELECT id, s FROM p WHERE id = ?;
--with ["1"]
SELECT id, s FROM p WHERE id = ?;
--with ["text ä"]
SELECT id FROM p WHERE s = ?;
--with [7.25]
SELECT id FROM p WHERE d = ?;
--with ["7.25"]
SELECT id FROM p WHERE d = ?;
--with ["2020-01-02"]
SELECT id FROM p WHERE da = ?;
--with ["2020-01-02 03:04:05.679"]
SELECT id FROM p WHERE dt = ?;
--with [{"hex": "00ff"}]
SELECT id FROM p WHERE b = ?;
--with ["18446744073709551615"]
SELECT id FROM p WHERE u = ?;
--with ["x%", 5]
SELECT ?, ? + 0;
--with [2, 1]
SELECT id FROM p ORDER BY id LIMIT ? OFFSET ?;
--with ["2", "1"]
SELECT id FROM p ORDER BY id LIMIT ? OFFSET ?;
--with [1, 3]
SELECT id FROM p WHERE id IN (?, ?) ORDER BY id;
--with [null]
SELECT id FROM p WHERE i <=> ?;
--with ["%x%"]
SELECT id FROM p WHERE s LIKE ?;
--with [9, 1]
UPDATE p SET i = ? WHERE id = ?;
--with [1]
DELETE FROM p WHERE id = ?;
--with ["abc"]
INSERT INTO p (i) VALUES (?);
--with ["2020-13-01"]
INSERT INTO p (da) VALUES (?);
--with [1]
SELECT * FROM nosuch WHERE id = ?;
--with []
SELEC 1;
--differs too few parameters: a malformed packet
--= error 1835
--with [1.5, 2]
SELECT ? * ?, ABS(?), CONCAT(?);
--with [true, false]
SELECT ?, ?;
--with ["a"]
SELECT CASE ? WHEN 'a' THEN 1 END;
PREPARE s1 FROM 'SELECT ? + 1 AS x, ?';
SET @a = 5, @b = 'bee';
EXECUTE s1 USING @a, @b;
EXECUTE s1 USING @a;
EXECUTE nosuch;
SET @q = 'SELECT COUNT(*) FROM p WHERE id > ?';
PREPARE s2 FROM @q;
SET @m = 0;
EXECUTE s2 USING @m;
DEALLOCATE PREPARE s2;
DROP PREPARE s2;
PREPARE s3 FROM 'INSERT INTO p (i, s) VALUES (?, ?)';
SET @i = 77, @s = 'prep';
EXECUTE s3 USING @i, @s;
SELECT ROW_COUNT();
SELECT i, s FROM p WHERE i = 77;
PREPARE s4 FROM 'SELEC';
PREPARE s5 FROM 'SELECT 1; SELECT 2';
PREPARE s6 FROM 'CREATE TABLE viaprep (id INT)';
EXECUTE s6;
SHOW TABLES LIKE 'via%';
# Variables
SET @@session.sort_buffer_size = 100000;
SELECT @@session.sort_buffer_size, @@sort_buffer_size;
SET nosuchvar = 1;
SELECT @@nosuchvar;
SET GLOBAL nosuchvar = 1;
SET @@version = 'x';
SET autocommit = 'maybe';
SET SESSION autocommit = ON;
SELECT @@autocommit, @@session.autocommit;
SET sql_select_limit = 1;
SELECT id FROM p ORDER BY id;
SET sql_select_limit = DEFAULT;
SHOW VARIABLES LIKE 'autocommit';
SHOW VARIABLES WHERE Variable_name = 'sql_select_limit';
SHOW SESSION VARIABLES LIKE 'character_set_client';
SET NAMES utf8mb4;
SET NAMES nosuch;
SET CHARACTER SET utf8mb4;
SET time_zone = '+00:00';
SELECT @@time_zone, TIMEDIFF(NOW(), UTC_TIMESTAMP());
SET time_zone = 'nosuch/zone';
SET time_zone = '+08:00';
SET sql_mode = 'ANSI_QUOTES';
SELECT "id" FROM p WHERE id = 2;
SET sql_mode = 'PIPES_AS_CONCAT';
SELECT 'a' || 'b';
SET sql_mode = '';
INSERT INTO p (i, da, s, e, y) VALUES ('12abc', '2020-02-30', REPEAT('x', 60), 'zzz', 1800);
--lacks a date that does not exist warns with 1292, also where the mode is not strict
--= ["Warning","1265","Data truncated for column 'i' at row 1"]
--= ["Warning","1292","Incorrect date value: '2020-02-30' for column 'da' at row 1"]
--= ["Warning","1265","Data truncated for column 's' at row 1"]
--= ["Warning","1265","Data truncated for column 'e' at row 1"]
--= ["Warning","1264","Out of range value for column 'y' at row 1"]
SHOW WARNINGS;
SELECT i, da, LENGTH(s), e, y FROM p ORDER BY id DESC LIMIT 1;
SELECT 1 / 0;
SHOW COUNT(*) WARNINGS;
SELECT id, MAX(i) FROM p WHERE id = 2;
SET sql_mode = 'STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES';
SELECT 'a\b', LENGTH('\n');
SET sql_mode = 'nosuchmode';
SET sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
SELECT CAST('12x' AS SIGNED);
SHOW WARNINGS;
SELECT 'x' + 1;
SHOW WARNINGS;
SELECT nosuch;
--differs MySQL calls the place `field list`
--= ["Error","1054","Unknown column 'nosuch' in 'field list'"]
SHOW ERRORS;
SELECT @@warning_count, @@error_count;
SHOW STATUS LIKE 'nosuch%';
--differs there is one engine here
--= ["InnoDB","DEFAULT","Supports transactions, foreign keys and replication","YES","NO","YES"]
--= ["OceanBase","YES","The same engine under the name of its model","YES","NO","YES"]
SHOW ENGINES;
SHOW COLLATION LIKE 'utf8mb4_bin';
SHOW CHARACTER SET LIKE 'utf8mb4';
--lacks there are no routines; times are texts in the empty answer
--= []
SHOW PROCEDURE STATUS LIKE 'x';
--lacks there are no triggers; times are texts in the empty answer
--= []
SHOW TRIGGERS;
--lacks there are no events; times are texts in the empty answer
--= []
SHOW EVENTS;
# Syntax and other errors
SELECT FROM p;
SELECT * FORM p;
SELECT 1 1;
SELECT (1;
SELECT 'unclosed;
INSERT p;
INSERT INTO p VALUES;
UPDATE p WHERE id = 1;
DELETE p;
CREATE TABLE;
DROP;
ALTER TABLE p;
SELECT * FROM p WHERE;
SELECT * FROM p GROUP BY;
SELECT * FROM p ORDER;
SELECT * FROM p LIMIT x;
SELECT `id FROM p;
SELECT id, FROM p;
--lacks a space between a function's name and its parenthesis is allowed, as in OceanBase
--= ["4"]
SELECT COUNT (*) FROM p;
--lacks a space between a function's name and its parenthesis is allowed, as in OceanBase
--= [null]
SELECT MAX (id) FROM p WHERE 0;
--differs MySQL says that the database is unknown
--= error 1049
SELECT id FROM nosuchdb.p;
SELECT nosuch.p.id FROM p;
INSERT INTO nosuch VALUES (1);
UPDATE nosuch SET a = 1;
SELECT SUM(id) FROM p WHERE SUM(id) > 1;
SELECT id FROM p HAVING nosuch > 1;
SELECT * FROM p AS x WHERE p.id = 1;
KILL 99999999;
;
SELECT /* comment */ 1 -- tail
  + 2 # more
  ;
SELECT 1 /*!50000 + 1 */ /*!99999 + 1 */ AS x;
SELECT 1 --1;
SELECT 1 -- 1
;
--lacks there is no HELP
--= error 1235
HELP 'x';
--lacks there is no HANDLER
--= error 1235
HANDLER p OPEN;
FLUSH TABLES;
--lacks there are no routines
--= error 1235
CALL nosuch();
