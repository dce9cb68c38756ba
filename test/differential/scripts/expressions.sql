# Arithmetic and its types
SELECT 1 + 1, 1 - 2, 2 * 3, 7 / 2, 7 DIV 2, 7 % 3, -7 % 3, 7 MOD -3;
SELECT 1.5 + 1, 1.50 * 2.5, 1.1 - 1.10, 10.0 / 3, 1 / 3, 2.0 / 3.00;
SELECT 1e0 + 1, 1.5e0 * 2, 1e10 / 3;
SELECT '3' + 4, '3.5' + 1, 'abc' + 1, '12abc' * 2, '' + 0;
SELECT 0.1 + 0.2 = 0.3, 0.1e0 + 0.2e0 = 0.3e0;
SELECT 1 / 0, 1 % 0, 1 DIV 0, 0 / 0, 1.5 / 0, MOD(5, 0);
SELECT -5 DIV 2, -5 / 2, -5.5 DIV 2, 5.5 % 2, -5.5 % 2;
SELECT 9223372036854775807 + 0, 9223372036854775808, 18446744073709551615, 18446744073709551616;
SELECT 9223372036854775807 + 1;
SELECT 18446744073709551615 + 1;
SELECT 1 - 18446744073709551615;
SELECT CAST(1 AS UNSIGNED) - 2;
SELECT 9223372036854775807 * 2;
SELECT -9223372036854775808;
SELECT - -1, -(-1), - 5.50, -'3', -'3a';
--lacks sums with a bare NULL are integers where MySQL makes doubles of them
--= [null,null,null,null]
SELECT 1 + NULL, NULL * 2, NULL / NULL, -NULL;
SELECT 1e0 * NULL;
SELECT TRUE, FALSE, TRUE + TRUE, NOT TRUE, NOT 5, NOT NULL, NOT 'a';
SELECT 123456789012345678901234567890 + 1;
SELECT 12345678901234567890.123456789 * 2;
SELECT 99999999999999999999999999999999999999999999999999999999999999999 + 1;
SELECT 1.000000000000000000000000000001 + 1;
SELECT 3 & 5, 3 | 5, 3 ^ 5, ~0, ~5, 1 << 3, 256 >> 4, 1 << 64, -1 >> 1, -1 & 255;
SELECT '7' & 3, 3.7 & 3, 3.2 | 0, NULL & 1;
SELECT 5 = 5.0, '5' = 5, '5a' = 5, 'a' = 0, 'a' = 'A', 'a' = 'b', 'a' = 'a\t';
--lacks spaces at the end of a VARCHAR count in comparisons
--= ["0","0"]
SELECT 'a ' = 'a', 'a' = 'a  ';
SELECT NULL = NULL, NULL <=> NULL, 1 <=> NULL, 1 <=> 1, NULL <> 1, NULL IS NULL, 1 IS NOT NULL;
SELECT 1 < 2, 2 <= 2, 'a' < 'b', 'B' > 'a', 10 > 9, '10' > '9', '10' > 9, 1 != 2, 1 <> 1;
SELECT (1, 2) = (1, 2), (1, 2) < (1, 3), (1, NULL) = (1, 2), (1, NULL) = (2, 2), (2, 1) > (1, 9), (1, 2) <=> (1, 2);
SELECT 1 IN (1, 2), 3 IN (1, 2), NULL IN (1, 2), 1 IN (1, NULL), 3 IN (1, NULL), 3 NOT IN (1, NULL), 'a' IN ('A', 'b');
SELECT 1 IN ('1', 'a'), '1' IN (1, 2), 1.0 IN (1), (1, 2) IN ((1, 2), (3, 4));
SELECT 5 BETWEEN 1 AND 10, 5 NOT BETWEEN 1 AND 10, NULL BETWEEN 1 AND 2, 5 BETWEEN NULL AND 3, 5 BETWEEN 6 AND NULL, 'b' BETWEEN 'A' AND 'C';
SELECT 1 AND 1, 1 AND 0, 1 AND NULL, 0 AND NULL, NULL AND NULL, 1 OR NULL, 0 OR NULL, 1 XOR 1, 1 XOR 0, 1 XOR NULL;
SELECT 1 && 1, 0 || 1, !0, !1, ! 5;
SELECT 2 + 3 * 4, (2 + 3) * 4, 2 * 3 % 4, 10 - 4 - 3, 2 | 1 + 1, NOT 1 = 2, NOT (1 = 2), 1 = 1 = 1, 3 > 2 > 1;
SELECT 'a' IS TRUE, 1 IS TRUE, 0 IS FALSE, NULL IS UNKNOWN, NULL IS TRUE, 2 IS NOT FALSE, NULL IS NOT UNKNOWN;
SELECT 0x41, x'4142', 0x41 + 0, b'1000001', b'101' + 0, X'4D7953514C', 0x41 = 'A', HEX(b'1010');
SELECT _utf8mb4'abc', N'abc', _binary'abc', 'a' 'b' "c", "it's", 'say \"x\"', 'a''b', "a""b", 'a\nb\\c\%d\_e';
SELECT CASE 1 WHEN 1 THEN 'one' WHEN 2 THEN 'two' END, CASE WHEN 1 > 2 THEN 'x' ELSE 'y' END, CASE 3 WHEN 1 THEN 'one' END, CASE WHEN NULL THEN 1 ELSE 2.5 END, CASE NULL WHEN NULL THEN 1 ELSE 0 END;
SELECT IF(1, 'a', 'b'), IF(0, 1, 2.5), IF(NULL, 1, 'x'), IFNULL(NULL, 3), IFNULL(1, 2), NULLIF(1, 1), NULLIF(1, 2), COALESCE(NULL, NULL, 5), COALESCE(NULL, 'a', 5);
SELECT GREATEST(1, 2, 3), LEAST(1, 2, 3), GREATEST('a', 'B'), LEAST(1.5, 2), GREATEST('10', 9), LEAST('2010-01-01', '2009-01-01');
SELECT INTERVAL(23, 1, 15, 17, 30, 44, 200), INTERVAL(0, 1), ELT(2, 'a', 'b'), FIELD('b', 'a', 'b', 'c'), FIELD(2, 1, 2);
# Numbers
SELECT ABS(-5), ABS(5.5), ABS(-1.5e0), SIGN(-3), SIGN(0), SIGN(2.5), ABS('-3x');
SELECT CEIL(1.2), CEILING(-1.2), FLOOR(1.8), FLOOR(-1.8), CEIL(5), FLOOR('2.5'), CEIL(1.2e0);
SELECT ROUND(1.5), ROUND(2.5), ROUND(-1.5), ROUND(1.2345, 2), ROUND(1234.5, -2), ROUND(1.5e0), ROUND(2.5e0), ROUND(15, -1), ROUND(25, -1), ROUND(1.005, 2);
SELECT TRUNCATE(1.999, 1), TRUNCATE(-1.999, 1), TRUNCATE(122, -2), TRUNCATE(1.999e0, 2), TRUNCATE(1.5, 5);
SELECT MOD(10, 3), MOD(10.5, 3), MOD(-10, 3), POW(2, 10), POWER(2, 0.5), SQRT(16), SQRT(-1), EXP(0), LN(1), LOG(2, 8), LOG10(100), LOG2(8), LOG(0);
SELECT PI(), PI() + 0.0000000000, RADIANS(180), DEGREES(PI()), SIN(0), COS(0), TAN(0), ATAN(1), ATAN2(1, 1), ACOS(2), ASIN(0);
SELECT ROUND(COT(1), 10), GREATEST(1, NULL) IS NULL;
SELECT CONV('ff', 16, 10), CONV(255, 10, 16), CONV('-17', 10, -18), CONV('zz', 36, 10), BIN(10), OCT(10), HEX(255), HEX('abc'), UNHEX('616263'), UNHEX('zz'), CONV(10, 1, 2);
SELECT CRC32('MySQL'), BIT_COUNT(29), FORMAT(12345.6789, 2), FORMAT(12345.6789, 0), FORMAT(-1234567.891, 3), FORMAT(0.5, 0);
SELECT CAST('123' AS SIGNED), CAST('12.7' AS SIGNED), CAST(12.7 AS SIGNED), CAST(-1 AS UNSIGNED), CAST('abc' AS SIGNED), CAST(1.5e0 AS SIGNED), CAST(NULL AS SIGNED);
SELECT CAST('12.345' AS DECIMAL(10,2)), CAST(12.345 AS DECIMAL), CAST(1e3 AS DECIMAL(10,1)), CAST(99999 AS DECIMAL(4,1)), CAST('x' AS DECIMAL(5,2)), CAST(12.5 AS DECIMAL(3,1));
SELECT CAST(123 AS CHAR), CAST(1.50 AS CHAR), CAST(1e20 AS CHAR), CAST('abcdef' AS CHAR(3)), CONVERT('abc', CHAR), CONVERT('abc' USING utf8mb4), CAST('abc' AS BINARY), CAST('ab' AS BINARY(4)), BINARY 'a' = 'A';
SELECT CAST('2020-01-02' AS DATE), CAST('2020-01-02 03:04:05.678' AS DATETIME), CAST('2020-01-02 03:04:05.678' AS DATETIME(2)), CAST('12:34:56.7' AS TIME), CAST('12:34:56.7' AS TIME(1)), CAST(20200102 AS DATE), CAST('x' AS DATE);
SELECT 1e15, 1e16, 1.5e-5, 1.5e300 * 1e10, 123456789.123e0, 1e-7, 0.1e0, 100e0, 1/3e0, 1e14+0.5;
SELECT 1.5e308 * 10;
SELECT 0.0, -0.0, 0e0, -0e0, 00012, .5, 5., 1.e2;
# Strings
SELECT CONCAT('a', 'b', 1, 2.5), CONCAT('a', NULL), CONCAT_WS(',', 'a', NULL, 'b'), CONCAT_WS(NULL, 'a');
SELECT LENGTH('äöü'), CHAR_LENGTH('äöü'), BIT_LENGTH('a'), OCTET_LENGTH('é'), LENGTH(NULL), LENGTH(123);
SELECT UPPER('äbc'), LOWER('ÄBC'), UCASE('a'), LCASE('A'), REVERSE('äbc'), REPEAT('ab', 3), REPEAT('a', 0), REPEAT('a', -1), SPACE(3), QUOTE('it''s');
--differs of NULL it makes bytes
--= ["NULL"]
SELECT QUOTE(NULL);
SELECT LEFT('hello', 2), RIGHT('hello', 2), LEFT('x', -1), SUBSTRING('hello', 2), SUBSTRING('hello', 2, 3), SUBSTRING('hello', -3), SUBSTRING('hello', -3, 2), SUBSTRING('hello', 0), SUBSTR('hello' FROM 2 FOR 2), MID('hello', 2, 2);
SELECT LOCATE('l', 'hello'), LOCATE('l', 'hello', 4), LOCATE('L', 'hello'), INSTR('hello', 'lo'), POSITION('e' IN 'hello'), LOCATE('', 'abc'), LOCATE('z', 'abc');
SELECT CHARACTER_LENGTH('😀x') AS n, REVERSE('😀x') AS r, LEFT('😀x', 1) AS l, HEX('😀') AS h;
SELECT TRIM('  a  '), LTRIM('  a'), RTRIM('a  '), TRIM(LEADING 'x' FROM 'xxaxx'), TRIM(TRAILING 'x' FROM 'xxaxx'), TRIM(BOTH 'x' FROM 'xxaxx'), TRIM('x' FROM 'xax');
SELECT LPAD('hi', 4, '?'), LPAD('hi', 1, '?'), RPAD('hi', 5, 'ab'), REPLACE('www.a.com', 'w', 'Ww'), INSERT('Quadratic', 3, 4, 'What'), INSERT('abc', -1, 2, 'x'), SUBSTRING_INDEX('www.mysql.com', '.', 2), SUBSTRING_INDEX('www.mysql.com', '.', -2), STRCMP('a', 'b'), STRCMP('a', 'A');
--differs MySQL pads with nothing where there is nothing to pad with
--= ["",""]
SELECT LPAD('hi', 4, ''), RPAD('hi', 4, '');
SELECT ASCII('a'), ASCII(''), ORD('ä'), CHAR(77, 121), CHAR(65 USING utf8mb4), SOUNDEX('Hello'), FIND_IN_SET('b', 'a,b,c'), FIND_IN_SET('x', 'a'), MAKE_SET(5, 'a', 'b', 'c'), EXPORT_SET(5, 'Y', 'N', ',', 4);
SELECT MD5('a'), SHA1('a'), SHA2('a', 256), SHA2('a', 1) IS NULL, TO_BASE64('abc'), FROM_BASE64('YWJj'), HEX(COMPRESS('')), UNCOMPRESS(COMPRESS('abc'));
SELECT 'abc' LIKE 'a%', 'abc' LIKE 'A_C', 'a%c' LIKE 'a\%c', 'abc' NOT LIKE 'b%', 'a_c' LIKE 'a|_c' ESCAPE '|', NULL LIKE 'a', 'abc' LIKE NULL, '' LIKE '', 'ä' LIKE '_', 'abc' LIKE BINARY 'ABC', 12 LIKE '1%', 'a\\b' LIKE 'a\\\\b';
SELECT 'abc' REGEXP '^a', 'abc' RLIKE 'B', 'abc' NOT REGEXP 'x', 'a1b' REGEXP '[0-9]+', NULL REGEXP 'a', 'ab\nc' REGEXP '^c', 'fo' REGEXP '^f(o|a)$', 'x' REGEXP '[[:alpha:]]', 'abc' REGEXP BINARY 'B';
SELECT 'a' LIKE 'a  ', 'ß' = 'ss', 'x' < 'X';
--lacks outside of ASCII a letter equals itself only: collations that fold accents compare by code point
--= ["0","0","0"]
SELECT 'ä' = 'a', 'é' = 'E', 'Ä' = 'ä';
SELECT 'A' COLLATE utf8mb4_bin = 'a', 'A' = 'a' COLLATE utf8mb4_general_ci, CHARSET('a'), COLLATION('a'), COERCIBILITY('a');
SELECT INET_ATON('1.2.3.4'), INET_NTOA(16909060), HEX(INET6_ATON('::1')), IS_IPV4('1.2.3.4'), IS_IPV6('::1'), INET_ATON('x');
--lacks WEIGHT_STRING() is not there
--= error 1305
SELECT WEIGHT_STRING('a') IS NULL;
SELECT CONCAT(1), CONCAT(NULL) IS NULL, CONCAT('x', TRUE), CONCAT(DATE('2020-01-01'), ''), CONCAT(1.10), CONCAT(1e100), CONCAT(0x41);
SELECT 'a' + 'b', 'a' - 1, '5' * '6', '1e2' + 0, ' 12' + 0, '0x10' + 0, '1.5.6' + 0;
SELECT ISNULL(NULL), ISNULL(1), NULLIF('a', 'A'), IFNULL(NULL, 'x'), LENGTH(''), REPEAT('x', NULL), LAST_INSERT_ID();
SELECT 1 AS `weird name`, 2 AS 'quoted', 3 "dq", 4 alias, 'lit', 1+1, `x`.`y` FROM (SELECT 5 AS y) x;
SELECT   1  +   2, concat( 'a' , 'b' ), NOT  1;
SELECT DATABASE(), SCHEMA();
SELECT nosuchfunction(1);
SELECT CONCAT();
SELECT ABS();
SELECT ABS(1, 2);
SELECT 1 +;
--differs it has an error number of its own for rows
--= error 1241
SELECT (1, 2) + 1;
--differs it has an error number of its own for rows
--= error 1241
SELECT (1, 2) = 1;
--differs it has an error number of its own for rows
--= error 1241
SELECT (SELECT 1, 2) = 3;
--differs it has an error number of its own for rows
--= error 1241
SELECT 1 IN ((1, 2));
SELECT nosuch;
SELECT 'x' LIKE 'x' ESCAPE 'ab';
SELECT RAND(1) < 1, RAND() BETWEEN 0 AND 1;
SELECT BENCHMARK(1, 1), CONNECTION_ID() > 0, LENGTH(UUID()), VERSION() IS NOT NULL;
--differs VALUES(column) is a syntax error there
--= error 1054
SELECT VALUES(a);
SELECT DEFAULT(a);
SELECT SLEEP(0);
DO SLEEP(0);
SELECT GET_LOCK('differ', 1), IS_FREE_LOCK('differ'), RELEASE_LOCK('differ'), RELEASE_LOCK('differ');
SELECT 1 FROM DUAL WHERE 0;
SELECT 1 WHERE 1 = 0;
SELECT 1 LIMIT 0;
SELECT * FROM DUAL;
SELECT *;
SELECT 10 / 4 * 4, 1.0 * 1.0, 0.00 + 0, 3.14159 DIV 1, 100 * 1.1, 5 / 2.0, 5.0 / 2;
SELECT 10 / 3 * 3, 1 / 3 + 1 / 3 + 1 / 3, CONCAT(1 / 3), ROUND(2 / 3, 6), 2 / 3 * 1.5, -1 / 3 * 3, 1 / 0.3 / 7, SUM(1 / 3);
SELECT 1.234567890123456789 / 7, 1 / 7 / 7, 123.45 / 0.5;
SELECT AVG(1), SUM(1), SUM(1.5), SUM(1e0), MAX('a'), COUNT(*), AVG(1.5), AVG(1e0);
