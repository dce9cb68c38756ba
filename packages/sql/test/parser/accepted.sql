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
truncate t
truncate table d.t
load data local infile 'x' replace into table t character set utf8mb4 fields terminated by ',' enclosed by '"' lines starting by 'x' terminated by '\n' ignore 1 lines (a, @b, c) set d = @b+1
do sleep(1), 2
call p
call d.p(1, @x)
handler t open as x
handler t read first where a limit 1
handler t close
create table t (a int, b varchar(20) not null default 'x' comment 'c', primary key (a))
create table if not exists d.t (id bigint unsigned not null auto_increment primary key, a decimal(10,2) default 0.00, b enum('x','y') character set latin1 collate latin1_bin, c timestamp(3) not null default current_timestamp(3) on update current_timestamp(3), d json, e bit(8) default b'0', f int generated always as (a+1) stored, g int as (a) virtual not null, h double precision, i national varchar(10), j long varchar, unique key u (a, b(10) desc) using btree comment 'z', key (a), index i2 using hash (c), fulltext key ft (b) with parser ngram, spatial index s (x), constraint fk foreign key (a) references p (x) on delete cascade on update set null, constraint c1 check (a > 0) not enforced, check (b<>'')) engine=InnoDB auto_increment=5 default charset=utf8mb4 collate utf8mb4_bin comment='t' row_format=dynamic
create table t (a int) partition by range (a) (partition p0 values less than (10), partition p1 values less than maxvalue)
create table t (a int) partition by list columns (a) (partition p0 values in (1,2))
create table t (a int) partition by hash(a) partitions 4
create table t (a int) partition by linear key algorithm=2 (a) partitions 2
create table t (a int) partition by range columns(a,b) subpartition by hash(c) subpartitions 2 (partition p0 values less than (1,maxvalue) engine=innodb comment 'x' (subpartition s0, subpartition s1))
create table t like u
create table t (like u)
create temporary table t select 1 as a
create table t (a int) ignore as select 1
create table t as (select 1) union (select 2)
create table t (a int default (uuid()), b int default (1+2), c int default -1, d datetime default now())
create table t (a int references p(x), b int unique, c int key)
create table t (a int, index ((a+1)), key k ((lower(b)), c))
create index i on t (a, b desc) comment 'x' algorithm=inplace lock=none
create unique index i using btree on t (a)
drop index i on t
drop index `primary` on t
alter table t add column a int first, add (b int, c int), modify d int not null after a, change e f int, drop column g, drop h, alter i set default 5, alter column j drop default, alter k set default (1+1)
alter table t add primary key (a), add unique u (a), add index i (b), add fulltext (c), add constraint foreign key (a) references p(x), drop primary key, drop index i, drop foreign key f, drop check c, drop constraint c, rename to x, rename as d.y, rename column a to b, rename index a to b, alter index i invisible
alter table t add partition (partition p2 values less than (30))
alter table t add partition partitions 4
alter table t drop partition p0, p1
alter table t truncate partition all
alter table t reorganize partition p0 into (partition a values less than (5), partition b values less than (10))
alter table t exchange partition p0 with table u without validation
alter table t coalesce partition 2
alter table t partition by hash(a) partitions 2
alter table t remove partitioning
alter table t
alter ignore table t add a int
alter table t add column if not exists a int
alter table t auto_increment 5
drop table if exists a, d.b cascade
drop temporary table t
drop tables a
rename table a to b, c to d.e
create database if not exists d default character set utf8mb4 collate utf8mb4_general_ci
create schema d charset=latin1
alter database d character set utf8
alter database collate utf8_bin
drop database if exists d
create or replace algorithm=merge definer=root@localhost sql security definer view v (a,b) as select 1,2 with cascaded check option
create view v as (select 1) union select 2
alter view v as select 1
drop view if exists a,b restrict
create definer=`a`@`%` trigger t before insert on x for each row set new.a = 1
create trigger t after update on x for each row follows y begin if new.a then set @x=1; end if; while 1 do set @b=case when 1 then 2 end; end while; end
create procedure p(in a int, out b varchar(10), c int) comment 'x' reads sql data begin declare x int default 0; l: loop set x=x+1; if x > 5 then leave l; end if; end loop l; select if(a,1,2), repeat('x',2); end
create function f(a int) returns int deterministic return a+1
create procedure p() select 1
create event e on schedule every 1 day starts now() do delete from t
drop trigger if exists t
drop procedure p
drop function if exists d.f
drop event e
create user u
create user if not exists 'u'@'%' identified by 'x' require x509
create user u@localhost identified with mysql_native_password by 'x', v identified with p as 'hash' require cipher 'a' and issuer 'b' subject 'c' with max_user_connections 3 account lock password expire never
alter user u require ssl
alter user u@'10.%' require none
alter user u identified by 'x'
alter user u account unlock
drop user if exists u, v@localhost
rename user a to b, c@d to e@f
create role r1, 'r2'@'%'
drop role r1
set password = 'x'
set password for u@h = password('x')
set default role all to u
set role none
grant all privileges on *.* to u@'%' identified by 'x' with grant option
grant select (a,b), insert, create temporary tables on d.t to u require ssl with max_queries_per_hour 5
grant select on d.* to a, b
grant execute on procedure d.p to u
grant r1, r2 to u with admin option
grant proxy on a to b with grant option
grant alter system on *.* to u
revoke all privileges, grant option from u
revoke select on *.* from u
revoke r1 from u
set a=1
set @a=1, @b := 2, global x=3, session y=default, @@global.z=on, @@w=off, local v = all
set names utf8mb4 collate utf8mb4_bin
set names default
set names 'utf8'
set character set utf8mb4
set charset default
set sql_mode = 'ANSI', time_zone='+00:00', autocommit=0, sql_mode=ansi
set transaction isolation level read committed, read only
set global transaction read write
set session transaction isolation level repeatable read
set persist x = 1
set @@session.sql_log_bin= 0
set character_set_client = binary
set global slow_query_log = on
show databases like 'a%'
show full tables from d where x=1
show tables
show open tables
show table status in d like 'x'
show full columns from t from d like 'a'
show fields in t
show index from d.t
show keys from t in d where 1
show create table d.t
show create database if not exists d
show create view v
show create user u@h
show create procedure p
show variables like 'x'
show global status where variable_name='a'
show session variables
show parameters like '%x%'
show parameters where name='a' tenant = sys
show warnings limit 5
show count(*) errors
show full processlist
show grants
show grants for u@h using r
show character set like 'u%'
show charset
show collation where charset='utf8'
show engines
show engine innodb status
show plugins
show privileges
show triggers from d
show events
show procedure status like 'x'
show function status
show binary logs
show master status
show slave status
show profile cpu for query 1
show profiles
show tenant status
show errors
describe t
desc t a
desc t 'a%'
explain select 1
explain format=json select 1
explain extended select 1
explain analyze select 1
explain for connection 5
desc update t set a=1
explain insert into t values (1)
explain t
use d
prepare s from 'select ?'
prepare s from @a
execute s using @a, @b
deallocate prepare s
drop prepare s
start transaction
start transaction read only, with consistent snapshot
begin
begin work
commit and no chain release
rollback and chain
rollback to savepoint a
rollback work to b
savepoint a
release savepoint a
xa start 'x'
xa commit 'a','b',1 one phase
xa recover
lock tables a read, b as c write, d low_priority write
unlock tables
kill 5
kill query 5
kill connection @a
flush tables
flush tables a, b with read lock
flush privileges, status
flush no_write_to_binlog binary logs
analyze table a, b
analyze local table a
check table t for upgrade quick
optimize table t
repair table t use_frm
checksum table t extended
reset master
reset query cache
alter system set a = 1
alter system a = True
alter system set a = '1M' comment 'x' scope = both server = '1.1.1.1:2882' tenant = sys, b = -1 zone 'z1'
alter system set ssl_client_authentication = TRUE scope=spfile server '127.0.0.1:2882'
alter system set _ob_ssl_invited_nodes = 'ALL' tenant all
alter system reset a
alter system reset a scope = both, b
alter system bootstrap zone 'z1' server '127.0.0.1:2882', zone 'z2' server '127.0.0.1:2883'
alter system bootstrap region r zone 'z' idc i server 'a:1'
alter system add server 'a:1', 'b:2' zone 'z1'
alter system add server 'a:1' zone = z1
alter system delete server 'a:1'
alter system cancel delete server 'a:1' zone z1
alter system stop server 'a:1'
alter system force stop server 'a:1'
alter system start server 'a:1', 'b:1'
alter system isolate server 'a:1'
alter system add zone z4 region r, idc i, zone_type ReadWrite
alter system alter zone z4 set region r
alter system stop zone z1
alter system force stop zone 'z1'
alter system delete zone z
alter system minor freeze
alter system minor freeze tenant = t
alter system minor freeze tenant = all_user
alter system minor freeze server = ('a:1','b:2') zone = z
alter system minor freeze tenant t ls 1001
alter system major freeze
alter system switch replica leader ls=1 server='a:1' tenant=sys
alter system switch replica leader ls 1001 server 'a:1' tenant t
alter system switch replica follower server='a:1'
alter system switch replica default zone = z1 tenant t
alter system switch rootservice leader server 'a:1'
alter system refresh schema
alter system refresh schema server = 'a:1'
alter system clear location cache
alter system flush plan cache global
alter system flush kvcache tenant 'a' cache 'x'
alter system run job 'x' server 'a:1'
alter system kill session '5'
create resource unit u max_cpu 1, memory_size '2G', min_cpu=1, log_disk_size '4G', max_iops 1000, iops_weight 2
alter resource unit u max_cpu 2
create resource pool p unit 'u', unit_num 1, zone_list ('z1','z2')
create resource pool p unit = u, unit_num = 1, zone_list = ('z1')
create tenant if not exists t locality 'F@z1,F@z2', primary_zone 'z1;z2', resource_pool_list ('p'), charset = utf8mb4 set ob_tcp_invited_nodes='%', ob_compatibility_mode='mysql'
create tenant t resource_pool_list=('p') set ob_tcp_invited_nodes='%'
alter tenant t primary_zone='z1'
alter tenant t set variables ob_tcp_invited_nodes='%'
drop tenant t force
drop resource unit u
drop resource pool if exists p
select 1 ;;
create sequence s
install plugin a soname 'b'
change master to master_host='x'
help 'a'
signal sqlstate '45000'
purge binary logs to 'x'
create tablespace ts add datafile 'x'
select null as count, count from rank where row=1
create table rank (groups int, system int, rows int)
select status, value, date, time, text, offset, user, host, names from `t`
select full, comment, end, minus from t full left join x on 1
select a.b.c from a.b
select .5 + a, t.*, 1 from t
select * from t where (a, b) > (1, 2) and (a or b) and not (c)
select 'it''s', "a""b", 'a\'b', 'tab\t'
select -1, - -1, 1--1, 2-- 3
select a from t where b = 'x' -- trailing
select if(1, 2, 3) from t where left(a, 3) = 'abc'
create table t (a set('a','b') default 'a,b', b year(4), c time(6), d float(7,3), e float(53), f real, g fixed(5,2), h serial, i bool, j boolean default true, k char byte, l varbinary(5), m text(100), n blob, o int(11) zerofill)
create table t (id int) tablegroup='x' primary_zone='z' replica_num=3
alter table t engine=innodb, auto_increment=100, convert to character set utf8mb4 collate utf8mb4_bin, comment 'x', disable keys, enable keys, force, algorithm=inplace, lock=none, order by a, b
create table t (a varchar(5) default 'x' collate utf8mb4_bin comment 'c', b char(3) character set latin1 default 'y')
alter table t upgrade partitioning
create spatial reference system 1234 name 'x' definition 'y'
grant 'SESSION_VARIABLES_ADMIN' on *.* to 'u2'
analyze table t partition (p0) compute statistics
create table t (a int, b timestamp default now() on update now() null)
create table t (a int primary key, b int references p (a) on delete cascade on update now())
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
create view v as select * from a union select * from b with local check option
create table t (a int) comment = 'x', engine = innodb, charset = utf8 collate = utf8_bin
create table t (key (a), a int, primary key (a) using btree)
create procedure p() begin declare exit handler for sqlexception begin rollback; end; start transaction; commit; end
create procedure p() begin declare c cursor for select 1; open c; repeat fetch c into x; until done end repeat; close c; end
create trigger t before insert on x for each row if new.a > 1 then set new.a = 1; elseif new.a < 0 then set new.a = 0; end if
create function f() returns varchar(10) charset utf8 not deterministic no sql begin return 'x'; end
create procedure p() begin if exists(select 1) then drop table if exists t; end if; select if(1,2,3); case x when 1 then begin end; else select 1; end case; end
create event e on schedule at now() + interval 1 day on completion preserve enable comment 'x' do begin select 1; end
set @a = 1, @b = @a + 1, sql_mode = concat(@@sql_mode, ',ANSI'), @@local.x = 1
set global a.b = 1
set @x := (select max(a) from t), names utf8
set time_zone = default, character_set_results = null
set transaction read only
show columns in t in d where field = 'a'
show full fields from d.t like 'x'
show create table d.t
show table status where name = 'x'
show session status like 'x'
show engine innodb mutex
kill @x
lock table t read
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
explain select 1 union select 2
desc d.t
explain format='json' delete from t
prepare s from 'select 1'
execute s
xa start x'41', 'b', 3
xa end 'a' suspend for migrate
xa rollback 'a'
alter table t add (constraint c check (a > 1), index (b), d int)
alter table t add constraint c foreign key fk (a) references p (b) match simple on delete no action
alter table t drop index a, drop key b, drop constraint c, drop column d restrict
alter table t alter a set default 'x', alter column b set default (uuid())
alter table t change a b varchar(10) not null default '' comment 'x' after c
alter table t convert to charset utf8mb4
alter table t discard tablespace
alter table t rename x
alter table t check partition p0, p1
alter table t drop primary key, algorithm = copy, lock = exclusive
alter user u identified by 'x' replace 'y'
alter user current_user() identified by 'x'
alter user u with max_user_connections 5
create user u identified by password '*ABC'
create user u@'%.example.com' identified with caching_sha2_password by 'x' require subject '/CN=a' issuer '/CN=b'
drop user u@localhost, current_user
grant all on d.* to u@h require x509 with max_queries_per_hour 1 grant option
revoke insert (a), update on d.t from u, v
revoke proxy on a from b
show grants for current_user
show grants for current_user()
alter system set a = 1, b = 'x' tenant = t1
alter system set enable_rebalance=false
alter system add server '1.2.3.4:2882' , '1.2.3.5:2882' zone 'zone1'
alter system set module_data = 1
alter system start zone 'z1'
alter system refresh time_zone_info
alter system recover tenant t
alter system merge start zone z
alter system suspend merge
alter system flush plan cache tenant = 't' global
alter system cancel delete server 'a:1' zone = 'z'
alter system switchover to primary tenant = t
select * from oceanbase.GV$OB_LINKS where SVR_IP = '127.0.0.1'
select * from oceanbase.__all_server
select a$b, $c, _d, é from t
select 0x, 0b from t
select 1.e5, 1.5e5, .5e-5, 1e+5
select a.1b, a.1 from a
select /* c1 */ 1 /* c2 */ + /*! 2 */ # end
select 1 -- comment
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
/*!40000 ALTER TABLE tt DISABLE KEYS */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;
set autocommit=0;
/*!50001 CREATE ALGORITHM=UNDEFINED */ /*!50013 DEFINER=root@'%' SQL SECURITY DEFINER */ /*!50001 VIEW v AS select 1 AS a */;
/*!50001 CREATE VIEW v AS SELECT 1 AS a*/;
/*!50003 CREATE*/ /*!50017 DEFINER=root@localhost*/ /*!50003 TRIGGER t BEFORE INSERT ON x FOR EACH ROW set new.a = 1 */;
CREATE DATABASE /*!32312 IF NOT EXISTS*/ db /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci */;
/*!40000 DROP DATABASE IF EXISTS db*/;
SHOW VARIABLES LIKE 'gtid\_mode'
SHOW CREATE DATABASE IF NOT EXISTS db
SELECT /*!40001 SQL_NO_CACHE */ a FROM t
SELECT /*!40001 SQL_NO_CACHE */ * FROM t WHERE 1 LIMIT 10
SET SESSION character_set_results = 'binary'
LOCK TABLES t READ /*!32311 LOCAL */
LOCK TABLES a READ /*!32311 LOCAL */,b READ /*!32311 LOCAL */
FLUSH /*!40101 LOCAL */ TABLES
FLUSH TABLES WITH READ LOCK
SHOW FUNCTION STATUS WHERE Db = 'x'
SHOW TRIGGERS LIKE 't'
START TRANSACTION /*!40100 WITH CONSISTENT SNAPSHOT */
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ
SELECT @@max_allowed_packet
show table status like 't'
SET @@SESSION.SQL_LOG_BIN= 0;
SHOW MASTER STATUS
SHOW SLAVE STATUS
select @@version_comment limit 1
SELECT DATABASE()
SHOW WARNINGS
SET character_set_results = NULL
SELECT @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS character_set_client, @@sql_mode AS sql_mode
/* mysql-connector-java-8.0.33 */SELECT  @@session.auto_increment_increment AS a
/* ApplicationName=DBeaver */ SET SQL_SELECT_LIMIT=200
SET sql_mode=(SELECT CONCAT(@@sql_mode,',STRICT_TRANS_TABLES'))
SHOW SESSION VARIABLES WHERE Variable_name IN ('a', 'b')
SHOW COLLATION WHERE Charset = 'utf8mb4'
SHOW ENGINES
SHOW /*!50002 GLOBAL */ STATUS
CREATE TABLE sbtest1(   id INTEGER NOT NULL AUTO_INCREMENT,   k INTEGER DEFAULT '0' NOT NULL, c CHAR(120) DEFAULT '' NOT NULL, pad CHAR(60) DEFAULT '' NOT NULL, PRIMARY KEY (id)) /*! ENGINE = innodb */ 
CREATE INDEX k_1 ON sbtest1(k)
SELECT SUM(k) FROM sbtest1 WHERE id BETWEEN ? AND ?
KILL QUERY 5
SELECT NAME, VALUE FROM oceanbase.GV$OB_PARAMETERS WHERE NAME LIKE '%ssl%'
SELECT version(), @@version, ob_version()
SHOW CREATE TABLE mysql.user
SHOW FULL TABLES FROM db LIKE 'PROBABLYNOT'
SHOW FULL COLUMNS FROM t FROM db LIKE '%'
CREATE TABLE t (e enum('a','b') DEFAULT NULL, s set('x') DEFAULT NULL, b bit(1) DEFAULT b'0', v varbinary(3) DEFAULT 0x41, j json DEFAULT NULL CHECK (json_valid(j)), c int(11) GENERATED ALWAYS AS (a + 1) STORED, d datetime(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3), f double DEFAULT 1e10, CONSTRAINT x FOREIGN KEY (a) REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci
create procedure p(in a int) begin declare x, y int default 0; declare c cursor for select a from t; declare dup condition for sqlstate value '23000'; declare continue handler for not found, dup set x = 1; open c; l: loop fetch next from c into y; if x then leave l; else iterate l; end if; end loop l; close c; end
create procedure p() b: begin case when 1 then select 1; when 2 then begin end; end case; while 1 do set @a = 1; end while; repeat set @b = 2; until @b end repeat; signal sqlstate '45000' set message_text = 'x'; end b
