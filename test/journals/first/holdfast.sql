CREATE TABLE runs (
    id text primary key,
    task text not null,
    status text not null,
    created_at integer not null,
    epoch integer not null,
    owner text,
    lease_until integer,
    wake_at integer,
    pool text,
    turn text,
    place integer,
    head text not null
  ) without rowid;
CREATE INDEX runs_by_creation on runs (created_at);
CREATE INDEX runs_by_status on runs (status, created_at);
CREATE INDEX runs_to_wake on runs (wake_at) where owner is null and wake_at is not null;
CREATE INDEX runs_to_wake_by_clock on runs (lease_until, wake_at) where lease_until is not null and wake_at is not null;
CREATE TABLE queues (name text primary key, slots integer not null) without rowid;
CREATE INDEX runs_held on runs (pool) where pool is not null and owner is not null;
CREATE INDEX runs_in_turn on runs (pool, turn, place) where pool is not null and turn is not null;
CREATE TABLE payloads (run_id text primary key, text text not null) without rowid;
CREATE TABLE journal (
    run_id text not null,
    number integer not null,
    epoch integer not null,
    data text not null,
    primary key (run_id, number)
  ) without rowid;
CREATE TABLE inbox (
    run_id text not null,
    id text not null,
    place integer not null,
    data text not null,
    primary key (run_id, id)
  ) without rowid;
CREATE TABLE idempotency (key text primary key, run_id text not null, expires_at integer not null) without rowid;
CREATE INDEX idempotency_by_end on idempotency (expires_at);
CREATE TABLE spilled (run_id text not null, ref text not null, primary key (run_id, ref)) without rowid;
CREATE INDEX spilled_by_value on spilled (ref);
CREATE TABLE queue_starts (pool text not null, at integer not null);
CREATE INDEX queue_starts_by_time on queue_starts (pool, at);
CREATE TABLE queue_turns (queue text primary key, pool text not null) without rowid;
CREATE TABLE queue_settings (
    name text primary key, override integer, overridden_at integer, paused integer not null default 0
  ) without rowid;
CREATE TABLE queue_limits (
    name text primary key, total integer, rate_limit integer, rate_period integer, rate_per_key integer
  ) without rowid;
CREATE TABLE schedules (id text primary key, revision integer not null, data text not null) without rowid;
CREATE INDEX schedules_due on schedules (data ->> '$.due', id)
    where data ->> '$.made' is not null and data ->> '$.due' is not null;
CREATE INDEX schedules_declared on schedules (id) where data ->> '$.made' is null;
CREATE INDEX schedules_gone on schedules (data ->> '$.made.goneAt')
    where data ->> '$.made.goneAt' is not null;
insert into runs (id, task, status, created_at, epoch, owner, lease_until, wake_at, pool, turn, place, head) values ('run_p4qoof025bhqgb80lp0n303i', 'kept', 'WAITING', 1704134863603, 1, null, null, 1704138463863, null, null, -98204265136397, '{"startedAt":1704134863794,"wakeAt":1704138463863,"id":"run_p4qoof025bhqgb80lp0n303i","task":"kept","status":"WAITING","format":1,"payload":{"inline":"j{\"file\":\"effects\"}"},"payloadHash":"8g330g67of95jesvnb0d","createdAt":1704134863603,"updatedAt":1704134863881,"codeVersion":"1c0fc4f0e126ce49","seed":"7yz5b27r2hhhailqr8z53tn7","epoch":1,"news":0,"attempts":0,"activeMs":54,"deaths":0,"deathsAt":0,"lastNumber":1,"tags":[],"priority":0,"depth":0,"isTest":false,"resumes":0,"source":"api","waitingFor":{"kind":"timer","count":1}}');
insert into journal (run_id, number, epoch, data) values ('run_p4qoof025bhqgb80lp0n303i', 1, 1, '{"kind":"result","ok":true,"value":{"inline":"d-1"},"sort":"unit","fp":"wem66wxewq9","input":"[\"effects\",\"before\\n\"]","key":"/oeeysjja#0","gen":0,"place":{"name":"appendFile","at":"tasks/kept.ts:7"},"started":1704134863855,"t":1704134863863,"by":"runner-1-1704134861029-x7eglj7zz6g42jzjzg59pd8w","epoch":1}');
pragma user_version = 3;
