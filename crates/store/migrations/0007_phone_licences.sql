-- How many telephones may be registered at once; NULL: no bound of their own.
ALTER TABLE applications ADD COLUMN phone_licences INTEGER;
