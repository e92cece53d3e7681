//! The log: text for people or one JSON object a line, on standard error. A
//! panic of any thread is a line of it too.

use crate::config::{LogConfig, LogFormat};
use std::io::IsTerminal;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, filter};

/// Starts the log. Libraries speak from `warn` on: their `info` is not about
/// calls, and some write addresses of people into it.
pub fn start(config: &LogConfig) {
    let level = LevelFilter::from_level(config.level);
    let libraries = level.min(LevelFilter::WARN);
    let ours = filter::Targets::new()
        .with_default(libraries)
        .with_target("server", level)
        .with_target("callyard", level)
        .with_target("store", level);
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let layer = match config.format {
        LogFormat::Text => lines.with_target(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // A second start (two servers in one test process) keeps the first log.
    let _ = tracing_subscriber::registry().with(layer.with_filter(ours)).try_init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        let said = panic.payload_as_str().unwrap_or("no text");
        tracing::error!(thread, place, said, "a thread failed");
    }));
}
