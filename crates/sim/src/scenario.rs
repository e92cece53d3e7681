//! What kind of world it is: how many callers and agents, how bad the network,
//! how often the power fails.

use std::time::Duration;

/// A kind of world.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// How long callers keep calling.
    pub lasts: Duration,
    /// Agents; the first half in one group, all in the other.
    pub agents: u64,
    /// Callers who come one by one, on average an hour.
    pub callers_an_hour: f64,
    /// Callers who come all at once, one second after the agents are ready.
    pub rush: u64,
    /// How often a datagram is lost.
    pub loss: f64,
    /// How often a datagram comes twice.
    pub duplicates: f64,
    /// How often an hour the node dies and starts again.
    pub crashes_an_hour: f64,
    /// How often an hour an administrator changes something.
    pub changes_an_hour: f64,
    /// How often an hour a supervisor ends a call.
    pub hang_ups_an_hour: f64,
    /// How often an hour the node drains, stops in good order, and starts again.
    pub stops_an_hour: f64,
    /// How often an hour the whole application is removed for a while.
    pub closures_an_hour: f64,
    /// How often an hour a connection is closed that no call uses.
    pub strangers_an_hour: f64,
    /// How often an agent who is free calls somebody out, from 0 to 1.
    pub calls_out: f64,
    /// How people are.
    pub people: People,
    /// Whether what happens is written down line by line.
    pub trace: Trace,
}

/// How people are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum People {
    /// They hesitate, press wrong keys, reload pages, walk away.
    Human,
    /// Callers press the right key and wait; agents answer.
    Patient,
}

/// Whether what happens is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// No.
    Off,
    /// Line by line.
    On,
}

impl Scenario {
    /// An ordinary bad hour.
    pub fn hour() -> Scenario {
        Scenario {
            lasts: Duration::from_secs(3_600),
            agents: 6,
            callers_an_hour: 180.0,
            rush: 0,
            loss: 0.02,
            duplicates: 0.02,
            crashes_an_hour: 0.7,
            changes_an_hour: 12.0,
            hang_ups_an_hour: 10.0,
            stops_an_hour: 0.4,
            closures_an_hour: 0.3,
            strangers_an_hour: 2.0,
            calls_out: 0.25,
            people: People::Human,
            trace: Trace::Off,
        }
    }

    /// The same hour, but nobody changes, stops or breaks anything.
    fn undisturbed() -> Scenario {
        Scenario {
            crashes_an_hour: 0.0,
            changes_an_hour: 0.0,
            hang_ups_an_hour: 0.0,
            stops_an_hour: 0.0,
            closures_an_hour: 0.0,
            strangers_an_hour: 0.0,
            calls_out: 0.0,
            ..Scenario::hour()
        }
    }

    /// A hundred calls at once for two agents.
    pub fn rush() -> Scenario {
        Scenario {
            lasts: Duration::from_secs(600),
            agents: 2,
            callers_an_hour: 0.0,
            rush: 100,
            ..Scenario::undisturbed()
        }
    }

    /// A quiet world in which everything goes well.
    pub fn fair_weather() -> Scenario {
        Scenario {
            lasts: Duration::from_secs(1_800),
            callers_an_hour: 60.0,
            loss: 0.0,
            duplicates: 0.0,
            people: People::Patient,
            ..Scenario::undisturbed()
        }
    }
}
