//! The form of a live recording: a header that names it, then blocks, each with
//! its place, its length and a checksum over all of it; last an end mark, if
//! nothing is missing.

use super::{RATE, RecordingHeader};
use crate::StoreError;
use crate::limits::{BLOCK_SAMPLES, RECORDING_SAMPLES};
use centre::{CallId, RecordingId, SdkAppId};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use uuid::Uuid;

const MAGIC: &[u8; 6] = b"CYDREC";
const VERSION: u16 = 1;
const CHANNELS: u16 = 2;
/// Magic, version, application, call, recording, start, rate, channels, checksum.
const HEADER_BYTES: usize = 6 + 2 + 8 + 16 + 16 + 8 + 4 + 2 + 4;
/// First sample, samples of each channel, checksum.
const BLOCK_HEADER_BYTES: usize = 8 + 4 + 4;

pub(super) fn header(header: &RecordingHeader) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&header.app.0.to_le_bytes());
    bytes.extend_from_slice(header.call.0.as_bytes());
    bytes.extend_from_slice(header.recording.0.as_bytes());
    bytes.extend_from_slice(&header.started_ms.to_le_bytes());
    bytes.extend_from_slice(&RATE.to_le_bytes());
    bytes.extend_from_slice(&CHANNELS.to_le_bytes());
    let crc = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

pub(super) fn block(first_sample: u64, samples: &[i16]) -> Vec<u8> {
    let count = u32::try_from(samples.len() / 2).expect("a block has at most BLOCK_SAMPLES samples");
    let mut bytes = vec![0; BLOCK_HEADER_BYTES + samples.len() * 2];
    bytes[..8].copy_from_slice(&first_sample.to_le_bytes());
    bytes[8..12].copy_from_slice(&count.to_le_bytes());
    // In place: collecting byte by byte costs several times as much as writing the file.
    let (pairs, _) = bytes[BLOCK_HEADER_BYTES..].as_chunks_mut::<2>();
    for (pair, sample) in pairs.iter_mut().zip(samples) {
        *pair = sample.to_le_bytes();
    }
    let crc = checksum(&bytes[..12], &bytes[BLOCK_HEADER_BYTES..]);
    bytes[12..16].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// A block without samples: all that came before it is all there was.
pub(super) fn end_mark() -> Vec<u8> {
    block(u64::MAX, &[])
}

/// A block as it was read: bytes of interleaved samples, little end first.
pub(super) struct Block {
    pub(super) first_sample: u64,
    pub(super) pcm: Vec<u8>,
}

impl Block {
    /// One behind the last sample of each channel.
    pub(super) fn end(&self) -> u64 {
        self.first_sample + self.pcm.len() as u64 / 4
    }
}

/// Reads a segment from its beginning, as far as it is whole.
pub(super) struct Reader<'a> {
    path: &'a Path,
    file: BufReader<File>,
    pub(super) header: RecordingHeader,
    /// Whether the end mark was met.
    pub(super) closed: bool,
}

impl<'a> Reader<'a> {
    /// `Damaged` if it does not begin like a recording.
    pub(super) fn open(path: &'a Path) -> Result<Reader<'a>, StoreError> {
        let failed = |error| StoreError::file(path, error);
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        let mut bytes = [0; HEADER_BYTES];
        let whole = fill(&mut file, &mut bytes).map_err(failed)?;
        let read = read_header(&bytes).filter(|read| whole && header(read) == bytes);
        let header =
            read.ok_or_else(|| StoreError::damaged(path.display().to_string(), "it does not begin like a recording"))?;
        Ok(Reader { path, file, header, closed: false })
    }

    /// The next whole block; `None` at the end mark, or where a torn tail begins.
    pub(super) fn next(&mut self) -> Result<Option<Block>, StoreError> {
        let path = self.path;
        self.next_block().map_err(|error| StoreError::file(path, error))
    }

    fn next_block(&mut self) -> io::Result<Option<Block>> {
        let mut head = [0; BLOCK_HEADER_BYTES];
        if !fill(&mut self.file, &mut head)? {
            return Ok(None);
        }
        self.closed = head == *end_mark();
        let (first, rest) = head.split_first_chunk::<8>().expect("a block's header has 16 bytes");
        let (count, crc) = rest.split_first_chunk::<4>().expect("eight bytes remain");
        let (first_sample, count) = (u64::from_le_bytes(*first), u32::from_le_bytes(*count) as usize);
        if count == 0 || count > BLOCK_SAMPLES || first_sample > RECORDING_SAMPLES - count as u64 {
            return Ok(None);
        }
        let mut pcm = vec![0; count * 4];
        if !fill(&mut self.file, &mut pcm)? || checksum(&head[..12], &pcm).to_le_bytes() != *crc {
            return Ok(None);
        }
        Ok(Some(Block { first_sample, pcm }))
    }
}

fn read_header(bytes: &[u8; HEADER_BYTES]) -> Option<RecordingHeader> {
    let mut rest = bytes.get(8..)?;
    let app = u64::from_le_bytes(take(&mut rest)?);
    let call = Uuid::from_bytes(take(&mut rest)?);
    let recording = Uuid::from_bytes(take(&mut rest)?);
    let started_ms = i64::from_le_bytes(take(&mut rest)?);
    Some(RecordingHeader { app: SdkAppId(app), call: CallId(call), recording: RecordingId(recording), started_ms })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

fn checksum(head: &[u8], pcm: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head);
    hasher.update(pcm);
    hasher.finalize()
}

/// Whether there was enough to fill the whole buffer.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
