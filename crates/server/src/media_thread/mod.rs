//! The media thread: one `media::Engine` and all its sockets. Packets go from
//! the kernel into the engine and out again without a hop, a lock or a log
//! line; commands come over a bounded channel, events leave by a callback.

pub mod kernel;
mod sockets;
mod turn;

use media::{Command, Event, RecordingBlock};
use mio::{Poll, Waker};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

/// Commands that may wait. The thread takes them within a millisecond; more
/// waiting means that it hangs, and piling up would only hide it.
const MAX_COMMANDS_WAITING: usize = 16_384;

/// Legs that one thread holds open: more than one core can relay.
const MAX_LEGS: usize = 8_192;

/// What a media thread is made of.
#[derive(Debug, Clone)]
pub struct MediaThreadConfig {
    /// The engine's luck; random in production.
    pub engine_seed: [u8; 32],
    /// The instant of `Duration::ZERO`.
    pub origin: Instant,
    /// The address that plain legs are bound to.
    pub bind: IpAddr,
    /// Where browsers are listened to; port 0 takes any free one.
    pub browser_listen: SocketAddr,
    /// The addresses that browsers are told.
    pub browser_addresses: Vec<IpAddr>,
    /// How long a leg may be silent before that is told.
    pub patience: media::Patience,
}

/// A running media thread.
pub struct MediaThread {
    browser_port: u16,
    sender: MediaSender,
    thread: JoinHandle<()>,
}

/// Sends commands to a media thread, from any thread.
#[derive(Clone)]
pub struct MediaSender {
    channel: SyncSender<Message>,
    waker: Arc<Waker>,
}

/// A command could not be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MediaGone {
    /// Too many commands wait; the thread does not keep up.
    #[error("the media thread does not keep up: {MAX_COMMANDS_WAITING} commands wait")]
    Busy,
    /// The thread has ended.
    #[error("the media thread has ended")]
    Ended,
}

enum Message {
    Do(Command),
    Stop,
}

/// Starts a media thread. `events` and `recordings` are called on it: they must
/// hand over and return, because sound waits for them.
pub fn start(
    config: MediaThreadConfig,
    events: impl Fn(Event) + Send + 'static,
    recordings: impl Fn(RecordingBlock) + Send + 'static,
) -> Result<MediaThread, io::Error> {
    // Without it there are fewer legs; a leg too many is told as such.
    let _as_many_as_allowed = kernel::raise_open_files();
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), sockets::WAKE)?);
    let shared = sockets::bind_shared(config.browser_listen)?;
    let browser_port = shared.local_addr()?.port();
    let (channel, commands) = sync_channel(MAX_COMMANDS_WAITING);
    let ears = turn::Ears { events: Box::new(events), recordings: Box::new(recordings) };
    let engine = media::EngineConfig {
        seed: config.engine_seed,
        origin: config.origin,
        browser_addresses: config
            .browser_addresses
            .iter()
            .map(|address| SocketAddr::new(*address, browser_port))
            .collect(),
        max_legs: MAX_LEGS,
        patience: config.patience,
    };
    let sockets = sockets::Sockets::new(poll, shared, config.bind)?;
    let thread = std::thread::Builder::new()
        .name("media".into())
        .spawn(move || turn::Turner::new(engine, sockets, ears).run(&commands))?;
    let sender = MediaSender { channel, waker };
    Ok(MediaThread { browser_port, sender, thread })
}

impl MediaThread {
    /// The UDP port that browsers are told.
    #[must_use]
    pub fn browser_port(&self) -> u16 {
        self.browser_port
    }

    /// A way to send commands.
    #[must_use]
    pub fn sender(&self) -> MediaSender {
        self.sender.clone()
    }

    /// Ends the thread; commands sent before are still done.
    pub fn stop(self) {
        // A thread that takes no message has ended or hangs; waiting for the
        // latter would hang the stop too.
        if self.sender.pass(Message::Stop).is_ok() {
            let _panicked_before = self.thread.join();
        }
    }
}

impl MediaSender {
    /// Hands a command over and wakes the thread. It never waits.
    pub fn send(&self, command: Command) -> Result<(), MediaGone> {
        self.pass(Message::Do(command))
    }

    fn pass(&self, message: Message) -> Result<(), MediaGone> {
        self.channel.try_send(message).map_err(|refused| match refused {
            TrySendError::Full(_) => MediaGone::Busy,
            TrySendError::Disconnected(_) => MediaGone::Ended,
        })?;
        // If the wake-up fails, the thread still finds the command at its next
        // turn: at most a fifth of a second later, while any leg is open.
        let _best_effort = self.waker.wake();
        Ok(())
    }
}
