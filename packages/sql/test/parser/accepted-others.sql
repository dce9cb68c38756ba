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
create sequence s
install plugin a soname 'b'
change master to master_host='x'
help 'a'
signal sqlstate '45000'
purge binary logs to 'x'
create tablespace ts add datafile 'x'
create table rank (groups int, system int, rows int)
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
SET SESSION character_set_results = 'binary'
LOCK TABLES t READ /*!32311 LOCAL */
LOCK TABLES a READ /*!32311 LOCAL */,b READ /*!32311 LOCAL */
FLUSH /*!40101 LOCAL */ TABLES
FLUSH TABLES WITH READ LOCK
SHOW FUNCTION STATUS WHERE Db = 'x'
SHOW TRIGGERS LIKE 't'
START TRANSACTION /*!40100 WITH CONSISTENT SNAPSHOT */
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ
show table status like 't'
SET @@SESSION.SQL_LOG_BIN= 0;
SHOW MASTER STATUS
SHOW SLAVE STATUS
SHOW WARNINGS
SET character_set_results = NULL
/* mysql-connector-java-8.0.33 */SELECT  @@session.auto_increment_increment AS a
/* ApplicationName=DBeaver */ SET SQL_SELECT_LIMIT=200
SET sql_mode=(SELECT CONCAT(@@sql_mode,',STRICT_TRANS_TABLES'))
SHOW SESSION VARIABLES WHERE Variable_name IN ('a', 'b')
SHOW COLLATION WHERE Charset = 'utf8mb4'
SHOW ENGINES
SHOW /*!50002 GLOBAL */ STATUS
CREATE TABLE sbtest1(   id INTEGER NOT NULL AUTO_INCREMENT,   k INTEGER DEFAULT '0' NOT NULL, c CHAR(120) DEFAULT '' NOT NULL, pad CHAR(60) DEFAULT '' NOT NULL, PRIMARY KEY (id)) /*! ENGINE = innodb */ 
CREATE INDEX k_1 ON sbtest1(k)
KILL QUERY 5
SHOW CREATE TABLE mysql.user
SHOW FULL TABLES FROM db LIKE 'PROBABLYNOT'
SHOW FULL COLUMNS FROM t FROM db LIKE '%'
CREATE TABLE t (e enum('a','b') DEFAULT NULL, s set('x') DEFAULT NULL, b bit(1) DEFAULT b'0', v varbinary(3) DEFAULT 0x41, j json DEFAULT NULL CHECK (json_valid(j)), c int(11) GENERATED ALWAYS AS (a + 1) STORED, d datetime(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3), f double DEFAULT 1e10, CONSTRAINT x FOREIGN KEY (a) REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci
create procedure p(in a int) begin declare x, y int default 0; declare c cursor for select a from t; declare dup condition for sqlstate value '23000'; declare continue handler for not found, dup set x = 1; open c; l: loop fetch next from c into y; if x then leave l; else iterate l; end if; end loop l; close c; end
create procedure p() b: begin case when 1 then select 1; when 2 then begin end; end case; while 1 do set @a = 1; end while; repeat set @b = 2; until @b end repeat; signal sqlstate '45000' set message_text = 'x'; end b
