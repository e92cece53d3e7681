//! Transfers on the wire: what a REFER names, and what its sender is told.

use super::wiring::Node;
use crate::Now;
use crate::centre::{self, TransferWish};
use crate::transfer::News;
use media::LegId;
use sip::message::Uri;
use sip::{DialogId, TransferAnswer};

impl Node {
    /// A peer wants its call to be somebody else's. (RFC 3515)
    pub(super) fn transfer_asked(&mut self, dialog: DialogId, wish: (&str, Option<DialogId>), now: Now) {
        let (target, replaces) = wish;
        let leg = self.lines.of_dialog(dialog).map(|line| line.leg);
        let other = replaces.map(|dialog| self.lines.of_dialog(dialog).map(|line| line.leg));
        // The user part is what the telephone would have dialled, whatever domain stands behind it.
        let to = Uri::parse(target.as_bytes()).map(|uri| uri.user_text()).unwrap_or_default();
        match (leg, other) {
            (Some(leg), None) => {
                self.centre.handle(centre::Input::TransferAsked(TransferWish { leg, to, other: None }), now)
            }
            (Some(leg), Some(Some(other))) => {
                let wish = TransferWish { leg, to, other: Some(other) };
                self.centre.handle(centre::Input::TransferAsked(wish), now);
            }
            (None, _) | (Some(_), Some(None)) => {
                let answer = TransferAnswer::Declined;
                self.endpoint.command(sip::Command::AnswerTransfer { dialog, answer }, now.mono);
            }
        }
    }

    /// Tells a telephone what becomes of its transfer.
    pub(super) fn tell_transfer(&mut self, leg: LegId, news: News, now: Now) {
        let Some(dialog) = self.lines.get_mut(leg).map(|line| line.dialog) else { return };
        let command = match news {
            News::Declined => sip::Command::AnswerTransfer { dialog, answer: TransferAnswer::Declined },
            News::Tried => sip::Command::AnswerTransfer { dialog, answer: TransferAnswer::Accepted },
            News::Status(status) => sip::Command::TellTransfer { dialog, status },
        };
        self.endpoint.command(command, now.mono);
    }
}
