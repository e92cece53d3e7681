-- What carriers prove to us, and which numbers outside may be called. Passwords are
-- locked under the key file; outside_calls is JSON, as the program reads and writes it.
CREATE TABLE trunks_account (
    app INTEGER NOT NULL,
    trunk INTEGER NOT NULL,
    user_name TEXT NOT NULL,
    locked_password BLOB NOT NULL,
    PRIMARY KEY (app, trunk),
    UNIQUE (app, user_name),
    FOREIGN KEY (app, trunk) REFERENCES trunks (app, id) ON DELETE CASCADE
) STRICT;
ALTER TABLE applications ADD COLUMN outside_calls TEXT NOT NULL
    DEFAULT '{"allowed":["0086"],"refused":["0086160","0086168"]}';
