//! `callyard doctor`: places a call through the running server, as a caller
//! with real SIP and RTP and as an agent with a real WebRTC leg, and measures
//! sound both ways. The server only prepares an account for it; everything
//! measured goes through the same doors that customers and agents use.

mod agent;
mod browser;
mod http_client;
mod report;
mod session;
mod tone;
mod walk;

pub use session::routes;

use report::Report;
use std::path::Path;

/// Examines the server that runs on a data folder. Prints every step; true if all is well.
pub async fn run(data: &Path) -> bool {
    let mut report = Report::start();
    match walk::walk(data, &mut report).await {
        Ok(()) => {
            report.all_well();
            true
        }
        Err(trouble) => {
            report.failed(&trouble);
            false
        }
    }
}
