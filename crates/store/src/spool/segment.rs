//! One file of the spool: a header, then frames of length, checksum and JSON.
//! Here they are found, checked and read; the spool itself writes them.

use super::SpoolItem;
use crate::StoreError;
use crate::limits::SPOOL_ITEM_BYTES;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"CYSPOOL1";
/// Magic, number of the first item, checksum of both.
pub(super) const HEADER_BYTES: usize = 20;
const FRAME_HEADER_BYTES: usize = 8;
const ENDING: &str = "spool";

/// A segment and its good part.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    /// Number of its first item.
    pub(super) first: u64,
    /// Confirmed items.
    pub(super) count: u64,
    /// Length of the header and the confirmed items.
    pub(super) bytes: u64,
}

impl Segment {
    pub(super) fn end(&self) -> u64 {
        self.first + self.count
    }
}

/// Where a reading stopped.
#[derive(Debug, Clone)]
pub(super) struct Cursor {
    /// The segment, by its first item.
    pub(super) first: u64,
    /// Number of the next item.
    pub(super) position: u64,
    /// Where its frame begins.
    pub(super) offset: u64,
}

/// What to read.
pub(super) struct Plan {
    pub(super) path: PathBuf,
    /// Start here …
    pub(super) cursor: Cursor,
    /// … skip to this item …
    pub(super) position: u64,
    /// … and read so many.
    pub(super) most: u64,
}

/// What a folder holds.
pub(super) struct Found {
    pub(super) segments: VecDeque<Segment>,
    pub(super) torn_bytes: u64,
}

pub(super) fn path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.{ENDING}"))
}

pub(super) fn header(first: u64) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..16].copy_from_slice(&first.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..16]);
    bytes[16..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

pub(super) fn push_frame(frames: &mut Vec<u8>, text: &[u8]) {
    let length = u32::try_from(text.len()).expect("an item is far below 4 GiB: its length was checked");
    frames.extend_from_slice(&length.to_le_bytes());
    frames.extend_from_slice(&crc32fast::hash(text).to_le_bytes());
    frames.extend_from_slice(text);
}

/// Finds the segments of a folder, oldest first, and cuts off torn tails.
pub(super) fn find(dir: &Path) -> Result<Found, StoreError> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|error| StoreError::file(dir, error))? {
        let path = entry.map_err(|error| StoreError::file(dir, error))?.path();
        if path.extension().is_some_and(|ending| ending == ENDING) {
            paths.push(path);
        }
    }
    paths.sort();
    let mut found = Found { segments: VecDeque::new(), torn_bytes: 0 };
    for path in paths {
        check(path, &mut found)?;
    }
    Ok(found)
}

fn check(path: PathBuf, found: &mut Found) -> Result<(), StoreError> {
    let failed = |error| StoreError::file(&path, error);
    let file = File::open(&path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut reader = BufReader::new(file);
    let Some(first) = read_header(&mut reader).map_err(failed)? else {
        found.torn_bytes += length;
        return set_aside(&path, length);
    };
    if let Some(before) = found.segments.back_mut() {
        // The end of a segment that was not trusted any more: written again in this one.
        before.count = before.count.min(first.saturating_sub(before.first));
    }
    let mut segment = Segment { path: path.clone(), first, count: 0, bytes: HEADER_BYTES as u64 };
    while let Some(text) = read_frame(&mut reader).map_err(failed)? {
        segment.count += 1;
        segment.bytes += (FRAME_HEADER_BYTES + text.len()) as u64;
    }
    if segment.bytes < length {
        found.torn_bytes += length - segment.bytes;
        // Nothing is ever added behind it, so a tail that cannot be cut does no harm.
        let _ = File::options().write(true).open(&path).and_then(|file| file.set_len(segment.bytes));
    }
    match segment.count {
        0 => std::fs::remove_file(&path).map_err(failed),
        _ => {
            found.segments.push_back(segment);
            Ok(())
        }
    }
}

/// A file without a header: the first write of a segment was torn, or it is damaged.
fn set_aside(path: &Path, length: u64) -> Result<(), StoreError> {
    let done = if length < HEADER_BYTES as u64 {
        std::fs::remove_file(path)
    } else {
        std::fs::rename(path, path.with_extension("damaged"))
    };
    done.map_err(|error| StoreError::file(path, error))
}

/// Reads the items of a plan, as far as they are whole.
pub(super) fn read(plan: &Plan) -> Result<(Vec<SpoolItem>, Cursor), StoreError> {
    let failed = |error| StoreError::file(&plan.path, error);
    let mut file = File::open(&plan.path).map_err(failed)?;
    file.seek(SeekFrom::Start(plan.cursor.offset)).map_err(failed)?;
    let mut reader = BufReader::new(file);
    let mut cursor = plan.cursor.clone();
    let mut items = Vec::new();
    while cursor.position < plan.position + plan.most {
        let Some(text) = read_frame(&mut reader).map_err(failed)? else {
            return Err(StoreError::damaged(
                plan.path.display().to_string(),
                format!("item {} is not whole", cursor.position),
            ));
        };
        if cursor.position >= plan.position {
            let item = serde_json::from_slice(&text)
                .map_err(|error| StoreError::damaged(plan.path.display().to_string(), error))?;
            items.push(item);
        }
        cursor.position += 1;
        cursor.offset += (FRAME_HEADER_BYTES + text.len()) as u64;
    }
    Ok((items, cursor))
}

fn read_header(reader: &mut impl Read) -> io::Result<Option<u64>> {
    let mut bytes = [0; HEADER_BYTES];
    if !fill(reader, &mut bytes)? {
        return Ok(None);
    }
    let first = u64::from_le_bytes(bytes[8..16].try_into().expect("eight bytes of twenty"));
    Ok((bytes == header(first)).then_some(first))
}

/// The next frame's text; `None` at the end or where the rest is not whole.
fn read_frame(reader: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0; FRAME_HEADER_BYTES];
    if !fill(reader, &mut head)? {
        return Ok(None);
    }
    let [a, b, c, d, e, f, g, h] = head;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    if length == 0 || length > SPOOL_ITEM_BYTES {
        return Ok(None);
    }
    let mut text = vec![0; length];
    if !fill(reader, &mut text)? || crc32fast::hash(&text) != u32::from_le_bytes([e, f, g, h]) {
        return Ok(None);
    }
    Ok(Some(text))
}

/// Whether there was enough to fill the whole buffer.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
