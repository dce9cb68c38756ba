select
select from t
selec 1
select 1 from
select a b c
select * from t where
select * from t group by
select (1
select 1)
insert into t values
insert into t (a b) values (1)
update t set
update t a=1
delete t where 1
create table t
create table t ()
create table t (a)
create table t (a foo)
drop table
alter table t add
select 'abc
select `abc
select /* abc
select * from t limit a b
select * from t limit 1.5
select * from t left join u
select * from t join u on
select count(*
select count(distinct *) from t
select a = not b
select 1 + not 2
select a like 'b' like 'c'
select interval 1 day
select date_add(now(), 1)
select sum(*) from t
select case end
select case when 1 end
select a as from t
select a as select from t
create table select (a int)
show tabels
set a
set
grant select on to u
create user
use
foo bar
select 1 2
select @
select #
alter system
alter system foo
alter system set a
start foo
select 1 from t where a in ()
select * from t order a
with a select 1
select 1 union
values (1)
kill
commit foo
lock tables t
select a.b from a where a.b := 1
alter system set server 'a:1'
select a from t as 'x'
select * from t use index (a), ignore index (b)
select 1 from t where a like
create user u require
alter system stop server
create table t (a int) partition by
grant select on d.t
select * from (select 1) as
create procedure p() begin select 1; declare x int; end
create procedure p() begin selec 1; end
create procedure p() begin if 1 then select 1; end
create procedure p() while 1 do end
create trigger t before insert on x for each row set
create table t (a varchar)
grant foo on *.* to u
flush nothing
reset nothing
