-- How each leg of a call sounded: one row for each entry of the journal that says so.
-- Losses and packets are counts, jitter and round_trip are microseconds, mos is in
-- hundredths; far is the id of the trunk or telephone at the other end.
CREATE TABLE call_legs (
    app INTEGER NOT NULL,
    call TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    side TEXT NOT NULL,
    kind TEXT NOT NULL,
    far INTEGER,
    agent INTEGER,
    codec TEXT,
    received INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    remote_lost INTEGER NOT NULL,
    jitter INTEGER NOT NULL,
    round_trip INTEGER NOT NULL,
    mos INTEGER NOT NULL,
    remote TEXT,
    silences INTEGER NOT NULL,
    silent_ms INTEGER NOT NULL,
    PRIMARY KEY (app, call, sequence)
) STRICT;
