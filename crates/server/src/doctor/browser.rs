//! The agent's browser, played by `str0m`: an SDP offer, ICE, DTLS-SRTP, and
//! G.711 both ways. It says a tone and tells a [`Listener`] what it hears.

use super::tone::{Listener, RATE};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc, RtcError};
use tokio::net::UdpSocket;
use tokio::time::{MissedTickBehavior, interval};

/// Samples of a packet: 20 ms.
const PACKET: usize = RATE / 50;
/// G.711 µ-law. (RFC 3551 §6)
const PCMU: u8 = 0;

/// A browser that has made its offer and waits for the answer.
pub struct Offering {
    rtc: Rtc,
    pending: SdpPendingOffer,
    mid: Mid,
    /// The offer.
    pub offer: String,
}

/// A browser whose connection is being made. Dropping it ends it.
pub struct Browser {
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Offering {
    /// Makes an offer with one voice line.
    pub fn new() -> Result<Offering, String> {
        let mut rtc = Rtc::builder().set_rtp_mode(true).clear_codecs().enable_pcmu(true, false).build(Instant::now());
        let mut change = rtc.sdp_api();
        let mid = change.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        let (offer, pending) = change.apply().ok_or("the WebRTC library made no offer")?;
        Ok(Offering { rtc, pending, mid, offer: offer.to_sdp_string() })
    }

    /// Takes the answer and begins to connect. `tone` is said all the time.
    pub async fn answered(self, answer: &str, tone: Vec<i16>, listener: Listener) -> Result<Browser, String> {
        let Offering { mut rtc, pending, mid, .. } = self;
        let server = candidate(answer).ok_or("the answer names no address for sound")?;
        let own = own_address(server).map_err(|error| error.to_string())?;
        let socket = UdpSocket::bind(SocketAddr::new(own, 0)).await.map_err(|error| error.to_string())?;
        let local = socket.local_addr().map_err(|error| error.to_string())?;
        rtc.add_local_candidate(Candidate::host(local, "udp").map_err(|error| error.to_string())?);
        let answer = SdpAnswer::from_sdp_string(answer).map_err(|error| error.to_string())?;
        rtc.sdp_api().accept_answer(pending, answer).map_err(|error| error.to_string())?;
        let voice = Voice { tone, at: 0, sequence: 1, timestamp: 0 };
        let session = Session { rtc, mid, socket, local, listener, voice };
        Ok(Browser { task: tokio::spawn(session.run()) })
    }
}

/// The address of the first candidate in a session description. (RFC 8445 §4.1)
fn candidate(sdp: &str) -> Option<SocketAddr> {
    let line = sdp.lines().find_map(|line| line.strip_prefix("a=candidate:"))?;
    let mut words = line.split_whitespace().skip(4);
    let (address, port) = (words.next()?, words.next()?);
    Some(SocketAddr::new(address.parse().ok()?, port.parse().ok()?))
}

/// Our address on the way to a peer; nothing is sent.
fn own_address(peer: SocketAddr) -> std::io::Result<IpAddr> {
    let any: SocketAddr = if peer.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = std::net::UdpSocket::bind(any)?;
    socket.connect(peer)?;
    Ok(socket.local_addr()?.ip())
}

struct Session {
    rtc: Rtc,
    mid: Mid,
    socket: UdpSocket,
    local: SocketAddr,
    listener: Listener,
    voice: Voice,
}

/// What is said, packet by packet.
struct Voice {
    tone: Vec<i16>,
    at: usize,
    sequence: u64,
    timestamp: u32,
}

impl Session {
    async fn run(mut self) {
        // The doctor sees a connection that fails by what it no longer hears.
        if let Err(error) = self.go().await {
            println!("         note:     the WebRTC connection ended: {error}");
        }
    }

    async fn go(&mut self) -> Result<(), RtcError> {
        let mut buffer = vec![0u8; 2_000];
        let mut packets = interval(Duration::from_millis(20));
        packets.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            let wake = self.drain()?;
            let left = wake.saturating_duration_since(Instant::now());
            tokio::select! {
                received = self.socket.recv_from(&mut buffer) => {
                    if let Ok((length, from)) = received {
                        let bytes = buffer.get(..length).unwrap_or_default();
                        if let Ok(packet) = Receive::new(Protocol::Udp, from, self.local, bytes) {
                            self.rtc.handle_input(Input::Receive(Instant::now(), packet))?;
                        }
                    }
                }
                _ = packets.tick() => self.speak()?,
                () = tokio::time::sleep(left) => self.rtc.handle_input(Input::Timeout(Instant::now()))?,
            }
        }
    }

    fn drain(&mut self) -> Result<Instant, RtcError> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(at) => return Ok(at),
                Output::Transmit(packet) => drop(self.socket.try_send_to(&packet.contents, packet.destination)),
                Output::Event(Event::RtpPacket(packet)) if *packet.header.payload_type == PCMU => {
                    let heard: Vec<i16> = packet.payload.iter().copied().map(media::g711::ulaw_to_linear).collect();
                    self.listener.hear(&heard);
                }
                Output::Event(_) => {}
            }
        }
    }

    fn speak(&mut self) -> Result<(), RtcError> {
        let now = Instant::now();
        let payload = self.voice.packet();
        let (sequence, timestamp) = (self.voice.sequence, self.voice.timestamp);
        if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(self.mid, None) {
            stream.write_rtp(RtpWrite::new(PCMU.into(), sequence.into(), timestamp, now, payload));
        }
        // Lets what was written out.
        self.rtc.handle_input(Input::Timeout(now))
    }
}

impl Voice {
    fn packet(&mut self) -> Vec<u8> {
        let samples = (self.at..self.at + PACKET).map(|n| self.tone.get(n % self.tone.len()).copied().unwrap_or(0));
        let payload = samples.map(media::g711::linear_to_ulaw).collect();
        self.at = (self.at + PACKET) % self.tone.len();
        self.sequence += 1;
        self.timestamp = self.timestamp.wrapping_add(PACKET as u32);
        payload
    }
}
