//! What survives a restart: settings, journals, records and recordings.
