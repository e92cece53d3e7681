-- Telephones, and what trunks need to carry calls out. Passwords are locked under
-- the key file. rules and outward are JSON, as the program reads and writes them;
-- a trunk without a row in trunks_outward only brings calls.
ALTER TABLE trunks ADD COLUMN rules TEXT NOT NULL
    DEFAULT '{"max_calls_per_second":null,"protection":"accepted","inward_rewrites":[]}';
CREATE TABLE trunks_outward (
    app INTEGER NOT NULL,
    trunk INTEGER NOT NULL,
    outward TEXT NOT NULL,
    locked_password BLOB NOT NULL,
    PRIMARY KEY (app, trunk),
    FOREIGN KEY (app, trunk) REFERENCES trunks (app, id) ON DELETE CASCADE
) STRICT;

INSERT INTO counters (name, last) VALUES ('phone', 0);
CREATE TABLE phones (
    app INTEGER NOT NULL REFERENCES applications (id),
    id INTEGER NOT NULL UNIQUE,
    extension TEXT NOT NULL,
    name TEXT NOT NULL,
    locked_password BLOB NOT NULL,
    agent INTEGER,
    enabled INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (app, id),
    UNIQUE (app, extension),
    FOREIGN KEY (app, agent) REFERENCES staff (app, id)
) STRICT;
CREATE INDEX phones_by_agent ON phones (app, agent);
