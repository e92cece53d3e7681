//! The wiring of a [`Node`]: SIP events become call control's inputs, and what
//! call control wants becomes SIP and media commands.

use super::carriers::Standings;
use super::dial::{Gateways, Outgoing};
use super::line::{Digits, Line, LineState, Lines, Path, refusal};
use super::phones::Phones;
use super::ports::Ports;
use super::{Input, LogLevel, LogLine, NodeConfig, NodeFigures, Output};
use crate::catalogue::{self, Code};
use crate::centre::{self, Arrival, Centre, Holdings, Left, PageChange};
use crate::desk::Desk;
use crate::floor::Floor;
use crate::limits::{PORT_TRIES, SILENCE};
use crate::settings::Protection;
use crate::{AgentKey, Now, Pii, SdkAppId, StaffId, TrunkId};
use media::LegId;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sip::{DialogId, EndCause, IncomingCall, Peer, ReasonHeader, TrunkEntry, TrunkKey};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Call control with its SIP endpoint. Change once with [`Node::handle`],
/// drain [`Node::poll_output`], sleep until [`Node::poll_timeout`].
///
/// Of one change's outputs, journal entries and records always come first, so
/// that a shell can make them durable before anybody sees their effect.
#[derive(Debug)]
pub struct Node {
    pub(super) config: NodeConfig,
    pub(super) endpoint: sip::Endpoint,
    pub(super) centre: Centre,
    pub(super) lines: Lines,
    ports: Ports,
    pub(super) phones: Phones,
    pub(super) gateways: Gateways,
    pub(super) standings: Standings,
    /// Calls of ours that nobody has answered yet.
    pub(super) outgoing: BTreeMap<LegId, Outgoing>,
    pub(super) trunks: BTreeMap<SdkAppId, Vec<TrunkEntry>>,
    /// How the sound of each trunk's calls travels, and whose trunk it is. Trunk ids are unique on the node.
    protections: BTreeMap<TrunkId, (SdkAppId, Protection)>,
    /// To be made durable first.
    durable: VecDeque<Output>,
    /// What others can see.
    pub(super) effects: VecDeque<Output>,
    sip_rejected: u64,
    /// When a turned-away message was last worth a line in the log.
    rejection_logged: Option<Duration>,
}

/// What a node holds, for a referee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeHoldings {
    /// Call control's part.
    pub centre: Holdings,
    /// Dialogs tied to legs.
    pub lines: usize,
    /// Calls of ours that nobody has answered yet.
    pub outgoing: usize,
    /// RTP ports in use.
    pub ports: usize,
    /// SIP dialogs.
    pub dialogs: usize,
}

impl Node {
    /// A node without applications: it refuses every call until it has settings.
    pub fn new(config: NodeConfig, now: Now) -> Node {
        let mut luck = ChaCha20Rng::from_seed(config.seed);
        let mut seed = || {
            let mut seed = [0; 32];
            luck.fill_bytes(&mut seed);
            seed
        };
        let endpoint = sip::EndpointConfig {
            seed: seed(),
            product: format!("Callyard/{}", env!("CARGO_PKG_VERSION")),
            realm: "callyard".to_owned(),
            digest: config.digest,
        };
        Node {
            endpoint: sip::Endpoint::new(endpoint, now.mono),
            centre: Centre::new(seed(), now),
            ports: Ports::new(config.rtp_ports, seed()),
            lines: Lines::new(seed()),
            phones: Phones::default(),
            gateways: Gateways::default(),
            standings: Standings::default(),
            outgoing: BTreeMap::new(),
            trunks: BTreeMap::new(),
            protections: BTreeMap::new(),
            durable: VecDeque::new(),
            effects: VecDeque::new(),
            sip_rejected: 0,
            rejection_logged: None,
            config,
        }
    }

    /// One change. Whatever is due by `now` is done, too.
    pub fn handle(&mut self, input: Input<'_>, now: Now) {
        match input {
            Input::Received { flow, bytes } => self.endpoint.receive(flow, bytes, now.mono),
            Input::FlowClosed { flow } => self.endpoint.flow_closed(flow, now.mono),
            Input::Media(event) => self.media(event, now),
            Input::Page { app, agent, page, connected } => {
                let change = if connected { PageChange::Connected } else { PageChange::Lost };
                self.centre.handle(centre::Input::Page { key: AgentKey { app, agent }, page, change }, now);
            }
            Input::Desk { app, agent, ticket, command } => {
                self.centre.handle(centre::Input::Desk { key: AgentKey { app, agent }, ticket, command }, now);
            }
            Input::Settings { app, settings } => {
                self.gateways.set(app, settings.as_deref());
                self.set_trunks(app, settings.as_deref(), now);
                self.centre.handle(centre::Input::Settings { app, settings }, now);
            }
            Input::TrunkAddresses { trunk, flows } => {
                self.gateways.found(trunk, flows);
                self.tell_carriers(now);
            }
            Input::HangUpCall { app, call, ticket } => {
                self.centre.handle(centre::Input::HangUpCall { app, call, ticket }, now);
            }
            Input::Restore { journals, died_ms } => {
                self.centre.handle(centre::Input::Restore { journals, died_ms }, now);
            }
            Input::Drain => {
                self.endpoint.command(sip::Command::SetOverload { shedding: true }, now.mono);
                self.centre.handle(centre::Input::Drain, now);
            }
            Input::Stop => {
                self.endpoint.command(sip::Command::SetOverload { shedding: true }, now.mono);
                self.centre.handle(centre::Input::Stop, now);
            }
            Input::Tick => {}
        }
        self.pump(now);
        if self.endpoint.poll_timeout().is_some_and(|(at, _)| at <= now.mono) {
            self.endpoint.handle_timeout(now.mono);
        }
        if self.centre.poll_timeout().is_some_and(|(at, _)| at <= now.mono) {
            self.centre.handle(centre::Input::Tick, now);
        }
        self.pump(now);
    }

    /// The next thing for the shell to do: journal entries and records first.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.durable.pop_front().or_else(|| self.effects.pop_front())
    }

    /// When to hand in [`Input::Tick`], as time since the node's start, and who asks for it.
    pub fn poll_timeout(&self) -> Option<(Duration, &'static str)> {
        let sip = self.endpoint.poll_timeout().map(|(at, reason)| (at, sip_word(reason)));
        let centre = self.centre.poll_timeout().map(|(at, reason)| (at, reason.word()));
        match (sip, centre) {
            (Some(sip), Some(centre)) => Some(if sip.0 <= centre.0 { sip } else { centre }),
            (sip, centre) => sip.or(centre),
        }
    }

    /// The live floor of an application.
    pub fn floor(&self, app: SdkAppId, now: Now) -> Option<Floor> {
        self.centre.floor(app, now)
    }

    /// An agent's desk, as the page was told it last, at this moment.
    pub fn desk(&self, app: SdkAppId, agent: StaffId, now: Now) -> Option<Desk> {
        self.centre.desk(AgentKey { app, agent }, now)
    }

    /// Counters and gauges.
    pub fn figures(&self) -> NodeFigures {
        let (dialogs, transactions) = self.endpoint.held();
        NodeFigures {
            sip_rejected: self.sip_rejected,
            rtp_ports: self.ports.in_use() as u64,
            sip_dialogs: dialogs as u64,
            sip_transactions: transactions as u64,
            trunks: self.trunk_counts(),
            ..self.centre.figures()
        }
    }

    /// What is held now, for a referee.
    pub fn holdings(&self) -> NodeHoldings {
        NodeHoldings {
            centre: self.centre.holdings(),
            lines: self.lines.len(),
            outgoing: self.outgoing.len(),
            ports: self.ports.in_use(),
            dialogs: self.endpoint.held().0,
        }
    }

    /// Carries outputs of each machine to the other until both are quiet.
    fn pump(&mut self, now: Now) {
        loop {
            if let Some(output) = self.endpoint.poll_output() {
                match output {
                    sip::Output::Transmit { flow, bytes } => self.effects.push_back(Output::Transmit { flow, bytes }),
                    sip::Output::Event(event) => self.sip_event(event, now),
                }
            } else if let Some(output) = self.centre.poll_output() {
                self.centre_output(output, now);
            } else {
                return;
            }
        }
    }

    fn sip_event(&mut self, event: sip::Event, now: Now) {
        match event {
            sip::Event::Incoming(incoming) => self.incoming(*incoming, now),
            sip::Event::Confirmed { dialog, answer } => {
                if let Some(answer) = answer {
                    self.answered_in_ack(dialog, &answer, now);
                }
            }
            sip::Event::Offered { dialog, offer } => self.offered(dialog, offer, now),
            sip::Event::Digit { dialog, digit } => {
                let line = self.lines.of_dialog(dialog).filter(|line| line.digits != Digits::Rtp);
                if let Some(line) = line {
                    let leg = line.leg;
                    if line.digits == Digits::Info {
                        // The same key is in the sound too, and would count twice.
                        self.effects.push_back(Output::Media(media::Command::DetectTones { leg, on: false }));
                    }
                    // Whoever talks with it hears keys in its sound, and finds none there.
                    let pass = media::Command::PassOnDigits { leg, digits: digit.to_string() };
                    self.effects.push_back(Output::Media(pass));
                    self.centre.handle(centre::Input::Digit { leg, digit }, now);
                }
            }
            sip::Event::OfferAnswered { dialog, answer: Some(answer) } => self.answered_in_ack(dialog, &answer, now),
            // The offer came to nothing; what was agreed before still stands.
            sip::Event::OfferAnswered { dialog, answer: None } => {
                if let Some(line) = self.lines.of_dialog(dialog)
                    && line.state == LineState::OfferingAgain
                {
                    line.state = LineState::Answered;
                }
            }
            sip::Event::Ended { dialog, cause } => self.dialog_over(dialog, cause, now),
            sip::Event::Rejected { from, why } => {
                self.sip_rejected += 1;
                // One line a second: a scanner sends hundreds.
                if self.rejection_logged.is_none_or(|at| at + Duration::from_secs(1) <= now.mono) {
                    self.rejection_logged = Some(now.mono);
                    let fields = vec![("from", from.to_string()), ("why", format!("{why:?}"))];
                    let line = LogLine { level: LogLevel::Warn, message: "a SIP message was turned away", fields };
                    self.effects.push_back(Output::Log(line));
                }
            }
            sip::Event::Progress { dialog, status, answer } => self.progress(dialog, (status, answer), now),
            sip::Event::Answered { dialog, answer } => self.far_answered(dialog, &answer, now),
            sip::Event::Registered { phone, contacts } => self.registered(phone, contacts, now),
            sip::Event::TrunkState { trunk, state } => self.trunk_state(trunk, state, now),
            sip::Event::AddressState { trunk, flow, state } => self.address_state(trunk, (flow, state), now),
            sip::Event::TransferAsked { dialog, target, replaces } => {
                self.transfer_asked(dialog, (&target, replaces), now);
            }
        }
    }

    fn incoming(&mut self, incoming: IncomingCall, now: Now) {
        let trunk = match incoming.peer {
            Peer::Trunk(TrunkKey(trunk)) => TrunkId(trunk),
            Peer::Phone(phone) => return self.phone_calls(phone, incoming, now),
        };
        if incoming.replaces.is_some() {
            // RFC 3891 §3: who is not authorised to take a place is declined.
            let (dialog, status) = (incoming.dialog, 603);
            let refuse = sip::Command::Refuse { dialog, status, retry_after: None, reason: None };
            return self.endpoint.command(refuse, now.mono);
        }
        let leg = self.centre.reserve_leg();
        let security = self.lines.security(self.protection(trunk));
        let address = self.config.media_address_for(incoming.flow.remote.ip());
        self.lines.insert(Line::new((leg, incoming.dialog), incoming.offer, address, security));
        let arrival = Arrival {
            leg,
            trunk,
            from: incoming.flow.remote.ip().to_canonical(),
            called: incoming.called,
            caller: Pii::new(incoming.caller),
            sip_call_id: incoming.sip_call_id,
            user_to_user: incoming.user_to_user,
        };
        self.centre.handle(centre::Input::Arrived(arrival), now);
    }

    fn centre_output(&mut self, output: centre::Output, now: Now) {
        match output {
            centre::Output::Open { leg } => self.open(leg, now),
            centre::Output::Dial(invitation) => self.dial(&invitation, now),
            centre::Output::Answer { leg } => self.answer(leg, now),
            centre::Output::Ring { leg, signs } => self.ring(leg, signs, now),
            centre::Output::Transfer { leg, news } => self.tell_transfer(leg, news, now),
            centre::Output::LetGo { leg, status } => self.let_go(leg, status, now),
            centre::Output::Release { leg, why } => self.release(leg, why, now),
            centre::Output::Media(command) => self.effects.push_back(Output::Media(command)),
            centre::Output::Journal(entry) => self.durable.push_back(Output::Journal(entry)),
            centre::Output::Record(record) => self.durable.push_back(Output::Record(record)),
            centre::Output::Desk { key, desk } => self.effects.push_back(Output::Desk { app: key.app, desk }),
            centre::Output::SoundAnswer { key, sdp } => {
                self.effects.push_back(Output::SoundAnswer { app: key.app, agent: key.agent, sdp });
            }
            centre::Output::DeskAnswer { ticket, result } => {
                self.effects.push_back(Output::DeskAnswer { ticket, result });
            }
            centre::Output::Log(line) => self.effects.push_back(Output::Log(line)),
        }
    }

    /// Opens a caller's leg: a port, a description, and the media engine.
    pub(super) fn open(&mut self, leg: LegId, now: Now) {
        let Some(line) = self.lines.get_mut(leg) else { return };
        if let Path::Browser(_) = line.path {
            return self.open_browser(leg);
        }
        let Some(port) = self.ports.take(now.mono) else {
            return self.centre.handle(centre::Input::NotOpened { leg, why: catalogue::MEDIA_FAILED }, now);
        };
        match line.describe(port) {
            Ok(params) => {
                self.effects.push_back(Output::Media(media::Command::OpenPlain { leg, port, params }));
                // It rests on lines that have agreed on telephone-events.
                self.effects.push_back(Output::Media(media::Command::DetectTones { leg, on: true }));
            }
            Err(why) => {
                self.ports.give_back(port, now.mono);
                self.centre.handle(centre::Input::NotOpened { leg, why: refusal(&why) }, now);
            }
        }
    }

    fn answer(&mut self, leg: LegId, now: Now) {
        let Some(line) = self.lines.get_mut(leg) else { return };
        let LineState::Unanswered(Some(sdp)) = &mut line.state else { return };
        let sdp = std::mem::take(sdp);
        line.state = if line.offer.is_some() { LineState::Answered } else { LineState::Offering };
        self.endpoint.command(sip::Command::Answer { dialog: line.dialog, sdp }, now.mono);
    }

    fn release(&mut self, leg: LegId, why: Option<&'static Code>, now: Now) {
        let Some(line) = self.lines.remove(leg) else { return };
        let ours = self.outgoing.contains_key(&leg);
        match line.state {
            // Nobody was invited yet.
            LineState::Unanswered(_) if ours => {}
            LineState::Calling => self.stop_calling(&line, None, now),
            LineState::Unanswered(_) => self.refuse(line.dialog, why.unwrap_or(catalogue::NUMBER_OFF), now),
            LineState::Answered | LineState::Offering | LineState::OfferingAgain => {
                let reason = ReasonHeader { protocol: "Q.850".to_owned(), cause: Some(16), text: None };
                let hang_up = sip::Command::HangUp { dialog: line.dialog, reason: Some(reason) };
                self.endpoint.command(hang_up, now.mono);
            }
            LineState::Over => {}
        }
        self.outgoing.remove(&leg);
        self.close_sound(&line, now);
    }

    /// Closes the media leg of a line that is gone.
    pub(super) fn close_sound(&mut self, line: &Line, now: Now) {
        if line.has_leg() {
            self.effects.push_back(Output::Media(media::Command::Close { leg: line.leg }));
        }
        if let Some(port) = line.port {
            self.ports.give_back(port, now.mono);
        }
    }

    fn refuse(&mut self, dialog: DialogId, why: &'static Code, now: Now) {
        let status = why.sip.unwrap_or(480);
        // RFC 3261 §21.5.4: a 503 without a time would take us out of the carrier's route.
        let retry_after = (status == 503).then_some(5);
        self.endpoint.command(sip::Command::Refuse { dialog, status, retry_after, reason: None }, now.mono);
    }

    fn answered_in_ack(&mut self, dialog: DialogId, answer: &[u8], now: Now) {
        let Some(line) = self.lines.of_dialog(dialog) else { return };
        let first = match line.state {
            LineState::Offering => true,
            LineState::OfferingAgain => false,
            LineState::Unanswered(_) | LineState::Calling | LineState::Answered | LineState::Over => return,
        };
        let leg = line.leg;
        if let Path::Browser(_) = line.path {
            return self.accept_browser(leg, answer);
        }
        match line.accept(answer) {
            Ok(params) => self.speaks_anew(leg, params, now),
            Err(why) if first => {
                self.centre.handle(centre::Input::NotOpened { leg, why: refusal(&why) }, now);
            }
            // A call that stands is not ended for one bad answer: it goes on as before.
            Err(_unreadable) => line.state = LineState::Answered,
        }
    }

    /// The carrier holds, resumes or moves its sound.
    fn offered(&mut self, dialog: DialogId, offer: Option<Vec<u8>>, now: Now) {
        let Some(line) = self.lines.of_dialog(dialog) else { return };
        let leg = line.leg;
        if let Path::Browser(_) = line.path {
            self.browser_offers(leg, offer.as_deref());
            if let Some(direction) = offer.as_deref().and_then(sip::sdp::page_direction) {
                self.holds_by(leg, direction, now);
            }
            return;
        }
        let sdp = match offer {
            Some(offer) => line.answer_again(&offer).map(|(params, answer)| {
                self.speaks_anew(leg, params, now);
                answer
            }),
            None => line.offer_again(),
        };
        self.endpoint.command(sip::Command::AnswerOffer { dialog, sdp }, now.mono);
    }

    fn dialog_over(&mut self, dialog: DialogId, cause: EndCause, now: Now) {
        let Some(line) = self.lines.of_dialog(dialog) else { return };
        let leg = line.leg;
        let Some(cause) = self.branch_over(leg, (dialog, cause)) else { return };
        if let Some(line) = self.lines.get_mut(leg) {
            line.state = LineState::Over;
        }
        if self.tries_elsewhere(leg, &cause, now) {
            return;
        }
        let how = match cause {
            EndCause::Bye { reason } | EndCause::Cancelled { reason } => {
                Left::HungUp { cause: reason.and_then(carrier_cause) }
            }
            EndCause::Refused { status, reason } => Left::Refused { status, cause: reason.and_then(carrier_cause) },
            EndCause::NoAck | EndCause::Timeout | EndCause::Unreachable | EndCause::Local => Left::Vanished,
            EndCause::Redirected { contacts } => Left::Redirected { users: self.users_named(leg, contacts) },
            EndCause::SessionExpired => Left::Vanished,
        };
        self.centre.handle(centre::Input::Left { leg, how }, now);
    }

    fn media(&mut self, event: media::Event, now: Now) {
        let Some(event) = self.browser_said(event, now) else { return };
        if let media::Event::LegFailed { leg, cause } = &event
            && let Some(line) = self.lines.get_mut(*leg)
        {
            // The leg never came to be, so that there is nothing to close.
            if let Some(port) = line.port.take() {
                self.ports.give_back(port, now.mono);
            }
            line.port_tries += 1;
            if *cause == media::LegFailure::PortTaken && line.port_tries < PORT_TRIES {
                return self.open(*leg, now);
            }
        }
        if let media::Event::LegOpened { leg, .. } = &event {
            self.invite(*leg, now);
        }
        if let media::Event::Digit { leg, .. } = &event
            && let Some(line) = self.lines.get_mut(*leg)
        {
            line.heard_digit();
        }
        // Whoever is silent may only be held, or may be gone without a BYE: the carrier is asked.
        if let media::Event::NoSound { leg, lasted, held: _ } = &event
            && *lasted >= SILENCE
            && let Some(line) = self.lines.get_mut(*leg)
        {
            self.endpoint.command(sip::Command::Probe { dialog: line.dialog }, now.mono);
        }
        self.centre.handle(centre::Input::Media(event), now);
    }

    /// How the sound of a trunk's calls travels.
    pub(super) fn protection(&self, trunk: TrunkId) -> Protection {
        self.protections.get(&trunk).map_or(Protection::default(), |(_, protection)| *protection)
    }

    fn set_trunks(&mut self, app: SdkAppId, settings: Option<&crate::settings::Settings>, now: Now) {
        let trunks = settings.iter().flat_map(|settings| settings.trunks.values());
        self.protections.retain(|_, (owner, _)| *owner != app);
        self.protections.extend(trunks.map(|trunk| (trunk.id, (app, trunk.rules.protection))));
        match settings {
            Some(settings) => {
                let enabled = settings.trunks.values().filter(|trunk| trunk.enabled);
                let entries = enabled.map(|trunk| TrunkEntry {
                    trunk: TrunkKey(trunk.id.0),
                    sources: trunk.sources.clone(),
                    port: None,
                    credentials: trunk.rules.account.as_ref().map(|account| sip::TrunkCredentials {
                        user: account.user.clone(),
                        realm: format!("{app}.callyard"),
                        password: account.password.expose().clone(),
                    }),
                });
                self.trunks.insert(app, entries.collect());
            }
            None => {
                self.trunks.remove(&app);
            }
        }
        self.phones.set(app, settings);
        self.tell_carriers(now);
    }
}

/// `Q.850;16`, as records keep it.
fn carrier_cause(reason: ReasonHeader) -> Option<String> {
    let cause = reason.cause?;
    // It came from outside and goes into records: only a short token is kept.
    let protocol: String =
        reason.protocol.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').take(16).collect();
    Some(format!("{protocol};{cause}"))
}

fn sip_word(reason: sip::Reason) -> &'static str {
    match reason {
        sip::Reason::Transaction => "sip_transaction",
        sip::Reason::Dialog => "sip_dialog",
        sip::Reason::Registration => "sip_registration",
        sip::Reason::KeepAlive => "sip_keep_alive",
        sip::Reason::Housekeeping => "sip_housekeeping",
    }
}
