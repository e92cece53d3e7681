//! One browser's connection: ICE-lite, DTLS and SRTP by `str0m` in RTP mode,
//! one `Rtc` a leg, all on one shared UDP port. Opened once at sign-in and kept
//! across calls, so that answering moves sound only.

use crate::Codec;
use crate::limits::{MAX_OFFER_BYTES, MAX_OFFER_MEDIA_LINES, REPORT_EVERY};
use crate::reporting::FarEnd;
use crate::stream::Number;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::change::SdpOffer;
use str0m::config::DtlsCert;
use str0m::format::Codec as RtcCodec;
use str0m::format::FormatParams;
use str0m::media::{Frequency, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{Extension, RtpWrite};
use str0m::stats::MediaEgressStats;
use str0m::{Candidate, IceCreds, Input, Rtc, RtcError};

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

/// What a browser leg is opened with.
pub struct Opening<'a> {
    /// The browser's offer.
    pub offer: &'a str,
    /// Our half of the ICE credentials.
    pub credentials: IceCreds,
    /// Our certificate.
    pub certificate: DtlsCert,
    /// Addresses of the shared port.
    pub addresses: &'a [SocketAddr],
    /// The present.
    pub instant: Instant,
}

/// One browser.
pub struct Browser {
    rtc: Rtc,
    mid: Mid,
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
    /// Accepts an offer; gives the browser and our answer.
    pub fn open(opening: Opening<'_>) -> Result<(Browser, String), String> {
        let offer = readable(opening.offer)?;
        let fragment = opening.credentials.ufrag.clone();
        let mut rtc = configured(opening.credentials, opening.certificate, opening.instant);
        for address in opening.addresses {
            let candidate = Candidate::host(*address, "udp").map_err(|error| error.to_string())?;
            rtc.add_local_candidate(candidate);
        }
        let answer = rtc.sdp_api().accept_offer(offer).map_err(|error| error.to_string())?.to_sdp_string();
        let mid = mid_of_sound(&answer).ok_or("the offer has no line for sound")?;
        let (voices, digits) = agreed(&rtc, mid);
        if voices.is_empty() {
            return Err("no codec in common: offer PCMU, PCMA or opus".into());
        }
        let browser = Browser {
            rtc,
            mid,
            voices,
            digits,
            fragment,
            addresses: Vec::new(),
            alarm: None,
            connection: Connection::Opening,
            far_end: FarEnd::default(),
            unsent: false,
        };
        Ok((browser, answer))
    }

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

fn configured(credentials: IceCreds, certificate: DtlsCert, instant: Instant) -> Rtc {
    let mut config = Rtc::builder()
        .set_rtp_mode(true)
        .set_stats_interval(Some(REPORT_EVERY))
        .set_ice_lite(true)
        .set_local_ice_credentials(credentials)
        .set_dtls_cert(certificate)
        .clear_codecs()
        // Which line a packet belongs to is all that we want to know of it: no
        // transport feedback is sent for a stream of 64 kbit/s.
        .clear_extension_map()
        .set_extension(4, Extension::RtpMid)
        // The order is that of the answer, and Chromium sends the first: G.711
        // comes first, so that a call to a trunk needs no transcoding.
        .enable_pcmu(true, false)
        .enable_pcma(true, false)
        .enable_opus(true, false);
    for (payload_type, clock) in [(126, Frequency::EIGHT_KHZ), (110, Frequency::FORTY_EIGHT_KHZ)] {
        let events = FormatParams::parse_line("0-15");
        let codecs = config.codec_config();
        codecs.add_config(payload_type.into(), None, RtcCodec::Tele, clock, None, events);
    }
    config.build(instant)
}

/// Reads an offer within our limits. Remote candidates are left out: an
/// ICE-lite agent sends to nobody before it was asked, and learns the address
/// from the question; names made for privacy (`….local`) are of no use to us.
fn readable(offer: &str) -> Result<SdpOffer, String> {
    if offer.len() > MAX_OFFER_BYTES {
        return Err(format!("the offer is longer than {MAX_OFFER_BYTES} bytes"));
    }
    if offer.lines().filter(|line| line.starts_with("m=")).count() > MAX_OFFER_MEDIA_LINES {
        return Err(format!("the offer has more than {MAX_OFFER_MEDIA_LINES} media lines"));
    }
    let mut kept = String::with_capacity(offer.len());
    for line in offer.lines().map(str::trim_end) {
        if !line.is_empty() && !line.starts_with("a=candidate:") {
            kept.push_str(line);
            kept.push_str("\r\n");
        }
    }
    SdpOffer::from_sdp_string(&kept).map_err(|error| error.to_string())
}

/// The name of the first line for sound that was not refused.
fn mid_of_sound(answer: &str) -> Option<Mid> {
    let mut in_sound = false;
    for line in answer.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            in_sound = media.starts_with("audio ") && !media.starts_with("audio 0 ");
        } else if let (true, Some(mid)) = (in_sound, line.strip_prefix("a=mid:")) {
            return Some(mid.trim().into());
        }
    }
    None
}

/// What was agreed for a line, in our order.
fn agreed(rtc: &Rtc, mid: Mid) -> (Vec<Payload<Codec>>, Vec<Payload<u32>>) {
    let (mut voices, mut digits) = (Vec::new(), Vec::new());
    let Some(media) = rtc.media(mid) else {
        return (voices, digits);
    };
    for params in rtc.codec_config().params() {
        if !media.remote_pts().contains(&params.pt()) {
            continue;
        }
        let payload_type = *params.pt();
        let spec = params.spec();
        let codec = if spec.codec == RtcCodec::PCMU {
            Codec::Pcmu
        } else if spec.codec == RtcCodec::PCMA {
            Codec::Pcma
        } else if spec.codec == RtcCodec::Opus {
            Codec::Opus
        } else {
            if spec.codec.is_tele() {
                let what = spec.clock_rate.get();
                digits.push(Payload { what, payload_type });
            }
            continue;
        };
        voices.push(Payload { what: codec, payload_type });
    }
    (voices, digits)
}
