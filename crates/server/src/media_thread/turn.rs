//! The turns of the media thread: wait, take datagrams and commands, let the
//! engine do what is due, send what it wants, wait again.

use super::Message;
use super::sockets::{Ready, Rest, Sockets};
use media::{Command, Engine, EngineConfig, Event, LegFailure, RecordingBlock, Reports, Socket};
use mio::Token;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

/// Commands done in one turn, so that sound never waits for a flood of them.
const COMMANDS_A_TURN: usize = 256;

/// Batches taken from one socket in one turn, for the same reason.
const BATCHES_A_TURN: usize = 16;

/// Who hears of what happens.
pub struct Ears {
    pub events: Box<dyn Fn(Event) + Send>,
    pub recordings: Box<dyn Fn(RecordingBlock) + Send>,
}

/// The thread's state.
pub struct Turner {
    engine: Engine,
    origin: Instant,
    sockets: Sockets,
    ears: Ears,
    /// Sockets that were not emptied in the last turn; the poll will not name
    /// them again.
    unfinished: Vec<Token>,
}

/// Whether there is another turn.
#[derive(PartialEq, Eq)]
enum Next {
    /// Wait for something to happen.
    Wait,
    /// Commands are left: do not wait.
    GoOn,
    /// The owner wants the thread to end, or is gone.
    Stop,
}

impl Turner {
    pub fn new(config: EngineConfig, sockets: Sockets, ears: Ears) -> Turner {
        Turner { origin: config.origin, engine: Engine::new(config), sockets, ears, unfinished: Vec::new() }
    }

    /// Turns until it is told to stop; then ends what is open in good order.
    pub fn run(mut self, commands: &Receiver<Message>) {
        let mut ready = Ready { commands: false, sockets: Vec::new() };
        let mut next = Next::Wait;
        while next != Next::Stop {
            let at_most = self.sleep(&next);
            if let Err(error) = self.sockets.wait(at_most, &mut ready) {
                // Nothing can be heard any more. Whoever needs the thread must hear of that.
                panic!("the media thread cannot wait for its sockets: {error}");
            }
            ready.sockets.append(&mut self.unfinished);
            for token in ready.sockets.drain(..) {
                self.take_datagrams(token);
            }
            // Reading an empty channel costs nothing, and a lost wake-up is
            // made good here.
            next = self.take_commands(commands);
            let now = self.now();
            if self.engine.poll_timeout().is_some_and(|due| due <= now) {
                self.engine.handle_timeout(now);
                self.drain();
            }
            self.sockets.flush();
        }
        self.engine.shut(self.now());
        self.drain();
        self.sockets.flush();
    }

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    fn sleep(&self, next: &Next) -> Option<Duration> {
        if *next == Next::GoOn || !self.unfinished.is_empty() {
            return Some(Duration::ZERO);
        }
        let now = self.now();
        self.engine.poll_timeout().map(|due| due.saturating_sub(now))
    }

    fn take_datagrams(&mut self, token: Token) {
        for _ in 0..BATCHES_A_TURN {
            let Some(batch) = self.sockets.receive(token) else {
                return; // The leg was closed in this turn.
            };
            let now = self.now();
            for index in 0..batch.count {
                if let Some((from, bytes)) = self.sockets.datagram(index) {
                    self.engine.receive(batch.socket, from, bytes, now);
                }
            }
            self.drain();
            if !batch.more {
                return;
            }
        }
        self.unfinished.push(token);
    }

    fn take_commands(&mut self, commands: &Receiver<Message>) -> Next {
        for _ in 0..COMMANDS_A_TURN {
            match commands.try_recv() {
                Ok(Message::Do(command)) => self.command(command),
                Ok(Message::Stop) | Err(TryRecvError::Disconnected) => return Next::Stop,
                Err(TryRecvError::Empty) => return Next::Wait,
            }
        }
        Next::GoOn
    }

    fn command(&mut self, command: Command) {
        if let Command::OpenPlain { leg, port, params } = &command {
            if self.sockets.open(Socket::Plain(*leg), *port).is_err() {
                let cause = LegFailure::PortTaken;
                (self.ears.events)(Event::LegFailed { leg: *leg, cause });
                return;
            }
            match (params.transport.reports, port.checked_add(1)) {
                (Reports::Apart(_), Some(next)) => {
                    // If another program has it, the call goes on without reports.
                    let _better_than_no_call = self.sockets.open(Socket::Reports(*leg), next);
                }
                (Reports::Muxed, _) | (Reports::Apart(_), None) => {}
            }
        }
        self.engine.command(command, self.now());
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match self.sockets.obey(output) {
                None => {}
                Some(Rest::Event(event)) => (self.ears.events)(event),
                Some(Rest::Recording(block)) => (self.ears.recordings)(block),
            }
        }
    }
}
