//! The fake world with a seed, and the referees.
