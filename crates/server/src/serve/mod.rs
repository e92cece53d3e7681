//! Puts the server together, waits for a signal, and takes it apart again in
//! the order that loses nothing: calls, journal, recordings, database.

mod alive;
mod files;
mod housekeeping;
mod parts;
mod ports;

pub use files::{Addresses, Runtime};
pub use ports::Port;

use crate::config::Config;
use crate::control::{ControlHandle, ControlInput};
use crate::data_folder::DataFolder;
use crate::http::listener::{self, ConnectionLimits};
use parts::{Parts, Storage};
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;
use store::Store;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long the database may take to get the last entries when the server
/// stops. What is left stays in the spool for the next start.
const LAST_SHIPMENT: Duration = Duration::from_secs(5);
/// How long control and HTTP may take to end.
const LAST_ANSWERS: Duration = Duration::from_secs(3);

/// What to serve.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// The configuration.
    pub config: Config,
    /// The data folder.
    pub data: PathBuf,
    /// Whether to make the demo application and its virtual carrier.
    pub demo: bool,
}

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub struct ServeError {
    /// What was being done.
    pub what: &'static str,
    /// What went wrong, and what to do.
    pub why: String,
}

/// Names what was being done when something failed.
pub(crate) trait While<T> {
    /// Wraps the error.
    fn when(self, what: &'static str) -> Result<T, ServeError>;
}

impl<T, E: Display> While<T> for Result<T, E> {
    fn when(self, what: &'static str) -> Result<T, ServeError> {
        self.map_err(|error| ServeError { what, why: error.to_string() })
    }
}

/// A running server.
pub struct Server {
    addresses: Addresses,
    parts: Parts,
    http: JoinHandle<()>,
    stop_http: oneshot::Sender<()>,
    folder: DataFolder,
    drain: Duration,
}

/// Runs the server until SIGTERM or SIGINT.
pub async fn run(options: ServeOptions) -> Result<(), ServeError> {
    let mut signals = Signals::new().when("waiting for signals")?;
    let server = Server::start(options).await?;
    let Addresses { http_url, sip_address, .. } = &server.addresses;
    tracing::info!(http_url, sip_address, "Callyard is ready");
    eprintln!("Callyard is ready: {http_url}  (SIP: {sip_address})");
    signals.next().await;
    tracing::info!("stopping: new calls are refused, calls in progress may end");
    server.stop(signals).await;
    tracing::info!("stopped");
    Ok(())
}

impl Server {
    /// Starts everything. When it returns, calls are taken.
    pub async fn start(options: ServeOptions) -> Result<Server, ServeError> {
        let ServeOptions { config, data, demo } = options;
        // A folder that was made for a start that then fails would look like a server's.
        let new = !data.exists();
        if new {
            ports::try_all(&config).when("opening the ports")?;
        }
        let folder = DataFolder::open(&data).when("opening the data folder (--data)")?;
        if !new {
            // Only now: that a server runs on this folder says more than that its ports are taken.
            ports::try_all(&config).when("opening the ports")?;
        }
        let storage = Storage::open(&folder, &config).await?;
        let facts = if demo {
            Some(crate::demo::prepare(&storage.store, &folder.demo()).await?)
        } else {
            files::first_operator(&storage.store, &folder).await?;
            None
        };
        let parts = Parts::start(storage, &folder, &config).await?;
        let listener = tokio::net::TcpListener::bind(config.http.listen)
            .await
            .map_err(|error| Port::Http.closed(config.http.listen, &error))
            .when("opening the HTTP port")?;
        let listen = listener.local_addr().when("opening the HTTP port")?;
        let addresses = Addresses::new(&config, listen, &parts);
        let runtime = Runtime::new(&addresses);
        let demo_handle = match facts {
            Some(facts) => Some(parts.start_demo(facts, &addresses, &folder).await?),
            None => None,
        };
        let router = parts.router((&config, &addresses), &runtime, &folder, demo_handle);
        let (stop_http, stopped) = oneshot::channel::<()>();
        let trusted_proxies = config.http.trusted_proxies.clone();
        let limits = (ConnectionLimits { trusted_proxies, ..ConnectionLimits::default() }, parts.metrics());
        let http = tokio::spawn(async move {
            // A dropped sender means the same: stop.
            listener::serve(listener, router, limits, async move { drop(stopped.await) }).await;
        });
        runtime.write(&folder).when("writing runtime.json")?;
        Ok(Server { addresses, parts, http, stop_http, folder, drain: config.sip.drain })
    }

    /// Where it can be reached.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Its store.
    pub fn store(&self) -> &Store {
        &self.parts.store
    }

    /// Its call control.
    pub fn control(&self) -> &ControlHandle {
        &self.parts.control
    }

    /// Stops: refuses new calls, lets those in progress end for a while (or
    /// until `impatience` says something), ends the rest, and brings everything to disk.
    pub async fn stop(self, mut impatience: impl Impatience) {
        let Server { addresses: _, parts, http, stop_http, folder, drain } = self;
        parts.stop_demo().await;
        // A control thread that is gone has nothing to drain.
        let _ = parts.control.inputs().send(ControlInput::Drain).await;
        tokio::select! {
            () = no_calls(&parts.control) => {}
            () = tokio::time::sleep(drain) => tracing::warn!("calls are still in progress; they are ended now"),
            () = impatience.hurry() => tracing::warn!("asked again; calls in progress are ended now"),
        }
        parts.stop_control().await;
        let _ = stop_http.send(());
        let abort = http.abort_handle();
        if tokio::time::timeout(LAST_ANSWERS, http).await.is_err() {
            abort.abort();
        }
        parts.stop_rest().await;
        if let Err(error) = std::fs::remove_file(folder.runtime()) {
            tracing::debug!(%error, "runtime.json was gone already");
        }
    }
}

async fn no_calls(control: &ControlHandle) {
    while control.try_figures().await.is_some_and(|figures| figures.calls > 0) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Someone who may not want to wait for calls to end.
pub trait Impatience {
    /// Resolves when the waiting should end; may never do.
    fn hurry(&mut self) -> impl Future<Output = ()> + Send;
}

/// Waits for no call at all.
pub struct AtOnce;

impl Impatience for AtOnce {
    async fn hurry(&mut self) {}
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

impl Impatience for Signals {
    async fn hurry(&mut self) {
        self.next().await;
    }
}
