//! Which numbers were seen, and which turn of the sequence a packet belongs to.

/// The newest number and those shortly before it. (rfc3711:3.3.2 asks for 64.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Window {
    /// The newest number plus one; zero before the first.
    next: u64,
    /// Bit n: whether the number `next - 1 - n` was seen.
    seen: u128,
}

impl Window {
    /// The number without wraps that a 16-bit sequence means: the one nearest
    /// to the newest. (rfc3711:3.3.1 and appendix A)
    #[must_use]
    pub fn nearest(&self, sequence: u16) -> u64 {
        let Some(newest) = self.next.checked_sub(1) else {
            return sequence.into();
        };
        let ahead = sequence.wrapping_sub(newest as u16);
        if ahead <= 0x8000 {
            return newest + u64::from(ahead);
        }
        let behind = u64::from(ahead.wrapping_neg());
        // Before the first turn there is none: it is a jump within it.
        newest.checked_sub(behind).unwrap_or(sequence.into())
    }

    /// Whether a number is young enough to be told from a repetition, and is none.
    #[must_use]
    pub fn is_new(&self, index: u64) -> bool {
        match self.next.checked_sub(index.saturating_add(1)) {
            None => true,
            Some(age) => {
                u32::try_from(age).ok().and_then(|age| 1u128.checked_shl(age)).is_some_and(|bit| self.seen & bit == 0)
            }
        }
    }

    /// Marks a number as seen.
    pub fn note(&mut self, index: u64) {
        let next = index.saturating_add(1);
        if next > self.next {
            let ahead = u32::try_from(next - self.next).unwrap_or(u32::MAX);
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.next = next;
        } else if let Some(bit) = u32::try_from(self.next - next).ok().and_then(|age| 1u128.checked_shl(age)) {
            self.seen |= bit;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_new_once_and_old_ones_are_never_new() {
        let mut window = Window::default();
        for index in [10, 12, 11, 140, 139, 500, 373] {
            assert!(window.is_new(index), "{index}");
            window.note(index);
            assert!(!window.is_new(index), "{index}");
        }
        assert!(!window.is_new(372), "128 back");
        assert!(!window.is_new(0));
        assert!(window.is_new(374));
    }

    #[test]
    fn a_sequence_means_the_number_nearest_to_the_newest() {
        let mut window = Window::default();
        assert_eq!(window.nearest(65_000), 65_000);
        window.note(5);
        assert_eq!(window.nearest(65_530), 65_530, "there is no turn before the first");
        window.note(65_530);
        assert_eq!(window.nearest(3), 65_539);
        window.note(65_539);
        assert_eq!(window.nearest(65_531), 65_531);
        window.note((9 << 16) + 40_000);
        assert_eq!(window.nearest(10_000), (9 << 16) + 10_000);
        assert_eq!(window.nearest(0), 10 << 16);
    }
}
