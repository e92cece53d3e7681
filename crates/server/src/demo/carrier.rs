//! The virtual carrier: customers who dial the demo's number, listen to the
//! welcome, press a key when the menu begins, and talk until somebody hangs up.
//! Whatever number the demo's agents call, one of these customers answers.

use super::sounds::{CUSTOMER, WELCOME};
use crate::http::{CallMe, DemoHandle};
use crate::luck;
use crate::virtual_phone::{Dial, Dialer, Line, VirtualPhone};
use centre::catalogue;
use media::SoundId;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Customers at once. A visitor who clicks faster is told so.
const CUSTOMERS: usize = 20;
/// What the customer says.
const SPEECH: SoundId = SoundId(1);
/// The room the customer stands in, until then.
const ROOM: SoundId = SoundId(2);
/// How long a customer hears the menu before pressing.
const THINKING: Duration = Duration::from_millis(1_500);
/// How long a key and the ear's rest after it take.
const AFTER_THE_KEY: Duration = Duration::from_secs(1);
/// How long a customer stays.
const PATIENCE: Duration = Duration::from_secs(120);

/// The running carrier.
pub struct Carrier {
    phone: VirtualPhone,
    number: String,
    free: Arc<Semaphore>,
}

impl Carrier {
    /// Starts the carrier toward a server that listens for SIP at `server`.
    pub async fn start(server: SocketAddr, number: String) -> io::Result<Carrier> {
        let server = match server.ip().is_unspecified() {
            true => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), server.port()),
            false => server,
        };
        let phone = VirtualPhone::start_answering(IpAddr::V4(Ipv4Addr::LOCALHOST), server, SPEECH).await?;
        phone.dialer().load(SPEECH, &CUSTOMER.samples()).await;
        phone.dialer().load(ROOM, &room()).await;
        Ok(Carrier { phone, number, free: Arc::new(Semaphore::new(CUSTOMERS)) })
    }

    /// Where the demo's calls out go, by UDP.
    pub fn gateway(&self) -> SocketAddr {
        self.phone.address()
    }

    /// What places a call.
    pub fn handle(&self) -> DemoHandle {
        let (dialer, number, free) = (self.phone.dialer(), self.number.clone(), self.free.clone());
        let runtime = tokio::runtime::Handle::current();
        Arc::new(move |call: CallMe| {
            let seat = free.clone().try_acquire_owned().map_err(|_| catalogue::TOO_MANY_CALLS)?;
            let customer = Customer { dialer: dialer.clone(), number: number.clone(), key: call.skill };
            runtime.spawn(async move {
                customer.live().await;
                drop(seat);
            });
            Ok(())
        })
    }

    /// Ends all customers.
    pub async fn stop(self) {
        self.phone.stop().await;
    }
}

struct Customer {
    dialer: Dialer,
    number: String,
    key: Option<char>,
}

impl Customer {
    async fn live(self) {
        let dial = Dial { caller: made_up_number(), called: self.number.clone() };
        let Some(mut line) = self.dialer.dial(dial).await else { return };
        if let Err(why) = line.answered().await {
            tracing::warn!(why, "the virtual customer was not answered");
            return;
        }
        let why = tokio::select! {
            why = line_and_life(&mut line, self.key) => why,
            () = tokio::time::sleep(PATIENCE) => "the customer has said everything".to_owned(),
        };
        tracing::info!(why, "a virtual customer's call is over");
        line.hang_up().await;
    }
}

/// The customer's part, until the other side hangs up.
async fn line_and_life(line: &mut Line, key: Option<char>) -> String {
    // A telephone sends sound from the first moment on, even when nobody speaks.
    line.say(ROOM).await;
    let key = key.unwrap_or(if luck::seed()[0].is_multiple_of(2) { '1' } else { '2' });
    let menu = tokio::time::sleep(Duration::from_millis(WELCOME.millis()) + THINKING);
    tokio::select! {
        why = line.ended() => return why,
        () = menu => {}
    }
    line.press(&key.to_string()).await;
    tokio::select! {
        why = line.ended() => return why,
        () = tokio::time::sleep(AFTER_THE_KEY) => {}
    }
    line.say(SPEECH).await;
    line.ended().await
}

/// A second of faint noise.
fn room() -> Vec<i16> {
    (0..250).flat_map(|_| luck::seed()).map(|byte| i16::from(byte % 33) - 16).collect()
}

/// A mobile number that looks like one: 138 and eight digits.
fn made_up_number() -> String {
    let digits: String = luck::seed().iter().take(8).map(|byte| char::from(b'0' + byte % 10)).collect();
    format!("0086138{digits}")
}
