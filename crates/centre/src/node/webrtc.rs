//! Lines whose sound travels by ICE and DTLS, as that of pages does: SIP clients over
//! WebSocket, mostly. The media engine writes their descriptions and takes its time, so
//! that every step here has a second half, when the engine tells what came of it.

use super::Output;
use super::line::{Connection, Digits, LineState, Path};
use super::wiring::Node;
use crate::centre;
use crate::{Now, catalogue};
use media::{Command, Event, LegId, Negotiation};

impl Node {
    /// Opens the leg: its description comes with [`Event::LegOpened`].
    pub(super) fn open_browser(&mut self, leg: LegId) {
        let Some(line) = self.lines.get_mut(leg) else { return };
        line.path = Path::Browser(Connection::Open);
        let command = match &line.offer {
            Some(offer) => Command::OpenBrowser { leg, offer: text(offer) },
            None => Command::OfferBrowser { leg },
        };
        self.effects.push_back(Output::Media(command));
        self.effects.push_back(Output::Media(Command::DetectTones { leg, on: true }));
    }

    /// The peer answers our offer.
    pub(super) fn accept_browser(&mut self, leg: LegId, answer: &[u8]) {
        self.effects.push_back(Output::Media(Command::AcceptBrowser { leg, answer: text(answer) }));
    }

    /// The peer offers within the dialog, or asks for our offer.
    pub(super) fn browser_offers(&mut self, leg: LegId, offer: Option<&[u8]>) {
        let Some(line) = self.lines.get_mut(leg) else { return };
        let command = match offer {
            Some(offer) => Command::AnswerBrowser { leg, offer: text(offer) },
            None => {
                line.state = LineState::OfferingAgain;
                Command::OfferBrowser { leg }
            }
        };
        self.effects.push_back(Output::Media(command));
    }

    /// What the engine tells of such a line; gives back what call control is to hear.
    pub(super) fn browser_said(&mut self, event: Event, now: Now) -> Option<Event> {
        match event {
            Event::LegOpened { leg, answer: Some(description) } => {
                self.browser_described(leg, &description);
                Some(Event::LegOpened { leg, answer: Some(description) })
            }
            Event::LegFailed { leg, cause: media::LegFailure::BadOffer(why) } => {
                let Some(line) = self.lines.get_mut(leg) else {
                    return Some(Event::LegFailed { leg, cause: media::LegFailure::BadOffer(why) });
                };
                line.path = Path::Browser(Connection::Closed);
                self.centre.handle(centre::Input::NotOpened { leg, why: catalogue::NO_CODEC }, now);
                None
            }
            Event::LegFailed { leg, cause } => {
                if let Some(line) = self.lines.get_mut(leg)
                    && let Path::Browser(connection) = &mut line.path
                {
                    *connection = Connection::Closed;
                }
                Some(Event::LegFailed { leg, cause })
            }
            Event::Negotiated { leg, outcome } => {
                self.negotiated(leg, outcome, now);
                None
            }
            // A page that was closed says no BYE, one whose network changed comes back: it is asked.
            Event::BrowserLost { leg } => {
                if let Some(line) = self.lines.get_mut(leg) {
                    self.endpoint.command(sip::Command::Probe { dialog: line.dialog }, now.mono);
                }
                Some(Event::BrowserLost { leg })
            }
            other => Some(other),
        }
    }

    fn browser_described(&mut self, leg: LegId, description: &str) {
        let Some(line) = self.lines.get_mut(leg) else { return };
        if line.offer.is_some() && !sip::sdp::takes_events(description.as_bytes()) {
            line.digits = Digits::Info;
        }
        if matches!(line.state, LineState::Unanswered(_)) {
            line.state = LineState::Unanswered(Some(description.as_bytes().to_vec()));
        }
    }

    fn negotiated(&mut self, leg: LegId, outcome: Negotiation, now: Now) {
        let Some(line) = self.lines.get_mut(leg) else { return };
        let dialog = line.dialog;
        match (outcome, &line.state) {
            (_, LineState::Over | LineState::Unanswered(_)) => {}
            (Negotiation::Answered(sdp) | Negotiation::Offered(sdp), _) => {
                let answer = sip::Command::AnswerOffer { dialog, sdp: Some(sdp.into_bytes()) };
                self.endpoint.command(answer, now.mono);
            }
            (Negotiation::Accepted, LineState::Calling) => {
                line.state = LineState::Answered;
                self.outgoing.remove(&leg);
                self.centre.handle(centre::Input::PickedUp { leg }, now);
            }
            (Negotiation::Accepted, _) => line.state = LineState::Answered,
            (Negotiation::Refused(_), LineState::Calling | LineState::Offering) => {
                self.centre.handle(centre::Input::NotOpened { leg, why: catalogue::NO_CODEC }, now);
            }
            (Negotiation::Refused(_), LineState::Answered) => {
                self.endpoint.command(sip::Command::AnswerOffer { dialog, sdp: None }, now.mono);
            }
            // A call that stands is not ended for one bad answer: it goes on as before.
            (Negotiation::Refused(_), LineState::OfferingAgain) => line.state = LineState::Answered,
        }
    }
}

/// A description as the media engine takes it: it has limits of its own.
fn text(description: &[u8]) -> String {
    String::from_utf8_lossy(description).into_owned()
}
