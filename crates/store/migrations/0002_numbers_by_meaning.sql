-- What all writings of one number have in common, so that one line cannot be
-- taken twice. The program fills it in and then makes it unique; a number that
-- was a second writing already keeps none and is reached as it is written.
ALTER TABLE numbers ADD COLUMN match_key TEXT;
