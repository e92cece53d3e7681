//! How the rest of the server speaks to the control thread: cheap to clone,
//! asynchronous, and never a lock around call control. Each question carries
//! its own way back.

use super::input::ControlInput;
use crate::gateways::Gateways;
use centre::catalogue::{self, Code};
use centre::desk::{Desk, DeskCommand};
use centre::floor::Floor;
use centre::node::{NodeFigures, TrunkStanding, media_sound};
use centre::{CallId, SdkAppId, SoundFileId, StaffId, TrunkId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use store::{Store, StoreError};
use tokio::sync::{Mutex, mpsc, oneshot};

/// Messages that may wait for one page. A page that is further behind than
/// this is cut off; when it comes back it gets a whole snapshot anyway.
const PAGE_MESSAGES: usize = 64;

/// What an agent's page is told.
#[derive(Debug, Clone)]
pub enum DeskMessage {
    /// The agent's world has changed.
    Desk(Box<Desk>),
    /// The answer to the page's SDP offer.
    SoundAnswer(String),
    /// Another page of the same agent took over; this one is closed next.
    Replaced,
}

/// Sends a command to the media engine.
pub type ToMedia = Arc<dyn Fn(media::Command) + Send + Sync>;

/// The way to the control thread.
#[derive(Clone)]
pub struct ControlHandle {
    shared: Arc<Shared>,
}

struct Shared {
    inputs: mpsc::Sender<ControlInput>,
    store: Store,
    to_media: ToMedia,
    next_page: AtomicU64,
    /// Sounds that the media engine holds. Held over a whole reload, so that
    /// an older reading of the settings can never overtake a newer one.
    loaded_sounds: Mutex<BTreeMap<SdkAppId, BTreeSet<SoundFileId>>>,
    /// Looks up the carriers' gateways; set once, before the first settings.
    gateways: OnceLock<Gateways>,
}

impl std::fmt::Debug for ControlHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ControlHandle")
    }
}

impl ControlHandle {
    /// A handle to the thread that reads the other end of `inputs`.
    pub fn new(inputs: mpsc::Sender<ControlInput>, store: Store, to_media: ToMedia) -> ControlHandle {
        ControlHandle {
            shared: Arc::new(Shared {
                inputs,
                store,
                to_media,
                next_page: AtomicU64::new(1),
                loaded_sounds: Mutex::default(),
                gateways: OnceLock::new(),
            }),
        }
    }

    /// From now on the gateways in settings that come into force are looked up.
    pub fn look_up_gateways(&self, gateways: Gateways) {
        // There is one name service; a second one would find the same.
        let _ = self.shared.gateways.set(gateways);
    }

    /// Hands a command to an agent's desk, from the agent's page or on the agent's behalf.
    pub async fn desk(&self, app: SdkAppId, agent: StaffId, command: DeskCommand) -> Result<(), &'static Code> {
        self.ask(|answer| ControlInput::Desk { app, agent, command, answer })
            .await
            .unwrap_or(Err(catalogue::SHUTTING_DOWN))
    }

    /// Ends a call from outside.
    pub async fn hang_up(&self, app: SdkAppId, call: CallId) -> Result<(), &'static Code> {
        self.ask(|answer| ControlInput::HangUp { app, call, answer }).await.unwrap_or(Err(catalogue::SHUTTING_DOWN))
    }

    /// The live floor; `None` for an application that the node does not know.
    pub async fn floor(&self, app: SdkAppId) -> Option<Floor> {
        self.ask(|answer| ControlInput::Floor { app, answer }).await.flatten()
    }

    /// One agent's desk as a page would see it now.
    pub async fn desk_state(&self, app: SdkAppId, agent: StaffId) -> Option<Desk> {
        self.ask(|answer| ControlInput::DeskState { app, agent, answer }).await.flatten()
    }

    /// What is known of an application's carriers that calls go out over; nothing when the node has stopped.
    pub async fn trunk_standings(&self, app: SdkAppId) -> Vec<(TrunkId, TrunkStanding)> {
        self.ask(|answer| ControlInput::TrunkStandings { app, answer }).await.unwrap_or_default()
    }

    /// The node's figures. All zero when the node has stopped.
    pub async fn figures(&self) -> NodeFigures {
        self.try_figures().await.unwrap_or_default()
    }

    /// The node's figures, or `None` when the control thread is gone.
    pub async fn try_figures(&self) -> Option<NodeFigures> {
        self.ask(|answer| ControlInput::Figures { answer }).await
    }

    /// Reads an application's settings from the store again and puts them in
    /// force: new sounds reach the media engine first, then the node gets the
    /// settings. Resolves when they are in force.
    pub async fn settings_changed(&self, app: SdkAppId) -> Result<(), StoreError> {
        let mut loaded = self.shared.loaded_sounds.lock().await;
        let settings = match self.shared.store.settings(app).await {
            Ok(settings) => Some(Box::new(settings)),
            Err(StoreError::NotFound { .. }) => None,
            Err(other) => return Err(other),
        };
        let wanted: BTreeSet<SoundFileId> =
            settings.iter().flat_map(|settings| settings.sounds.keys().copied()).collect();
        let held = loaded.entry(app).or_default();
        for sound in wanted.difference(held).copied().collect::<Vec<_>>() {
            if let Some(samples) = self.shared.store.sound_samples(app, sound).await? {
                (self.shared.to_media)(media::Command::LoadSound {
                    sound: media_sound(sound),
                    samples: samples.into(),
                });
                held.insert(sound);
            }
        }
        let for_gateways = settings.clone();
        self.ask(|done| ControlInput::Settings { app, settings, done }).await;
        if let Some(gateways) = self.shared.gateways.get() {
            gateways.settings(app, for_gateways.as_deref());
        }
        // The node lets go of the others itself: calls that began before may still play them.
        *held = held.intersection(&wanted).copied().collect();
        Ok(())
    }

    /// Connects an agent's page. A newer page of the same agent replaces an older one.
    pub async fn open_page(&self, app: SdkAppId, agent: StaffId) -> PageConnection {
        let page = self.shared.next_page.fetch_add(1, Ordering::Relaxed);
        let (sender, messages) = mpsc::channel(PAGE_MESSAGES);
        // A stopped control thread drops `sender`, so the page sees its channel close at once.
        let _ = self.shared.inputs.send(ControlInput::PageOpened { app, agent, page, messages: sender }).await;
        PageConnection { page, messages, lost: LostNotice { inputs: self.shared.inputs.clone(), app, agent, page } }
    }

    /// The raw way in, for the parts of the shell that feed the node.
    pub fn inputs(&self) -> mpsc::Sender<ControlInput> {
        self.shared.inputs.clone()
    }

    async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> ControlInput) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.shared.inputs.send(question(answer)).await.ok()?;
        answered.await.ok()
    }
}

/// An agent's page as long as it is connected. Dropping it tells the node that
/// the page is lost.
#[derive(Debug)]
pub struct PageConnection {
    /// Which page; rises.
    pub page: u64,
    /// What the page is to be told. Ends when a newer page took over, when the
    /// page is too far behind, or when the server stops.
    pub messages: mpsc::Receiver<DeskMessage>,
    #[allow(dead_code, reason = "kept for what its drop does")]
    lost: LostNotice,
}

struct LostNotice {
    inputs: mpsc::Sender<ControlInput>,
    app: SdkAppId,
    agent: StaffId,
    page: u64,
}

impl std::fmt::Debug for LostNotice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "page {}", self.page)
    }
}

impl Drop for LostNotice {
    fn drop(&mut self) {
        let notice = ControlInput::PageLost { app: self.app, agent: self.agent, page: self.page };
        match self.inputs.try_send(notice) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
            // The node must hear of it, or the agent stays reachable for ever.
            Err(mpsc::error::TrySendError::Full(notice)) => {
                let inputs = self.inputs.clone();
                if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                    runtime.spawn(async move { inputs.send(notice).await });
                }
            }
        }
    }
}
