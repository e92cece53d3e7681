//! Who hears whom in a conference, as a matrix: a row of bits for each party
//! says whom it hears. Listening, whispering and barging in are cells of it.
//! Nothing here knows of sound.

use crate::limits::MAX_PARTIES;
use crate::{ConferenceRole, LegId};

/// The parties of one conference and what each of them hears.
#[derive(Debug, Default)]
pub struct Conference {
    seats: [Option<Party>; MAX_PARTIES],
}

/// A party on its seat.
#[derive(Debug, Clone, Copy)]
struct Party {
    leg: LegId,
    role: ConferenceRole,
    /// The seats that it hears.
    hears: Seats,
}

/// A set of seats, a bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seats(u32);

/// What it takes to let the parties hear each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// Nothing: nobody is there to be heard.
    Nothing,
    /// Packets pass from one to the other as they are.
    Bridge(LegId, LegId),
    /// Everybody's sound is mixed for everybody.
    Mix,
}

impl Seats {
    /// Whether a seat is among them.
    #[must_use]
    pub fn has(self, seat: usize) -> bool {
        self.0 & bit(seat) != 0
    }

    /// Those that are in both.
    #[must_use]
    pub fn and(self, other: Seats) -> Seats {
        Seats(self.0 & other.0)
    }

    /// Adds a seat.
    pub fn add(&mut self, seat: usize) {
        self.0 |= bit(seat);
    }

    fn remove(&mut self, seat: usize) {
        self.0 &= !bit(seat);
    }

    /// Each of them.
    pub fn each(self) -> impl Iterator<Item = usize> {
        (0..MAX_PARTIES).filter(move |seat| self.has(*seat))
    }
}

impl Conference {
    /// Gives a leg a seat, or one that has it a new role; `false` if there is
    /// no seat left.
    pub fn seat(&mut self, leg: LegId, role: ConferenceRole) -> bool {
        let free = || self.seats.iter().position(Option::is_none);
        let Some(seat) = self.seat_of(leg).or_else(free) else {
            return false;
        };
        let hears = self.seats[seat].map_or_else(|| self.heard_by(leg), |party| party.hears);
        self.seats[seat] = Some(Party { leg, role, hears });
        for (listener, party) in self.seats.iter_mut().enumerate() {
            if let Some(party) = party.as_mut().filter(|_| listener != seat) {
                party.hear(seat, role.is_heard_by(party.leg));
            }
        }
        true
    }

    /// Takes a leg from its seat.
    pub fn leave(&mut self, leg: LegId) {
        let Some(seat) = self.seat_of(leg) else {
            return;
        };
        self.seats[seat] = None;
        for party in self.seats.iter_mut().flatten() {
            party.hears.remove(seat);
        }
    }

    /// Changes one cell; nothing if one of the two has no seat, or for oneself.
    pub fn set(&mut self, speaker: LegId, listener: LegId, heard: Heard) {
        let (Some(speaker), Some(listener)) = (self.seat_of(speaker), self.seat_of(listener)) else {
            return;
        };
        if let Some(party) = self.seats[listener].as_mut().filter(|_| speaker != listener) {
            party.hear(speaker, heard);
        }
    }

    /// Each party: its seat, its leg and the seats that it hears.
    pub fn parties(&self) -> impl Iterator<Item = (usize, LegId, Seats)> {
        self.seats.iter().enumerate().filter_map(|(seat, party)| party.map(|party| (seat, party.leg, party.hears)))
    }

    /// What it takes now.
    #[must_use]
    pub fn means(&self) -> Means {
        let mut parties = self.parties();
        match (parties.next(), parties.next(), parties.next()) {
            (None | Some(_), None, _) | (None, Some(_), _) => Means::Nothing,
            (Some((one, left, hears)), Some((other, right, hears_too)), None)
                if hears.has(other) && hears_too.has(one) =>
            {
                Means::Bridge(left, right)
            }
            (Some(_), Some(_), None | Some(_)) => Means::Mix,
        }
    }

    fn seat_of(&self, leg: LegId) -> Option<usize> {
        self.seats.iter().position(|party| party.is_some_and(|party| party.leg == leg))
    }

    /// The seats whose roles let a leg hear them.
    fn heard_by(&self, leg: LegId) -> Seats {
        let mut seats = Seats::default();
        for (seat, party) in self.seats.iter().enumerate() {
            if party.is_some_and(|party| party.role.is_heard_by(leg) == Heard::Yes) {
                seats.add(seat);
            }
        }
        seats
    }
}

/// Whether one party hears another: a cell of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It does.
    Yes,
    /// It does not.
    No,
}

impl Party {
    fn hear(&mut self, seat: usize, heard: Heard) {
        match heard {
            Heard::Yes => self.hears.add(seat),
            Heard::No => self.hears.remove(seat),
        }
    }
}

impl ConferenceRole {
    fn is_heard_by(self, listener: LegId) -> Heard {
        let heard = match self {
            ConferenceRole::Speaker => true,
            ConferenceRole::Listener => false,
            ConferenceRole::Whisperer { to } => to == listener,
        };
        if heard { Heard::Yes } else { Heard::No }
    }
}

fn bit(seat: usize) -> u32 {
    const { assert!(MAX_PARTIES <= 32) }
    u32::try_from(seat).ok().and_then(|seat| 1u32.checked_shl(seat)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConferenceRole::{Listener, Speaker, Whisperer};

    /// Who hears whom: the listener, then those it hears.
    fn matrix(conference: &Conference) -> Vec<(u64, Vec<u64>)> {
        let leg_on = |seat| conference.parties().find(|(at, ..)| *at == seat).map(|(_, leg, _)| leg.0);
        conference.parties().map(|(_, leg, hears)| (leg.0, hears.each().filter_map(leg_on).collect())).collect()
    }

    fn conference(parties: &[(u64, ConferenceRole)]) -> Conference {
        let mut conference = Conference::default();
        for (leg, role) in parties {
            assert!(conference.seat(LegId(*leg), *role));
        }
        conference
    }

    #[test]
    fn speakers_hear_each_other_and_nobody_hears_himself() {
        let three = conference(&[(1, Speaker), (2, Speaker), (3, Speaker)]);
        assert_eq!(matrix(&three), [(1, vec![2, 3]), (2, vec![1, 3]), (3, vec![1, 2])]);
        assert_eq!(three.means(), Means::Mix);
    }

    #[test]
    fn a_supervisor_listens_then_whispers_then_barges_in() {
        let mut call = conference(&[(1, Speaker), (2, Speaker)]);
        assert_eq!(call.means(), Means::Bridge(LegId(1), LegId(2)));
        call.seat(LegId(9), Listener);
        assert_eq!(matrix(&call), [(1, vec![2]), (2, vec![1]), (9, vec![1, 2])]);
        call.seat(LegId(9), Whisperer { to: LegId(2) });
        assert_eq!(matrix(&call), [(1, vec![2]), (2, vec![1, 9]), (9, vec![1, 2])]);
        call.seat(LegId(9), Speaker);
        assert_eq!(matrix(&call), [(1, vec![2, 9]), (2, vec![1, 9]), (9, vec![1, 2])]);
        call.leave(LegId(9));
        assert_eq!(call.means(), Means::Bridge(LegId(1), LegId(2)));
    }

    #[test]
    fn whoever_comes_later_hears_by_the_roles_of_those_who_are_there() {
        let call = conference(&[(9, Listener), (8, Whisperer { to: LegId(2) }), (1, Speaker), (2, Speaker)]);
        assert_eq!(matrix(&call), [(9, vec![1, 2]), (8, vec![1, 2]), (1, vec![2]), (2, vec![8, 1])]);
    }

    #[test]
    fn two_of_whom_one_only_listens_are_no_bridge() {
        let mut pair = conference(&[(1, Speaker), (2, Listener)]);
        assert_eq!(pair.means(), Means::Mix);
        pair.set(LegId(2), LegId(1), Heard::Yes);
        assert_eq!(pair.means(), Means::Bridge(LegId(1), LegId(2)));
        pair.set(LegId(1), LegId(1), Heard::Yes);
        pair.set(LegId(7), LegId(1), Heard::Yes);
        assert_eq!(matrix(&pair), [(1, vec![2]), (2, vec![1])]);
        pair.leave(LegId(1));
        assert_eq!(pair.means(), Means::Nothing);
    }

    #[test]
    fn a_full_conference_has_no_seat_until_somebody_leaves() {
        let mut full = Conference::default();
        assert!((0..MAX_PARTIES as u64).all(|leg| full.seat(LegId(leg), Speaker)));
        assert!(!full.seat(LegId(99), Speaker));
        full.leave(LegId(7));
        assert!(full.seat(LegId(99), Speaker));
        assert!(matrix(&full).iter().all(|(_, hears)| hears.len() == MAX_PARTIES - 1));
    }
}
