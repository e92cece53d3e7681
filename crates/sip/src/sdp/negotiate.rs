//! The offer/answer rules of RFC 3264 for one voice stream: which line of the
//! other side we take, what we agree on, and how we write it down.

use super::lines::{Description, MediaLine};
use super::{Agreed, Direction, LocalMedia, Reports, SdpError, Security, Srtp, VoiceCodec, crypto};
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

/// The payload type that we offer for digits. Everybody uses it.
const TELEPHONE_EVENT: u8 = 101;

/// What a packet holds when nobody says otherwise. (RFC 3551 §4.2)
const PTIME_MS: u32 = 20;

/// Reads an offer and writes our answer. Every media line of the offer has its line in
/// the answer, in the same order; all but the first usable audio line with port 0.
/// (RFC 3264 §6)
pub fn answer(offer: &[u8], local: &LocalMedia) -> Result<(Agreed, Vec<u8>), SdpError> {
    let text = String::from_utf8_lossy(offer);
    let description = Description::parse(&text)?;
    let (chosen, srtp) = choose(&description, local)?;
    let media = description.media.get(chosen).ok_or(SdpError::NoAudio)?;
    let agreed = Agreed { srtp, ..agree(&description, media, local)? };
    let mut out = head(local, description.timing);
    for (index, line) in description.media.iter().enumerate() {
        if index == chosen {
            write_answered(&mut out, line, &agreed, local);
        } else {
            // RFC 3264 §6: a refused stream keeps its kind, transport and at least one format.
            let format = line.formats.first().copied().unwrap_or("0");
            put(&mut out, format_args!("m={} 0 {} {format}\r\n", line.kind, line.transport));
        }
    }
    Ok((agreed, out.into_bytes()))
}

/// Our offer: one audio line with everything that we speak.
pub fn offer(local: &LocalMedia) -> Vec<u8> {
    let mut out = head(local, None);
    let (profile, keys) = match &local.security {
        Security::Plain | Security::Accepted(_) => ("RTP/AVP", None),
        Security::Offered(keys) => ("RTP/AVP", Some(keys)),
        Security::Demanded(keys) => ("RTP/SAVP", Some(keys)),
    };
    put(&mut out, format_args!("m=audio {} {profile}", local.address.port()));
    for codec in &local.codecs {
        put(&mut out, format_args!(" {}", codec.payload_type()));
    }
    if local.telephone_event {
        put(&mut out, format_args!(" {TELEPHONE_EVENT}"));
    }
    out.push_str("\r\n");
    for codec in &local.codecs {
        put(&mut out, format_args!("a=rtpmap:{} {}/8000\r\n", codec.payload_type(), codec.name()));
    }
    if local.telephone_event {
        write_telephone_event(&mut out, TELEPHONE_EVENT);
    }
    if let Some(keys) = keys {
        out.push_str(&crypto::offer_lines(keys));
    }
    put(&mut out, format_args!("a=rtcp-mux\r\na=ptime:{PTIME_MS}\r\na={}\r\n", local.direction.name()));
    out.into_bytes()
}

/// Reads the answer to [`offer`].
pub fn accept(answer: &[u8], local: &LocalMedia) -> Result<Agreed, SdpError> {
    let text = String::from_utf8_lossy(answer);
    let description = Description::parse(&text)?;
    let media = description.media.first().filter(|media| media.kind == "audio" && media.port != 0);
    let media = media.ok_or(SdpError::NoAudio)?;
    let srtp = crypto::answered_protection(media, local)?;
    Ok(Agreed { srtp, ..agree(&description, media, local)? })
}

/// The first audio line that can be protected, else the first that may stay plain.
fn choose(description: &Description<'_>, local: &LocalMedia) -> Result<(usize, Option<Srtp>), SdpError> {
    let lines = description.media.iter().enumerate();
    let audio = lines.filter(|(_, media)| media.kind == "audio" && media.port != 0);
    let (mut plain, mut refusal) = (None, SdpError::NoAudio);
    for (index, media) in audio {
        match crypto::protection(media, local) {
            Ok(Some(srtp)) => return Ok((index, Some(srtp))),
            Ok(None) => plain = plain.or(Some((index, None))),
            Err(why) => refusal = why,
        }
    }
    plain.ok_or(refusal)
}

/// What a line comes to, but for its protection.
fn agree(description: &Description<'_>, media: &MediaLine<'_>, local: &LocalMedia) -> Result<Agreed, SdpError> {
    let address = description.address(media)?;
    if !address.is_unspecified() && address.is_ipv4() != local.address.ip().to_canonical().is_ipv4() {
        return Err(SdpError::Address);
    }
    // RFC 3264 §6.1: the peer lists what it likes best first, and we take the first that we speak.
    let spoken = media.payload_types().find_map(|number| {
        let is_it = |codec: &&VoiceCodec| media.means(number, codec.name(), Some(codec.payload_type()));
        local.codecs.iter().find(is_it).map(|codec| (*codec, number))
    });
    let (codec, payload_type) = spoken.ok_or(SdpError::NoCodec)?;
    let digits = media.payload_type("telephone-event", None).filter(|_| local.telephone_event);
    Ok(Agreed {
        remote: SocketAddr::new(address, media.port),
        srtp: None,
        reports: description.reports(media),
        codec,
        payload_type,
        telephone_event: digits,
        peer_direction: on_hold(description.direction(media), address),
        ptime_ms: media.ptime_ms.filter(|ptime| (10..=60).contains(ptime)).unwrap_or(PTIME_MS),
    })
}

/// RFC 3264 §8.4: the old way to hold is the address 0.0.0.0, "send me nothing".
fn on_hold(direction: Direction, address: IpAddr) -> Direction {
    match (address.is_unspecified(), direction) {
        (false, direction) => direction,
        (true, Direction::SendReceive | Direction::SendOnly) => Direction::SendOnly,
        (true, Direction::ReceiveOnly | Direction::Inactive) => Direction::Inactive,
    }
}

/// RFC 3264 §6.1: our side of the direction, never more than the peer allows.
fn answered_direction(peer: Direction, wanted: Direction) -> Direction {
    match (wanted.sends() && peer.receives(), wanted.receives() && peer.sends()) {
        (true, true) => Direction::SendReceive,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::ReceiveOnly,
        (false, false) => Direction::Inactive,
    }
}

fn write_answered(out: &mut String, line: &MediaLine<'_>, agreed: &Agreed, local: &LocalMedia) {
    put(out, format_args!("m=audio {} {} {}", local.address.port(), line.transport, agreed.payload_type));
    if let Some(digits) = agreed.telephone_event {
        put(out, format_args!(" {digits}"));
    }
    put(out, format_args!("\r\na=rtpmap:{} {}/8000\r\n", agreed.payload_type, agreed.codec.name()));
    if let Some(digits) = agreed.telephone_event {
        write_telephone_event(out, digits);
    }
    if let Some(srtp) = &agreed.srtp {
        out.push_str(&crypto::answer_line(srtp));
    }
    if agreed.reports == Reports::Muxed {
        out.push_str("a=rtcp-mux\r\n");
    }
    let direction = answered_direction(agreed.peer_direction, local.direction);
    put(out, format_args!("a=ptime:{}\r\na={}\r\n", agreed.ptime_ms, direction.name()));
}

/// RFC 4733 §2.4.1: the ten digits, star, pound, A to D.
fn write_telephone_event(out: &mut String, payload_type: u8) {
    put(out, format_args!("a=rtpmap:{payload_type} telephone-event/8000\r\na=fmtp:{payload_type} 0-15\r\n"));
}

/// The session part. An answer repeats the offer's `t=`. (RFC 3264 §6)
fn head(local: &LocalMedia, timing: Option<&str>) -> String {
    let address = local.address.ip().to_canonical();
    let family = if address.is_ipv4() { "IP4" } else { "IP6" };
    let timing = timing.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b' '));
    let mut out = String::with_capacity(320);
    put(
        &mut out,
        format_args!(
            "v=0\r\no=- {} {} IN {family} {address}\r\ns=-\r\nc=IN {family} {address}\r\nt={}\r\n",
            local.session,
            local.version,
            timing.unwrap_or("0 0"),
        ),
    );
    out
}

fn put(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("writing into a String cannot fail");
}
