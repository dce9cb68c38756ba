# Modes other than the strict one
CREATE TABLE lax (id INT PRIMARY KEY AUTO_INCREMENT, a TINYINT, u TINYINT UNSIGNED, v VARCHAR(3) NOT NULL, d DATE, dt DATETIME, t TIME, y YEAR, e ENUM('x','y'), s SET('p','q'), n DECIMAL(4,2), f FLOAT, b BIT(2), bi BINARY(2), i INT NOT NULL);
SET sql_mode = '';
INSERT INTO lax (a, u, v, i) VALUES (1000, -5, 'toolong', 'x'), (-1000, 1000, NULL, NULL), ('7x', '8.6', 12345, 2.5);
INSERT INTO lax (v) VALUES ('ok');
INSERT INTO lax (d, dt, t, y) VALUES ('2020-13-01', '2020-02-31 10:00:00', '25:61:00', 1800), ('garbage', 'garbage', 'garbage', 'garbage'), ('0000-00-00', '2020-00-00', '-900:00:00', 0), ('2020-02-00', 20200101, 101112, '99');
INSERT INTO lax (e, s, n, f, b, bi) VALUES ('z', 'p,r', 1000, 'abc', 9, 'abcdef'), (3, 7, -1000, 1e50, 'a', ''), ('', '', 99.999, -1e50, NULL, 'x');
SELECT id, a, u, v, i FROM lax ORDER BY id;
SELECT id, d, dt, t, y FROM lax ORDER BY id;
SELECT id, e, e + 0, s, n, b + 0, HEX(bi) FROM lax ORDER BY id;
UPDATE lax SET v = NULL, i = NULL WHERE id = 3;
UPDATE lax SET a = a + 1000 WHERE id = 1;
UPDATE lax SET v = 1 / 0 WHERE id = 4;
SELECT a, v, i FROM lax WHERE id IN (1, 3, 4) ORDER BY id;
SELECT 'a' = 0, 1 / 0, 5 % 0, CAST('x' AS SIGNED), DATE('2020-02-30'), 'x' + 1;
INSERT INTO lax (id) VALUES (0);
SELECT LAST_INSERT_ID() > 0;
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';
INSERT INTO lax (id) VALUES (0);
SELECT COUNT(*) FROM lax WHERE id = 0;
SET sql_mode = 'NO_UNSIGNED_SUBTRACTION';
SELECT CAST(1 AS UNSIGNED) - 2, CAST(0 AS UNSIGNED) - 1;
SET sql_mode = 'HIGH_NOT_PRECEDENCE';
SELECT NOT 1 BETWEEN -5 AND 5, NOT 5 = 3;
SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT';
SELECT "id" || '-' || 'x' FROM lax WHERE "id" = 1;
SELECT 1 || 2 + 3;
SET sql_mode = 'ANSI';
SELECT 'a' || 'b', "a" FROM (SELECT 1 AS "a") t;
SET sql_mode = 'NO_BACKSLASH_ESCAPES';
SELECT '\', 'a\nb', 'x' LIKE '\x';
SET sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
# Strings
--differs a function of a bare NULL is bytes there
--= ["e","","","",null,"ö","234","äö","ü","","abc","c"]
SELECT SUBSTRING('abcdef', -2, 1), SUBSTRING('abc', 4), SUBSTRING('abc', 2, -1), SUBSTRING('abc', 2, 0), SUBSTRING(NULL, 1), SUBSTRING('äöü', 2, 1), SUBSTRING(12345, 2, 3), LEFT('äöü', 2), RIGHT('äöü', 1), LEFT('abc', 0), RIGHT('abc', 10), MID('abc', -1);
--differs an empty text is found in an empty one in MySQL
--= ["4","1","0","2","3",null,"3",null,"0","0","2","0"]
SELECT LOCATE('b', 'abcb', 3), LOCATE('', '', 1), LOCATE('a', 'bca', -1), LOCATE('ö', 'äöü'), INSTR('abc', 'C'), INSTR(NULL, 'a'), POSITION('c' IN 'abc'), LOCATE('x', NULL), FIND_IN_SET('', ''), FIND_IN_SET('a', ''), FIND_IN_SET('B', 'a,b'), FIND_IN_SET('a,b', 'a,b');
SELECT REPLACE('aaa', 'a', 'bb'), REPLACE('abc', '', 'x'), REPLACE('ABC', 'b', 'x'), REPLACE(NULL, 'a', 'b'), INSERT('abc', 2, 1, 'XX'), INSERT('abc', 2, 100, 'Y'), INSERT('abc', 10, 1, 'Z'), INSERT('abc', 0, 1, 'Z'), REVERSE('abc'), REVERSE(123), REPEAT('ab', 2.5), REPEAT('', 5), SPACE(0), SPACE(-1);
--differs a function of a bare NULL is bytes there
--= ["1","x","x ","1.5","x","",null,"5"]
SELECT TRIM('\n a \n') = '\n a \n', TRIM(BOTH 'ab' FROM 'ababxab'), TRIM(LEADING FROM '  x '), TRIM(TRAILING '0' FROM 1.500), TRIM('' FROM 'x'), LTRIM('   '), RTRIM(NULL), TRIM(5);
SELECT LPAD('abc', 6, 'xy'), RPAD('abc', 2, 'x'), LPAD('', 3, 'ab'), LPAD('a', -1, 'b'), RPAD('ä', 3, 'ö'), LPAD(5, 3, 0), LPAD('x', NULL, 'y');
--differs a function of a bare NULL is bytes there
--= ["STRAßE","àé",null,"12","97","53",null,"50","My","0100","00","0","3","24"]
SELECT UPPER('straße'), LOWER('ÀÉ'), UPPER(NULL), LOWER(12), ASCII('abc'), ASCII(5), ASCII(NULL), ORD('2'), CHAR(77, NULL, 121), HEX(CHAR(256)), HEX(CHAR(0)), CHAR_LENGTH(''), LENGTH('€'), BIT_LENGTH('€');
SELECT STRCMP('a', 'B'), STRCMP('b', 'A'), STRCMP(NULL, 'a'), STRCMP('abc', 'abcd'), SOUNDEX('Robert'), SOUNDEX('Rupert'), SOUNDEX(''), QUOTE('a\\b\nc'), ELT(0, 'a'), ELT(3, 'a', 'b'), ELT(NULL, 'a'), ELT('2', 'a', 'b'), FIELD(NULL, NULL), FIELD('a'), FIELD('A', 'b', 'a'), FIELD(1, '1', 1.0);
SELECT MAKE_SET(3, 'a', NULL, 'c'), MAKE_SET(0, 'a'), EXPORT_SET(6, '1', '0', '', 5), EXPORT_SET(1, 'y', 'n'), SUBSTRING_INDEX('a.b.c', '.', 0), SUBSTRING_INDEX('a.b.c', '.', 5), SUBSTRING_INDEX('a.b.c', '', 1), SUBSTRING_INDEX('a.b.c', 'B', 1), CONCAT_WS('', 'a', 'b'), CONCAT_WS(',', NULL, NULL), CONCAT_WS(',', '', 'a', ''), CONCAT('a', 1.0, TRUE, NULL);
SELECT 'abc' LIKE '%b%', 'abc' LIKE '_b_', 'abc' LIKE 'abc%', 'a%' LIKE 'a\\%', 'ab' LIKE 'a\\%', 'a\\' LIKE 'a\\\\', '10%' LIKE '10|%' ESCAPE '|', 'x' LIKE '', '' LIKE '%', 'ABC' LIKE 'abc', 'ABC' LIKE BINARY 'abc', 'abc' LIKE 'a%c%', 5 LIKE 5, 'a\nb' LIKE 'a_b', 'äb' LIKE '_b', 'a_b' LIKE 'a\_b', 'axb' LIKE 'a\_b';
--differs an empty pattern is an error in MySQL
--= error 1139
SELECT 'abc' REGEXP 'a.c', 'abc' REGEXP '^b', 'abc' REGEXP 'c$', 'aXc' REGEXP '[[:upper:]]', 'a1' REGEXP '[[:digit:]]', 'ab' REGEXP '(a|b){2}', 'a.c' REGEXP 'a\\.c', 'abc' REGEXP '', '' REGEXP '^$', 'ä' REGEXP '^.$', NULL REGEXP 'x', 'abc' NOT RLIKE 'abc';
SELECT 'abc' REGEXP '[';
SELECT MD5(''), MD5(NULL), SHA1('abc'), SHA('abc'), SHA2('abc', 224), SHA2('abc', 0), SHA2('abc', 384), CRC32('abc'), CRC32(NULL), CRC32(123), TO_BASE64('a'), TO_BASE64(''), FROM_BASE64('YQ=='), FROM_BASE64('!!'), HEX(AES_ENCRYPT('a', 'k')), AES_DECRYPT(AES_ENCRYPT('text', 'key'), 'key'), UNHEX('F'), UNHEX(''), PASSWORD('') IS NULL;
SELECT INET_ATON('255.255.255.255'), INET_ATON('1.2'), INET_ATON(''), INET_NTOA(0), INET_NTOA(4294967295), INET6_NTOA(INET6_ATON('fe80::1')), INET6_NTOA(INET6_ATON('1.2.3.4')), IS_IPV4('1.2.3'), IS_IPV4_MAPPED(INET6_ATON('::ffff:1.2.3.4')), IS_IPV6('x'), IS_IPV4_COMPAT(INET6_ATON('::1.2.3.4'));
SELECT 'a' 'b', 'a' "b" 'c', _utf8mb4 'x', N'n', X'41' 'b' IS NULL, 'a\0b' = 'a', LENGTH('a\0b'), '\Z' = CHAR(26), '\%', '\_', '\q', "\"", '''', "'";
--lacks COERCIBILITY of COLLATE is told as 4
--= ["utf8mb4","binary","binary","binary","utf8mb4_general_ci","binary","utf8mb4","4","5","utf8mb4_bin"]
SELECT CHARSET('a'), CHARSET(1), CHARSET(NULL), CHARSET(x'41'), COLLATION(CONVERT('a' USING utf8mb4)), CHARSET(CAST('a' AS BINARY)), CHARSET(CONCAT('a', 1)), COERCIBILITY('a' COLLATE utf8mb4_bin), COERCIBILITY(1), COLLATION('a' COLLATE utf8mb4_bin);
SELECT 'a' COLLATE nosuch;
--lacks a collation of another character set is not refused
--= ok
SELECT 'a' COLLATE latin1_bin;
SELECT 'a' COLLATE utf8mb4_bin = 'a' COLLATE utf8mb4_general_ci;
# Collations of columns
CREATE TABLE col (id INT PRIMARY KEY, ci VARCHAR(10), cs VARCHAR(10) COLLATE utf8mb4_bin, bi VARCHAR(10) BINARY, l VARCHAR(10) CHARACTER SET latin1, vb VARBINARY(10), UNIQUE KEY (cs));
INSERT INTO col VALUES (1, 'a', 'a', 'a', 'a', 'a'), (2, 'A', 'A', 'A', 'A', 'A'), (3, 'b', 'b', 'b', 'ä', 'b');
SELECT id FROM col WHERE ci = 'A' ORDER BY id;
SELECT id FROM col WHERE cs = 'A' ORDER BY id;
SELECT id FROM col WHERE bi = 'A' ORDER BY id;
SELECT id FROM col WHERE vb = 'A' ORDER BY id;
SELECT id FROM col WHERE ci = cs ORDER BY id;
SELECT id FROM col WHERE ci = BINARY 'A';
SELECT id FROM col WHERE cs LIKE 'A%' OR bi LIKE 'B' ORDER BY id;
SELECT id FROM col WHERE l = 'ä';
SELECT ci, COUNT(*) FROM col GROUP BY ci ORDER BY ci;
SELECT cs, COUNT(*) FROM col GROUP BY cs ORDER BY cs;
SELECT COUNT(DISTINCT ci), COUNT(DISTINCT cs), COUNT(DISTINCT vb) FROM col;
SELECT id FROM col ORDER BY cs DESC;
SELECT id FROM col ORDER BY ci, id DESC;
SELECT ci FROM col WHERE ci COLLATE utf8mb4_bin = 'A';
SELECT MAX(cs), MIN(cs), MAX(vb), MIN(vb) FROM col;
SELECT x.id, y.id FROM col x JOIN col y ON x.cs = y.ci ORDER BY x.id, y.id;
SELECT cs IN ('a', 'B'), ci IN ('A', 'B'), FIELD(cs, 'A', 'a'), LOCATE('A', cs), INSTR(ci, 'A'), REPLACE(ci, 'a', 'x'), STRCMP(cs, 'A'), cs BETWEEN 'A' AND 'Z', CASE cs WHEN 'A' THEN 1 ELSE 0 END, NULLIF(cs, 'A'), GREATEST(cs, 'B') FROM col ORDER BY id;
INSERT INTO col (id, cs) VALUES (4, 'a');
INSERT INTO col (id, cs) VALUES (4, 'B');
--lacks texts are kept as utf8mb4, whatever character set a column names
--= ["Ä","2","1","äb","C3A4"]
SELECT UPPER(l), LENGTH(l), CHAR_LENGTH(l), CONCAT(l, ci), HEX(l) FROM col WHERE id = 3;
# Windows
CREATE TABLE w (id INT PRIMARY KEY, g CHAR(1), v INT, d DATE);
INSERT INTO w VALUES (1, 'a', 10, '2020-01-01'), (2, 'a', 20, '2020-01-02'), (3, 'a', 20, '2020-01-05'), (4, 'b', 5, '2020-01-01'), (5, 'b', NULL, '2020-01-03'), (6, 'b', 15, '2020-01-04');
--differs it takes the minimum over a descending order in ascending order
--= ["1","10","16.6667","5","5","10"]
--= ["2","50","16.6667","5","5","20"]
--= ["3","50","16.6667","5","5","20"]
--= ["4","5","10.0000","5","5","5"]
--= ["5",null,"10.0000","5","15","5"]
--= ["6","20","10.0000","5","15","15"]
SELECT id, SUM(v) OVER (PARTITION BY g ORDER BY v), AVG(v) OVER (PARTITION BY g), COUNT(v) OVER (), MIN(v) OVER (ORDER BY id DESC), MAX(v) OVER (PARTITION BY g ORDER BY id ROWS 1 PRECEDING) FROM w ORDER BY id;
SELECT id, RANK() OVER w, DENSE_RANK() OVER w, ROW_NUMBER() OVER (PARTITION BY g ORDER BY v, id), NTILE(2) OVER (ORDER BY id) FROM w WINDOW w AS (PARTITION BY g ORDER BY v) ORDER BY id;
SELECT id, LAG(v, 1) OVER (PARTITION BY g ORDER BY id), LEAD(v) OVER (ORDER BY id), LEAD(v, 10) OVER (ORDER BY id), FIRST_VALUE(v) OVER (PARTITION BY g ORDER BY id DESC), LAST_VALUE(v) OVER (PARTITION BY g ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), NTH_VALUE(v, 2) OVER (PARTITION BY g ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM w ORDER BY id;
SELECT id, SUM(v) OVER (ORDER BY v RANGE BETWEEN 5 PRECEDING AND CURRENT ROW) FROM w WHERE v IS NOT NULL ORDER BY id;
SELECT id, SUM(v) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING), COUNT(*) OVER (ORDER BY g RANGE UNBOUNDED PRECEDING) FROM w ORDER BY id;
SELECT g, SUM(v), SUM(SUM(v)) OVER (), RANK() OVER (ORDER BY SUM(v) DESC) FROM w GROUP BY g ORDER BY g;
SELECT * FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY g ORDER BY v DESC, id) r FROM w) z WHERE r = 1 ORDER BY id;
SELECT DISTINCT g, COUNT(*) OVER (PARTITION BY g) c FROM w ORDER BY g;
SELECT id, v - LAG(v) OVER (ORDER BY id) d FROM w ORDER BY id;
SELECT id FROM w ORDER BY SUM(v) OVER (PARTITION BY g), id;
--differs MySQL 8's error
--= error 3579
SELECT SUM(v) OVER nosuch FROM w;
--differs without OVER it is a function that 5.7 doesn't know
--= error 1305
SELECT ROW_NUMBER() FROM w;
--differs without OVER it is a function that 5.7 doesn't know
--= error 1305
SELECT LAG(v) FROM w;
SELECT id, SUM(v) OVER (PARTITION BY nosuch) FROM w;
# CTE
WITH a AS (SELECT g, SUM(v) s FROM w GROUP BY g), b AS (SELECT MAX(s) m FROM a) SELECT a.g FROM a, b WHERE a.s = b.m;
WITH RECURSIVE d AS (SELECT DATE('2020-01-01') x UNION ALL SELECT x + INTERVAL 1 DAY FROM d WHERE x < '2020-01-05') SELECT d.x, COUNT(w.id) FROM d LEFT JOIN w ON w.d = d.x GROUP BY d.x ORDER BY d.x;
WITH RECURSIVE p (n, s) AS (SELECT 1, CAST('1' AS CHAR(50)) UNION ALL SELECT n + 1, CONCAT(s, ',', n + 1) FROM p WHERE n < 5) SELECT s FROM p WHERE n = 5;
--differs MySQL 8's error
--= error 1066
WITH c AS (SELECT 1 x), c AS (SELECT 2 x) SELECT * FROM c;
WITH c AS (SELECT id FROM w) SELECT c1.id FROM c c1 JOIN c c2 ON c1.id = c2.id + 1 ORDER BY c1.id;
SELECT (WITH c AS (SELECT MAX(v) m FROM w) SELECT m FROM c) x;
WITH c AS (SELECT 1 a UNION SELECT 2) SELECT * FROM c UNION ALL SELECT a + 10 FROM c ORDER BY 1;
WITH RECURSIVE c AS (SELECT 1 a UNION ALL SELECT a + 1 FROM c WHERE a < 3) SELECT a, (SELECT COUNT(*) FROM c x WHERE x.a < c.a) n FROM c ORDER BY a;
