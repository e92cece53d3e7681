//! Counters of the shell, and the Prometheus text that shows them together
//! with the node's figures. A counter is an atomic number; nothing on a hot
//! path allocates or locks for it.

use crate::sound_metrics;
use centre::node::{NodeFigures, TrunkCounts};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of the shell. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct MetricsHandle {
    counters: Arc<Counters>,
}

/// One number that only rises, or a gauge that is set.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn add_one(&self) {
        self.add(1);
    }

    /// Some more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// Sets a gauge.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

macro_rules! counters {
    ($($(#[$doc:meta])* $field:ident: $kind:literal, $name:literal, $help:literal;)*) => {
        /// All counters of the shell.
        #[derive(Debug, Default)]
        pub struct Counters {
            $(#[doc = $help] pub $field: Counter,)*
        }

        impl Counters {
            fn write(&self, page: &mut String) {
                $(Line { name: $name, kind: $kind, help: $help, value: self.$field.get() }.write(page);)*
            }
        }
    };
}

counters! {
    sip_messages_in: "counter", "callyard_sip_messages_in_total", "SIP messages received.";
    sip_messages_out: "counter", "callyard_sip_messages_out_total", "SIP messages sent.";
    sip_shed: "counter", "callyard_sip_shed_total", "SIP messages dropped because call control was behind.";
    sip_connections: "gauge", "callyard_sip_connections", "SIP stream connections now.";
    sip_connections_refused: "counter", "callyard_sip_connections_refused_total", "SIP stream connections refused or closed by a limit.";
    sip_handshakes_failed: "counter", "callyard_sip_handshakes_failed_total", "TLS handshakes of SIP peers that failed.";
    media_events_lost: "counter", "callyard_media_events_lost_total", "Media events dropped because call control was behind. The number to see is zero.";
    journal_entries: "counter", "callyard_journal_entries_total", "Journal entries and records made durable.";
    journal_syncs: "counter", "callyard_journal_syncs_total", "Times the journal was forced to disk.";
    journal_held: "gauge", "callyard_journal_held", "Journal entries and records kept in memory because the disk takes none. The number to see is zero.";
    journal_lost: "counter", "callyard_journal_lost_total", "Journal entries lost because memory for them ran out. The number to see is zero.";
    database_behind: "gauge", "callyard_database_behind", "Journal entries and records that wait for the database.";
    database_failures: "counter", "callyard_database_failures_total", "Failed attempts to write to the database.";
    recordings_finished: "counter", "callyard_recordings_finished_total", "Recordings finished.";
    recording_failures: "counter", "callyard_recording_failures_total", "Recording blocks that could not be written.";
    http_connections: "gauge", "callyard_http_connections", "HTTP connections now, desk sockets among them.";
    http_connections_refused: "counter", "callyard_http_connections_refused_total", "HTTP connections closed at once because there were too many.";
    pages_open: "gauge", "callyard_pages_open", "Agents' pages connected now.";
    pages_cut: "counter", "callyard_pages_cut_total", "Agents' pages cut off because they did not keep up.";
}

impl std::ops::Deref for MetricsHandle {
    type Target = Counters;

    fn deref(&self) -> &Counters {
        &self.counters
    }
}

impl MetricsHandle {
    /// The Prometheus text of everything.
    pub fn render(&self, node: &NodeFigures) -> String {
        let gauge = |name, help, value| Line { name, kind: "gauge", help, value };
        let counter = |name, help, value| Line { name, kind: "counter", help, value };
        let of_the_node = [
            gauge("callyard_calls", "Calls in progress.", node.calls),
            gauge("callyard_waiting", "Callers waiting for an agent.", node.waiting),
            gauge("callyard_agents_signed_in", "Agents signed in.", node.agents_signed_in),
            counter("callyard_calls_arrived_total", "Calls that arrived.", node.calls_arrived),
            counter("callyard_calls_made_total", "Calls that people of the house made.", node.calls_made),
            counter("callyard_calls_ended_total", "Calls that ended.", node.calls_ended),
            counter("callyard_offers_total", "Offers made to agents.", node.offers),
            counter("callyard_repairs_total", "Repairs by the reconciler. The number to see is zero.", node.repairs),
            counter("callyard_sip_rejected_total", "SIP messages turned away.", node.sip_rejected),
            gauge("callyard_legs", "Legs of callers and agents.", node.legs),
            gauge("callyard_rtp_ports", "UDP ports for plain sound in use.", node.rtp_ports),
            gauge("callyard_sip_dialogs", "SIP dialogs.", node.sip_dialogs),
            gauge(
                "callyard_sip_transactions",
                "SIP transactions; each is kept 5 to 32 seconds after its answer.",
                node.sip_transactions,
            ),
        ];
        let mut page = String::with_capacity(8 * 1024);
        of_the_node.iter().for_each(|line| line.write(&mut page));
        write_trunks(&mut page, node.trunks);
        sound_metrics::write(&mut page, &node.sound);
        self.counters.write(&mut page);
        page
    }
}

/// One gauge for each state of the trunks that carry calls out.
fn write_trunks(page: &mut String, trunks: TrunkCounts) {
    let name = "callyard_trunks";
    let mut lines = format!("# HELP {name} Trunks that carry calls out, by state.\n# TYPE {name} gauge\n");
    for (condition, count) in trunks.each() {
        let state = condition.word();
        writeln!(lines, "{name}{{state=\"{state}\"}} {count}").expect("writing to a String does not fail");
    }
    page.push_str(&lines);
}

/// One figure of the page.
struct Line {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    value: u64,
}

impl Line {
    fn write(&self, page: &mut String) {
        let Line { name, kind, help, value } = self;
        writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}")
            .expect("writing to a String does not fail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_counters_and_figures() {
        let metrics = MetricsHandle::default();
        metrics.sip_shed.add(3);
        let trunks = TrunkCounts([0, 0, 3, 0, 0, 1]);
        let page = metrics.render(&NodeFigures { calls: 2, trunks, ..NodeFigures::default() });
        assert!(page.contains("\ncallyard_sip_shed_total 3\n"), "{page}");
        assert!(page.contains("\ncallyard_calls 2\n"), "{page}");
        for (state, count) in [("registered", 3), ("refused", 0), ("unreachable", 1)] {
            assert!(page.contains(&format!("\ncallyard_trunks{{state=\"{state}\"}} {count}\n")), "{page}");
        }
    }
}
