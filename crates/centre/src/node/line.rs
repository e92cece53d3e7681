//! A carrier's line: what ties one SIP dialog to one media leg. Session
//! descriptions are read and written here; call control never sees them.

use crate::catalogue::{self, Code};
use crate::settings::Protection;
use media::{LegId, PlainParams, Transport};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sip::DialogId;
use sip::sdp::{self, Agreed, LocalKeys, LocalMedia, SdpError, Security, Suite, VoiceCodec};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// One dialog and its leg.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) leg: LegId,
    pub(super) dialog: DialogId,
    /// The INVITE's offer; `None` when the peer expects ours in the 200.
    pub(super) offer: Option<Vec<u8>>,
    pub(super) state: LineState,
    /// The local RTP port, while one is held.
    pub(super) port: Option<u16>,
    /// How often a port turned out to be taken.
    pub(super) port_tries: u32,
    pub(super) digits: Digits,
    /// What the far end does by the last description of it.
    pub(super) far_direction: sdp::Direction,
    pub(super) path: Path,
    session: u64,
    version: u64,
    address: IpAddr,
    security: Security,
}

/// How far a dialog is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LineState {
    /// Not answered yet; our description, once the leg is being opened.
    Unanswered(Option<Vec<u8>>),
    /// Our INVITE is under way.
    Calling,
    /// We sent 200, or got one.
    Answered,
    /// We answered with an offer and wait for its answer in the ACK.
    Offering,
    /// The same for a re-INVITE: what was agreed before still stands.
    OfferingAgain,
    /// The dialog is over; only the leg is left.
    Over,
}

/// How a line's sound travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    /// RTP on a port of its own; descriptions are written here.
    Plain,
    /// ICE and DTLS-SRTP on the port that all browsers share; the media engine
    /// writes the descriptions.
    Browser(Connection),
}

/// Whether the media engine knows of a browser's leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connection {
    /// Not yet, or not any more.
    Closed,
    /// It has been told.
    Open,
}

/// By which ways a line's digits come. Some gateways send each key both in RTP and as INFO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digits {
    /// No events were agreed: they come as INFO, or as tones in the sound.
    Info,
    /// Either way may bring the first.
    Either,
    /// RTP brought one, as an event or a tone: INFO only repeats what is known.
    Rtp,
}

impl Line {
    pub(super) fn new(
        (leg, dialog): (LegId, DialogId),
        offer: Option<Vec<u8>>,
        address: IpAddr,
        security: Security,
    ) -> Line {
        let path = match &offer {
            Some(offer) if sdp::is_webrtc(offer) => Path::Browser(Connection::Closed),
            Some(_) | None => Path::Plain,
        };
        Line {
            path,
            leg,
            dialog,
            offer,
            state: LineState::Unanswered(None),
            port: None,
            port_tries: 0,
            digits: Digits::Either,
            far_direction: sdp::Direction::SendReceive,
            session: leg.0,
            version: 0,
            address,
            security,
        }
    }

    /// The same line with the sound of the peer that it leads to.
    pub(super) fn by(self, path: Path) -> Line {
        Line { path, ..self }
    }

    /// Whether the media engine has a leg for it.
    pub(super) fn has_leg(&self) -> bool {
        match self.path {
            Path::Plain => self.port.is_some(),
            Path::Browser(connection) => connection == Connection::Open,
        }
    }

    /// Describes our side with this port, and how the leg is to speak.
    pub(super) fn describe(&mut self, port: u16) -> Result<PlainParams, SdpError> {
        let local = self.local(port);
        let (params, sdp) = match &self.offer {
            Some(offer) => {
                let (agreed, answer) = sdp::answer(offer, &local)?;
                (self.agree(&agreed), answer)
            }
            None => (undecided(), sdp::offer(&local)),
        };
        self.port = Some(port);
        self.state = LineState::Unanswered(Some(sdp));
        Ok(params)
    }

    /// Answers an offer made within the dialog: our description, and how the leg speaks from now on.
    pub(super) fn answer_again(&mut self, offer: &[u8]) -> Option<(PlainParams, Vec<u8>)> {
        let local = self.next_local()?;
        let (agreed, answer) = sdp::answer(offer, &local).ok()?;
        Some((self.agree(&agreed), answer))
    }

    /// Makes an offer of our own, for a re-INVITE that brought none.
    pub(super) fn offer_again(&mut self) -> Option<Vec<u8>> {
        let local = self.next_local()?;
        self.state = LineState::OfferingAgain;
        Some(sdp::offer(&local))
    }

    /// Reads the answer to our offer.
    pub(super) fn accept(&mut self, answer: &[u8]) -> Result<PlainParams, SdpError> {
        let port = self.port.ok_or(SdpError::NoAudio)?;
        let agreed = sdp::accept(answer, &self.local(port))?;
        self.state = LineState::Answered;
        Ok(self.agree(&agreed))
    }

    /// A key came by RTP.
    pub(super) fn heard_digit(&mut self) {
        self.digits = Digits::Rtp;
    }

    fn agree(&mut self, agreed: &Agreed) -> PlainParams {
        self.digits = match (agreed.telephone_event, self.digits) {
            (None, _) => Digits::Info,
            (Some(_), Digits::Rtp) => Digits::Rtp,
            (Some(_), Digits::Info | Digits::Either) => Digits::Either,
        };
        self.far_direction = agreed.peer_direction;
        plain(agreed)
    }

    fn next_local(&mut self) -> Option<LocalMedia> {
        let port = self.port?;
        self.version += 1;
        Some(self.local(port))
    }

    fn local(&self, port: u16) -> LocalMedia {
        LocalMedia {
            address: SocketAddr::new(self.address, port),
            security: self.security,
            // A-law first: it is what carriers outside of North America and Japan speak.
            // G.722 last: it costs transcoding to everybody but another wideband phone.
            codecs: vec![VoiceCodec::Pcma, VoiceCodec::Pcmu, VoiceCodec::G722],
            telephone_event: true,
            session: self.session,
            version: self.version,
            direction: sdp::Direction::SendReceive,
        }
    }
}

/// What was agreed, as the media engine is told it.
fn plain(agreed: &Agreed) -> PlainParams {
    PlainParams {
        remote: Some(agreed.remote).filter(|remote| !remote.ip().is_unspecified()),
        transport: transport(agreed),
        codec: match agreed.codec {
            VoiceCodec::Pcmu => media::Codec::Pcmu,
            VoiceCodec::Pcma => media::Codec::Pcma,
            VoiceCodec::G722 => media::Codec::G722,
        },
        payload_type: agreed.payload_type,
        telephone_event: agreed.telephone_event,
        // RFC 3264 §8.4: a peer that only sends (or neither) holds us.
        sending: agreed.peer_direction.receives(),
    }
}

fn transport(agreed: &Agreed) -> Transport {
    let srtp = agreed.srtp.as_ref().map(|srtp| media::Srtp {
        suite: match srtp.suite {
            Suite::AesCm128Sha1Tag80 => media::SrtpSuite::AesCm128Sha1Tag80,
            Suite::AesCm128Sha1Tag32 => media::SrtpSuite::AesCm128Sha1Tag32,
            Suite::AeadAes128Gcm => media::SrtpSuite::AeadAes128Gcm,
        },
        ours: media::SrtpKey::new(*srtp.ours.bytes()),
        theirs: media::SrtpKey::new(*srtp.theirs.bytes()),
    });
    let reports = match agreed.reports {
        sdp::Reports::Muxed => media::Reports::Muxed,
        sdp::Reports::Apart(address) => media::Reports::Apart(address),
    };
    Transport { srtp, reports }
}

/// Why a call is refused whose description came to nothing.
pub(super) fn refusal(why: &SdpError) -> &'static Code {
    match why {
        SdpError::Unprotected => catalogue::NOT_PROTECTED,
        SdpError::Malformed(_)
        | SdpError::TooLong
        | SdpError::NoAudio
        | SdpError::NoCodec
        | SdpError::Encrypted
        | SdpError::Address => catalogue::NO_CODEC,
    }
}

/// How a leg speaks until the peer has answered our offer.
fn undecided() -> PlainParams {
    PlainParams {
        remote: None,
        transport: Transport::default(),
        codec: media::Codec::Pcma,
        payload_type: 8,
        telephone_event: Some(101),
        sending: true,
    }
}

/// All lines.
#[derive(Debug)]
pub(super) struct Lines {
    by_leg: BTreeMap<LegId, Line>,
    by_dialog: BTreeMap<DialogId, LegId>,
    /// Where the keys of protected lines come from.
    luck: ChaCha20Rng,
}

impl Lines {
    pub(super) fn new(seed: [u8; 32]) -> Lines {
        Lines { by_leg: BTreeMap::new(), by_dialog: BTreeMap::new(), luck: ChaCha20Rng::from_seed(seed) }
    }

    /// What a new line may agree to, with keys of its own.
    pub(super) fn security(&mut self, protection: Protection) -> Security {
        let mut luck = [[0; 30]; 3];
        luck.iter_mut().for_each(|key| self.luck.fill_bytes(key));
        let keys = LocalKeys::from_luck(luck);
        match protection {
            Protection::Accepted => Security::Accepted(keys),
            Protection::Offered => Security::Offered(keys),
            Protection::Demanded => Security::Demanded(keys),
        }
    }

    pub(super) fn insert(&mut self, line: Line) {
        self.by_dialog.insert(line.dialog, line.leg);
        self.by_leg.insert(line.leg, line);
    }

    pub(super) fn remove(&mut self, leg: LegId) -> Option<Line> {
        let line = self.by_leg.remove(&leg)?;
        self.by_dialog.remove(&line.dialog);
        Some(line)
    }

    /// One more dialog that may become a leg's own.
    pub(super) fn branch(&mut self, leg: LegId, dialog: DialogId) {
        self.by_dialog.insert(dialog, leg);
    }

    /// Of all its dialogs this one is the leg's own.
    pub(super) fn settle(&mut self, leg: LegId, dialog: DialogId) {
        if let Some(line) = self.remove(leg) {
            self.insert(Line { dialog, ..line });
        }
    }

    /// A dialog that is a leg's own no more.
    pub(super) fn prune(&mut self, dialog: DialogId) {
        self.by_dialog.remove(&dialog);
    }

    pub(super) fn get_mut(&mut self, leg: LegId) -> Option<&mut Line> {
        self.by_leg.get_mut(&leg)
    }

    pub(super) fn of_dialog(&mut self, dialog: DialogId) -> Option<&mut Line> {
        self.by_leg.get_mut(self.by_dialog.get(&dialog)?)
    }

    pub(super) fn len(&self) -> usize {
        self.by_dialog.len()
    }
}
