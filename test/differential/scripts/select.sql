CREATE TABLE dept (id INT PRIMARY KEY, name VARCHAR(20), boss INT);
CREATE TABLE emp (id INT PRIMARY KEY, dept INT, name VARCHAR(20), salary DECIMAL(10,2), hired DATE, manager INT, KEY (dept));
CREATE TABLE n1 (id INT, a INT, c VARCHAR(5));
CREATE TABLE n2 (id INT, b INT, c VARCHAR(5));
INSERT INTO dept VALUES (1, 'Sales', 1), (2, 'Tech', 3), (3, 'Empty', NULL);
INSERT INTO emp VALUES (1, 1, 'Ann', 100.50, '2020-01-01', NULL), (2, 1, 'Bob', 200.25, '2020-02-01', 1), (3, 2, 'Cid', 300, '2019-05-05', 1), (4, 2, 'Dee', 300, '2021-05-05', 3), (5, NULL, 'Eve', NULL, NULL, 3), (6, 9, 'Fay', 50, '2020-02-01', 2);
INSERT INTO n1 VALUES (1, 10, 'x'), (2, 20, 'y'), (3, 30, NULL);
INSERT INTO n2 VALUES (1, 100, 'x'), (2, 200, 'z'), (4, 400, NULL);
SELECT e.name, d.name FROM emp e JOIN dept d ON e.dept = d.id ORDER BY e.id;
SELECT e.name, d.name FROM emp e LEFT JOIN dept d ON e.dept = d.id ORDER BY e.id;
SELECT e.name, d.name FROM emp e RIGHT JOIN dept d ON e.dept = d.id ORDER BY d.id, e.id;
SELECT e.name, d.name FROM emp e INNER JOIN dept d WHERE e.dept = d.id AND d.id = 1 ORDER BY 1;
SELECT COUNT(*) FROM emp, dept;
SELECT COUNT(*) FROM emp CROSS JOIN dept;
SELECT STRAIGHT_JOIN e.id FROM emp e STRAIGHT_JOIN dept d ON d.id = e.dept ORDER BY e.id;
SELECT * FROM n1 NATURAL JOIN n2;
SELECT * FROM n1 NATURAL LEFT JOIN n2 ORDER BY id;
SELECT * FROM n1 NATURAL RIGHT JOIN n2 ORDER BY id;
SELECT * FROM n1 JOIN n2 USING (id) ORDER BY id;
SELECT * FROM n1 LEFT JOIN n2 USING (id) ORDER BY id;
SELECT * FROM n1 RIGHT JOIN n2 USING (id) ORDER BY id;
SELECT * FROM n1 JOIN n2 USING (id, c);
SELECT id, n1.id, n2.id FROM n1 LEFT JOIN n2 USING (id) ORDER BY 1;
SELECT n1.* FROM n1 JOIN n2 USING (id) ORDER BY n1.id;
SELECT n1.*, n2.b FROM n1, n2 WHERE n1.c = n2.c;
SELECT c FROM n1 JOIN n2 USING (id);
SELECT id FROM n1, n2;
SELECT n3.id FROM n1;
SELECT * FROM n1 JOIN n2 USING (nosuch);
SELECT * FROM n1, n1;
SELECT * FROM n1 a, n1 b WHERE a.id = b.id AND a.id = 1;
SELECT * FROM (n1 JOIN n2 ON n1.id = n2.id) LEFT JOIN dept ON dept.id = n1.id ORDER BY n1.id;
SELECT a.id FROM n1 a LEFT JOIN (n2 b JOIN dept d ON b.id = d.id) ON a.id = b.id ORDER BY a.id;
SELECT * FROM n1 LEFT JOIN n2 ON n1.id = n2.id AND n2.b > 150 WHERE n1.id < 3 ORDER BY n1.id;
SELECT differential.emp.name FROM differential.emp WHERE emp.id = 1;
SELECT e.name FROM emp AS e WHERE E.id = 1;
SELECT m.name, COUNT(e.id) c FROM emp m JOIN emp e ON e.manager = m.id GROUP BY m.id, m.name HAVING c > 1 ORDER BY c DESC, m.name;
# Subqueries
SELECT name FROM emp WHERE dept IN (SELECT id FROM dept) ORDER BY id;
SELECT name FROM emp WHERE dept NOT IN (SELECT id FROM dept) ORDER BY id;
SELECT name FROM emp WHERE id NOT IN (SELECT manager FROM emp) ORDER BY id;
SELECT name FROM emp e WHERE EXISTS (SELECT 1 FROM emp x WHERE x.manager = e.id) ORDER BY id;
SELECT name FROM emp e WHERE NOT EXISTS (SELECT * FROM dept d WHERE d.id = e.dept) ORDER BY id;
SELECT name FROM emp WHERE salary > ALL (SELECT salary FROM emp WHERE dept = 1) ORDER BY id;
SELECT name FROM emp WHERE salary = ANY (SELECT MAX(salary) FROM emp GROUP BY dept) ORDER BY id;
SELECT name FROM emp WHERE salary < SOME (SELECT salary FROM emp) ORDER BY id;
SELECT name FROM emp WHERE salary >= ALL (SELECT salary FROM emp WHERE id > 100) ORDER BY id;
SELECT 5 > ALL (SELECT NULL), 5 > ANY (SELECT NULL), 5 > ALL (SELECT 1 FROM dual WHERE 0), 5 = ANY (SELECT 5 UNION SELECT NULL), 5 <> ALL (SELECT 6);
SELECT name, (SELECT COUNT(*) FROM emp x WHERE x.dept = d.id) n FROM dept d ORDER BY d.id;
SELECT (SELECT name FROM emp WHERE id = 99), (SELECT MAX(id) FROM emp) + 1;
SELECT (SELECT id FROM emp);
SELECT * FROM emp WHERE id = (SELECT id FROM emp WHERE dept = 1);
SELECT name FROM emp WHERE (dept, salary) = (SELECT dept, MAX(salary) FROM emp WHERE dept = 1 GROUP BY dept);
SELECT name FROM emp WHERE (dept, salary) IN (SELECT dept, MAX(salary) FROM emp GROUP BY dept) ORDER BY id;
SELECT q.dept, q.s FROM (SELECT dept, SUM(salary) s FROM emp GROUP BY dept) q WHERE q.s > 100 ORDER BY q.dept;
SELECT * FROM (SELECT 1 AS a, 2 AS b) t;
SELECT * FROM (SELECT 1, 2) t;
SELECT * FROM (SELECT 1 AS a, 2 AS a) t;
--differs MySQL says that an alias is missing
--= error 1248
SELECT * FROM (SELECT 1);
SELECT a FROM (SELECT 1 a UNION ALL SELECT 2) q ORDER BY a DESC;
SELECT name FROM emp ORDER BY (SELECT name FROM dept WHERE id = emp.dept), id;
SELECT name FROM emp WHERE salary > (SELECT AVG(salary) FROM emp) ORDER BY name;
SELECT id FROM emp WHERE id IN (SELECT id, name FROM emp);
SELECT EXISTS (SELECT 1 FROM emp WHERE id = 1), NOT EXISTS (SELECT 1), 1 IN (SELECT 1), NULL IN (SELECT 1 WHERE 0);
# Aggregates
SELECT COUNT(*), COUNT(salary), COUNT(DISTINCT salary), COUNT(DISTINCT dept, salary), SUM(salary), AVG(salary), MIN(salary), MAX(name), SUM(DISTINCT salary), AVG(DISTINCT dept) FROM emp;
SELECT dept, COUNT(*), SUM(salary), MIN(hired), MAX(hired) FROM emp GROUP BY dept ORDER BY dept;
SELECT dept, COUNT(*) c FROM emp GROUP BY dept HAVING COUNT(*) > 1 ORDER BY c, dept;
SELECT dept, COUNT(*) c FROM emp GROUP BY dept HAVING c = 1 AND dept IS NOT NULL;
SELECT dept d, YEAR(hired) y, COUNT(*) FROM emp GROUP BY d, y ORDER BY d, y;
SELECT dept, SUM(salary) FROM emp GROUP BY dept WITH ROLLUP;
SELECT dept, manager, COUNT(*) FROM emp WHERE dept IS NOT NULL AND manager IS NOT NULL GROUP BY dept, manager WITH ROLLUP;
SELECT GROUP_CONCAT(name ORDER BY name DESC SEPARATOR '; '), GROUP_CONCAT(DISTINCT dept ORDER BY dept), GROUP_CONCAT(id, ':', name ORDER BY id) FROM emp;
SELECT dept, GROUP_CONCAT(name ORDER BY salary DESC, name) FROM emp GROUP BY dept ORDER BY dept;
SELECT name, COUNT(*) FROM emp;
SELECT dept, name FROM emp GROUP BY dept;
SELECT dept, MAX(name) FROM emp GROUP BY dept ORDER BY MAX(name);
--differs MySQL knows that a primary key settles the other columns
--= ["Ann"]
--= ["Bob"]
--= ["Cid"]
--= ["Dee"]
--= ["Eve"]
--= ["Fay"]
SELECT name FROM emp GROUP BY id ORDER BY id;
SELECT COUNT(*) FROM emp HAVING COUNT(*) > 100;
SELECT COUNT(*) FROM emp WHERE 0;
SELECT SUM(salary), MAX(id), AVG(id), GROUP_CONCAT(id) FROM emp WHERE 0;
SELECT dept FROM emp WHERE 0 GROUP BY dept;
SELECT DISTINCT dept FROM emp ORDER BY dept DESC;
SELECT DISTINCT dept, salary > 100 FROM emp ORDER BY 1, 2;
SELECT COUNT(*) FROM emp WHERE COUNT(*) > 1;
SELECT SUM(COUNT(*)) FROM emp;
--differs MySQL names what it can't group on
--= error 1056
SELECT id FROM emp GROUP BY COUNT(*);
SELECT SUM(id + 0.5), AVG(id * 1e0), SUM(id) / COUNT(*), MAX(salary) - MIN(salary) FROM emp;
SELECT STD(id), STDDEV_SAMP(id), VAR_POP(id), VAR_SAMP(id), VARIANCE(id), STDDEV(id), STDDEV_POP(id) FROM emp WHERE id < 5;
SELECT BIT_AND(id), BIT_OR(id), BIT_XOR(id) FROM emp;
--differs ANY_VALUE is MySQL's
--= ["1",null]
--= ["1","2"]
--= ["1","3"]
--= ["1","10"]
SELECT ANY_VALUE(1), dept + 1 x FROM emp GROUP BY dept + 1 ORDER BY x;
SELECT IF(dept = 1, 'one', 'other') g, COUNT(*) FROM emp GROUP BY g ORDER BY g;
SELECT dept, COUNT(*) FROM emp GROUP BY 1 ORDER BY 2 DESC, 1;
SELECT dept FROM emp GROUP BY 2;
SELECT dept FROM emp ORDER BY 2;
SELECT dept FROM emp ORDER BY nosuch;
SELECT id AS x FROM emp WHERE x > 1;
SELECT id AS x FROM emp HAVING x > 4 ORDER BY x;
SELECT id + 1 AS x FROM emp ORDER BY x LIMIT 2;
SELECT id FROM emp ORDER BY salary IS NULL, salary DESC, id LIMIT 1, 3;
SELECT id FROM emp ORDER BY id LIMIT 2 OFFSET 4;
SELECT id FROM emp ORDER BY id LIMIT 100, 5;
SELECT id FROM emp LIMIT -1;
SELECT name, salary FROM emp ORDER BY salary, name;
SELECT COUNT(*) FROM emp GROUP BY dept ORDER BY COUNT(*) DESC LIMIT 1;
SELECT MAX(id), (SELECT name FROM emp WHERE id = 1) FROM emp;
# Windows
SELECT id, ROW_NUMBER() OVER (ORDER BY id) r FROM emp ORDER BY id;
SELECT id, RANK() OVER (ORDER BY salary) r, DENSE_RANK() OVER (ORDER BY salary) d FROM emp ORDER BY id;
SELECT id, SUM(salary) OVER (PARTITION BY dept ORDER BY id) s FROM emp ORDER BY id;
SELECT id, LAG(id) OVER (ORDER BY id), LEAD(id, 2) OVER (ORDER BY id), FIRST_VALUE(name) OVER (PARTITION BY dept ORDER BY id), LAST_VALUE(name) OVER (PARTITION BY dept ORDER BY id) FROM emp ORDER BY id;
SELECT id, NTILE(3) OVER (ORDER BY id), NTH_VALUE(id, 2) OVER (ORDER BY id), ROUND(PERCENT_RANK() OVER (ORDER BY id), 5) + 0e0, ROUND(CUME_DIST() OVER (ORDER BY id), 5) + 0e0 FROM emp ORDER BY id;
SELECT id, COUNT(*) OVER w, AVG(salary) OVER w FROM emp WINDOW w AS (PARTITION BY dept) ORDER BY id;
SELECT id, SUM(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM emp ORDER BY id;
SELECT id, SUM(id) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING), MAX(id) OVER () FROM emp ORDER BY id;
SELECT dept, SUM(SUM(salary)) OVER (ORDER BY dept) FROM emp GROUP BY dept ORDER BY dept;
--differs MySQL 8's error, since 5.7 has no windows
--= error 3593
SELECT id FROM emp WHERE ROW_NUMBER() OVER (ORDER BY id) = 1;
SELECT MIN(hired) OVER (ORDER BY id), MAX(name) OVER (PARTITION BY dept) FROM emp ORDER BY id;
# CTE
WITH c AS (SELECT 1 AS n UNION ALL SELECT 2) SELECT * FROM c ORDER BY n;
WITH RECURSIVE c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT n FROM c ORDER BY n;
WITH RECURSIVE c (n, s) AS (SELECT 1, CAST('a' AS CHAR(10)) UNION ALL SELECT n + 1, CONCAT(s, 'b') FROM c WHERE n < 4) SELECT * FROM c ORDER BY n;
WITH RECURSIVE tree AS (SELECT id, name, 0 AS lvl FROM emp WHERE manager IS NULL UNION ALL SELECT e.id, e.name, t.lvl + 1 FROM emp e JOIN tree t ON e.manager = t.id) SELECT * FROM tree ORDER BY lvl, id;
WITH a AS (SELECT id FROM emp), b AS (SELECT id FROM a WHERE id > 3) SELECT COUNT(*) FROM a, b;
--differs MySQL 8's error, since 5.7 has no common tables
--= error 1353
WITH c (x, y) AS (SELECT 1) SELECT * FROM c;
WITH RECURSIVE f AS (SELECT 1 a, 1 b UNION ALL SELECT b, a + b FROM f WHERE b < 50) SELECT a FROM f ORDER BY a, b;
WITH RECURSIVE u AS (SELECT 1 AS n UNION SELECT n % 3 + 1 FROM u) SELECT * FROM u ORDER BY n;
SELECT * FROM emp WHERE id IN (WITH c AS (SELECT 2 AS i) SELECT i FROM c);
WITH c AS (SELECT 1) SELECT * FROM nosuch;
# Set operations
SELECT 1 UNION SELECT 1;
SELECT 1 UNION ALL SELECT 1;
SELECT 1 AS a UNION SELECT 2 UNION ALL SELECT 2 ORDER BY a;
SELECT 'a' UNION SELECT 1;
SELECT 1 UNION SELECT 1.5 ORDER BY 1;
SELECT 1, 2 UNION SELECT 1;
(SELECT id FROM emp ORDER BY id DESC LIMIT 2) UNION ALL (SELECT id FROM emp ORDER BY id LIMIT 1) ORDER BY id;
(SELECT 1) UNION (SELECT 2) ORDER BY 1 DESC LIMIT 1;
SELECT id FROM n1 UNION SELECT id FROM n2 ORDER BY id;
SELECT id FROM n1 INTERSECT SELECT id FROM n2 ORDER BY id;
SELECT id FROM n1 EXCEPT SELECT id FROM n2 ORDER BY id;
SELECT NULL UNION SELECT 1 ORDER BY 1;
SELECT DATE('2020-01-01') UNION SELECT 'x';
SELECT name AS n FROM emp WHERE id = 1 UNION SELECT name FROM dept ORDER BY n;
SELECT id FROM n1 ORDER BY id LIMIT 1 UNION SELECT 5;
SELECT 1 FROM n1 UNION SELECT 2 ORDER BY nosuch;
SELECT CAST(1 AS UNSIGNED) UNION SELECT -1 ORDER BY 1;
--lacks of texts that are equal but for case any one stays
--= ok
SELECT 'A' UNION SELECT 'a';
SELECT 1e0 UNION SELECT 2 ORDER BY 1;
SELECT TIME('10:00:00') UNION SELECT DATE('2020-01-01');
--differs MySQL 8's
--= ["1","2"]
VALUES ROW(1, 2);
--differs MySQL 8's
--= ["1","10","x"]
--= ["2","20","y"]
--= ["3","30",null]
TABLE n1;
SELECT emp.* FROM emp WHERE id = 1;
SELECT nosuch.* FROM emp;
SELECT e.* , d.name AS dn FROM emp e, dept d WHERE e.dept = d.id AND e.id = 1;
SELECT name FROM emp WHERE name LIKE '%e%' ORDER BY name;
SELECT name FROM emp WHERE name = 'ANN';
SELECT name FROM emp WHERE BINARY name = 'ANN';
SELECT name FROM emp WHERE name COLLATE utf8mb4_bin = 'Ann';
SELECT id, CASE WHEN salary > 200 THEN 'high' WHEN salary IS NULL THEN 'none' ELSE 'low' END c FROM emp ORDER BY id;
SELECT id FROM emp WHERE salary BETWEEN 100 AND 250 ORDER BY id;
SELECT id FROM emp WHERE hired BETWEEN '2020-01-01' AND '2020-12-31' ORDER BY id;
SELECT id FROM emp WHERE NOT (dept = 1) ORDER BY id;
SELECT id FROM emp WHERE dept <=> NULL;
SELECT id FROM emp WHERE dept = 1 OR salary > 200 AND id < 4 ORDER BY id;
SELECT id, dept FROM emp ORDER BY dept DESC, id DESC;
SELECT SQL_NO_CACHE HIGH_PRIORITY id FROM emp WHERE id = 1;
SELECT id FROM emp USE INDEX (PRIMARY) WHERE id = 1;
SELECT id FROM emp FORCE INDEX (nosuch) WHERE id = 1;
--lacks partitions are kept in the definition alone
--= error 1235
SELECT id FROM emp PARTITION (p0);
SELECT id INTO @x FROM emp WHERE id = 3;
SELECT @x;
SELECT id, name INTO @x, @y FROM emp WHERE id = 4;
SELECT @x, @y, @nosuch IS NULL;
SELECT id INTO @x FROM emp;
SET @a = 1, @b = 'two', @c = 1.50, @d = NULL, @e = 1e0, @f := 7;
SELECT @a, @b, @d IS NULL, @e, @f;
--lacks an exact number with digits after the point is a text in a user variable
--= ["1.50","3"]
SELECT @c, @c * 2;
SELECT @a + 1, @b = 'two', CONCAT(@a, @b);
SET @n = 1;
SELECT @n := 5, @n + 1;
SET @r = 0;
SELECT @r := @r + 1 FROM n1, (SELECT @r := 0) z;
SET @x = (SELECT MAX(id) FROM emp);
SELECT @x;
