//! The threads and tasks of a running server, started in the order in which
//! they need one another, and stopped in the reverse.

use super::files::{Addresses, Runtime, reachable};
use super::{LAST_ANSWERS, LAST_SHIPMENT, ServeError, While, alive, housekeeping};
use crate::clock::Clock;
use crate::config::Config;
use crate::control::effects::Effects;
use crate::control::ledger::{Ledger, Shipper, blocking};
use crate::control::pages::Pages;
use crate::control::thread::AbortOnPanic;
use crate::control::{ControlHandle, ControlInput, ControlThread, INPUTS, ToMedia};
use crate::data_folder::DataFolder;
use crate::demo::{self, Facts};
use crate::gateways::Gateways;
use crate::gateways::resolver::{Family, Resolver};
use crate::http::{AppState, DemoHandle, HttpSettings};
use crate::media_thread::{self, MediaThread, MediaThreadConfig};
use crate::metrics::MetricsHandle;
use crate::recording_writer::{self, RecordingDesk, RecordingThread};
use crate::sip_sockets::web_socket::Gate;
use crate::sip_sockets::{Bound, KnownAs, SipListen, SipSender, SipSockets, Timing};
use crate::{doctor, luck};
use centre::journal::JournalEntry;
use centre::node::{Node, NodeConfig, NodeFigures};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use store::recordings::{self, Mended, RecordingPaths};
use store::spool::{Position, Spool};
use store::{KeyFile, Store};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// What was stored, opened and put in order.
pub(super) struct Storage {
    /// The database.
    pub store: Store,
    spool: Spool,
    at: Position,
    /// Calls that were in progress when the last process died.
    unfinished: Vec<Vec<JournalEntry>>,
    /// Recordings that could not be finished yet.
    recordings: Vec<RecordingPaths>,
    /// When that process was last alive.
    died_ms: Option<i64>,
    metrics: MetricsHandle,
}

impl Storage {
    /// Opens the database and the spool, brings the one up to the other, and
    /// finishes recordings that a crash left behind.
    pub async fn open(folder: &DataFolder, config: &Config) -> Result<Storage, ServeError> {
        let metrics = MetricsHandle::default();
        let key = KeyFile::open(&folder.key()).when("reading the key file")?;
        let database = config.database.clone().unwrap_or_else(|| folder.database());
        let store = Store::open(&database, &key).await.when("opening the database (store.database)")?;
        let dir = folder.spool();
        let opened = blocking(move || Spool::open(&dir)).await.when("opening the spool")?;
        if opened.torn_bytes > 0 {
            tracing::warn!(
                bytes = opened.torn_bytes,
                "the spool ended in half an entry that was never confirmed; it was cut off"
            );
        }
        let at = Position(opened.from.0 + opened.waiting);
        let mut shipper =
            Shipper { spool: opened.spool.clone(), store: store.clone(), at: opened.from, metrics: metrics.clone() };
        shipper.ship_once(at).await.when("bringing the spool into the database")?;
        let recordings = mend_recordings(&store, folder).await?;
        let unfinished = store.unfinished_journals().await.when("reading the journals of unfinished calls")?;
        // Before this run writes its own.
        let died_ms = alive::read(&folder.alive());
        Ok(Storage { store, spool: opened.spool, at, unfinished, recordings, died_ms, metrics })
    }
}

/// Finishes what the last run left; gives what has to wait, for want of room.
async fn mend_recordings(store: &Store, folder: &DataFolder) -> Result<Vec<RecordingPaths>, ServeError> {
    let mut unfinished = Vec::new();
    let dir = folder.recordings();
    for mended in blocking(move || recordings::mend(&dir)).await.when("finishing recordings of the last run")? {
        match mended {
            Mended::Finished(row) => {
                tracing::warn!(recording = %row.recording, "a recording that the last run left open was finished");
                store.put_recording(&row).await.when("cataloguing a finished recording")?;
                recording_writer::settle(folder.recordings(), row).await;
            }
            Mended::Failed { segment, error } => {
                tracing::error!(segment = %segment.display(), %error, "a recording could not be finished; it is tried again every minute");
                unfinished.push(RecordingPaths::of_segment(&segment));
            }
            Mended::Unreadable { file } => {
                tracing::error!(file = %file.display(), "a recording cannot be read and was put aside");
            }
        }
    }
    Ok(unfinished)
}

/// Everything that runs, except HTTP.
pub(super) struct Parts {
    pub store: Store,
    pub control: ControlHandle,
    /// As bound; carriers may know us by another address.
    pub sip_bound: Bound,
    sip: SipSender,
    metrics: MetricsHandle,
    control_thread: Mutex<Option<std::thread::JoinHandle<()>>>,
    media: MediaThread,
    recordings: RecordingThread,
    shipper: JoinHandle<()>,
    catalogue: JoinHandle<()>,
    housekeeping: JoinHandle<()>,
    alive: JoinHandle<()>,
    demo: Mutex<Option<demo::Carrier>>,
}

impl Parts {
    /// Starts everything and puts all applications' settings in force.
    pub async fn start(storage: Storage, folder: &DataFolder, config: &Config) -> Result<Parts, ServeError> {
        let Storage { store, spool, at, unfinished, recordings, died_ms, metrics } = storage;
        let clock = Clock::start();
        let (inputs, inbox) = mpsc::channel(INPUTS);
        let (rows, catalogue) = recording_writer::catalogue(store.clone(), folder.recordings(), metrics.clone());
        let desk = RecordingDesk { dir: folder.recordings(), rows, metrics: metrics.clone(), unfinished: recordings };
        let recordings = RecordingThread::start(desk).when("starting the recording writer")?;
        let blocks = recordings.blocks();
        let events = media_events(inputs.clone(), metrics.clone());
        let media = media_thread::start(media_config(config, clock), events, move |block| blocks.push(block))
            .when("starting the media thread")?;
        let sender = media.sender();
        let to_media: ToMedia = Arc::new(move |command| {
            if let Err(error) = sender.send(command) {
                tracing::error!(%error, "a command for the media thread is lost");
            }
        });
        let sockets = SipSockets::open(sip_listen(config), inputs.clone(), metrics.clone());
        let sockets = sockets.await.when("opening the SIP ports")?;
        let (sip_bound, sip) = (sockets.bound(), sockets.sender());
        let control = ControlHandle::new(inputs.clone(), store.clone(), to_media.clone());
        look_up_gateways(&control, config, sip.clone());
        let writes = spool.clone();
        let (ledger, spooled) = Ledger::new(Box::new(move |items| writes.append(items)), at, metrics.clone());
        let shipper = Shipper { spool, store: store.clone(), at, metrics: metrics.clone() };
        let shipper = tokio::spawn(shipper.run(spooled));
        let effects = Effects {
            sip: sip.clone(),
            to_media,
            recordings: recordings.notes(),
            pages: Pages::new(metrics.clone()),
            answers: BTreeMap::new(),
            metrics: metrics.clone(),
        };
        let node = Node::new(node_config(config), clock.now());
        let thread = ControlThread { node, clock, inputs: inbox, ledger, effects };
        let control_thread = Mutex::new(Some(thread.start().when("starting call control")?));
        if !unfinished.is_empty() {
            tracing::warn!(calls = unfinished.len(), "calls of the last run are ended now");
        }
        // Nothing else speaks to a thread that has just started; it takes this first.
        let _ = inputs.send(ControlInput::Restore { journals: unfinished, died_ms }).await;
        for application in store.applications().await.when("reading the applications")? {
            control.settings_changed(application.id).await.when("putting an application's settings in force")?;
        }
        // Only now: a call that came before its trunk's settings would be refused.
        sockets.start();
        let housekeeping = housekeeping::start(store.clone());
        // The settings are in force, so that the thread has ended the last run's calls by now.
        let alive = alive::start(folder.alive());
        let demo = Mutex::new(None);
        Ok(Parts {
            store,
            control,
            sip_bound,
            sip,
            metrics,
            control_thread,
            media,
            recordings,
            shipper,
            catalogue,
            housekeeping,
            alive,
            demo,
        })
    }

    /// Starts the demo's virtual carrier and writes `demo.json`.
    pub async fn start_demo(
        &self,
        facts: Facts,
        addresses: &Addresses,
        folder: &DataFolder,
    ) -> Result<DemoHandle, ServeError> {
        facts.write(addresses, &folder.demo()).when("writing demo.json")?;
        facts.announce(addresses, &folder.demo());
        let carrier = demo::Carrier::start(reachable(self.sip_bound.udp), facts.number.clone())
            .await
            .when("starting the virtual carrier")?;
        demo::aim(&self.store, &facts, carrier.gateway()).await?;
        self.control.settings_changed(facts.app).await.when("putting the demo's settings in force")?;
        let handle = carrier.handle();
        *lock(&self.demo) = Some(carrier);
        Ok(handle)
    }

    /// All routes.
    pub fn router(
        &self,
        (config, addresses): (&Config, &Addresses),
        runtime: &Runtime,
        folder: &DataFolder,
        demo: Option<DemoHandle>,
    ) -> axum::Router {
        let metrics = self.metrics.clone();
        let media = self.media.sender();
        let state = AppState {
            store: self.store.clone(),
            control: self.control.clone(),
            settings: Arc::new(HttpSettings {
                public_url: addresses.http_url.clone(),
                sip_address: addresses.sip_for_phones.clone(),
                data_dir: folder.path().to_owned(),
                trusted_proxies: config.http.trusted_proxies.clone(),
            }),
            demo,
            metrics: Arc::new(move |figures: NodeFigures| metrics.render(&figures)),
            media_alive: Arc::new(move || media.send(nothing()).is_ok()),
        };
        let doctor = doctor::routes(self.store.clone(), self.control.clone(), runtime.clone());
        let gate = Gate {
            public_url: addresses.http_url.clone(),
            origins: config.http.sip_origins.clone(),
            trusted_proxies: config.http.trusted_proxies.clone(),
        };
        let sip = self.sip.web_sockets(addresses.http).routes(gate);
        crate::http::router(state).merge(doctor).merge(sip)
    }

    /// The counters.
    pub fn metrics(&self) -> MetricsHandle {
        self.metrics.clone()
    }

    /// Sends the demo's customers home: nobody needs to wait for them.
    pub async fn stop_demo(&self) {
        let carrier = lock(&self.demo).take();
        if let Some(carrier) = carrier {
            carrier.stop().await;
        }
    }

    /// Ends every call that is left; when it returns, their journals are on disk.
    pub async fn stop_control(&self) {
        let (done, stopped) = oneshot::channel();
        let _ = self.control.inputs().send(ControlInput::Stop { done }).await;
        if tokio::time::timeout(LAST_ANSWERS, stopped).await.is_err() {
            tracing::error!("call control did not stop in time; the next start settles its calls");
            return;
        }
        let thread = lock(&self.control_thread).take();
        if let Some(thread) = thread {
            // It has said that it is done; only its destructors are left.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    /// Finishes recordings and brings the last entries into the database.
    pub async fn stop_rest(self) {
        let Parts { store, control, media, recordings, shipper, catalogue, housekeeping, alive, .. } = self;
        housekeeping.abort();
        alive.abort();
        drop(control);
        let stopped = tokio::task::spawn_blocking(move || {
            media.stop();
            recordings.stop();
        });
        if stopped.await.is_err() {
            tracing::error!("the media thread failed while it stopped");
        }
        for (task, what) in [(shipper, "journal"), (catalogue, "catalogue of recordings")] {
            if tokio::time::timeout(LAST_SHIPMENT, task).await.is_err() {
                tracing::warn!(what, "the database did not take everything in time; the next start brings it");
            }
        }
        store.close().await;
    }
}

fn node_config(config: &Config) -> NodeConfig {
    NodeConfig {
        digest: config.sip.digest,
        seed: luck::seed(),
        media_address: config.media.address,
        media_address_v6: config.media.address_v6,
        rtp_ports: config.media.rtp_ports,
    }
}

/// Without a name service, carriers that are named by an address still cannot be called: it is
/// said once, loudly, and everything else works.
fn look_up_gateways(control: &ControlHandle, config: &Config, sip: SipSender) {
    let families = Family::of(&config.media.addresses());
    match Resolver::new(&config.sip.name_servers, families, luck::seed()) {
        Ok(resolver) => control.look_up_gateways(Gateways::new(resolver, sip, control.inputs())),
        Err(error) => tracing::error!(%error, "carriers' gateways cannot be looked up; set sip.name_servers"),
    }
}

fn sip_listen(config: &Config) -> SipListen {
    let known_as = KnownAs { public: config.sip.public_addresses.clone(), media: config.media.addresses() };
    SipListen {
        udp: config.sip.udp,
        tcp: config.sip.tcp,
        tls: config.sip.tls.clone(),
        known_as,
        timing: Timing::default(),
    }
}

fn media_config(config: &Config, clock: Clock) -> MediaThreadConfig {
    MediaThreadConfig {
        engine_seed: luck::seed(),
        origin: clock.origin(),
        bind: config.media.bind(),
        browser_listen: SocketAddr::new(config.media.bind(), config.media.browser_port),
        browser_addresses: config.media.addresses(),
        patience: config.media.patience,
    }
}

/// Takes what the media thread tells, on that thread.
fn media_events(inputs: mpsc::Sender<ControlInput>, metrics: MetricsHandle) -> impl Fn(media::Event) + Send + 'static {
    let guard = AbortOnPanic("media");
    move |event| {
        // The thread owns this closure, and so the guard.
        let _ = &guard;
        // Waiting here could stop both threads at once. SIP takes no more than half of the channel.
        if inputs.try_send(ControlInput::Media(event)).is_err() {
            metrics.media_events_lost.add_one();
        }
    }
}

/// A command that changes nothing: legs are numbered from 1.
fn nothing() -> media::Command {
    media::Command::StopPlay { leg: media::LegId(0) }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Only taken and put; nothing under it can panic.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
