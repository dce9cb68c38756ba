select * from t1 procedure analyse()
select a from t1 procedure analyse(10, 2000)
select sum(a) over (order by a rows between unbounded preceding and unbounded following exclude ties) from t1
select sum(a) over (order by a rows 2 preceding exclude current row) from t1
alter database d upgrade data directory name
alter table t1 secondary_load
alter table t1 secondary_unload
create tablespace ts add datafile 'x.ibd' file_block_size=8k engine=innodb encryption='y'
drop undo tablespace u
drop tablespace ts engine=ndb
alter tablespace ts drop datafile 'x' wait
alter tablespace ts encryption='y'
alter undo tablespace u set inactive
alter logfile group lg add undofile 'x' engine ndb
create server s foreign data wrapper mysql options (user 'x', host 'y', port 3306, owner 'o')
alter server s options (user 'x')
create spatial reference system 4326 name 'x' definition 'y'
create spatial reference system if not exists 1 name 'a' definition 'b'
create function f returns string soname 'x.so'
alter event e on schedule every 2 hour
alter event e rename to f
alter definer=a@b event e do select 1
alter procedure p comment 'x'
alter procedure p sql security invoker
create library l language javascript as $$ x $$
load index into cache t1
load index into cache t1 index (a), t2 ignore leaves
cache index t1 index (a, b) in x
import table from 'x.sdi', 'y.sdi'
show create library l
show contributors
show parse_tree select 1
show table types
explain for schema d select 1
explain set statement_id='x' select 1
lock instance for backup
purge master logs before '2001-01-01'
purge binary logs before now() - interval 1 day
change replication source to source_host='x', ignore_server_ids=(1,2)
start slave
start slave io_thread, sql_thread until master_log_file='x', master_log_pos=4
start replica
stop slave io_thread for channel 'x'
stop replica
start group_replication user='x', password='y'
install plugin p soname 'x'
install component 'file://x', 'y'
uninstall component 'x', 'y'
clone local data directory = '/x'
clone instance from 'u'@'h':3306 identified by 'p'
help 'x'
help select
shutdown
get current diagnostics @a = number, @b = row_count
get diagnostics condition 1 @a = returned_sqlstate, @b = message_text
signal sqlstate value '45000' set message_text='x', mysql_errno=5
resignal
resignal set message_text='x'
alter instance rotate innodb master key
alter instance reload tls for channel mysql_main no rollback on error
alter instance enable innodb redo_log
create user u identified by 'a' and identified with b as 'c' and identified by 'd'
alter user u add 2 factor identified by 'x'
alter user u add 2 factor identified with p by 'x' add 3 factor identified with q
alter user u modify 2 factor identified by 'x'
alter user u 2 factor initiate registration
alter user u 2 factor unregister
create table t (a int) auto_increment_mode='order'
create table t (a int) auto_increment_cache_size=100
create index if not exists k on t (a)
create fulltext index f on t (a) with parser ngram parser_properties=(ngram_token_size=2)
create table t (a text, fulltext index f (a) with parser ik parser_properties=(ik_mode="smart"))
create table t (c1 int) partition by key(c1) partitions 2 (partition p0, partition p1)
create table t (c1 int) partition by key (c1) subpartition by range (c2) (partition p0 (subpartition s0 values less than (1)), partition p1 (subpartition s1 values less than (2)))
create table t (c1 int) partition by range (c1) (partition p0 values less than (1) id 5, partition p1 values less than (2))
create table t (c1 int) partition by range columns(c1) size('unlimited') (partition p values less than (1))
create table t as select * from t2 partition (p0)
create temporary table t (a int) on commit preserve rows
alter table t set read only
alter table t read only
alter table t compression='zstd_1.3.8' row_format=dynamic
alter table t add partition (partition p1 values less than (5)), add partition (partition p2 values less than (8))
alter table t add partition p1 values less than (5)
alter table t drop subpartition s0, s1
alter table t drop partition (p0, p1)
alter table t drop partition p0 update indexes
alter table t rename subpartition p0 to p1
alter table t exchange subpartition p0 with table t2 without validation
alter table t split partition p0 at (5) into (partition a, partition b)
alter table t reorganize partition p0 into (partition p1 values less than (5), partition p2 values less than (10))
alter table t alter index k invisible
alter table t rename index a to b
alter table t drop constraint (a, b)
alter table t modify constraint c disable
alter table t enable constraint c
alter table t force
alter table t alter column a set default 'x'
alter table t auto_increment = 100
alter table t add column a int lob_inrow_threshold = 100
alter index k on t visible
show parameters
show parameters where name='x'
show trace
show trace like 'x'
show create type t
show create type body t
show index from t from d
show procedure status
show query_response_time
show locations
show olap async job status
show ai models
show create user 'x'
select s.nextval, s.currval from dual
create database link l connect to u@t identified by 'x' host '1:2'
select a.b from t@l a
create directory d as '/x'
drop directory d
drop restore point r
create context c using p
lock tables t in share mode
lock table t in share row exclusive mode wait 5
lock table t partition (p0) in exclusive mode
analyze table t drop histogram on a
analyze table t update histogram on a, b using data 'x'
select * from t as of timestamp now()
select rollup from t group by rollup(a)
select a from t group by cube (a,b)
select * from t order by a nulls first
select * from t for update no_wait
select * from t for update wait 3
select string_agg(a) from t
select top_k_fre_hist(1, a, 2) from t
select hybrid_hist(a, 1) from t
select any(a) from t
select sysdate() from dual
select utc_timestamp() from dual
select ob_version()
select calc_partition_id(t, 1) from t
select calc_partition_id(t, p0, 1) from t
select * from oceanbase.v$sql
select @@ob_query_timeout
select userenv('x'), sys_context('a','b')
select f(a => 1)
select a.b.c(1)
call d.p.f(1)
update t partition (p0) set a=1
update t set a=1 where b=1 order by c limit 1
delete from t where a=1 order by b limit 3
load data infile 'x' into table t partition (p0) fields terminated by ','
load data infile '/x' into table t fields terminated by '|' log errors reject limit 5
load data infile 'x' compression='gzip' into table t
set names utf8mb4
set sql_mode='strict_all_tables'
alter session set a = 1
create user if not exists u require none
lock user u
grant select on d.* to u with grant option
grant create database link on *.* to u
grant create ai model on *.* to u
grant all privileges on t to u identified by password '*x'
create role r
help 'x'
explain allocate_memory select 1
explain into t select 1
desc extended select 1
start transaction read only
xa start 'a'
rollback
create event e on schedule every 1 day do select 1
create ai model m
alter location l url='x'
create rule r
create materialized view v as select 1
drop materialized view v
drop materialized view log on t
create force view v as select 1
create function f(a int) returns int return 1
create or replace function f (a int) returns int return 1
create or replace trigger t before insert on x for each row set @a=1
truncate table t partition (p0)
rename table a to b
alter database d set read only
drop database d force
drop table t purge
create procedure p() begin end
create definer=root@localhost procedure if not exists d.p() comment 'x' language sql not deterministic contains sql sql security invoker select 1
create function f() returns int deterministic return 1
create function f() returns int no sql begin declare x int default 5; set x = x+1; return x; end
create procedure p() begin declare undo handler for sqlstate '1' set @a=1; end
create procedure p() begin l: loop iterate l; leave l; end loop l; end
create procedure p() begin while a < 5 do set a = a+1; end while; end
create procedure p() begin l: while 1 do leave l; end while l; end
create procedure p() begin l: repeat set a=1; until a > 5 end repeat l; end
create procedure p() begin case a when 1 then select 1; when 2 then select 2; else begin end; end case; end
create procedure p() begin case when a=1 then select 1; end case; end
create procedure p() begin select a into b from t; select a, b into c, @d from t; end
create procedure p() begin start transaction; commit; end
create procedure p() begin begin end; end
create procedure p(a int) begin select * from t limit a; end
create procedure p() begin declare c cursor for select 1 union select 2; open c; end
create procedure p() begin set a = 1, b = 2; set @x = (select 1); end
create procedure p() loop leave x; end loop
create procedure p() return 1
create procedure p() begin declare a int default (select 1); end
create procedure p() begin xa start 'x'; end
create procedure p() begin lock tables t read; end
create procedure `p 1`() select 1
create procedure p() begin label1: begin end label1; label1: begin end; end
create procedure p() begin if a=1 and b=2 then begin end; end if; end
create procedure p() begin create temporary table t as select 1; alter table t add a int; end
create procedure p() begin kill query 1; flush tables; end
create procedure p() modifies sql data begin end
create procedure p() create table t (a int)
create procedure p() begin begin end; end;
create trigger t before insert on x for each row begin set new.a = 1; end
create trigger if not exists t before delete on x for each row precedes y delete from z where a = old.a
create trigger t before insert on x for each row if new.a then set new.b=1; end if
create trigger t before insert on x for each row set new.a=1, new.b=2
create trigger t before update on x for each row set new.a = default
create event e on schedule at '2001-01-01 00:00:00' + interval 3 hour do truncate t
create function f() returns int begin declare c cursor for select a from t; return (select 1); end
create function f() returns text return 'x'
create function f() returns geometry return null
select 1 from t where a = 'x' -- trailing
select 1--1
select 5--1 from t
#comment
select 1 # c
select 1/*!50000 , 2*/, 3
select /*!32301 1*/
/*!50001 create view v as */ /*!50001 select 1 */
select 1 /*!999999 foo */
select 1 /*! + 1 /* nested */ */
create table t (a int) /*!50100 PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (1) ENGINE = InnoDB) */
create table t (a int /*!80023 invisible */)
/*!50003 set sql_mode = '' */
select `a``b`, `a b`, `select`
select 'a' /* x */ 'b'
select 0xg from t
select X'', b''
select 1.e1
select t.123abc from t
select 1$a from t
select _foo'a'
select _binary'a' , _ascii'b'
select @`a b`, @'a b'
select @a:=1 as x
select date '2001-1-1', date'2001@01@01', time '1:1', timestamp '2001/1/1 1.1.1'
select interval 1 day + now()
select now() - interval '1 1' day_hour
select now() + interval a.b day
select now() + interval -1 day
select now() + interval @a second
select interval(1, 2)
select a.select, a.from, a.key from t
select count(*)
select count( *) , count( * )
select left('a', 1), right ('a', 1)
select date, time, timestamp, year, month, day from t
select rank, row_number, groups, system, lead, lag, lateral, recursive, cube, empty, of, json_table, ntile, grouping, except_, function, manual from t
create table t (date date, time time, timestamp timestamp, year year, text text, bit bit, enum enum('a'), bool bool, json json, point point, value int, status int, comment int, type int, name int, key_block_size int, action int)
select value from t where value=1
select a value from t
select a date from t
select a end from t
select a rows from t
select 1 as first, 2 last
select a from t as offset
select a from t window_ 
select * from t left join u full on 1
select user() as user
alter table t add comment int
alter table t add engine int
alter table t drop comment
create table t (a int, comment varchar(10) comment 'x')
create index comment on t (value)
create user user identified by 'x'
drop table status
lock tables t as offset read
call now()
select a from t group by a collate utf8_bin
select (select a from t limit 1) + 1
select case when a then 1 when b then 2 else 3 end case_ from t
select not 1 in (1), ! (1 in (1))
select 1 is null is null
select - a ^ b, ~ a | b
select a and not b or not c
select binary a = b
select a * interval_ from t
select all(a) from t
select (a) from t
select ~(a)
select !!a
select not not a
select a from t where exists (select 1) or not exists (select 2)
select * from (t)
select * from (t) join u
select * from (t join u on 1) join v on 2
select * from ((t join u on 1))
select * from (select 1) a, (select 2) b
select 1 from dual
select 1 from dual limit 1
select * from t inner join u
select * from t left join u on 1 right join v using (a, b)
select * from t join u using (a) where 1
select * from t, u join v on 1
select * from a left join b left join c on 1 on 2
select straight_join * from a
select sql_no_cache 1
create table COUNT (a int)
create table adddate(a int)
select f(3 three, 4 as "x")
set default_storage_engine = .a.MyISAM
select 1<!(1 xor to_base64())
do(select 1 c group by 1 having 1 order by count(1))
select 1 from dual procedure analyse() for update
(select 1) union (select 2 into @v)
insert into t1 () select * from t1
create procedure p() begin if whatever then select 1; end if; end
signal foo
resignal
resignal foo set mysql_errno = 1
get diagnostics a = number, @b = row_count
get stacked diagnostics condition @i a = class_origin, @b = cursor_name
handler t1 read a <= (1, 'x') limit 2
change master to master_host='a', master_log_pos=4, relay_log_file='x', master_ssl=1, master_delay=3, master_bind=''
change replication source to source_ssl=1, privilege_checks_user=null, require_row_format=1, get_source_public_key=1
select /*+NO_USE_HASH_SET(@"SET$1")*/* from t1 union  select * from t2 order by c1
