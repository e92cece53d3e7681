//! The control thread itself: takes inputs, lets the node handle them, makes
//! what they wrote durable with one fsync for all of them, and only then lets
//! their effects out. It decides nothing about calls.

use super::effects::{Batch, Effect, Effects};
use super::input::ControlInput;
use super::ledger::Ledger;
use crate::clock::Clock;
use centre::node::{Input, Node};
use centre::{SdkAppId, StaffId};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Inputs that share one fsync. More would only add to the time that the first
/// of them waits.
const BATCH: usize = 256;
/// How long the last BYEs have to be answered when the server stops.
const LAST_WORDS: Duration = Duration::from_millis(800);

/// What the thread is made of.
pub struct ControlThread {
    /// Call control.
    pub node: Node,
    /// The clocks.
    pub clock: Clock,
    /// What happens.
    pub inputs: mpsc::Receiver<ControlInput>,
    /// What must survive.
    pub ledger: Ledger,
    /// What goes out.
    pub effects: Effects,
}

enum Wake {
    Input(ControlInput),
    Time,
    Closed,
}

impl ControlThread {
    /// Starts the thread. A panic in it ends the whole process: the journal
    /// knows every call, and the next start ends them properly, which no
    /// half-dead process could.
    pub fn start(self) -> std::io::Result<std::thread::JoinHandle<()>> {
        std::thread::Builder::new().name("control".into()).spawn(move || {
            let _guard = AbortOnPanic("control");
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .expect("a runtime with timers only needs no resource of the system");
            runtime.block_on(Running { thread: self, next_ticket: 1, stopping: None }.run());
        })
    }
}

/// The thread, running.
struct Running {
    thread: ControlThread,
    next_ticket: u64,
    /// When the thread ends, and whom to tell.
    stopping: Option<(Duration, oneshot::Sender<()>)>,
}

impl Running {
    async fn run(mut self) {
        loop {
            let mut batch = Batch::default();
            match self.wait().await {
                Wake::Input(input) => self.take(input, &mut batch),
                Wake::Time => {}
                Wake::Closed => break,
            }
            for _ in 1..BATCH {
                match self.thread.inputs.try_recv() {
                    Ok(input) => self.take(input, &mut batch),
                    Err(_) => break,
                }
            }
            self.tick_if_due(&mut batch);
            self.release(batch);
            if self.stopping.as_ref().is_some_and(|(until, _)| self.thread.clock.mono() >= *until) {
                break;
            }
        }
        self.thread.ledger.close(self.thread.clock.mono());
        if let Some((_, done)) = self.stopping {
            // Whoever asked may have given up waiting; the thread ends all the same.
            let _ = done.send(());
        }
    }

    async fn wait(&mut self) -> Wake {
        let node = self.thread.node.poll_timeout().map(|(at, _)| at);
        let stop = self.stopping.as_ref().map(|(until, _)| *until);
        let Some(at) = [node, stop, self.thread.ledger.poll_timeout()].into_iter().flatten().min() else {
            return self.thread.inputs.recv().await.map_or(Wake::Closed, Wake::Input);
        };
        let left = at.saturating_sub(self.thread.clock.mono());
        match tokio::time::timeout(left, self.thread.inputs.recv()).await {
            Ok(input) => input.map_or(Wake::Closed, Wake::Input),
            Err(_) => Wake::Time,
        }
    }

    fn tick_if_due(&mut self, batch: &mut Batch) {
        let now = self.thread.clock.now();
        if self.thread.node.poll_timeout().is_some_and(|(at, _)| at <= now.mono) {
            self.handle(Input::Tick, batch);
        }
    }

    fn handle(&mut self, input: Input<'_>, batch: &mut Batch) {
        self.thread.node.handle(input, self.thread.clock.now());
        while let Some(output) = self.thread.node.poll_output() {
            batch.push(output);
        }
    }

    // tidy: table
    fn take(&mut self, input: ControlInput, batch: &mut Batch) {
        match input {
            // Taken: its place is free for the next one.
            ControlInput::Received { flow, bytes, place: _ } => {
                self.handle(Input::Received { flow, bytes: &bytes }, batch);
            }
            ControlInput::FlowClosed { flow, place: _ } => self.handle(Input::FlowClosed { flow }, batch),
            ControlInput::Media(event) => self.handle(Input::Media(event), batch),
            ControlInput::PageOpened { app, agent, page, messages } => {
                if self.thread.effects.pages.open((app, agent), page, messages) {
                    self.handle(Input::Page { app, agent, page, connected: true }, batch);
                    self.push_snapshot(app, agent, batch);
                }
            }
            ControlInput::PageLost { app, agent, page } => {
                self.thread.effects.pages.lost((app, agent), page);
                self.handle(Input::Page { app, agent, page, connected: false }, batch);
            }
            ControlInput::Desk { app, agent, command, answer } => {
                let ticket = self.ticket();
                self.thread.effects.answers.insert(ticket, answer);
                self.handle(Input::Desk { app, agent, ticket, command }, batch);
            }
            ControlInput::HangUp { app, call, answer } => {
                let ticket = self.ticket();
                self.thread.effects.answers.insert(ticket, answer);
                self.handle(Input::HangUpCall { app, call, ticket }, batch);
            }
            ControlInput::Floor { app, answer } => {
                let floor = self.thread.node.floor(app, self.thread.clock.now());
                batch.reply(answer, floor);
            }
            ControlInput::DeskState { app, agent, answer } => {
                let desk = self.thread.node.desk(app, agent, self.thread.clock.now());
                batch.reply(answer, desk);
            }
            ControlInput::TrunkStandings { app, answer } => {
                let standings = self.thread.node.trunk_standings(app);
                batch.reply(answer, standings);
            }
            ControlInput::Figures { answer } => {
                let figures = self.thread.node.figures();
                batch.reply(answer, figures);
            }
            ControlInput::Settings { app, settings, done } => {
                self.handle(Input::Settings { app, settings }, batch);
                batch.reply(done, ());
            }
            ControlInput::TrunkAddresses { trunk, flows } => {
                self.handle(Input::TrunkAddresses { trunk, flows }, batch);
            }
            ControlInput::Restore { journals, died_ms } => {
                self.handle(Input::Restore { journals, died_ms }, batch);
            }
            ControlInput::Drain => self.handle(Input::Drain, batch),
            ControlInput::Stop { done } => self.begin_to_stop(done, batch),
        }
    }

    /// A page that connects gets its whole world at once, whether or not it
    /// changed; once, if its coming changed it.
    fn push_snapshot(&mut self, app: SdkAppId, agent: StaffId, batch: &mut Batch) {
        let is_its_own =
            |effect: &Effect| matches!(effect, Effect::Desk { app: of, desk } if (*of, desk.agent) == (app, agent));
        if batch.effects.iter().any(is_its_own) {
            return;
        }
        if let Some(desk) = self.thread.node.desk(app, agent, self.thread.clock.now()) {
            batch.effects.push(Effect::Desk { app, desk: Box::new(desk) });
        }
    }

    fn begin_to_stop(&mut self, done: oneshot::Sender<()>, batch: &mut Batch) {
        let calls = self.thread.node.figures().calls;
        let pause = if calls == 0 { Duration::ZERO } else { LAST_WORDS };
        if calls > 0 {
            tracing::warn!(calls, "calls ended by the server's stop");
        }
        self.handle(Input::Stop, batch);
        self.stopping = Some((self.thread.clock.mono() + pause, done));
    }

    fn ticket(&mut self) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        ticket
    }

    /// Durable first, then visible.
    fn release(&mut self, batch: Batch) {
        let Batch { durable, effects } = batch;
        self.thread.ledger.append(durable, self.thread.clock.mono());
        for effect in effects {
            self.thread.effects.release(effect);
        }
    }
}

/// Ends the process when the thread that holds it unwinds. It names the thread.
pub struct AbortOnPanic(pub &'static str);

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let thread = self.0;
            tracing::error!(
                thread,
                "a thread that all calls need has failed; the process ends, and its next start settles its calls"
            );
            eprintln!("callyard: the {thread} thread failed; the process ends, and its next start settles its calls");
            std::process::abort();
        }
    }
}
