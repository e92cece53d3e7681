//! One browser's connection: ICE-lite, DTLS and SRTP by `str0m` in RTP mode,
//! one `Rtc` a leg, all on one shared UDP port. Opened once at sign-in and kept
//! across calls, so that answering moves sound only.

mod negotiation;

pub use negotiation::Opening;

use crate::Codec;
use crate::reporting::FarEnd;
use crate::stream::Number;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::change::SdpPendingOffer;
use str0m::media::Mid;
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::stats::MediaEgressStats;
use str0m::{Input, Rtc, RtcError};

/// Whether sound can flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// ICE and DTLS are not done yet.
    Opening,
    /// Sound can flow.
    Up,
    /// The browser has gone silent or has said good-bye.
    Lost,
}

/// A codec or telephone-event as agreed with the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload<T> {
    /// What it is.
    pub what: T,
    /// Its payload type.
    pub payload_type: u8,
}

/// One browser.
pub struct Browser {
    rtc: Rtc,
    mid: Mid,
    /// An offer of ours that was not answered yet.
    pending: Option<SdpPendingOffer>,
    /// Our newest description, and how many there were.
    described: String,
    version: u64,
    /// Whether we may send: `false` while the far end holds us.
    pub sending: bool,
    /// Agreed codecs, the preferred one first.
    pub voices: Vec<Payload<Codec>>,
    /// Agreed telephone-events by their clock.
    pub digits: Vec<Payload<u32>>,
    /// Our ICE user name fragment, by which first packets find this leg.
    pub fragment: String,
    /// Addresses from which it has proven to speak.
    pub addresses: Vec<SocketAddr>,
    /// When it wants to be woken.
    pub alarm: Option<Duration>,
    /// Whether sound can flow.
    pub connection: Connection,
    /// How it hears us, by its reports.
    pub far_end: FarEnd,
    /// Whether packets were written that must be encrypted and sent.
    pub unsent: bool,
}

impl Browser {
    /// Writes a packet of sound or a digit; it leaves when the leg is driven.
    pub fn write(&mut self, number: Number, payload_type: u8, payload: &[u8], now: Instant) {
        let mut api = self.rtc.direct_api();
        if let Some(stream) = api.stream_tx_by_mid(self.mid, None) {
            let packet = RtpWrite::new(payload_type.into(), number.sequence.into(), number.timestamp, now, payload);
            stream.write_rtp(packet.marker(number.marker));
            self.unsent = true;
        }
    }

    /// Takes a datagram; `false` if it is not for this browser.
    pub fn receive(&mut self, packet: &Datagram<'_>) -> Result<bool, RtcError> {
        let Ok(receive) = Receive::new(Protocol::Udp, packet.from, packet.to, packet.bytes) else {
            return Ok(false);
        };
        let input = Input::Receive(packet.instant, receive);
        if !self.rtc.accepts(&input) {
            return Ok(false);
        }
        self.rtc.handle_input(input).map(|()| true)
    }

    /// Lets time pass.
    pub fn pass_time(&mut self, instant: Instant) -> Result<(), RtcError> {
        self.unsent = false;
        self.rtc.handle_input(Input::Timeout(instant))
    }

    /// Keeps what the library says about the way to the browser.
    pub fn note_far_end(&mut self, stats: &MediaEgressStats) {
        let micros = |time: Duration| u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        if let Some(round_trip) = stats.rtt {
            self.far_end.round_trip_us = micros(round_trip);
        }
        let clock = self.voices.first().map_or(8_000, |voice| voice.what.clock());
        if let Some(remote) = &stats.remote {
            self.far_end.lost = u32::try_from(remote.packets_lost).unwrap_or(u32::MAX);
            let jitter = u64::from(remote.jitter) * 1_000_000 / u64::from(clock);
            self.far_end.jitter_us = u32::try_from(jitter).unwrap_or(u32::MAX);
        }
    }

    /// What the connection wants next.
    pub fn poll(&mut self) -> Result<str0m::Output, RtcError> {
        self.rtc.poll_output()
    }

    /// Whether ICE and DTLS are done.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.rtc.is_connected()
    }

    /// Says good-bye to the browser; what it says is polled.
    pub fn close(&mut self) -> Result<(), RtcError> {
        self.rtc.close()
    }
}

/// A datagram on the shared port.
#[derive(Debug, Clone, Copy)]
pub struct Datagram<'a> {
    /// Who sent it.
    pub from: SocketAddr,
    /// Which of our addresses it came to.
    pub to: SocketAddr,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// When it came.
    pub instant: Instant,
}
