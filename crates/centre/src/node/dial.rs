//! Calls that go out: the media leg first, then the INVITE with its description,
//! to the first of the far end's addresses that takes it.

use super::Output;
use super::forks::Branches;
use super::line::{Connection, Line, LineState, Path};
use super::standing::TrunkStanding;
use super::wiring::Node;
use crate::centre::{self, Far, Invitation, Signs};
use crate::settings::{CallerId, Outward, Protection, Settings};
use crate::{Now, PhoneId, Pii, SdkAppId, TrunkId, catalogue};
use media::LegId;
use sip::{CallerIdentity, Contact, DialogId, EndCause, Flow, Transport};
use std::collections::{BTreeMap, VecDeque};

/// How trunks are reached: what settings say, and the addresses that the shell found.
#[derive(Debug, Default)]
pub(super) struct Gateways {
    outward: BTreeMap<TrunkId, (SdkAppId, Outward)>,
    flows: BTreeMap<TrunkId, Vec<Flow>>,
}

/// A call that is being put through.
#[derive(Debug)]
pub(super) struct Outgoing {
    invite: Wanted,
    /// Our description, once the media leg has its port.
    offer: Vec<u8>,
    /// Addresses that are left to try.
    places: VecDeque<Place>,
    /// Whether the far end made a sign of life: then no other address is tried.
    heard: bool,
    /// The carrier that is called, if it is one.
    pub(super) trunk: Option<TrunkId>,
    /// How its addresses are called.
    pub(super) calling: Calling,
}

/// How the addresses of a far end are called.
#[derive(Debug)]
pub(super) enum Calling {
    /// The next when one cannot be reached: they are ways to the same gateway. (RFC 3263 §4.3)
    InTurn,
    /// All at once: they are telephones of the same account.
    AtOnce(Branches),
}

/// Where a call may be put through.
#[derive(Debug)]
struct Place {
    flow: Flow,
    /// Whom to ask for there: Request-URI and To.
    to: String,
    /// Proxies on the way to a telephone.
    route: Vec<String>,
}

/// What an INVITE says, whichever address it goes to.
#[derive(Debug, Clone)]
struct Wanted {
    from: Pii<String>,
    /// The number for P-Asserted-Identity, where the carrier reads it there.
    asserted: Option<Pii<String>>,
    credentials: Option<(String, Pii<String>)>,
    /// Who gives the call away. (RFC 3892)
    referred_by: Option<Pii<String>>,
}

impl Gateways {
    pub(super) fn set(&mut self, app: SdkAppId, settings: Option<&Settings>) {
        self.outward.retain(|_, (owner, _)| *owner != app);
        let trunks = settings.into_iter().flat_map(|settings| settings.trunks.values());
        for trunk in trunks.filter(|trunk| trunk.enabled) {
            if let Some(outward) = &trunk.outward {
                self.outward.insert(trunk.id, (app, outward.clone()));
            }
        }
        let outward = &self.outward;
        self.flows.retain(|trunk, _| outward.contains_key(trunk));
    }

    /// The addresses of a trunk's gateway, best first.
    pub(super) fn found(&mut self, trunk: TrunkId, flows: Vec<Flow>) {
        self.flows.insert(trunk, flows);
    }

    /// Trunks that carry calls out.
    pub(super) fn all(&self) -> impl Iterator<Item = (TrunkId, &Outward)> {
        self.outward.iter().map(|(trunk, (_, outward))| (*trunk, outward))
    }

    /// The trunks of an application that carry calls out.
    pub(super) fn of(&self, app: SdkAppId) -> impl Iterator<Item = TrunkId> {
        self.outward.iter().filter(move |(_, (owner, _))| *owner == app).map(|(trunk, _)| *trunk)
    }

    /// The addresses of a trunk's gateway, as far as they are known.
    pub(super) fn flows_of(&self, trunk: TrunkId) -> &[Flow] {
        self.flows.get(&trunk).map_or(&[], Vec::as_slice)
    }

    /// A call over a trunk: to the addresses that answer first, to those that are silent last.
    fn outgoing(&self, (trunk, standing): (TrunkId, &TrunkStanding), invitation: &Invitation) -> Option<Outgoing> {
        let (_, outward) = self.outward.get(&trunk)?;
        if standing.is_out_of_reach() {
            return None;
        }
        let account = (!outward.user.is_empty()).then(|| (outward.user.clone(), outward.password.clone()));
        let shown = &invitation.from;
        let (from, asserted) = match invitation.caller_id {
            CallerId::From => (shown.clone(), None),
            CallerId::PAssertedIdentity => (shown.clone(), Some(shown.clone())),
            CallerId::PAssertedIdentityOnly => (Pii::new(outward.user.clone()), Some(shown.clone())),
        };
        let uri = format!("sip:{}@{}", invitation.to.expose(), host_and_port(outward));
        let place = |flow: &Flow| Place { flow: *flow, to: uri.clone(), route: Vec::new() };
        let mut flows = self.flows.get(&trunk)?.clone();
        flows.sort_by_key(|flow| standing.is_silent_at(*flow));
        let places = flows.iter().map(place).collect();
        // Extensions are the house's own affair: carriers are not told.
        let invite = Wanted { from, asserted, credentials: account, referred_by: None };
        Some(Outgoing { invite, offer: Vec::new(), places, heard: false, trunk: Some(trunk), calling: Calling::InTurn })
    }
}

impl Wanted {
    /// The one place where an INVITE of ours is made.
    fn invite(&self, (dialog, place): (DialogId, Place), offer: Vec<u8>) -> sip::Invite {
        let Place { flow, to, route } = place;
        let ours = |user: &Pii<String>| format!("sip:{}@{}", user_part(user.expose()), sip::uri_host(flow.local.ip()));
        sip::Invite {
            dialog,
            flow,
            to,
            from: ours(&self.from),
            from_name: None,
            identity: CallerIdentity {
                asserted: self.asserted.as_ref().map(ours),
                referred_by: self.referred_by.as_ref().map(ours),
                ..CallerIdentity::default()
            },
            route,
            max_forwards: sip::MAX_FORWARDS,
            credentials: self.credentials.clone().map(|(user, password)| (user, password.into_exposed())),
            user_to_user: None,
            offer,
        }
    }
}

impl Node {
    /// Call control wants somebody called: first the sound.
    pub(super) fn dial(&mut self, invitation: &Invitation, now: Now) {
        let leg = invitation.leg;
        let (outgoing, why) = match invitation.far {
            Far::Trunk(trunk) => {
                let standing = self.standings.get(&trunk).cloned().unwrap_or_default();
                (self.gateways.outgoing((trunk, &standing), invitation), catalogue::TRUNK_UNREACHABLE)
            }
            Far::Phone(phone) => (Some(self.to_phone(phone, invitation)), catalogue::PHONE_OFFLINE),
        };
        let Some(mut outgoing) = outgoing else {
            return self.centre.handle(centre::Input::NotOpened { leg, why }, now);
        };
        // One leg makes one kind of offer: that of plain telephones where there is one.
        let plain = outgoing.places.iter().find(|place| path_to(place.flow) == Path::Plain);
        let Some(first) = plain.or(outgoing.places.front()).map(|place| place.flow) else {
            return self.centre.handle(centre::Input::NotOpened { leg, why }, now);
        };
        let path = path_to(first);
        outgoing.places.retain(|place| path_to(place.flow) == path);
        let dialog = self.endpoint.reserve_dialog();
        let protection = match invitation.far {
            Far::Trunk(trunk) => self.protection(trunk),
            Far::Phone(_) => Protection::Accepted,
        };
        let security = self.lines.security(protection);
        let address = self.config.media_address_for(first.remote.ip());
        self.lines.insert(Line::new((leg, dialog), None, address, security).by(path));
        self.outgoing.insert(leg, outgoing);
        self.open(leg, now);
    }

    /// A call to a telephone goes to where it registered from, under the address that it gave.
    fn to_phone(&self, phone: PhoneId, invitation: &Invitation) -> Outgoing {
        let place = |contact: Contact| Place { flow: contact.flow, to: contact.uri, route: contact.path };
        let places = self.phones.places(phone).into_iter().map(place).collect();
        let referred_by = invitation.referred_by.clone().map(Pii::new);
        let invite = Wanted { from: invitation.from.clone(), asserted: None, credentials: None, referred_by };
        let calling = Calling::AtOnce(Branches::default());
        Outgoing { invite, offer: Vec::new(), places, heard: false, trunk: None, calling }
    }

    /// The media leg of a call of ours is open: now the far end is invited.
    pub(super) fn invite(&mut self, leg: LegId, now: Now) {
        let Some(outgoing) = self.outgoing.get_mut(&leg) else { return };
        let Some(line) = self.lines.get_mut(leg) else { return };
        let LineState::Unanswered(Some(sdp)) = &mut line.state else { return };
        outgoing.offer = std::mem::take(sdp);
        line.state = LineState::Calling;
        match outgoing.calling {
            Calling::InTurn => {
                self.invite_next(leg, now);
            }
            Calling::AtOnce(_) => self.invite_all(leg, now),
        }
    }

    /// Invites all telephones of an account at once.
    fn invite_all(&mut self, leg: LegId, now: Now) {
        let Some(outgoing) = self.outgoing.get_mut(&leg) else { return };
        for place in std::mem::take(&mut outgoing.places) {
            let dialog = self.endpoint.reserve_dialog();
            let invite = outgoing.invite.invite((dialog, place), outgoing.offer.clone());
            if let Calling::AtOnce(branches) = &mut outgoing.calling {
                branches.begin(dialog);
            }
            self.lines.branch(leg, dialog);
            self.endpoint.command(sip::Command::Invite(invite), now.mono);
        }
    }

    /// Invites the far end at the next of its addresses; false when none is left.
    fn invite_next(&mut self, leg: LegId, now: Now) -> bool {
        let Some(outgoing) = self.outgoing.get_mut(&leg) else { return false };
        let Some(place) = outgoing.places.pop_front() else { return false };
        let Some(mut line) = self.lines.remove(leg) else { return false };
        line.dialog = self.endpoint.reserve_dialog();
        line.state = LineState::Calling;
        let invite = outgoing.invite.invite((line.dialog, place), outgoing.offer.clone());
        self.lines.insert(line);
        self.endpoint.command(sip::Command::Invite(invite), now.mono);
        true
    }

    pub(super) fn progress(&mut self, dialog: DialogId, (status, answer): (u16, Option<Vec<u8>>), now: Now) {
        let Some(line) = self.lines.of_dialog(dialog).filter(|line| line.state == LineState::Calling) else { return };
        let leg = line.leg;
        let mut alone = true;
        if let Some(outgoing) = self.outgoing.get_mut(&leg) {
            outgoing.heard = true;
            alone = match &outgoing.calling {
                Calling::InTurn => true,
                Calling::AtOnce(branches) => branches.is_only(dialog),
            };
        }
        // A browser's leg takes one answer only: that of the 200. And what several telephones
        // let hear at once, nobody would understand.
        let answer = answer.filter(|_| alone && line.path == Path::Plain);
        let early = answer.and_then(|answer| line.accept(&answer).ok());
        // A description before the answer is only a first word.
        line.state = LineState::Calling;
        let signs = Signs { rings: status == 180, sounds: early.is_some() };
        if let Some(params) = early {
            self.effects.push_back(Output::Media(media::Command::UpdatePlain { leg, params }));
        }
        self.centre.handle(centre::Input::Progress { leg, signs }, now);
    }

    pub(super) fn far_answered(&mut self, dialog: DialogId, answer: &[u8], now: Now) {
        let Some(line) = self.lines.of_dialog(dialog).filter(|line| line.state == LineState::Calling) else { return };
        let leg = line.leg;
        self.first_answered(leg, dialog, now);
        let Some(line) = self.lines.get_mut(leg) else { return };
        if let Path::Browser(_) = line.path {
            return self.accept_browser(leg, answer);
        }
        match line.accept(answer) {
            Ok(params) => {
                self.outgoing.remove(&leg);
                self.effects.push_back(Output::Media(media::Command::UpdatePlain { leg, params }));
                self.centre.handle(centre::Input::PickedUp { leg }, now);
            }
            Err(_unreadable) => {
                self.centre.handle(centre::Input::NotOpened { leg, why: catalogue::NO_CODEC }, now);
            }
        }
    }

    /// An address did not take our call. True if another one is tried instead: only when
    /// nothing was heard from this one but that it cannot. (RFC 3263 §4.3)
    pub(super) fn tries_elsewhere(&mut self, leg: LegId, cause: &EndCause, now: Now) -> bool {
        let silent = self.outgoing.get(&leg).is_some_and(|outgoing| !outgoing.heard);
        let unable = match cause {
            EndCause::Timeout | EndCause::Unreachable => true,
            EndCause::Refused { status, reason: _ } => *status == 503,
            EndCause::Bye { .. }
            | EndCause::Cancelled { .. }
            | EndCause::Redirected { .. }
            | EndCause::NoAck
            | EndCause::SessionExpired
            | EndCause::Local => false,
        };
        silent && unable && self.invite_next(leg, now)
    }
}

/// Whoever came by WebSocket is a page or its like, and has ICE and DTLS.
pub(super) fn path_to(flow: Flow) -> Path {
    match flow.transport {
        Transport::Ws | Transport::Wss => Path::Browser(Connection::Closed),
        Transport::Udp | Transport::Tcp | Transport::Tls => Path::Plain,
    }
}

/// A number as it may stand in an address. What came from outside may be any text.
pub(super) fn user_part(number: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_' | b'*');
    if !number.is_empty() && number.bytes().all(plain) { number } else { "anonymous" }
}

/// A gateway as a URI names it.
pub(super) fn host_and_port(outward: &Outward) -> String {
    let port = outward.port.map(|port| format!(":{port}")).unwrap_or_default();
    let host = outward.host.parse().map_or_else(|_name| outward.host.clone(), sip::uri_host);
    format!("{host}{port}")
}
