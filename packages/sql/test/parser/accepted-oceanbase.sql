select * from t1 tablesample system (10)
select * from t1 tablesample bernoulli (10)
create or replace spatial reference system 1 name 'x' definition 'y' organization 'z' identified by 12 description 'd'
create resource group rg type=user vcpu=0-3 thread_priority=5 enable
alter resource group rg vcpu=1,2 disable force
drop resource group rg force
set resource group rg for 1,2
load data from infile 'x' count 3 in primary key order into table t1 compression='zstd' parallel=4 memory=1g algorithm=bulk
set resource group x
show package status
install component 'x' set global a.b = 1, persist c.d = 2
create table tt1(a int, b int, primary key(a)) with column group (all columns, each column)
create table t (a int) with column group (each column)
create table t (a int, b int) with column group (all columns, cg1(a,b))
create table t (a int) partition by hash(a) partitions 3 with column group (each column)
create table t (a int, index i (a) with column group (all columns, each column))
create index i on t(a) with column group (each column)
alter table t add column group (each column)
alter table t drop column group (all columns, each column)
create table t (a int) tablegroup=tg locality='F@z1' primary_zone='z1' block_size=16384 compression='lz4_1.0' replica_num=3 use_bloom_filter=false
create table t (a int) tablegroup='tg' default tablegroup=tg
create table t (a int) tablet_size=100 pctfree=10 progressive_merge_num=1 row_format=compressed table_mode='queuing' duplicate_scope='cluster' parallel 4
create table t (a int) parallel=4
create table t (a int) noparallel
create table t (a int) organization=heap
create table t (a int) organization index
create table t (a int) ttl(a + interval 1 day)
create table t (a int) kv_attributes='{"Redis": {"isTTL": true}}'
create table t (a int, b int, unique key k (a) global, key k2 (b) local storing (a) block_size 16384)
create table t (a int, key k (a) global partition by hash (a) partitions 4)
create unique index k on t (a) global partition by range (a) (partition p0 values less than (1), partition p1 values less than (maxvalue))
create index k on t (a) local block_size 16384 storing (b) comment 'x' visible
create index k on t (a) parallel 3
create table t (a int, c vector(3), vector index v (c) with (distance=l2, type=hnsw))
create table t (a int, c vector(3), vector key v (c) with (distance=l2, type=hnsw, lib=vsag, m=16))
create vector index v on t (c) with (distance=l2, type=hnsw)
create table t (a array(int), b int[], c map(int,int), d roaringbitmap, e sparsevector, f string)
create table t (a int[][])
create table t (a array(array(varchar(10))))
create table t (c1 int) partition by range columns (c1) subpartition by hash (c2) subpartition template (subpartition s0, subpartition s1) (partition p0 values less than (1))
create table t (c1 int) partition by list (c1) subpartition by range columns (c2) subpartition template (subpartition s0 values less than (1), subpartition s1 values less than (maxvalue)) (partition p0 values in (1), partition p1 values in (default))
create table t (c1 int) partition by hash (c1) subpartition by list columns (c2) subpartition template (subpartition s0 values in ('a'), subpartition s1 values in (default)) partitions 4
create external table t (a int) location='/x' format=(type='csv' field_delimiter=',') pattern='x'
create external table t (a int as (metadata$filecol1)) location='/x' format=(type='csv', skip_header=1)
create or replace external table t (a int) location '/x' format (type='parquet')
drop external table t
alter table t set tablegroup=tg
alter table t tablegroup=tg
alter table t drop tablegroup
alter table t comment='x', set locality='F@z1'
alter table t parallel 3
alter table t noparallel
alter table t add index k (a) local, add unique key k2 (b) global
alter table t add index k (a) global partition by hash (a) partitions 2
alter table t truncate partition p0 update global indexes
alter table t add vector index v (c) with (distance=l2, type=hnsw)
alter table t alter index k parallel 3
alter table t ttl (a + interval 2 day)
alter table t remove ttl
create tablegroup tg
create tablegroup if not exists tg sharding='none'
create tablegroup tg sharding = 'partition'
create tablegroup tg locality='F@z1', primary_zone='z1'
create tablegroup tg partition by hash partitions 2
create tablegroup tg partition by key 2 partitions 2
create tablegroup tg partition by range columns 2 (partition p0 values less than (1, '100'))
create tablegroup tg partition by list (partition p0 values in (0, 1), partition p3 values in (DEFAULT))
drop tablegroup tg
drop tablegroup if exists tg
alter tablegroup tg add table t1, t2
alter tablegroup tg add t1, t2
alter tablegroup tg sharding='adaptive'
alter tablegroup tg set locality='F@z1'
show create tablegroup tg
show tablegroups
show tablegroups like 'x'
show tablegroups where tablegroup_name='x'
show parameters like 'x' tenant=t
show parameters tenant='t' like 'x'
show tenant
show tenants
show create tenant t
show recyclebin
show sequences
show sequences like 'x' in d
show sequences where 1
show sequences in d
show outline
show catalogs
show create catalog c
show create sequence s
show create package p
show create package body p
show create view d.t as of snapshot 1
create sequence if not exists s start with 1 increment by 2 minvalue 1 maxvalue 10 cycle cache 5 order
create sequence d.s nomaxvalue nominvalue nocycle nocache noorder
alter sequence s increment by 5
drop sequence s
drop sequence if exists d.s
create synonym s for t
create or replace synonym d.s for e.t
create public synonym s for t
create or replace public synonym s for t
drop synonym s
drop synonym if exists s force
drop public synonym s
create outline o on select 1
create or replace outline o on select /*+ full(a) */ * from a
create outline o on 'ABCDEF' using hint /*+ max_concurrent(1) */
create format outline o on select 1
create outline o on select * from t where a=? to select * from t where a=1
create outline o on insert into t values (1)
alter outline o add select 1
alter outline o add select /*+ x */ 1 to select 1
drop outline o
drop format outline o
flashback table t to before drop
flashback table t to before drop rename to d.u
flashback database d to before drop rename to e
flashback tenant t to before drop
flashback tenant t to before drop rename to u
flashback table t to scn 5
flashback table t to timestamp '2001-01-01 00:00:00'
purge table t
purge index i
purge database d
purge tenant t
purge recyclebin
create dblink l connect to u@t identified by 'x' host '1:2'
create dblink if not exists l connect to 'u'@t database d identified by 'x' ob host '127.0.0.1:2881'
drop dblink l
drop dblink if exists l
create keystore
optimize tenant t
optimize tenant all
analyze table t compute statistics
analyze table t compute statistics for all columns size 10
analyze table t compute statistics for columns a, b
analyze table t estimate statistics sample 10 percent
select * from t sample (10)
select * from t sample block (10) seed (1)
select * from t partition (p0) sample (10)
select * from t sample all (10)
select * from table(generator(10))
select * from table(dbms_xplan.display_cursor())
select * from table(f(1)) t
select * from table(dbms_xplan.display())
select count(*) from t as of snapshot 1
select * from t as of scn 5
select approx_count_distinct(a), approx_count_distinct_synopsis(a), approx_count_distinct_synopsis_merge(a) from t
select a from t limit 10 approximate
select a from t order by l2_distance(a, '[1,2]') approximate limit 10
select a from t order by l2_distance(a, '[1,2]') approx limit 10
select json_table(a) from t
select last_execution_id(), last_trace_id(), effective_tenant(), effective_tenant_id()
select * from oceanbase.gv$sql_audit, oceanbase.`gv$ob_servers`
insert /*+ append enable_parallel_dml parallel(2) */ into t select * from s
update /*+ parallel(2) */ t set a=1
load data /*+ parallel(4) direct(true,0) */ infile 'x' ignore into table t
set global a=1
set @@session.ob_trx_timeout=1, @@global.x='y'
set tenant = 1
alter user u primary_zone='z1'
create user u identified by 'x' primary_zone 'z1'
grant create synonym, create resource pool on *.* to u
grant create catalog on *.* to u
explain outline select 1
start transaction with consistent snapshot
drop package p
create catalog c properties=(type='odps')
drop catalog c
set catalog c
create materialized view log on t with primary key, sequence (a) including new values
alter database d charset utf8mb4 primary_zone='z1'
create database d primary_zone='z1' default tablegroup=tg read write
alter database d set tablegroup tg
alter database d default tablegroup = tg
select @@global.`a`
select [1,2,[3]]
insert into t values ([1,2], [[1],[2]])
select array(1,2), array_append([a], a) from t
create table t (a varchar(100), fulltext index f (a) parser_properties=(min_token_size=2, max_token_size=84)) organization index default charset = utf8mb4
fork table t1 to t2
alter table t1 add column ( c3 float [] generated always as ( ltrim( c1 / c2 ) ) stored )
create table t (a varchar(256)[], b array(varchar(10)))
explain extended_noaddr insert /*+ enable_parallel_dml parallel(2) direct(true, 0) */ into t1 select /*+ parallel(2) */ * from t1
