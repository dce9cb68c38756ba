create table COUNT(a int)
create table now(a int)
stop slave ,,,
stop slave foo
start transaction ,,,
select (select exists(select * limit 1 order by values (c)))
delete from b order by (select 1 from a order by a order by a)
select 1 from t1 for update union select 1 from t1
select 1 into @a from t1 into @b
select 1 from t1 where 1 into @a group by 1
select (select 1 from t1 into @a)
select 1 from (select 1 from t1 into @a) a
select exists(select 1 from t1 into @a)
select * from (select a into @v from t1) t
select 1 from t1 into @a union select 1 from t1
((select 1 from t order by 1) limit 1) order by 1)
select * from (t1 join t2 on true) t1a
select * from ((select 2) a order by 1) as r
select * from (t1 join t2 on true, select 1 from dual)
select * from t1 t11 natural join t1 t12 using (a)
alter table t rename to `t1
select 1 from dual procedure analyse() union select 1
signal
signal sqlstate
signal sqlstate 5
signal sqlstate '77777' set
signal sqlstate '77777' set foo = 1
signal sqlstate '77777' set message_text
signal sqlstate '77777' set message_text = 1 + 2
signal sqlstate '77777' message_text = 1
signal foo bar
signal foo set returned_sqlstate = 'x'
resignal set foo = 1
resignal 5
get
get diagnostics
get diagnostics condition
get diagnostics condition 1
get diagnostics @a = message_text
get diagnostics condition 1 @a = number
get diagnostics 1 = number
get diagnostics @a
get foo diagnostics @a = number
handler t1 read
handler t1 foo
handler t1 read a
handler t1 read a first limit
change master
change master to
purge
purge foo
purge binary logs
install plugin
uninstall plugin p q
clone
shutdown now
restart foo
help
help 5
cache index t1
load index into cache
xa
xa start
xa start 5
xa recover 5
xa commit
flush
reset
begin x
commit x
savepoint
release a
rollback to
lock tables
lock tables t1
lock tables t1 foo
unlock
prepare
prepare s
prepare s from
prepare s from 1
execute
execute s using
execute s using 1
deallocate
deallocate s
do
call
call p(
set a =
set @a
set names
set global
set transaction
set transaction isolation level foo
set session transaction isolation level read committed test
set password
set password for
show
show girls test
show collation test
show character set test
show create
show create table
show columns
show columns t
show index
show variables foo
show grants foo
show warnings foo
show tables from
explain
explain format= select 1
explain format=json
explain for connection
describe
drop
drop foo
drop table t1,
drop view
drop index a
drop index on t
drop database
drop user
drop function
drop trigger
drop procedure
drop event
create
create foo
create database
create table t1 (a int) engine
create table t1 (a int) engine=
create table t1 (a int) foo=1
create table t1 (a int b int)
create table t1 (a int,)
create table t1 (a int not)
create table t1 (a int default)
create table t1 (a int default now)
create table t1 (primary key)
create table t1 (a int, key)
create table t1 (a int, key ())
create table t1 (a int, unique primary key (a))
create table t1 (a int, foreign key (a))
create table t1 (a int, foreign key (a) references t2 () )
create table t1 (a int(5)
create table t1 (a varchar(5) charset)
create table t1 (a enum)
create table t1 (a enum())
create table t1 (a enum(1))
create table t1 (a set)
create table t1 (a decimal(1,2,3))
create table t1 (a int(a))
create table t1 (a int(-1))
create table t1 (a char(5) unsigned zerofill binary varying)
create table t1 like
create table t1 (like t2
create table t1 select
create table t1 as
create table t1 (a int) partition by hash
create table t1 (a int) partition by hash (a) partitions
create table t1 (a int) partition by hash (a) partitions a
create table t1 (a int) partition by range (a) (partition p0 values less than)
create table t1 (a int) partition by range (a) (partition p0 values)
create table t1 (a int) partition by range (a) (p0 values less than (1))
create table t1 (a int) partition by range (a) ()
create table t1 (a int) partition by list (a) (partition p0 values in 1)
create table t1 (a int) partition by list (a) (partition p0 values in ())
create table t1 (a int) partition by key (a+1)
create table t1 (a int) partition by range columns (a+1) (partition p0 values less than (1))
create table t1 (a int) subpartition by hash (a)
create view v
create view v as
create view v as insert into t values (1)
create view v as select 1 with check
create index
create index i on t
create index on t (a)
create index i on t ()
create trigger t before insert on x
create trigger t insert on x for each row set @a=1
create trigger t before select on x for each row set @a=1
create trigger t before insert on x for each statement set @a=1
create event e
create event e on schedule every 1 day
create event e on schedule every 1 day starts do select 1
create function f returns
create function f() returns int
create function f() begin end
create procedure p
create procedure p()
create user u identified
create user u identified by
create user u identified by x
create user u with
create user u account
grant
grant select
grant select on
grant select on *.*
grant select to u on *.*
grant select, on *.* to u
grant select on *.* to
revoke select on *.* to u
revoke
rename
rename table
rename table a
rename table a b
rename user a
truncate
truncate table
truncate table a, b
alter
alter table
alter table t add column
alter table t add a
alter table t drop
alter table t drop column
alter table t modify a
alter table t change a
alter table t change a b
alter table t rename
alter table t rename column a
alter table t add index
alter table t add primary key
alter table t alter a
alter table t alter a set
alter table t alter a set default
alter table t engine
alter table t foo
alter table t add a int,
alter table t add a int drop b
alter table t order by
alter table t convert to
alter table t drop partition
alter table t add partition
alter table t add partition ()
alter table t reorganize partition p0 into
alter table t exchange partition p0
alter table t coalesce partition
alter database d
alter view v
alter event e
alter server s
alter user
insert
insert into
insert into t
insert into t set
insert into t () 
insert into t values 1
insert into t values (1) on duplicate key
insert into t values (1) on duplicate key update
insert into t select
insert into t values (1), 
replace into t values (1) on duplicate key update a=1
update
update t
update t set a
update t set a = where b
update t set a = 1 where
update t set a = 1 order by
update t set a=1 limit
update t set a=1 limit 1,2
delete
delete from
delete from t where
delete from t limit 1,2
delete t
delete from t1, t2
delete from t1 using
load data
load data infile
load data infile 'x'
load data infile 'x' into t
load data infile 'x' into table t fields
load data infile 'x' into table t lines
load xml
select 1,
select ,1
select 1 as
select * from t,
select * from t join
select * from t join u using
select * from t join u using ()
select * from t where a =
select * from t where a in
select * from t where a in (
select * from t where a between 1
select * from t where a between 1 or 2
select * from t where a is
select * from t where a is 5
select * from t group
select * from t having
select * from t order by
select * from t order by a foo
select * from t limit
select * from t limit 1,
select * from t limit 1 offset
select * from t for
select * from t for update of
select * from t lock in share
select * from t use index
select * from t use index a
select * from t union
select * from t union all
select * from t union distinct all select 1
select * from t as
select case a when 1 then 2
select case a end
select if(
select f(1
select f(1,)
select f(,1)
select count(distinct)
select count(*, 1)
select sum()
select group_concat()
select group_concat(a order by)
select group_concat(a separator)
select group_concat(a separator 1)
select cast(a)
select cast(a as)
select cast(a as foo)
select convert(a)
select convert(a using)
select extract(a from b)
select extract(year b)
select trim(both)
select substring(a)
select substring()
select position(a)
select date_add(a, 1)
select date_add(a, interval 1)
select timestampadd(a, 1, b)
select timestampdiff(day, a)
select get_format(a, b)
select a +
select + 
select * 1
select 1 + * 2
select (1, 2
select ()
select row()
select row(1)
select not
select a not b
select a like
select a regexp
select a collate
select @@
select @@.a
select a.
select .
select a..b
select a.b.c.d
select 'a' collate 5
select match(a) against
select match a against b
select match(a) against ('x' in foo mode)
select sum(a) over
select sum(a) over (
select sum(a) over (order)
select sum(a) over (partition a)
select sum(a) over (rows)
select rank() over (rows between 1 preceding)
select * from t window
select * from t window w
select * from t window w as
with
with a
with a as
with a as select 1 select 2
with a as (select 1)
with a as (select 1), select 1
with recursive select 1
values
values row
table
table t where a = 1
select * from lateral
select * from json_table('[]')
select * from json_table('[]', '$' columns (a int)) t
select * from json_table('[]', '$') t
select a->b from t
select a->'$.b'->'$.c' from t
select exists
select exists 1
select all from t
select distinct from t
select 1 from dual from dual
select 1; select
analyze
analyze t
check table
check foo
optimize t
repair table t foo
checksum t
flush foo
flush tables with
flush tables t with read
lock in share mode
foo
123
'abc'
(select 1
((select 1)
(select 1))
select * from (select 1 union) a
alter system major
alter system minor freeze foo
alter system bootstrap
create tenant
create resource unit
drop tenant
drop resource pool
create tablegroup
drop tablegroup
flashback
purge table
create outline
create sequence
drop sequence
alter table t add fulltext index f (b) with parser ngram parser_properties=(ngram_token_size=-1)
create table t1(column.name int)
create table t1(xyz.t1.name int)
create table t1(t1.name int)
create table t1(test.column.name int)
set @@global.global.key_buffer_size= 1
set GLOBAL global.key_buffer_size= 1
SELECT @@global.global.key_buffer_size
SELECT @@global.session.key_buffer_size
SELECT @@global.local.key_buffer_size
drop event (select a from t2)
SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = -1
