select 1
select 1 a, 2 'b', 3 as "c", 4 as `d`
select a.*, b.* , c from d.t a, t2 b where a.x = b.y
select * from (a join b on a.i=b.i) left join (c, d) using (x)
select * from a left join b join c on b.x=c.x on a.x=b.x
select * from a natural left join b straight_join c
select * from a join b join c
select * from ((select 1) union (select 2)) t
select * from (((select 1))) t
((select 1) union (select 2)) order by 1 limit 1
(select 1 limit 1) limit 2
select ((select 1) union (select 2))
select 1 in ((select 1) union (select 2)), (1,2) in ((1,2),(3,4)), row(1,2) = row(1,2)
select count(*), count(distinct a, b), sum(all x), group_concat(distinct a order by b desc, c separator '|') from t group by 1 with rollup having 1
select rank() over (partition by a order by b rows between unbounded preceding and 1 following), lag(a, 1) over w, first_value(a) ignore nulls over w from t window w as (order by x), w2 as (w)
select nth_value(a,2) from first over (order by b) from t
select count(*) from first
select date_add(now(), interval 1 day), now() + interval '1:2' hour_minute, interval 1 month + now(), interval(1,2,3), now() - interval (1+1) day, now() - interval (1)+1 day
select extract(year from d), trim(both 'x' from y), trim(leading from z), trim(a), substring('a' from 1 for 2), position('a' in 'b'), char(65 using utf8mb4), convert(a using utf8mb4), convert('1', signed), cast(a as char(10) character set latin1), cast(a as decimal(10,2)), cast('x' as json)
select timestampdiff(second, a, b), timestampadd(sql_tsi_day, 1, a), get_format(date, 'USA'), weight_string(a as char(3))
select a->'$.x', a->>'$.y', t.a->'$.z' from t
select match(a,b) against ('x' in boolean mode), match a against ('x')
select date'2020-01-01', time '10:00', timestamp"2020-01-01", {d '2020-01-01'}, {ts '2020-01-01'}, {fn now()}
select _utf8mb4'a', _binary x'41', n'abc', x'4d', b'101', 0x4d, 0b1, 1e3, .5, 1., 1.5e-3, 'a' 'b' "c", \N
select @a, @`b c`, @'x', @@x, @@global.y, @@session.z, @a := 1, @a:=@a+1
select a div b, a mod b, a % b, a xor b, a && b, a || b, !a, not a, ~a, -a, a <=> b, a != b, a <> b, a << 1 | 2 & 3 ^ 4
select a is null, a is not true, a is unknown, a between 1 and 2 and b, a not between 1 and 2, a like 'x' escape '|', a not like 'x', a regexp 'x', a rlike 'x', a sounds like 'b', a in (1), a not in (select 1), a member of ('[1]')
select a > any (select 1), a = all (select 1), a <> some (select 1), exists (select 1), not exists(select 1)
select case a when 1 then 2 else 3 end, case when a then b end, if(a,b,c), left('a',1), right('a',1), repeat('a',2), replace('a','b','c'), insert('a',1,1,'b'), database(), schema(), user(), current_user, current_user(), mod(1,2), values(a), default(a), utc_timestamp, utc_timestamp(3), current_timestamp(6), localtime, truncate(1,2), year(x), date(x), time(x), timestamp(x), hour(x), ascii(x), charset(x), password('x')
select binary 'a' = 'A', 'a' collate utf8mb4_bin, binary a collate utf8mb4_bin
select sql_calc_found_rows distinct straight_join sql_no_cache high_priority a from t for update
select a from t lock in share mode
select a from t for update of t nowait
select a from t for share skip locked
select a into @x, @y from t
select a from t into outfile '/tmp/x' fields terminated by ',' optionally enclosed by '"' escaped by '\\' lines terminated by '\n'
select * from t partition (p0, p1) as x use index (a) ignore key for join (b) force index for order by (primary) where 1
select /*+ READ_CONSISTENCY(WEAK) */ * from t
select /*!40001 SQL_NO_CACHE */ * from t
select /*!99999 nonsense */ 1 /* c */ # d
with recursive c(n) as (select 1 union all select n+1 from c where n<5) select * from c
with a as (select 1), b as (select 2) select * from a, b union select 3
with a as (select 1) update t set x=1 where y in (select * from a)
with a as (select 1) delete from t where y in (select * from a)
values row(1,2), row(3,4) order by 1 limit 1
table t order by a limit 2
select 1 union all select 2 except select 3 intersect select 4
select * from t limit 5, 10
select * from t limit 10 offset ?
select * from t where a = ? and b in (?, ?)
select * from json_table('[1]', '$[*]' columns (id for ordinality, a int path '$.a' default '0' on empty null on error, nested path '$.b[*]' columns (c int path '$'))) as jt
select * from lateral (select 1) as x(a)
select 1 from dual where 1=1
select t.select, t.1a, `select` from d.1t as 1x
select 1e from (select 2 as 1e) t
select distinct on_x from t
select a b from t c where c.b=1 group by a desc order by null
select * from t as of snapshot 123
select sum(a) over (order by b range between interval 1 day preceding and current row) from t
select cast(a at time zone '+00:00' as datetime), json_value(a, '$.x' returning decimal(4,2) null on empty error on error)
insert into t values (1,2),(3,default)
insert t set a=1, b=default
insert into t () values ()
insert into t (a,b) values row(1,2), row(3,4) as new(x,y) on duplicate key update a=new.x
insert into t (a) values (1) as n on duplicate key update a=n.a+values(a)
insert ignore into d.t partition (p0) (a,b) select 1,2 on duplicate key update a=1
insert into t (a) (select 1)
insert into t (select 1)
insert into t with a as (select 1) select * from a
insert into t table u
insert into t select * from a join b on duplicate key update x=1
insert high_priority into t value (1)
replace into t values (1)
replace t set a=1
replace into t(a) select 1
update t set a=1, b=default where c limit 3
update ignore t1, t2 set t1.a=t2.b where t1.id=t2.id
update a join b using(id) set a.x=1 order by 1
delete from t where a order by b limit 1
delete from t as x where x.a=1
delete a, b from a join b on a.i=b.i where 1
delete from a.*, b using a, b where 1
delete low_priority quick ignore from t
select 1 ;;
select null as count, count from rank where row=1
select status, value, date, time, text, offset, user, host, names from `t`
select full, comment, end, minus from t full left join x on 1
select a.b.c from a.b
select .5 + a, t.*, 1 from t
select * from t where (a, b) > (1, 2) and (a or b) and not (c)
select 'it''s', "a""b", 'a\'b', 'tab\t'
select -1, - -1, 1--1, 2-- 3
select a from t where b = 'x' -- trailing
select if(1, 2, 3) from t where left(a, 3) = 'abc'
select a from t where a in (1) and not b in (2) or c is not null
select 1 where a = 1 and b = (select 1) and (c, d) in (select 1, 2)
select * from t1 where (a, b) = any (select 1, 2)
select (select 1) + 1, ((select 1)), (select 1 union select 2 limit 1)
select ((1)), (((a + b))), ((a, b)) = ((1, 2))
select * from t where exists ((select 1))
select count(*) from (select 1) as a, (select 2) b
insert into t values ((select 1), (1, 2) = (3, 4))
select date_add(a, interval b day_hour), a + interval (select 1) day
select * from a left join (b join c on 1) on 2
select * from a left join b on 1 left join c using (x) inner join d on 1, e
select * from ((a, b) join c) join d
select * from (a) , (b)
select 1 limit 1 into @a
select a from t order by a limit 1 for update
update t set a = a + 1, b = case when a then 1 else 2 end where c = 'x' order by a desc limit 5
delete from a using a left join b on a.x = b.x where b.x is null
select distinct a, b from t group by 1, 2 having count(*) > 1 order by null
select @@global.a, @@session.b, @@local.c, @@d, @@e.f
select ~1, !1, -(-1), +1, not not 1
select 'a' like 'b' = 1, 1 between 0 and 2 = 1, 1 in (1) = 1
select @a := @a + 1 as n, @b from t
select straight_join a from t
select convert(a, char(10)), convert(a, unsigned integer), cast(a as nchar(3))
select char(77 using utf8), char(77, 78)
select trim(both from 'a'), trim('x' from 'y')
select _utf8mb4 0x41, _binary b'1', _latin1"x"
select * from t use index (), t2 ignore index (primary, a)
select row_number() over w, sum(a) over (w rows 1 preceding) from t window w as (partition by b order by c)
select a from t group by a asc, b desc with rollup
select * from oceanbase.GV$OB_LINKS where SVR_IP = '127.0.0.1'
select * from oceanbase.__all_server
select a$b, $c, _d, é from t
select 0x, 0b from t
select 1.e5, 1.5e5, .5e-5, 1e+5
select a.1b, a.1 from a
select /* c1 */ 1 /* c2 */ + /*! 2 */ # end
select 1 -- comment
SELECT /*!40001 SQL_NO_CACHE */ a FROM t
SELECT /*!40001 SQL_NO_CACHE */ * FROM t WHERE 1 LIMIT 10
SELECT @@max_allowed_packet
select @@version_comment limit 1
SELECT DATABASE()
SELECT @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS character_set_client, @@sql_mode AS sql_mode
SELECT SUM(k) FROM sbtest1 WHERE id BETWEEN ? AND ?
SELECT NAME, VALUE FROM oceanbase.GV$OB_PARAMETERS WHERE NAME LIKE '%ssl%'
SELECT version(), @@version, ob_version()
