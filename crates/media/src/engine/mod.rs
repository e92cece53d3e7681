//! The engine: legs, bridges, playbacks and recordings of one media thread.
//! Commands and packets go in, packets and events come out. It does no I/O and
//! reads no clock.

mod browsers;
mod commands;
mod conferences;
mod hearing;
mod offers;
mod recordings;
mod reports;
mod speaking;

use self::conferences::Mixer;
use crate::browser::Browser;
use crate::codec::Samples;
use crate::conference::Conference;
use crate::leg::{Arrival, Leg, Path};
use crate::limits::{
    FIGURES_EVERY, FRAME, MAX_DATAGRAM, MAX_PACKET_SAMPLES, NO_SOUND_AFTER, NO_SOUND_AGAIN, SWEEP_EVERY, SWEEP_LATE,
};
use crate::recording::Recording;
use crate::{Command, ConferenceId, Event, LegId, PacketBuf, RecordingBlock, RecordingId, SoundId};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use str0m::config::DtlsCert;

/// What an engine is made of.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The engine's luck: sequence numbers, sources, ICE credentials.
    pub seed: [u8; 32],
    /// The instant of `Duration::ZERO`, which the WebRTC library asks for.
    pub origin: Instant,
    /// Addresses of the shared browser port, given to browsers as candidates.
    pub browser_addresses: Vec<SocketAddr>,
    /// How many legs may be open at once.
    pub max_legs: usize,
}

/// Which socket a packet came from or goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Socket {
    /// The socket of a plain leg, bound to the port of its `OpenPlain`.
    Plain(LegId),
    /// The socket of its reports, bound to the next port. A shell that has none
    /// drops what is sent by it.
    Reports(LegId),
    /// The socket that all browser legs share.
    Browser,
}

/// What leaves the engine.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // On purpose: packets are the common case and must not allocate.
pub enum Output {
    /// Send a packet.
    Transmit {
        /// From which socket.
        socket: Socket,
        /// To whom.
        to: SocketAddr,
        /// Its bytes.
        packet: PacketBuf,
    },
    /// Something that the owner wants to know.
    Event(Event),
    /// A piece of a recording.
    Recording(RecordingBlock),
    /// A plain leg is gone: close its sockets.
    CloseSocket(LegId),
}

/// The sound of many calls.
pub struct Engine {
    config: EngineConfig,
    luck: ChaCha20Rng,
    legs: BTreeMap<LegId, Leg>,
    sounds: BTreeMap<SoundId, Arc<[i16]>>,
    recordings: BTreeMap<RecordingId, Recording>,
    conferences: BTreeMap<ConferenceId, Conference>,
    /// Conferences whose parties are mixed, not bridged.
    mixing: BTreeSet<ConferenceId>,
    /// Which browser leg an ICE user name fragment belongs to.
    fragments: BTreeMap<String, LegId>,
    /// Which browser leg an address has proven to be.
    addresses: BTreeMap<SocketAddr, LegId>,
    /// When browser legs want to be woken.
    alarms: BTreeSet<(Duration, LegId)>,
    /// Browser legs with something to encrypt, send or tell.
    restless: Vec<LegId>,
    /// Legs that we speak to ourselves: prompts, keys, silence.
    speaking: BTreeSet<LegId>,
    next_tick: Option<Duration>,
    next_sweep: Option<Duration>,
    /// Whether the last sweep came late and left the recordings alone.
    swept_late: bool,
    /// One certificate for all browser legs, made when the first is opened.
    certificate: Option<DtlsCert>,
    /// The sound of one packet, made linear; kept to be used again.
    samples: Box<Samples>,
    /// Room for one packet that is opened; kept to be used again.
    opened: Vec<u8>,
    /// The frames of one conference; kept to be used again.
    mixer: Box<Mixer>,
    outbox: VecDeque<Output>,
}

impl Engine {
    /// An engine without legs.
    #[must_use]
    pub fn new(config: EngineConfig) -> Engine {
        Engine {
            luck: ChaCha20Rng::from_seed(config.seed),
            config,
            legs: BTreeMap::new(),
            sounds: BTreeMap::new(),
            recordings: BTreeMap::new(),
            conferences: BTreeMap::new(),
            mixing: BTreeSet::new(),
            fragments: BTreeMap::new(),
            addresses: BTreeMap::new(),
            alarms: BTreeSet::new(),
            restless: Vec::new(),
            speaking: BTreeSet::new(),
            next_tick: None,
            next_sweep: None,
            swept_late: false,
            certificate: None,
            samples: Box::new([0; MAX_PACKET_SAMPLES]),
            opened: vec![0; MAX_DATAGRAM],
            mixer: Mixer::new(),
            outbox: VecDeque::new(),
        }
    }

    /// Does what the owner wants. A command for a leg, a sound or a recording
    /// that does not exist (any more) is late, and changes nothing.
    pub fn command(&mut self, command: Command, now: Duration) {
        self.obey(command, now);
        self.settle(now);
        self.note_sweep(now);
    }

    /// Takes a packet that arrived on one of the sockets.
    pub fn receive(&mut self, socket: Socket, from: SocketAddr, packet: &[u8], now: Duration) {
        match socket {
            Socket::Plain(leg) => self.receive_plain(leg, &Arrival { from, packet, now }),
            Socket::Reports(leg) => self.receive_report(leg, &Arrival { from, packet, now }),
            Socket::Browser => self.receive_browser(from, packet, now),
        }
        self.settle(now);
    }

    /// Does what is due by now.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.catch_up(now);
        if let Some(due) = self.next_sweep.filter(|due| *due <= now) {
            self.sweep_due(due, now);
            self.note_sweep(now);
        }
        while self.alarms.first().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, leg)) = self.alarms.pop_first() {
                self.wake(leg, now);
            }
        }
        self.settle(now);
    }

    /// The next thing to do for the shell, until there is none.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outbox.pop_front()
    }

    /// When `handle_timeout` wants to be called, if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let alarm = self.alarms.first().map(|(at, _)| *at);
        [self.next_tick, self.next_sweep, alarm].into_iter().flatten().min()
    }

    /// Ends every recording and leg: browsers are told, last blocks come out.
    pub fn shut(&mut self, now: Duration) {
        let recordings: Vec<_> = self.recordings.keys().copied().collect();
        for recording in recordings {
            self.command(Command::StopRecord { recording }, now);
        }
        let legs: Vec<_> = self.legs.keys().copied().collect();
        for leg in legs {
            self.command(Command::Close { leg }, now);
        }
    }

    /// How many legs are open.
    #[must_use]
    pub fn open_legs(&self) -> usize {
        self.legs.len()
    }

    fn instant(&self, now: Duration) -> Instant {
        self.config.origin + now
    }

    fn tell(&mut self, event: Event) {
        self.outbox.push_back(Output::Event(event));
    }

    fn browser_mut(&mut self, leg: LegId) -> Option<&mut Browser> {
        match &mut self.legs.get_mut(&leg)?.path {
            Path::Browser(browser) => Some(browser),
            Path::Plain(_) => None,
        }
    }

    /// Sweeps go on while there is something to sweep.
    fn note_sweep(&mut self, now: Duration) {
        let needed = !self.legs.is_empty() || !self.recordings.is_empty();
        match (needed, self.next_sweep) {
            (true, None) => self.next_sweep = Some(now + SWEEP_EVERY),
            (false, Some(_)) => self.next_sweep = None,
            (true, Some(_)) | (false, None) => {}
        }
    }

    fn sweep_due(&mut self, due: Duration, now: Duration) {
        self.sweep(now);
        let late = now.saturating_sub(due);
        if late > SWEEP_LATE && !self.swept_late {
            // The thread was away, and the sockets may not be empty yet: what
            // waits in them still has its place in the recordings.
            self.swept_late = true;
            self.next_sweep = Some(now + FRAME);
            return;
        }
        self.swept_late = false;
        self.empty_recordings(now);
        // A thread that was away for long sweeps once, not many times.
        let next = due + SWEEP_EVERY;
        self.next_sweep = Some(if next > now { next } else { now + SWEEP_EVERY });
    }

    /// Looks over all legs for silence, levels, figures and reports.
    fn sweep(&mut self, now: Duration) {
        for leg in self.legs.values_mut() {
            leg.report_if_due(&mut self.luck, now, &mut self.outbox);
            let lasted = now.saturating_sub(leg.says.heard_at);
            // A browser in no call has no reason to be heard.
            let expected = match &leg.path {
                Path::Plain(_) => true,
                Path::Browser(_) => leg.peer.is_some() || leg.conference.is_some(),
            };
            if expected && lasted >= NO_SOUND_AFTER + NO_SOUND_AGAIN * leg.says.silence_told {
                leg.says.silence_told += 1;
                let event = Event::NoSound { leg: leg.id, lasted };
                self.outbox.push_back(Output::Event(event));
            }
            if let Some(meters) = &mut leg.meters {
                let (said_dbm0, heard_dbm0) = (meters.said.read(), meters.heard.read());
                self.outbox.push_back(Output::Event(Event::Levels { leg: leg.id, said_dbm0, heard_dbm0 }));
            }
            if now >= leg.figures_due {
                leg.figures_due = now + FIGURES_EVERY;
                let event = Event::Figures { leg: leg.id, figures: leg.figures() };
                self.outbox.push_back(Output::Event(event));
            }
        }
    }
}
