//! A browser on a socket of its own: a full WebRTC client (ICE, DTLS, SRTP) that
//! speaks G.711 in real time.

use media::LegId;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc};

/// What telephones say, so that nobody takes our own silence for the other's sound.
pub const PHONE_SAYS: u8 = 0x55;
/// What browsers say.
pub const BROWSER_SAYS: u8 = 0x66;

pub struct Browser {
    pub leg: LegId,
    socket: UdpSocket,
    local: SocketAddr,
    server: SocketAddr,
    rtc: Rtc,
    mid: Option<Mid>,
    pending: Option<SdpPendingOffer>,
    /// When the library wants to be ticked.
    due: Instant,
    sequence: u64,
    pub connected: bool,
    /// Packets of sound that it heard.
    pub heard: u64,
}

impl Browser {
    pub fn new(leg: LegId, host: std::net::IpAddr, server: SocketAddr) -> Browser {
        let socket = super::socket(host);
        let local = socket.local_addr().expect("an address");
        let now = Instant::now();
        let config = Rtc::builder().set_rtp_mode(true).clear_codecs().enable_pcmu(true, false);
        let mut rtc = config.build(now);
        rtc.add_local_candidate(Candidate::host(local, "udp").expect("a candidate"));
        let (mid, pending) = (None, None);
        Browser { leg, socket, local, server, rtc, mid, pending, due: now, sequence: 1, connected: false, heard: 0 }
    }

    pub fn offer(&mut self) -> String {
        let mut changes = self.rtc.sdp_api();
        self.mid = Some(changes.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None));
        let (offer, pending) = changes.apply().expect("an offer");
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    pub fn accept(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).expect("an answer");
        let pending = self.pending.take().expect("an offer was made");
        self.rtc.sdp_api().accept_answer(pending, answer).expect("acceptable");
    }

    /// Says 20 ms.
    pub fn speak(&mut self) {
        let payload_type = self.rtc.codec_config().find(|it| it.spec().codec == Codec::PCMU).map(|it| it.pt());
        let (Some(payload_type), Some(mid)) = (payload_type, self.mid) else { return };
        self.sequence += 1;
        let timestamp = self.sequence as u32 * 160;
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None).expect("a stream");
        stream.write_rtp(RtpWrite::new(
            payload_type,
            self.sequence.into(),
            timestamp,
            Instant::now(),
            vec![BROWSER_SAYS; 160],
        ));
        self.drain();
    }

    /// Takes what came, and does what is due.
    pub fn turn(&mut self) {
        let mut buffer = [0; 2_048];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            let now = Instant::now();
            if let Ok(receive) = Receive::new(Protocol::Udp, self.server, self.local, &buffer[..length]) {
                self.rtc.handle_input(Input::Receive(now, receive)).expect("it is acceptable");
                self.drain();
            }
        }
        let now = Instant::now();
        if self.due <= now {
            self.rtc.handle_input(Input::Timeout(now)).expect("time passes");
            self.drain();
        }
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().expect("the library goes on") {
                Output::Timeout(at) => {
                    // The library says "never" with a time far away.
                    self.due = at.min(Instant::now() + Duration::from_secs(1));
                    return;
                }
                Output::Transmit(transmit) => {
                    // Lost like any datagram if the buffer is full.
                    let _ = self.socket.send_to(&transmit.contents, transmit.destination);
                }
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::RtpPacket(packet)) => {
                    self.heard += u64::from(packet.payload.first() == Some(&PHONE_SAYS));
                }
                Output::Event(_) => {}
            }
        }
    }
}
