//! Tickets of the desk socket. A browser cannot put a header on a WebSocket, so
//! the page fetches a ticket over HTTP and shows it at once: one use, 30
//! seconds, bound to the session that fetched it.

use centre::{SdkAppId, StaffId};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use store::Secret;

/// How long a ticket is good.
const LIFE: Duration = Duration::from_secs(30);
/// Tickets that are out at once; beyond it the oldest are forgotten.
const MAX_TICKETS: usize = 10_000;

/// Whom a ticket lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The application.
    pub app: SdkAppId,
    /// The agent.
    pub agent: StaffId,
    /// The session that fetched it; when it ends, so does the socket.
    pub session: Secret,
}

/// All tickets that are out.
#[derive(Debug, Default)]
pub struct Tickets {
    out: Mutex<BTreeMap<String, (Instant, Ticket)>>,
}

impl Tickets {
    /// Gives a ticket out.
    pub fn issue(&self, ticket: Ticket, now: Instant) -> String {
        let mut bytes = [0; 24];
        getrandom::fill(&mut bytes).expect("the operating system has randomness");
        let name: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut out = self.out.lock().expect("nothing panics while it holds this lock");
        out.retain(|_, (since, _)| now.duration_since(*since) < LIFE);
        if out.len() >= MAX_TICKETS {
            let oldest = out.iter().min_by_key(|(_, (since, _))| *since).map(|(name, _)| name.clone());
            oldest.and_then(|name| out.remove(&name));
        }
        out.insert(name.clone(), (now, ticket));
        name
    }

    /// Takes a ticket back; the second who shows it gets nothing.
    pub fn redeem(&self, name: &str, now: Instant) -> Option<Ticket> {
        let mut out = self.out.lock().expect("nothing panics while it holds this lock");
        let (since, ticket) = out.remove(name)?;
        (now.duration_since(since) < LIFE).then_some(ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_lets_in_once_and_soon() {
        let tickets = Tickets::default();
        let now = Instant::now();
        let ticket = Ticket { app: SdkAppId(1_400_000_000), agent: StaffId(1), session: Secret::new("s") };
        let first = tickets.issue(ticket.clone(), now);
        assert_eq!(tickets.redeem(&first, now + Duration::from_secs(29)), Some(ticket.clone()));
        assert_eq!(tickets.redeem(&first, now), None);
        let late = tickets.issue(ticket, now);
        assert_eq!(tickets.redeem(&late, now + LIFE), None);
        assert_eq!(tickets.redeem("", now), None);
    }
}
