// The numbered migrations of our own tables. Rules: a number never changes its meaning once released; statements can be
// run again; one action each; every name is qualified; no foreign key leaves its schema and no triggers (Citus), but for the
// guard of the audit, which is not there on Citus.
import { sortRules } from '@peyvand/core/base/sorting.ts'
import { quoteText } from '@peyvand/core/base/sql.ts'

export interface Migration {
  readonly version: number
  /** The statements for a schema whose quoted name is given. */
  readonly statements: (schema: string) => readonly string[]
}

/** The order of a language: ICU's own where the database has it, else made of rules, else the root order. */
function collation(schema: string, language: string, rules: string): string {
  const name = `${schema}.sort_${language}`
  const own = `create collation if not exists ${name} (provider = icu, locale = ${quoteText(language)})`
  const made = `create collation if not exists ${name} (provider = icu, locale = 'und', rules = ${quoteText(rules)})`
  return `do $peyvand$ begin
    if exists (select 1 from pg_catalog.pg_collation c where c.collname = ${quoteText(`${language}-x-icu`)}) then ${own};
    else begin execute ${quoteText(made)}; exception when others then
      create collation if not exists ${name} from pg_catalog."und-x-icu"; end;
    end if;
  end $peyvand$`
}

/** The tables of the audit that are only added to. */
export const guardedTables = ['_audit', '_security', '_seal', '_seal_rows'] as const

/**
 * Refuses to change or remove what the audit holds, but for a transaction that has written into `_audit_door` why it does so.
 * It keeps mistakes and single injected statements out; what somebody with all rights does is told by the seals.
 */
function guard(schema: string): readonly string[] {
  const body = `begin
      if exists (select 1 from ${schema}._audit_door d where d.xid = pg_catalog.pg_current_xact_id()) then return null; end if;
      raise exception 'The audit is only added to: % of %.% is refused', tg_op, tg_table_schema, tg_table_name
        using errcode = '42501', hint = 'Retention and the erasing of a person go through the server (docs/audit.md)';
    end`
  const made = [
    `create or replace function ${schema}._audit_guard() returns trigger language plpgsql as ${quoteText(body)}`,
    ...guardedTables.map(
      (table) => `create or replace trigger ${table}_guard before update or delete or truncate on ${schema}.${table}
        for each statement execute function ${schema}._audit_guard()`,
    ),
  ]
  return made.map(
    (text) => `do $peyvand$ begin
      if not exists (select 1 from pg_catalog.pg_extension x where x.extname = 'citus') then execute ${quoteText(text)}; end if;
    end $peyvand$`,
  )
}

/** Sign-in, keys, tenants: what is not a tenant's. */
export const platformMigrations: readonly Migration[] = [
  {
    version: 1,
    statements: (schema) => [
      `create table if not exists ${schema}.tenant (
        schema text collate "C" not null, created_at timestamptz(3) not null default now(),
        constraint tenant_pkey primary key (schema))`,
      `create table if not exists ${schema}.identity (
        id uuid not null, name text collate "C" not null, email text collate "C" not null, email_verified boolean not null default false,
        image text collate "C", created_at timestamptz(3) not null default now(), updated_at timestamptz(3) not null default now(),
        constraint identity_pkey primary key (id), constraint identity_email_key unique (email))`,
      `create table if not exists ${schema}.session (
        id uuid not null, user_id uuid not null, token text collate "C" not null, expires_at timestamptz(3) not null,
        ip_address text collate "C", user_agent text collate "C",
        created_at timestamptz(3) not null default now(), updated_at timestamptz(3) not null default now(),
        constraint session_pkey primary key (id), constraint session_token_key unique (token),
        constraint session_user_fkey foreign key (user_id) references ${schema}.identity (id) on delete cascade)`,
      `create index if not exists session_user_idx on ${schema}.session (user_id)`,
      `create table if not exists ${schema}.credential (
        id uuid not null, user_id uuid not null, account_id text collate "C" not null, provider_id text collate "C" not null,
        access_token text collate "C", refresh_token text collate "C", id_token text collate "C",
        access_token_expires_at timestamptz(3), refresh_token_expires_at timestamptz(3), scope text collate "C", password text collate "C",
        created_at timestamptz(3) not null default now(), updated_at timestamptz(3) not null default now(),
        constraint credential_pkey primary key (id),
        constraint credential_user_fkey foreign key (user_id) references ${schema}.identity (id) on delete cascade)`,
      `create index if not exists credential_user_idx on ${schema}.credential (user_id)`,
      `create table if not exists ${schema}.verification (
        id uuid not null, identifier text collate "C" not null, value text collate "C" not null, expires_at timestamptz(3) not null,
        created_at timestamptz(3) not null default now(), updated_at timestamptz(3) not null default now(),
        constraint verification_pkey primary key (id))`,
      `create index if not exists verification_identifier_idx on ${schema}.verification (identifier)`,
      `create table if not exists ${schema}.api_key (
        id uuid not null, tenant text collate "C" not null, user_id uuid not null, name text collate "C" not null, hash text collate "C" not null,
        start text collate "C" not null, roles text[] collate "C", created_at timestamptz(3) not null default now(), expires_at timestamptz(3),
        constraint api_key_pkey primary key (id), constraint api_key_hash_key unique (hash))`,
      `create index if not exists api_key_user_idx on ${schema}.api_key (tenant, user_id)`,
    ],
  },
  {
    version: 2,
    // Finding parts of texts quickly. Who may not make an extension does without: a search is a scan then (docs/search.md).
    statements: () => [
      'do $peyvand$ begin create extension if not exists pg_trgm; exception when others then null; end $peyvand$',
    ],
  },
  {
    version: 3,
    statements: (schema) => Object.entries(sortRules).map(([language, rules]) => collation(schema, language, rules)),
  },
  {
    // Keys that seal the secrets of a tenant, wrapped under the key of the installation, which `master` names.
    version: 4,
    statements: (schema) => [
      `create table if not exists ${schema}.data_key (
        id uuid not null, tenant text collate "C" not null, wrapped text collate "C" not null, master text collate "C" not null,
        created_at timestamptz(3) not null default now(), retired_at timestamptz(3), constraint data_key_pkey primary key (id))`,
      `create unique index if not exists data_key_active_idx on ${schema}.data_key (tenant) where retired_at is null`,
    ],
  },
  {
    // Second factors, passkeys, one-time links, shared counts of attempts; what a key is bound to and a session was proven by.
    version: 5,
    statements: (schema) => [
      `alter table ${schema}.identity add column if not exists two_factor_enabled boolean not null default false`,
      `alter table ${schema}.session add column if not exists strong boolean not null default false,
        add column if not exists method text collate "C", add column if not exists entered_at timestamptz(3) not null default now()`,
      `create unique index if not exists credential_account_idx on ${schema}.credential (provider_id, account_id)`,
      `create table if not exists ${schema}.two_factor (
        id uuid not null, user_id uuid not null, secret text collate "C" not null, backup_codes text collate "C" not null,
        verified boolean not null default false, failed_count integer not null default 0, locked_until timestamptz(3),
        constraint two_factor_pkey primary key (id), constraint two_factor_user_key unique (user_id),
        constraint two_factor_user_fkey foreign key (user_id) references ${schema}.identity (id) on delete cascade)`,
      `create table if not exists ${schema}.passkey (
        id uuid not null, user_id uuid not null, name text collate "C", public_key text collate "C" not null,
        credential_id text collate "C" not null, counter bigint not null, device_type text collate "C" not null,
        backed_up boolean not null, transports text collate "C", aaguid text collate "C", created_at timestamptz(3) not null default now(),
        constraint passkey_pkey primary key (id), constraint passkey_credential_key unique (credential_id),
        constraint passkey_user_fkey foreign key (user_id) references ${schema}.identity (id) on delete cascade)`,
      `create index if not exists passkey_user_idx on ${schema}.passkey (user_id)`,
      `create table if not exists ${schema}.one_time_link (
        hash text collate "C" not null, kind text collate "C" not null, tenant text collate "C" not null, user_id uuid not null,
        created_by uuid, created_at timestamptz(3) not null default now(), expires_at timestamptz(3) not null,
        constraint one_time_link_pkey primary key (hash))`,
      `create index if not exists one_time_link_user_idx on ${schema}.one_time_link (tenant, user_id)`,
      `create table if not exists ${schema}.attempt (
        key text collate "C" not null, count integer not null, strikes integer not null, ends_at timestamptz(3) not null,
        constraint attempt_pkey primary key (key))`,
      `create index if not exists attempt_end_idx on ${schema}.attempt (ends_at)`,
      `alter table ${schema}.api_key add column if not exists created_by uuid, add column if not exists networks text[] collate "C",
        add column if not exists read_only boolean not null default false, add column if not exists last_used_at timestamptz(3)`,
    ],
  },
  {
    // Which key a key was made with: it ends with that one. To which address a link was sent (a hash): it ends with that one.
    version: 6,
    statements: (schema) => [
      `alter table ${schema}.api_key add column if not exists made_with uuid`,
      `create index if not exists api_key_made_with_idx on ${schema}.api_key (made_with) where made_with is not null`,
      `alter table ${schema}.one_time_link add column if not exists address text collate "C"`,
    ],
  },
]

/** The `_` tables beside a tenant's entity tables. */
export const tenantMigrations: readonly Migration[] = [
  {
    version: 1,
    statements: (schema) => [
      `create table if not exists ${schema}._layer (
        name text collate "C" not null, position integer not null, version text collate "C" not null, manifest json not null,
        installed_at timestamptz(3) not null default now(), modified_at timestamptz(3) not null default now(),
        constraint _layer_pkey primary key (name))`,
      `create table if not exists ${schema}._definition (
        layer text collate "C" not null, kind text collate "C" not null, name text collate "C" not null, body json not null,
        revision integer not null, constraint _definition_pkey primary key (layer, kind, name))`,
      `create table if not exists ${schema}._history (
        revision integer not null, id uuid not null, action text collate "C" not null, plan text collate "C" not null, actor_id uuid not null,
        actor_name text collate "C" not null, at timestamptz(3) not null default now(), summary json not null, steps json not null,
        before json not null, after json not null, undone_by integer,
        constraint _history_pkey primary key (revision), constraint _history_id_key unique (id))`,
      `create table if not exists ${schema}._audit (
        id uuid not null default gen_random_uuid(), at timestamptz(3) not null default now(), actor_id uuid not null, request_id text collate "C",
        entity_id uuid not null, record_id uuid not null, change text collate "C" not null, version integer, before jsonb, after jsonb,
        constraint _audit_pkey primary key (id))`,
      `create index if not exists _audit_record_idx on ${schema}._audit (record_id, at)`,
      `create table if not exists ${schema}._counter (
        id text collate "C" not null, value bigint not null, constraint _counter_pkey primary key (id))`,
      `create table if not exists ${schema}._bin (
        id uuid not null, kind text collate "C" not null, table_name text collate "C" not null, name text collate "C" not null,
        bin_name text collate "C" not null, revision integer not null, dropped_at timestamptz(3) not null default now(),
        constraint _bin_pkey primary key (id))`,
      `create table if not exists ${schema}._request (
        actor_id uuid not null, key text collate "C" not null, fingerprint text collate "C" not null, status integer not null,
        headers jsonb not null, body text collate "C", at timestamptz(3) not null default now(),
        constraint _request_pkey primary key (actor_id, key))`,
    ],
  },
  {
    version: 2,
    statements: (schema) => [
      `create table if not exists ${schema}._table (
        entity_id uuid not null, body json, revision integer not null, constraint _table_pkey primary key (entity_id))`,
    ],
  },
  {
    version: 3,
    statements: (schema) => [`create index if not exists _request_at_idx on ${schema}._request (at)`],
  },
  {
    version: 4,
    statements: (schema) => [
      `create table if not exists ${schema}._job (
        id uuid not null, kind text collate "C" not null, payload jsonb not null, state text collate "C" not null default 'queued',
        unique_key text collate "C", run_at timestamptz(3) not null default now(), attempts integer not null default 0,
        lease integer not null default 0, lease_until timestamptz(3), progress jsonb, error jsonb, result jsonb,
        created_at timestamptz(3) not null default now(), created_by uuid, started_at timestamptz(3), finished_at timestamptz(3),
        constraint _job_pkey primary key (id))`,
      `create unique index if not exists _job_unique_idx on ${schema}._job (kind, unique_key) where state in ('queued', 'running')`,
      `create index if not exists _job_due_idx on ${schema}._job (run_at, id) where state in ('queued', 'running')`,
      `create index if not exists _job_created_idx on ${schema}._job (created_at, id)`,
    ],
  },
  {
    version: 5,
    statements: (schema) => [
      `create table if not exists ${schema}._file (
        id uuid not null, name text collate "C" not null, type text collate "C" not null, size bigint not null,
        hash text collate "C" not null, width integer, height integer, ready boolean not null default false,
        created_by uuid not null, created_at timestamptz(3) not null default now(),
        entity_id uuid, record_id uuid, field_id uuid, orphaned_at timestamptz(3), constraint _file_pkey primary key (id))`,
      `create index if not exists _file_hash_idx on ${schema}._file (hash)`,
      `create index if not exists _file_field_idx on ${schema}._file (field_id, record_id)`,
      `create index if not exists _file_orphan_idx on ${schema}._file (orphaned_at) where orphaned_at is not null`,
      `create index if not exists _file_staged_idx on ${schema}._file (created_at) where record_id is null`,
    ],
  },
  {
    // The transaction of each change, for delta links; rows from before have none, and no token reaches back to them.
    version: 6,
    statements: (schema) => [
      `alter table ${schema}._audit add column if not exists xid xid8`,
      `alter table ${schema}._audit alter column xid set default pg_current_xact_id()`,
      `create index if not exists _audit_change_idx on ${schema}._audit (entity_id, xid)`,
      `create table if not exists ${schema}._change (
        entity_id uuid not null, xid xid8 not null default pg_current_xact_id(), id uuid not null default gen_random_uuid(),
        record_id uuid not null, change text collate "C" not null, version integer, before jsonb,
        at timestamptz(3) not null default now(), constraint _change_pkey primary key (entity_id, xid, id))`,
    ],
  },
  {
    version: 7,
    statements: (schema) => [
      `create table if not exists ${schema}._groundwork (
        name text collate "C" not null, plan text collate "C" not null, at timestamptz(3) not null default now(),
        constraint _groundwork_pkey primary key (name))`,
    ],
  },
  {
    version: 8,
    // One index instead of two, and none over random values: it is most of what an audit row costs.
    statements: (schema) => [
      `alter table ${schema}._audit drop constraint if exists _audit_pkey`,
      `alter table ${schema}._audit add constraint _audit_pkey primary key (record_id, at, id)`,
      `drop index if exists ${schema}._audit_record_idx`,
    ],
  },
  {
    version: 9,
    statements: (schema) => [
      `create table if not exists ${schema}._pending (
        field_id uuid not null, body json not null, constraint _pending_pkey primary key (field_id))`,
    ],
  },
  {
    version: 10,
    statements: (schema) => [
      `create table if not exists ${schema}._merge (
        id uuid not null, at timestamptz(3) not null default now(), actor_id uuid not null, entity_id uuid not null,
        winner_id uuid not null, loser_id uuid not null, steps jsonb not null, split_at timestamptz(3), split_by uuid,
        constraint _merge_pkey primary key (id))`,
      `create index if not exists _merge_loser_idx on ${schema}._merge (loser_id)`,
    ],
  },
  {
    // Records that somebody gave others rights on. `source_id` is the record that was shared: another one where a cascade came here.
    version: 11,
    statements: (schema) => [
      `create table if not exists ${schema}._share (
        entity_id uuid not null, record_id uuid not null, principal_id uuid not null, source_id uuid not null,
        principal_type text collate "C" not null, rights text[] collate "C" not null, expires_at timestamptz(3),
        shared_by uuid not null, shared_at timestamptz(3) not null default now(),
        constraint _share_pkey primary key (entity_id, record_id, principal_id, source_id))`,
      `create index if not exists _share_principal_idx on ${schema}._share (principal_id, entity_id)`,
      `create index if not exists _share_source_idx on ${schema}._share (source_id, principal_id)`,
      `create index if not exists _share_end_idx on ${schema}._share (expires_at) where expires_at is not null`,
    ],
  },
  {
    version: 12,
    // What imports did, chunk by chunk in the transactions that did it: from it one goes on after a stop, and is undone.
    statements: (schema) => [
      `create table if not exists ${schema}._import (
        id uuid not null, entity_id uuid not null, actor_id uuid not null, roles jsonb not null, actor_name text collate "C" not null,
        at timestamptz(3) not null default now(), file text collate "C", content text collate "C", mapping jsonb not null,
        state text collate "C" not null, facts json, progress jsonb not null, checked json, problem jsonb,
        constraint _import_pkey primary key (id))`,
      `create index if not exists _import_at_idx on ${schema}._import (at, id)`,
      `create table if not exists ${schema}._import_chunk (
        import_id uuid not null, number integer not null, at timestamptz(3) not null default now(),
        xid xid8 not null default pg_current_xact_id(), writes jsonb not null, held jsonb not null, settled jsonb not null,
        failed json not null, undo_xid xid8, undone jsonb, constraint _import_chunk_pkey primary key (import_id, number))`,
    ],
  },
  {
    // Named secrets, sealed: see secrets/vault.ts.
    version: 13,
    statements: (schema) => [
      `create table if not exists ${schema}._secret (
        name text collate "C" not null, value text collate "C" not null, changed_at timestamptz(3) not null default now(),
        changed_by uuid not null, constraint _secret_pkey primary key (name))`,
    ],
  },
  {
    // What people and keys did at the doors; and who acted as the person that an audit row names.
    version: 14,
    statements: (schema) => [
      `create table if not exists ${schema}._security (
        at timestamptz(3) not null default now(), id uuid not null default gen_random_uuid(), kind text collate "C" not null,
        outcome text collate "C" not null, user_id uuid, actor_id uuid, via_id uuid, address text collate "C", agent text collate "C",
        detail jsonb, constraint _security_pkey primary key (at, id))`,
      `create index if not exists _security_user_idx on ${schema}._security (user_id, at)`,
      `alter table ${schema}._audit add column if not exists via_id uuid`,
    ],
  },
  {
    // The seals of the audit (audit/): what is sealed is never written again, `_seal_rows` holds what must be erasable.
    // `era`: transaction numbers begin anew where a database is restored into another server.
    version: 15,
    statements: (schema) => [
      `alter table ${schema}._audit add column if not exists era integer not null default 1`,
      `alter table ${schema}._security add column if not exists era integer not null default 1,
        add column if not exists xid xid8, add column if not exists request_id text collate "C",
        add column if not exists entity_id uuid, add column if not exists record_ids uuid[]`,
      `alter table ${schema}._security alter column xid set default pg_current_xact_id()`,
      `create index if not exists _security_xid_idx on ${schema}._security (xid)`,
      `create index if not exists _security_kind_idx on ${schema}._security (kind, at)`,
      `create index if not exists _security_record_idx on ${schema}._security using gin (record_ids) where record_ids is not null`,
      `create table if not exists ${schema}._seal (
        number bigint not null, era integer not null, until_xid xid8 not null, until_source integer not null, until_id uuid not null,
        count integer not null, root bytea not null, previous bytea not null, sealed_at timestamptz(3) not null,
        hash bytea not null, key_id uuid not null, mac bytea not null, constraint _seal_pkey primary key (number))`,
      `create index if not exists _seal_at_idx on ${schema}._seal (sealed_at)`,
      `create index if not exists _seal_until_idx on ${schema}._seal (era, until_xid, until_source, until_id)`,
      `create table if not exists ${schema}._seal_rows (
        number bigint not null, entries bytea, salts bytea, redacted jsonb not null default '{}', removed jsonb not null default '[]',
        constraint _seal_rows_pkey primary key (number))`,
      `create table if not exists ${schema}._seal_key (
        id uuid not null, value text collate "C" not null, created_at timestamptz(3) not null default now(),
        constraint _seal_key_pkey primary key (id))`,
      `create table if not exists ${schema}._seal_head (
        key_id uuid not null, number bigint not null, hash bytea not null, mac bytea not null, constraint _seal_head_pkey primary key (key_id))`,
      `create table if not exists ${schema}._audit_door (
        xid xid8 not null, why text collate "C" not null, constraint _audit_door_pkey primary key (xid))`,
      ...guard(schema),
    ],
  },
  {
    // Legal holds and restrictions on people's records; erasures, which stay as what a restored backup has to be told again.
    version: 16,
    statements: (schema) => [
      `create table if not exists ${schema}._hold (
        id uuid not null, kind text collate "C" not null, entity_id uuid not null, record_id uuid not null, reason text collate "C" not null,
        until timestamptz(3), placed_by uuid not null, placed_at timestamptz(3) not null default now(), lifted_by uuid,
        lifted_at timestamptz(3), constraint _hold_pkey primary key (id))`,
      `create index if not exists _hold_record_idx on ${schema}._hold (record_id) where lifted_at is null`,
      `create table if not exists ${schema}._erasure (
        id uuid not null, pseudonym text collate "C" not null, actor_id uuid not null, reason text collate "C" not null,
        asked_at timestamptz(3) not null default now(), records jsonb not null, mentions boolean not null,
        traces text collate "C", counts jsonb not null default '{}', done_at timestamptz(3), constraint _erasure_pkey primary key (id))`,
      `create index if not exists _erasure_asked_idx on ${schema}._erasure (asked_at, id)`,
    ],
  },
  {
    // What webhooks are signed with and how far they have read, and what is to be told or was. Sealed columns: secrets/places.ts.
    version: 17,
    statements: (schema) => [
      `create table if not exists ${schema}._webhook (
        webhook_id uuid not null, secret text collate "C" not null, secret_before text collate "C", before_until timestamptz(3),
        made_by uuid not null, made_at timestamptz(3) not null default now(), seen text collate "C" not null,
        failures integer not null default 0, closed_until timestamptz(3), problem jsonb,
        constraint _webhook_pkey primary key (webhook_id))`,
      `create table if not exists ${schema}._delivery (
        id uuid not null, number bigint generated always as identity, webhook_id uuid not null, lane text collate "C" not null,
        records uuid[] not null, events integer not null, body text collate "C" not null, access text collate "C" not null,
        state text collate "C" not null default 'waiting', made_at timestamptz(3) not null default now(),
        since timestamptz(3) not null default now(), attempts integer not null default 0,
        next_at timestamptz(3) not null default now(), lease integer not null default 0, lease_until timestamptz(3),
        ended_at timestamptz(3), status integer, ms integer, answer text collate "C", error text collate "C",
        constraint _delivery_pkey primary key (id))`,
      `create index if not exists _delivery_number_idx on ${schema}._delivery (webhook_id, number)`,
      `create index if not exists _delivery_lane_idx on ${schema}._delivery (webhook_id, lane, number) where state = 'waiting'`,
      `create index if not exists _delivery_end_idx on ${schema}._delivery (ended_at) where ended_at is not null`,
      `create index if not exists _delivery_record_idx on ${schema}._delivery using gin (records)`,
    ],
  },
]
