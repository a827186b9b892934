"""The statements of the store in PostgreSQL.

Takes nothing, gives text with named parameters; what a run knows is always a parameter, never a part of the text.
"""

# ruff: noqa: S608
# What is put together here are the constants of this file.

from __future__ import annotations

from typing import Final

KEYS: Final = "select key from reconciler_inventory where inventory = %(inventory)s and starts_with(key, %(begin)s)"
READ: Final = "select data from reconciler_inventory where inventory = %(inventory)s and key = %(key)s"
LOCK: Final = "select pg_try_advisory_lock(%(lock)s)"
UNLOCK: Final = "select pg_advisory_unlock(%(lock)s)"
NAME: Final = "select set_config('application_name', %(name)s, false)"

TABLE: Final = """
create table if not exists reconciler_inventory (
  inventory text not null, key text not null, data bytea not null, primary key (inventory, key)
)"""

SESSION: Final = """
select set_config('idle_session_timeout', '0', false) from pg_settings where name = 'idle_session_timeout'
union all select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'
union all select set_config('tcp_keepalives_idle', '30', false)
union all select set_config('tcp_keepalives_interval', '10', false)
union all select set_config('tcp_keepalives_count', '3', false)"""
"""Idle is no reason to end; what is acknowledged is on the disk; that a machine died is noticed within a minute."""

_LOCKS: Final = """pg_locks where locktype = 'advisory' and granted and objsubid = 1
and database = (select oid from pg_database where datname = current_database())
and classid::bigint << 32 | objid::bigint = %(lock)s"""
HOLDS: Final = f"select 1 from {_LOCKS} and pid = pg_backend_pid()"
HOLDERS: Final = f"""
select application_name, pid from (select pid from {_LOCKS}) holders left join pg_stat_activity using (pid)"""

WRITE: Final = f"""
with allowed as (select where not %(locked)s or exists ({HOLDS})),
written as (
  insert into reconciler_inventory select %(inventory)s, %(key)s, %(data)s from allowed
  where %(over)s::bytea is null
  on conflict do nothing returning 1
),
changed as (
  update reconciler_inventory set data = %(data)s
  where inventory = %(inventory)s and key = %(key)s and sha256(data) = %(over)s and exists (select from allowed)
  returning 1
),
dropped as (
  delete from reconciler_inventory
  where inventory = %(inventory)s and key = any(%(drop)s) and exists (select from written union all select from changed)
)
select 1 from written union all select 1 from changed"""
