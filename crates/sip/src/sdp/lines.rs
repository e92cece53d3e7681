//! Reads the lines of a session description that voice needs and skips the rest.
//! Total: any text yields a description or an error. (RFC 8866 §5)

use super::crypto::Crypto;
use super::{Direction, Reports, SdpError};
use crate::limits::{CRYPTO_LINES, MEDIA_LINES, SDP_LINES};
use std::net::{IpAddr, SocketAddr};

/// A session description, borrowed from its text.
#[derive(Debug, Default)]
pub(super) struct Description<'a> {
    pub(super) timing: Option<&'a str>,
    pub(super) media: Vec<MediaLine<'a>>,
    connection: Option<&'a str>,
    direction: Option<Direction>,
}

/// One `m=` line with what stands below it.
#[derive(Debug, Default)]
pub(super) struct MediaLine<'a> {
    pub(super) kind: &'a str,
    pub(super) port: u16,
    pub(super) transport: &'a str,
    pub(super) formats: Vec<&'a str>,
    pub(super) ptime_ms: Option<u32>,
    /// Keys that we can use, in the peer's order.
    pub(super) crypto: Vec<Crypto>,
    pub(super) rtcp_mux: bool,
    rtcp: Option<&'a str>,
    maps: Vec<(u8, &'a str)>,
    connection: Option<&'a str>,
    direction: Option<Direction>,
}

impl<'a> Description<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Description<'a>, SdpError> {
        let mut description = Description::default();
        let mut lines = text.split(['\r', '\n']).filter(|line| !line.is_empty());
        if lines.next().map(str::trim_end) != Some("v=0") {
            return Err(SdpError::Malformed("it does not begin with v=0"));
        }
        for (count, line) in lines.enumerate() {
            if count >= SDP_LINES {
                return Err(SdpError::TooLong);
            }
            description.take_line(line)?;
        }
        Ok(description)
    }

    fn take_line(&mut self, line: &'a str) -> Result<(), SdpError> {
        let Some((kind, value)) = line.split_once('=') else {
            return Err(SdpError::Malformed("a line without an equals sign"));
        };
        let value = value.trim();
        match (kind, self.media.last_mut()) {
            ("m", _) => {
                if self.media.len() >= MEDIA_LINES {
                    return Err(SdpError::TooLong);
                }
                self.media.push(MediaLine::parse(value)?);
            }
            ("c", Some(media)) => media.connection = media.connection.or(Some(value)),
            ("c", None) => self.connection = Some(value),
            ("t", None) => self.timing = self.timing.or(Some(value)),
            ("a", Some(media)) => media.take_attribute(value),
            ("a", None) => self.direction = direction(value).or(self.direction),
            _ => {}
        }
        Ok(())
    }

    /// The address of a media line: its own, else the session's. (RFC 8866 §5.7)
    pub(super) fn address(&self, media: &MediaLine<'_>) -> Result<IpAddr, SdpError> {
        connection_address(media.connection.or(self.connection).ok_or(SdpError::Address)?)
    }

    /// Where the peer of a media line receives RTCP. (RFC 3605 §2.1, RFC 5761 §5.1.1)
    pub(super) fn reports(&self, media: &MediaLine<'_>) -> Reports {
        if media.rtcp_mux {
            return Reports::Muxed;
        }
        let Some((port, rest)) = media.rtcp.map(|line| line.split_once(' ').unwrap_or((line, ""))) else {
            return Reports::Apart(None);
        };
        let address = if rest.trim().is_empty() { self.address(media) } else { connection_address(rest) };
        // Reports are sent to the host of the sound only: an offer must not aim them elsewhere.
        let host = address.ok().filter(|address| self.address(media).is_ok_and(|sound| sound == *address));
        let port = port.parse().ok().filter(|port| *port != 0);
        Reports::Apart(host.zip(port).map(|(host, port)| SocketAddr::new(host, port)))
    }

    /// Who may speak on a media line: its own attribute, else the session's. (RFC 8866 §6.7)
    pub(super) fn direction(&self, media: &MediaLine<'_>) -> Direction {
        media.direction.or(self.direction).unwrap_or(Direction::SendReceive)
    }
}

impl<'a> MediaLine<'a> {
    fn parse(value: &'a str) -> Result<MediaLine<'a>, SdpError> {
        let mut words = value.split_whitespace();
        let (Some(kind), Some(port), Some(transport)) = (words.next(), words.next(), words.next()) else {
            return Err(SdpError::Malformed("a media line with too few words"));
        };
        let port = port.split('/').next().unwrap_or_default();
        let port = port.parse().map_err(|_| SdpError::Malformed("a media line without a port"))?;
        let formats: Vec<&str> = words.take(MAX_FORMATS).collect();
        if formats.is_empty() {
            return Err(SdpError::Malformed("a media line without formats"));
        }
        Ok(MediaLine { kind, port, transport, formats, ..MediaLine::default() })
    }

    fn take_attribute(&mut self, value: &'a str) {
        if let Some(direction) = direction(value) {
            self.direction = Some(direction);
        } else if let Some(map) = value.strip_prefix("rtpmap:") {
            let mut words = map.split_whitespace();
            let payload_type = words.next().and_then(|word| word.parse().ok());
            if let (Some(payload_type), Some(encoding), true) =
                (payload_type, words.next(), self.maps.len() < MAX_FORMATS)
            {
                self.maps.push((payload_type, encoding));
            }
        } else if let Some(ptime) = value.strip_prefix("ptime:") {
            self.ptime_ms = ptime.trim().parse().ok();
        } else if let Some(crypto) = value.strip_prefix("crypto:") {
            let room = self.crypto.len() < CRYPTO_LINES;
            self.crypto.extend(Crypto::parse(crypto).filter(|_| room));
        } else if value == "rtcp-mux" {
            self.rtcp_mux = true;
        } else if let Some(rtcp) = value.strip_prefix("rtcp:") {
            self.rtcp = Some(rtcp.trim());
        }
    }

    /// The payload type under which `name`/8000 is listed in the formats. A static type
    /// needs no map (RFC 3551 §6), but a map that gives its number to something else wins.
    pub(super) fn payload_type(&self, name: &str, fixed: Option<u8>) -> Option<u8> {
        self.payload_types().find(|number| self.means(*number, name, fixed))
    }

    /// The payload types that are listed in the formats, in the peer's order.
    pub(super) fn payload_types(&self) -> impl Iterator<Item = u8> {
        self.formats.iter().filter_map(|format| format.parse::<u8>().ok().filter(|number| *number < 128))
    }

    /// Whether a payload type stands for `name`/8000, by its map or as a static type.
    pub(super) fn means(&self, number: u8, name: &str, fixed: Option<u8>) -> bool {
        match self.maps.iter().find(|(mapped, _)| *mapped == number) {
            Some((_, encoding)) => is_encoding(encoding, name),
            None => Some(number) == fixed,
        }
    }
}

/// The address in `IN IP4 192.0.2.1`. (RFC 8866 §5.7)
fn connection_address(line: &str) -> Result<IpAddr, SdpError> {
    let mut words = line.split_whitespace();
    let (net, family, address) = (words.next(), words.next(), words.next());
    let address: IpAddr = address.and_then(|text| text.parse().ok()).ok_or(SdpError::Address)?;
    let named = match family {
        Some(family) if family.eq_ignore_ascii_case("IP4") => address.is_ipv4(),
        Some(family) if family.eq_ignore_ascii_case("IP6") => address.is_ipv6(),
        Some(_) | None => false,
    };
    let broadcast = address == IpAddr::from([255, 255, 255, 255]);
    if net != Some("IN") || !named || address.is_multicast() || broadcast {
        return Err(SdpError::Address);
    }
    // RFC 4291 §2.5.5.2: a mapped address is an IPv4 peer.
    Ok(address.to_canonical())
}

/// Formats of one media line: there are only 128 payload types.
const MAX_FORMATS: usize = 128;

/// Whether a map says `name` at 8 kHz with one channel.
fn is_encoding(encoding: &str, name: &str) -> bool {
    let mut parts = encoding.split('/');
    parts.next().is_some_and(|part| part.eq_ignore_ascii_case(name))
        && parts.next() == Some("8000")
        && parts.next().is_none_or(|channels| channels == "1")
}

fn direction(attribute: &str) -> Option<Direction> {
    match attribute {
        "sendrecv" => Some(Direction::SendReceive),
        "sendonly" => Some(Direction::SendOnly),
        "recvonly" => Some(Direction::ReceiveOnly),
        "inactive" => Some(Direction::Inactive),
        _ => None,
    }
}
