//! A telephone without a case: real SIP by UDP and real RTP from sockets of its
//! own on the loopback. The demo's customers and the doctor call with it. It is
//! a carrier's side: it calls, and where it is told to, it answers whoever calls.

mod exchange;

use exchange::{Exchange, Order};
use media::SoundId;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Calls of one virtual telephone at once.
pub const LINES: usize = 50;
/// How long a call to an answering telephone rings.
const RINGS: Duration = Duration::from_secs(2);
/// How long an answering telephone listens before it hangs up by itself.
const LISTENS: Duration = Duration::from_secs(120);
/// Orders and events that may wait.
const WAITING: usize = 256;

/// Takes the samples that a line hears (8 kHz, one channel).
pub type Ear = Arc<dyn Fn(&[i16]) + Send + Sync>;

/// The telephone. All its lines end when it is stopped.
pub struct VirtualPhone {
    orders: mpsc::Sender<Order>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// Makes calls on a telephone. Cheap to clone.
#[derive(Clone)]
pub struct Dialer {
    orders: mpsc::Sender<Order>,
}

/// One call. Dropping it hangs up.
pub struct Line {
    number: u64,
    orders: mpsc::Sender<Order>,
    events: mpsc::Receiver<LineEvent>,
}

/// Whom to call, and as whom.
#[derive(Debug, Clone)]
pub struct Dial {
    /// The caller's number.
    pub caller: String,
    /// The called number.
    pub called: String,
}

/// What happens on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineEvent {
    /// The other side rings or sends early media.
    Ringing,
    /// The other side answered; sound flows.
    Answered,
    /// The first sound of the other side arrived.
    FirstSound,
    /// The call is over, or never came to be; in words.
    Ended(String),
}

impl VirtualPhone {
    /// Starts a telephone at `own` that calls through the server at `server`. Nobody can call it.
    pub async fn start(own: IpAddr, server: SocketAddr) -> io::Result<VirtualPhone> {
        VirtualPhone::open((own, server), None).await
    }

    /// The same, but it takes what the server calls: it rings a little, then says `greeting` over and over.
    pub async fn start_answering(own: IpAddr, server: SocketAddr, greeting: SoundId) -> io::Result<VirtualPhone> {
        VirtualPhone::open((own, server), Some(greeting)).await
    }

    async fn open(ends: (IpAddr, SocketAddr), greeting: Option<SoundId>) -> io::Result<VirtualPhone> {
        let (orders, inbox) = mpsc::channel(WAITING);
        let exchange = Exchange::open(ends, greeting, inbox).await?;
        let address = exchange.address();
        let task = tokio::spawn(exchange.run());
        Ok(VirtualPhone { orders, address, task })
    }

    /// Where the server reaches it, by UDP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What makes calls.
    pub fn dialer(&self) -> Dialer {
        Dialer { orders: self.orders.clone() }
    }

    /// Hangs up all lines and ends the telephone.
    pub async fn stop(self) {
        let VirtualPhone { orders, task, .. } = self;
        // A telephone that failed needs no telling.
        let _ = orders.send(Order::Stop).await;
        drop(orders);
        let _ = task.await;
    }
}

impl Dialer {
    /// Makes a sound known, to play it on a line.
    pub async fn load(&self, sound: SoundId, samples: &[i16]) {
        let _ = self.orders.send(Order::Load { sound, samples: samples.into() }).await;
    }

    /// Calls. The line says what comes of it; `None` when the telephone has stopped.
    pub async fn dial(&self, dial: Dial) -> Option<Line> {
        let (sender, events) = mpsc::channel(WAITING);
        let (placed, number) = tokio::sync::oneshot::channel();
        self.orders.send(Order::Dial { dial, events: sender, placed }).await.ok()?;
        Some(Line { number: number.await.ok()?, orders: self.orders.clone(), events })
    }
}

impl Line {
    /// The next thing that happens.
    pub async fn event(&mut self) -> LineEvent {
        self.events.recv().await.unwrap_or_else(|| LineEvent::Ended("the telephone has stopped".into()))
    }

    /// Waits for the answer. `Err` says why none came.
    pub async fn answered(&mut self) -> Result<(), String> {
        loop {
            match self.event().await {
                LineEvent::Answered => return Ok(()),
                LineEvent::Ended(why) => return Err(why),
                LineEvent::Ringing | LineEvent::FirstSound => {}
            }
        }
    }

    /// Waits for the end.
    pub async fn ended(&mut self) -> String {
        loop {
            match self.event().await {
                LineEvent::Ended(why) => return why,
                LineEvent::Answered | LineEvent::Ringing | LineEvent::FirstSound => {}
            }
        }
    }

    /// Presses keys (RFC 4733).
    pub async fn press(&self, digits: &str) {
        self.order(Order::Press { line: self.number, digits: digits.to_owned() }).await;
    }

    /// Says a sound over and over, in place of what it says now.
    pub async fn say(&self, sound: SoundId) {
        self.order(Order::Say { line: self.number, sound }).await;
    }

    /// Hands everything that the line hears from now on to `ear`.
    pub async fn listen(&self, ear: Ear) {
        self.order(Order::Listen { line: self.number, ear }).await;
    }

    /// Hangs up; [`Line::ended`] tells when that is done.
    pub async fn hang_up(&self) {
        self.order(Order::HangUp { line: self.number }).await;
    }

    async fn order(&self, order: Order) {
        // A telephone that has stopped has no lines any more; `event` says so.
        let _ = self.orders.send(order).await;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // When the orders' channel is full the call lasts until the telephone stops.
        let _ = self.orders.try_send(Order::HangUp { line: self.number });
    }
}
