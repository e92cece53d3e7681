//! What the doctor prints: a line for each step with its time, or where it
//! failed and what to look at.

use std::time::Instant;

/// Where it failed and what to look at.
#[derive(Debug)]
pub struct Trouble {
    /// What did not happen.
    pub what: String,
    /// What to look at.
    pub check: &'static str,
}

/// Names what to look at when a step fails.
pub trait OrCheck<T> {
    /// Wraps the error.
    fn or_check(self, what: &str, check: &'static str) -> Result<T, Trouble>;
}

impl<T, E: std::fmt::Display> OrCheck<T> for Result<T, E> {
    fn or_check(self, what: &str, check: &'static str) -> Result<T, Trouble> {
        self.map_err(|error| Trouble { what: format!("{what}: {error}"), check })
    }
}

/// Prints as it goes.
pub struct Report {
    begun: Instant,
    step: Instant,
}

impl Report {
    /// The clock starts.
    pub fn start() -> Report {
        let now = Instant::now();
        println!("Callyard doctor: one call, from the carrier's side to the agent's ear and back");
        Report { begun: now, step: now }
    }

    /// A step is done; the next one begins.
    pub fn done(&mut self, what: &str) {
        let now = Instant::now();
        println!("  ok   {:>6} ms  {what}", now.duration_since(self.step).as_millis());
        self.step = now;
    }

    /// The end, well.
    pub fn all_well(&self) {
        println!("All is well ({} ms).", self.begun.elapsed().as_millis());
    }

    /// The end, not well.
    pub fn failed(&self, trouble: &Trouble) {
        println!("  FAIL {:>6} ms  {}", self.step.elapsed().as_millis(), trouble.what);
        println!("         check:    {}", trouble.check);
    }
}
