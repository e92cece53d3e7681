-- The first tables. Written for SQLite; for PostgreSQL the program reads
-- INTEGER as BIGINT, BLOB as BYTEA and leaves STRICT out. Every root object
-- carries the id of its application. Times are Unix seconds unless the name
-- ends in _ms.

CREATE TABLE facts (
    name TEXT PRIMARY KEY NOT NULL,
    fact BLOB NOT NULL
) STRICT;

-- The last id given out of each kind. One row each, so that ids never come back.
CREATE TABLE counters (
    name TEXT PRIMARY KEY NOT NULL,
    last INTEGER NOT NULL
) STRICT;
INSERT INTO counters (name, last) VALUES
    ('application', 1400000000), ('staff', 0), ('operator', 0), ('skill_group', 0),
    ('trunk', 0), ('flow', 0), ('sound', 0);

CREATE TABLE applications (
    id INTEGER PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    desk_rules TEXT NOT NULL,
    modified_at INTEGER NOT NULL
) STRICT;

CREATE TABLE skill_groups (
    app INTEGER NOT NULL REFERENCES applications (id),
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    max_concurrency INTEGER NOT NULL,
    alias TEXT NOT NULL,
    last_agent_first INTEGER NOT NULL,
    ring_all INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (app, id),
    UNIQUE (app, name)
) STRICT;

-- account_key is the account in lower case: the same person with or without capitals.
CREATE TABLE staff (
    app INTEGER NOT NULL REFERENCES applications (id),
    id INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    account_key TEXT NOT NULL,
    name TEXT NOT NULL,
    nick TEXT NOT NULL,
    staff_number TEXT NOT NULL,
    phone TEXT NOT NULL,
    role TEXT NOT NULL,
    extension TEXT,
    mobile_call_out INTEGER NOT NULL,
    mobile_accept INTEGER NOT NULL,
    forwarding TEXT,
    password TEXT,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (app, id),
    UNIQUE (app, account_key),
    UNIQUE (app, extension)
) STRICT;
CREATE INDEX staff_by_account ON staff (account_key);

CREATE TABLE staff_groups (
    app INTEGER NOT NULL,
    staff INTEGER NOT NULL,
    skill_group INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    PRIMARY KEY (app, staff, skill_group),
    FOREIGN KEY (app, staff) REFERENCES staff (app, id) ON DELETE CASCADE,
    FOREIGN KEY (app, skill_group) REFERENCES skill_groups (app, id)
) STRICT;
CREATE INDEX staff_groups_by_group ON staff_groups (app, skill_group);

CREATE TABLE operators (
    id INTEGER PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL,
    account_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    modified_at INTEGER NOT NULL
) STRICT;

CREATE TABLE trunks (
    app INTEGER NOT NULL REFERENCES applications (id),
    id INTEGER NOT NULL UNIQUE,
    name TEXT NOT NULL,
    sources TEXT NOT NULL,
    max_calls INTEGER,
    enabled INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (app, id),
    UNIQUE (app, name)
) STRICT;

CREATE TABLE sounds (
    app INTEGER NOT NULL REFERENCES applications (id),
    id INTEGER NOT NULL UNIQUE,
    name TEXT NOT NULL,
    samples INTEGER NOT NULL,
    PRIMARY KEY (app, id),
    UNIQUE (app, name)
) STRICT;

-- Apart from its row, so that a list of sounds reads no sound. 16 bits, little end first.
CREATE TABLE sound_samples (
    app INTEGER NOT NULL,
    sound INTEGER NOT NULL,
    pcm BLOB NOT NULL,
    PRIMARY KEY (app, sound),
    FOREIGN KEY (app, sound) REFERENCES sounds (app, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE flows (
    app INTEGER NOT NULL REFERENCES applications (id),
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    start_node TEXT NOT NULL,
    nodes TEXT NOT NULL,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (app, id),
    UNIQUE (app, name)
) STRICT;

-- What a flow refers to, taken from its nodes at every change.
CREATE TABLE flow_sounds (
    app INTEGER NOT NULL,
    flow INTEGER NOT NULL,
    sound INTEGER NOT NULL,
    PRIMARY KEY (app, flow, sound),
    FOREIGN KEY (app, flow) REFERENCES flows (app, id) ON DELETE CASCADE,
    FOREIGN KEY (app, sound) REFERENCES sounds (app, id)
) STRICT;
CREATE INDEX flow_sounds_by_sound ON flow_sounds (app, sound);
CREATE TABLE flow_groups (
    app INTEGER NOT NULL,
    flow INTEGER NOT NULL,
    skill_group INTEGER NOT NULL,
    PRIMARY KEY (app, flow, skill_group),
    FOREIGN KEY (app, flow) REFERENCES flows (app, id) ON DELETE CASCADE,
    FOREIGN KEY (app, skill_group) REFERENCES skill_groups (app, id)
) STRICT;
CREATE INDEX flow_groups_by_group ON flow_groups (app, skill_group);

-- A number leads to one application of the whole platform.
CREATE TABLE numbers (
    number TEXT PRIMARY KEY NOT NULL,
    app INTEGER NOT NULL REFERENCES applications (id),
    trunk INTEGER NOT NULL,
    flow INTEGER,
    state INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    FOREIGN KEY (app, trunk) REFERENCES trunks (app, id),
    FOREIGN KEY (app, flow) REFERENCES flows (app, id)
) STRICT;
CREATE INDEX numbers_by_app ON numbers (app, trunk);
CREATE INDEX numbers_by_flow ON numbers (app, flow);
CREATE TABLE number_groups (
    app INTEGER NOT NULL,
    number TEXT NOT NULL REFERENCES numbers (number) ON DELETE CASCADE,
    skill_group INTEGER NOT NULL,
    PRIMARY KEY (number, skill_group),
    FOREIGN KEY (app, skill_group) REFERENCES skill_groups (app, id)
) STRICT;
CREATE INDEX number_groups_by_group ON number_groups (app, skill_group);

-- Only the hash of a token is kept: the database alone opens no session.
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY NOT NULL,
    app INTEGER,
    staff INTEGER,
    operator INTEGER REFERENCES operators (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    FOREIGN KEY (app, staff) REFERENCES staff (app, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE INDEX sessions_by_staff ON sessions (app, staff);

-- The secret is locked under the key file.
CREATE TABLE api_keys (
    secret_id TEXT PRIMARY KEY NOT NULL,
    app INTEGER NOT NULL REFERENCES applications (id),
    locked_secret BLOB NOT NULL,
    note TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX api_keys_by_app ON api_keys (app);

-- Journals, records and recordings refer to nothing: what happened stays true
-- after the application, the agent or the group is gone.
CREATE TABLE journal (
    app INTEGER NOT NULL,
    call TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (app, call, sequence)
) STRICT;
-- One row a call; ended never goes back to 0.
CREATE TABLE calls (
    app INTEGER NOT NULL,
    call TEXT NOT NULL,
    ended INTEGER NOT NULL,
    PRIMARY KEY (app, call)
) STRICT;
CREATE INDEX calls_unfinished ON calls (app, call) WHERE ended = 0;

CREATE TABLE records (
    app INTEGER NOT NULL,
    call TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    caller TEXT NOT NULL,
    callee TEXT NOT NULL,
    agent INTEGER,
    record TEXT NOT NULL,
    PRIMARY KEY (app, call)
) STRICT;
CREATE INDEX records_by_time ON records (app, started_ms);
CREATE INDEX records_by_caller ON records (app, caller, started_ms);
CREATE INDEX records_by_callee ON records (app, callee, started_ms);
CREATE INDEX records_by_agent ON records (app, agent, started_ms);

CREATE TABLE recordings (
    app INTEGER NOT NULL,
    recording TEXT NOT NULL,
    call TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (app, recording)
) STRICT;
CREATE INDEX recordings_by_call ON recordings (app, call);

-- Each line carries the hash of the one before; the head keeps the last one, so
-- that cutting off the end shows too. Application 0 is the platform.
CREATE TABLE audit (
    app INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (app, sequence)
) STRICT;
CREATE TABLE audit_heads (
    app INTEGER PRIMARY KEY NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
