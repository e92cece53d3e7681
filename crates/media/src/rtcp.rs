//! RTCP packets (RFC 3550 §6): what we report to the peer of a plain leg, and
//! what it reports to us. Reading is total; what is odd gives nothing.

/// Longest compound packet that we write: sender report with one block, a name,
/// a good-bye.
pub const MAX_REPORT: usize = 28 + 24 + 28 + 8;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
const GOOD_BYE: u8 = 203;
/// The item of a description that names its source for the call. (rfc3550:6.5.1)
const CNAME: u8 = 1;

/// How one side hears a source of the other. (rfc3550:6.4.1)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Whom it hears.
    pub ssrc: u32,
    /// Packets lost since the last report, in 256ths.
    pub fraction: u8,
    /// Packets lost in all; below zero when some came twice. 24 bits.
    pub lost: i32,
    /// Highest sequence number, with turns.
    pub highest: u32,
    /// Interarrival jitter in the source's clock.
    pub jitter: u32,
    /// Middle of the time in the newest sender report; 0 for none.
    pub last_report: u32,
    /// Time since that came, in 65536ths of a second.
    pub since_last: u32,
}

/// What a sender says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Its time: seconds in the upper half, parts of one in the lower.
    pub time: u64,
    /// The same moment in the clock of its sound.
    pub timestamp: u32,
    /// Packets so far.
    pub packets: u32,
    /// Bytes of sound in them.
    pub octets: u32,
}

/// A whole report of ours.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// Our source.
    pub ssrc: u32,
    /// What we sent; `None` if nothing since the last time.
    pub sent: Option<Sent>,
    /// How we hear the peer; `None` if not at all.
    pub block: Option<Block>,
    /// Our name for this call: nothing that says who speaks.
    pub name: [u8; 16],
    /// Whether the leg ends.
    pub ending: Ending,
}

/// Whether a report is the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// More will follow.
    GoesOn,
    /// It says good-bye.
    GoodBye,
}

/// What a report of the peer tells us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// Source, and middle of the time, of its sender report.
    pub sender: Option<(u32, u32)>,
    /// How it hears us.
    pub block: Option<Block>,
}

/// Writes a compound packet; gives its length.
#[must_use]
pub fn write(statement: &Statement, room: &mut [u8; MAX_REPORT]) -> usize {
    let mut pen = Pen { room, at: 0 };
    let blocks = u8::from(statement.block.is_some());
    let block_words = u16::from(blocks) * 6;
    match &statement.sent {
        Some(sent) => {
            pen.head(blocks, SENDER_REPORT, 6 + block_words);
            pen.word(statement.ssrc);
            pen.put(&sent.time.to_be_bytes());
            for word in [sent.timestamp, sent.packets, sent.octets] {
                pen.word(word);
            }
        }
        None => {
            pen.head(blocks, RECEIVER_REPORT, 1 + block_words);
            pen.word(statement.ssrc);
        }
    }
    if let Some(block) = &statement.block {
        let lost = block.lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
        let loss = (u32::from(block.fraction) << 24) | lost;
        for word in [block.ssrc, loss, block.highest, block.jitter, block.last_report, block.since_last] {
            pen.word(word);
        }
    }
    // rfc3550:6.1 — every compound packet names its source. Item, length, 16
    // bytes of name and two zeros that end the list make five words.
    pen.head(1, DESCRIPTION, 6);
    pen.word(statement.ssrc);
    pen.put(&[CNAME, 16]);
    pen.put(&statement.name);
    pen.put(&[0, 0]);
    match statement.ending {
        Ending::GoesOn => {}
        Ending::GoodBye => {
            pen.head(1, GOOD_BYE, 1);
            pen.word(statement.ssrc);
        }
    }
    pen.at
}

/// Whether a datagram begins as a compound packet does; true of a protected one, too.
#[must_use]
pub fn looks_right(packet: &[u8]) -> bool {
    matches!(packet, [128..=191, SENDER_REPORT | RECEIVER_REPORT, ..])
}

/// Reads a compound packet; `ours` is the source that we speak as.
#[must_use]
pub fn parse(packet: &[u8], ours: u32) -> Option<Heard> {
    let mut heard = Heard::default();
    let mut rest = packet;
    let mut first = true;
    while !rest.is_empty() {
        let [flags, kind, high, low] = *rest.first_chunk::<4>()?;
        let length = 4 * (1 + usize::from(u16::from_be_bytes([high, low])));
        let (part, after) = rest.split_at_checked(length)?;
        // rfc3550:A.2 — version 2, a report first, padding in the last part only.
        let report = kind == SENDER_REPORT || kind == RECEIVER_REPORT;
        if flags >> 6 != 2 || (first && !report) || (flags & 0x20 != 0 && !after.is_empty()) {
            return None;
        }
        if report {
            read_report(part, ours, &mut heard)?;
        }
        first = false;
        rest = after;
    }
    (!first).then_some(heard)
}

fn read_report(part: &[u8], ours: u32, heard: &mut Heard) -> Option<()> {
    let [flags, kind, ..] = *part else {
        return None;
    };
    let head = if kind == SENDER_REPORT { 28 } else { 8 };
    if kind == SENDER_REPORT {
        heard.sender = Some((word(part, 4)?, word(part, 10)?));
    }
    for nth in 0..usize::from(flags & 0x1f) {
        let at = head + nth * 24;
        let block = part.get(at..at + 24)?;
        if word(block, 0)? == ours {
            heard.block = Some(read_block(block)?);
        }
    }
    Some(())
}

fn read_block(block: &[u8]) -> Option<Block> {
    let loss = word(block, 4)?;
    Some(Block {
        ssrc: word(block, 0)?,
        fraction: (loss >> 24) as u8,
        // 24 bits with a sign.
        lost: ((loss << 8) as i32) >> 8,
        highest: word(block, 8)?,
        jitter: word(block, 12)?,
        last_report: word(block, 16)?,
        since_last: word(block, 20)?,
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|word| u32::from_be_bytes(*word))
}

/// Writes one after another. The room holds the longest report.
struct Pen<'a> {
    room: &'a mut [u8; MAX_REPORT],
    at: usize,
}

impl Pen<'_> {
    fn put(&mut self, bytes: &[u8]) {
        if let Some(room) = self.room.get_mut(self.at..self.at + bytes.len()) {
            room.copy_from_slice(bytes);
            self.at += bytes.len();
        }
    }

    fn word(&mut self, word: u32) {
        self.put(&word.to_be_bytes());
    }

    fn head(&mut self, count: u8, kind: u8, words: u16) {
        let [high, low] = words.to_be_bytes();
        self.put(&[0x80 | count, kind, high, low]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement {
        Statement {
            ssrc: 0xdead_beef,
            sent: Some(Sent { time: 0x0001_0002_0003_0004, timestamp: 160, packets: 5, octets: 800 }),
            block: Some(Block {
                ssrc: 0xcafe,
                fraction: 64,
                lost: -3,
                highest: 70_000,
                jitter: 80,
                last_report: 0x1234_5678,
                since_last: 65_536,
            }),
            name: *b"AAAAAAAAAAAAAAAA",
            ending: Ending::GoodBye,
        }
    }

    #[test]
    fn a_golden_report_is_written_and_read_back() {
        let mut room = [0; MAX_REPORT];
        let length = write(&statement(), &mut room);
        let mut golden = vec![0x81, 200, 0, 12, 0xde, 0xad, 0xbe, 0xef, 0, 1, 0, 2, 0, 3, 0, 4];
        golden.extend([0, 0, 0, 160, 0, 0, 0, 5, 0, 0, 3, 0x20]);
        golden.extend([0, 0, 0xca, 0xfe, 64, 0xff, 0xff, 0xfd, 0, 1, 0x11, 0x70, 0, 0, 0, 80]);
        golden.extend([0x12, 0x34, 0x56, 0x78, 0, 1, 0, 0]);
        golden.extend([0x81, 202, 0, 6, 0xde, 0xad, 0xbe, 0xef, 1, 16]);
        golden.extend([b'A'; 16]);
        golden.extend([0, 0, 0x81, 203, 0, 1, 0xde, 0xad, 0xbe, 0xef]);
        assert_eq!(room[..length], golden);
        let heard = parse(&room[..length], 0xcafe).expect("a report");
        assert_eq!(heard.sender, Some((0xdead_beef, 0x0002_0003)));
        assert_eq!(heard.block, statement().block);
        assert_eq!(parse(&room[..length], 0xfeed).expect("a report").block, None, "it is about another source");
    }

    #[test]
    fn who_only_listens_writes_a_receiver_report() {
        let mut room = [0; MAX_REPORT];
        let listener = Statement { sent: None, block: None, ending: Ending::GoesOn, ..statement() };
        let length = write(&listener, &mut room);
        assert_eq!(room[..8], [0x80, 201, 0, 1, 0xde, 0xad, 0xbe, 0xef]);
        assert_eq!(parse(&room[..length], 1), Some(Heard::default()));
    }

    #[test]
    fn torn_and_odd_reports_say_nothing() {
        let mut room = [0; MAX_REPORT];
        let length = write(&statement(), &mut room);
        let ends = [52, 80, length];
        for cut in 0..length {
            assert_eq!(parse(&room[..cut], 0xcafe).is_some(), ends.contains(&cut), "{cut}");
        }
        let alone = [0x80, 203, 0, 0];
        assert_eq!(parse(&alone, 1), None, "a good-bye without a report");
        let many = [0x9f, 201, 0, 1, 0, 0, 0, 1];
        assert_eq!(parse(&many, 1), None, "31 blocks that are not there");
        let padded = [[0xa0, 201, 0, 1, 0, 0, 0, 1], [0x80, 201, 0, 1, 0, 0, 0, 1]].concat();
        assert_eq!(parse(&padded, 1), None, "padding in the middle");
    }
}
