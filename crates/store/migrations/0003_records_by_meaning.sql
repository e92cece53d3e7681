-- Records are found by what all writings of a number have in common. The record
-- itself keeps the number as it came; the program brings these to the new form.
ALTER TABLE records RENAME COLUMN caller TO caller_key;
ALTER TABLE records RENAME COLUMN callee TO callee_key;
