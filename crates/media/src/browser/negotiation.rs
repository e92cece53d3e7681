//! Offers and answers of a browser leg, both ways, at its opening and later: on
//! hold, or after the browser's network has changed. Keys and certificates stay.

use super::{Browser, Connection, Payload};
use crate::Codec;
use crate::limits::{MAX_OFFER_BYTES, MAX_OFFER_MEDIA_LINES, REPORT_EVERY};
use crate::reporting::FarEnd;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Instant;
use str0m::change::{SdpAnswer, SdpOffer};
use str0m::config::DtlsCert;
use str0m::format::Codec as RtcCodec;
use str0m::format::FormatParams;
use str0m::media::{Direction, Frequency, MediaKind, Mid};
use str0m::rtp::Extension;
use str0m::{Candidate, IceCreds, Rtc};

/// What a browser leg is opened with.
pub struct Opening<'a> {
    /// Our half of the ICE credentials.
    pub credentials: IceCreds,
    /// Our certificate.
    pub certificate: DtlsCert,
    /// Addresses of the shared port.
    pub addresses: &'a [SocketAddr],
    /// The present.
    pub instant: Instant,
}

impl Browser {
    /// Accepts an offer; gives the browser and our answer.
    pub fn open(offer: &str, opening: Opening<'_>) -> Result<(Browser, String), String> {
        let offer = readable(offer)?;
        let mut browser = Browser::new(opening)?;
        let offer = SdpOffer::from_sdp_string(&offer).map_err(|error| error.to_string())?;
        let answer = browser.rtc.sdp_api().accept_offer(offer).map_err(|error| error.to_string())?.to_sdp_string();
        browser.mid = mid_of_sound(&answer).ok_or("the offer has no line for sound")?;
        browser.learn()?;
        let answer = browser.say(&answer);
        Ok((browser, answer))
    }

    /// Offers; gives the browser, which is not there yet, and our offer.
    pub fn invite(opening: Opening<'_>) -> Result<(Browser, String), String> {
        let mut browser = Browser::new(opening)?;
        let mut changes = browser.rtc.sdp_api();
        let mid = changes.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        let (offer, pending) = changes.apply().ok_or("there is nothing to offer")?;
        browser.mid = mid;
        browser.pending = Some(pending);
        let offer = browser.say(&offer.to_sdp_string());
        Ok((browser, offer))
    }

    /// Answers a later offer: same ICE unless the browser begins it anew, same DTLS in any case.
    pub fn answer_again(&mut self, offer: &str) -> Result<String, String> {
        let offer = readable(offer)?;
        if !self.is_of_the_same(&offer) {
            return Err("another certificate would need another leg".into());
        }
        let offer = SdpOffer::from_sdp_string(&offer).map_err(|error| error.to_string())?;
        self.pending = None;
        let answer = self.rtc.sdp_api().accept_offer(offer).map_err(|error| error.to_string());
        // ICE may have begun anew before the rest was refused.
        self.fragment = self.rtc.direct_api().local_ice_credentials().ufrag;
        let answer = answer?.to_sdp_string();
        self.learn()?;
        Ok(self.say(&answer))
    }

    /// Offers what stands already: the peer asked for our description.
    pub fn offer_again(&mut self) -> String {
        let lines = self.described.lines().map(|line| match line {
            // RFC 8842 §5.3: an offer leaves open who begins, also when both know it.
            "a=setup:active" | "a=setup:passive" => "a=setup:actpass",
            "a=sendonly" | "a=recvonly" | "a=inactive" => "a=sendrecv",
            other => other,
        });
        let offer: Vec<&str> = lines.collect();
        let offer = offer.join("\r\n");
        self.say(&offer)
    }

    /// Takes the answer to our offer.
    pub fn accept(&mut self, answer: &str) -> Result<(), String> {
        let answer = readable(answer)?;
        let Some(pending) = self.pending.take() else {
            // What stands already was offered: only who may speak can be new.
            if !self.is_of_the_same(&answer) {
                return Err("another certificate would need another leg".into());
            }
            self.sending = direction_of_sound(&answer).is_none_or(|direction| direction.is_receiving());
            return Ok(());
        };
        let answer = SdpAnswer::from_sdp_string(&answer).map_err(|error| error.to_string())?;
        self.rtc.sdp_api().accept_answer(pending, answer).map_err(|error| error.to_string())?;
        self.learn()
    }

    fn new(opening: Opening<'_>) -> Result<Browser, String> {
        let fragment = opening.credentials.ufrag.clone();
        let mut rtc = configured(opening.credentials, opening.certificate, opening.instant);
        for address in opening.addresses {
            let candidate = Candidate::host(*address, "udp").map_err(|error| error.to_string())?;
            rtc.add_local_candidate(candidate);
        }
        Ok(Browser {
            rtc,
            mid: Mid::from(""),
            pending: None,
            described: String::new(),
            version: 0,
            sending: true,
            voices: Vec::new(),
            digits: Vec::new(),
            fragment,
            addresses: Vec::new(),
            alarm: None,
            connection: Connection::Opening,
            far_end: FarEnd::default(),
            unsent: false,
        })
    }

    /// Reads what both agreed on.
    fn learn(&mut self) -> Result<(), String> {
        let (voices, digits) = agreed(&self.rtc, self.mid);
        if voices.is_empty() {
            return Err("no codec in common: offer PCMU, PCMA or opus".into());
        }
        (self.voices, self.digits) = (voices, digits);
        self.sending = self.rtc.media(self.mid).is_some_and(|media| media.direction().is_sending());
        Ok(())
    }

    /// Gives a description its version. (RFC 3264 §8)
    fn say(&mut self, text: &str) -> String {
        self.version += 1;
        let mut said = String::with_capacity(text.len() + 16);
        for line in text.lines() {
            let session = line.strip_prefix("o=").and_then(|origin| origin.split(' ').nth(1));
            let written = match session {
                Some(session) => write!(said, "o=- {session} {} IN IP4 0.0.0.0\r\n", self.version),
                None => write!(said, "{line}\r\n"),
            };
            written.expect("writing into a String cannot fail");
        }
        self.described.clone_from(&said);
        said
    }

    /// Whether a description comes from the browser that the keys were made with.
    fn is_of_the_same(&mut self, description: &str) -> bool {
        let api = self.rtc.direct_api();
        let Some(known) = api.remote_dtls_fingerprint().map(ToString::to_string) else {
            return true;
        };
        let mut shown = description.lines().filter_map(|line| line.strip_prefix("a=fingerprint:"));
        shown.any(|shown| shown.trim().eq_ignore_ascii_case(&known))
    }
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

/// A description within our limits. Remote candidates are left out: an
/// ICE-lite agent sends to nobody before it was asked, and learns the address
/// from the question; names made for privacy (`….local`) are of no use to us.
fn readable(offer: &str) -> Result<String, String> {
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
    Ok(kept)
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

/// Who may speak on the first line for sound, as its writer sees it.
fn direction_of_sound(description: &str) -> Option<Direction> {
    let mut in_sound = true; // What stands above all lines is for all of them.
    let mut found = None;
    for line in description.lines() {
        match line {
            _ if line.starts_with("m=") => in_sound = line.starts_with("m=audio "),
            "a=sendrecv" if in_sound => found = Some(Direction::SendRecv),
            "a=sendonly" if in_sound => found = Some(Direction::SendOnly),
            "a=recvonly" if in_sound => found = Some(Direction::RecvOnly),
            "a=inactive" if in_sound => found = Some(Direction::Inactive),
            _ => {}
        }
    }
    found
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
