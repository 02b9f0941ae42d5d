-- An installation of mcp-awareness 0.18 as its users see it in the database: tables, row security, and some of everything.

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT,
    canonical_email TEXT UNIQUE,
    email_verified BOOLEAN DEFAULT FALSE,
    phone TEXT,
    phone_verified BOOLEAN DEFAULT FALSE,
    password_hash TEXT,
    display_name TEXT,
    timezone TEXT DEFAULT 'UTC',
    preferences JSONB DEFAULT '{}',
    oauth_subject TEXT,
    oauth_issuer TEXT,
    created TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated TIMESTAMPTZ,
    deleted TIMESTAMPTZ
);

CREATE TABLE entries (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL DEFAULT 'alice',
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    created TIMESTAMPTZ NOT NULL,
    updated TIMESTAMPTZ,
    expires TIMESTAMPTZ,
    deleted TIMESTAMPTZ,
    tags JSONB NOT NULL DEFAULT '[]',
    data JSONB NOT NULL DEFAULT '{}',
    logical_key TEXT,
    language REGCONFIG NOT NULL DEFAULT 'simple',
    tsv TSVECTOR GENERATED ALWAYS AS (
        setweight(to_tsvector(language, coalesce(data ->> 'description', '')), 'A') || setweight(to_tsvector(language, coalesce(data ->> 'content', '')), 'B')
    ) STORED
);
CREATE UNIQUE INDEX ON entries (owner_id, source, logical_key) WHERE logical_key IS NOT NULL AND deleted IS NULL;

CREATE TABLE reads (
    id SERIAL PRIMARY KEY,
    owner_id TEXT NOT NULL,
    entry_id TEXT NOT NULL REFERENCES entries (id) ON DELETE CASCADE ON UPDATE CASCADE,
    timestamp TIMESTAMPTZ NOT NULL DEFAULT now(),
    platform TEXT,
    tool_used TEXT
);
CREATE TABLE actions (
    id SERIAL PRIMARY KEY,
    owner_id TEXT NOT NULL,
    entry_id TEXT NOT NULL REFERENCES entries (id) ON DELETE CASCADE ON UPDATE CASCADE,
    timestamp TIMESTAMPTZ NOT NULL DEFAULT now(),
    platform TEXT,
    action TEXT NOT NULL,
    detail TEXT,
    tags JSONB NOT NULL DEFAULT '[]'
);

INSERT INTO users (id, timezone, preferences, created, deleted) VALUES
    ('_system', 'UTC', '{}', '2026-01-01', NULL),
    ('alice', 'Europe/Berlin', '{"theme": "dark"}', '2026-01-01', NULL),
    ('bob', 'UTC', '{}', '2026-01-01', '2026-02-01'),
    ('ghost', 'UTC', '{}', '2026-01-01', NULL);

INSERT INTO entries (id, owner_id, type, source, created, updated, expires, deleted, tags, data, logical_key, language) VALUES
    ('00000000-0000-4000-8000-000000000000', 'alice', 'note', 'ops', '2026-01-01T10:00:00.000123Z', '2026-01-03T10:00:00Z', NULL, NULL, '["nas", "ops"]',
        '{"description": "the backup of the größe", "content": "weekly", "content_type": "text/plain", "learned_from": "conversation",
          "related_ids": ["11111111-1111-4111-8111-111111111111"],
          "changelog": [{"updated": "2026-01-02T10:00:00.000001+00:00", "changed": {"description": "a backup"}},
                        {"updated": "2026-01-03T10:00:00+00:00", "changed": {"description": "the backup"}}]}', 'backup', 'english'),
    ('11111111-1111-4111-8111-111111111111', 'alice', 'pattern', 'nas', '2026-01-01', NULL, NULL, NULL, '[]',
        '{"description": "cpu is high on Fridays", "conditions": {"day_of_week": "Friday"}, "effect": "expect cpu", "learned_from": "conversation"}', NULL, 'simple'),
    ('22222222-2222-4222-8222-222222222222', 'alice', 'note', 'ops', '2026-01-01', NULL, '2026-03-03T00:00:00Z', '2026-02-01T00:00:00Z', '[]',
        '{"description": "thrown away", "_original_expires": "2026-06-01T00:00:00+00:00"}', 'backup', 'simple'),
    ('33333333-3333-4333-8333-333333333333', 'alice', 'context', 'ops', '2024-12-01', NULL, '2025-01-01T00:00:00Z', NULL, '[]', '{"description": "a context of last year"}', NULL, 'simple'),
    ('44444444-4444-4444-8444-444444444444', 'alice', 'status', 'nas', '2026-01-01', NULL, NULL, NULL, '["disk"]', '{"metrics": {"cpu": 0.5}, "ttl_sec": 120}', NULL, 'simple'),
    ('55555555-5555-4555-8555-555555555555', 'alice', 'alert', 'nas', '2026-01-01', '2026-01-02', NULL, NULL, '["disk"]',
        '{"alert_id": "disk", "level": "critical", "alert_type": "threshold", "message": "the disk is full", "resolved": false, "details": {"free": 0}}', NULL, 'simple'),
    ('66666666-6666-4666-8666-666666666666', 'alice', 'suppression', 'nas', '2026-01-01', NULL, '2027-01-01', NULL, '["disk"]',
        '{"metric": null, "suppress_level": "warning", "escalation_override": true, "reason": "known"}', NULL, 'simple'),
    ('77777777-7777-4777-8777-777777777777', 'alice', 'preference', 'global', '2026-01-01', NULL, NULL, NULL, '[]', '{"key": "auto_cleanup", "value": "true", "scope": "global"}', NULL, 'simple'),
    ('88888888-8888-4888-8888-888888888888', 'alice', 'intention', 'ops', '2026-01-01', '2026-01-05', NULL, NULL, '[]',
        '{"goal": "buy disks", "state": "snoozed", "deliver_at": "2026-12-01T00:00:00+00:00", "constraints": null, "urgency": "high", "recurrence": null,
          "learned_from": "conversation", "state_reason": "later", "changelog": [{"updated": "2026-01-05T00:00:00+00:00", "changed": {"state": "pending"}}]}', NULL, 'german'),
    ('bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb', 'alice', 'schema', 'ops', '2026-01-01', NULL, NULL, NULL, '[]',
        '{"family": "disk", "version": "1", "schema": {"type": "object"}, "description": "a disk", "learned_from": "conversation"}', 'disk:1', 'simple'),
    ('cccccccc-cccc-4ccc-8ccc-cccccccccccc', 'alice', 'record', 'ops', '2026-01-01', NULL, NULL, NULL, '[]',
        '{"schema_ref": "disk", "schema_version": "1", "content": {"size": 4, "parts": [1, null, "ü"]}, "description": "the first disk", "learned_from": "conversation"}', 'disk-1', 'simple'),
    ('dddddddd-dddd-4ddd-8ddd-dddddddddddd', 'alice', 'note', 'custom-prompt', '2026-01-01', NULL, NULL, NULL, '[]', '{"description": "Say {{what}}"}', 'say', 'simple'),
    ('eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee', 'alice', 'note', 'ops', '2026-01-01', NULL, NULL, NULL, '[]', '{"description": "plain"}', NULL, 'simple'),
    ('ffffffff-ffff-4fff-8fff-ffffffffffff', 'bob', 'note', 'ops', '2026-01-01', NULL, NULL, NULL, '[]', '{"description": "bob''s own"}', 'backup', 'english'),
    ('ffffffff-ffff-4fff-8fff-fffffffffff0', 'bob', 'status', 'nas', '2026-01-01', NULL, NULL, NULL, '[]', '{"metrics": {}, "ttl_sec": 60}', NULL, 'simple'),
    ('aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', '_system', 'schema', 'system', '2026-01-01', NULL, NULL, NULL, '[]',
        '{"family": "host", "version": "1", "schema": {"type": "object"}, "description": "a host", "learned_from": "cli"}', 'host:1', 'simple');

INSERT INTO reads (owner_id, entry_id, tool_used) SELECT 'alice', '00000000-0000-4000-8000-000000000000', 'get_knowledge' FROM generate_series(1, 3);
INSERT INTO actions (owner_id, entry_id, action) VALUES ('alice', '00000000-0000-4000-8000-000000000000', 'ran it');

DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['entries', 'reads', 'actions'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_insert ON %I FOR INSERT WITH CHECK (owner_id = current_setting(''app.current_user'', TRUE))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['reads', 'actions'] LOOP
        EXECUTE format('CREATE POLICY owner_isolation ON %I USING (owner_id = current_setting(''app.current_user'', TRUE))', name);
    END LOOP;
END
$$;
CREATE POLICY owner_isolation ON entries
    USING (owner_id = current_setting('app.current_user', TRUE) OR (owner_id = '_system' AND type = 'schema'))
    WITH CHECK (owner_id = current_setting('app.current_user', TRUE));
GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;
