//! Keeps the addresses of the carriers' gateways: each trunk with a way out is looked up
//! when its settings come into force, and again whenever what was found is no longer valid.
//! What the name service cannot tell now leaves what it told before in force.

pub mod order;
pub mod resolver;

use crate::control::ControlInput;
use crate::sip_sockets::SipSender;
use centre::settings::Settings;
use centre::{SdkAppId, TrunkId};
use resolver::{Found, Resolver, Target};
use sip::{Flow, Transport};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{AbortHandle, JoinSet};

/// Hosts that are looked up in the same moment.
const AT_ONCE: usize = 8;
/// How soon a host that was not found is looked for again.
const TRY_AGAIN: Duration = Duration::from_secs(30);

/// Whoever is told by which flows a trunk's gateway is reached, best first.
pub type Told = mpsc::Sender<ControlInput>;

/// The gateways of all applications. Cheap to clone.
#[derive(Clone)]
pub struct Gateways {
    shared: Arc<Shared>,
    watched: Arc<Mutex<BTreeMap<SdkAppId, Watched>>>,
}

struct Shared {
    resolver: Resolver,
    sip: SipSender,
    told: Told,
    places: Semaphore,
}

/// The look-ups of one application; they end when it is dropped.
struct Watched {
    gateways: Vec<Gateway>,
    _tasks: JoinSet<()>,
}

/// Where a trunk's calls go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    trunk: TrunkId,
    target: Target,
}

impl Gateways {
    /// None yet.
    pub fn new(resolver: Resolver, sip: SipSender, told: Told) -> Gateways {
        let shared = Shared { resolver, sip, told, places: Semaphore::new(AT_ONCE) };
        Gateways { shared: Arc::new(shared), watched: Arc::default() }
    }

    /// An application has these settings from now on, or is gone.
    pub fn settings(&self, app: SdkAppId, settings: Option<&Settings>) {
        let gateways = settings.map(gateways_of).unwrap_or_default();
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        // The old look-ups end first, so that none of them can tell something older later.
        for gone in watched.remove(&app).into_iter().flat_map(|old| old.gateways) {
            if !gateways.contains(&gone) {
                self.shared.sip.name_peers(gone.trunk.0, "", &[]);
            }
        }
        if gateways.is_empty() {
            return;
        }
        let mut tasks = JoinSet::new();
        for gateway in gateways.clone() {
            let _ends_with_the_set: AbortHandle = tasks.spawn(self.shared.clone().keep(gateway));
        }
        watched.insert(app, Watched { gateways, _tasks: tasks });
    }
}

/// The trunks that calls can be made over.
fn gateways_of(settings: &Settings) -> Vec<Gateway> {
    let trunks = settings.trunks.values().filter(|trunk| trunk.enabled);
    let outward = trunks.filter_map(|trunk| Some((trunk.id, trunk.outward.as_ref()?)));
    let gateway = |(trunk, outward): (TrunkId, &centre::settings::Outward)| {
        let host = outward.host.trim_end_matches('.').to_owned();
        Gateway { trunk, target: Target { host, port: outward.port, transport: outward.transport } }
    };
    outward.map(gateway).collect()
}

impl Shared {
    /// Looks a gateway up for ever.
    async fn keep(self: Arc<Shared>, gateway: Gateway) {
        let mut before = None;
        loop {
            let looked_up = {
                let _place = self.places.acquire().await.expect("nobody closes the places");
                self.resolver.resolve(&gateway.target).await
            };
            let pause = match looked_up {
                Ok(Found { places, valid_for }) => {
                    // The same records in another order are the share of each, drawn anew.
                    if before.as_ref() != Some(&places) {
                        self.found(&gateway, &places).await;
                        before = Some(places);
                    }
                    valid_for
                }
                Err(error) => {
                    let host = &gateway.target.host;
                    tracing::warn!(trunk = gateway.trunk.0, host, %error, "a carrier's gateway is not found; what was known of it stays in force");
                    TRY_AGAIN
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn found(&self, gateway: &Gateway, places: &[SocketAddr]) {
        let Gateway { trunk, target } = gateway;
        if target.transport == Transport::Tls {
            let name = target.host.trim_start_matches('[').trim_end_matches(']');
            self.sip.name_peers(trunk.0, name, places);
        }
        let flows: Vec<Flow> = places.iter().filter_map(|place| self.sip.flow_to(target.transport, *place)).collect();
        if flows.is_empty() {
            let transport = target.transport;
            tracing::warn!(
                trunk = trunk.0,
                ?transport,
                "a carrier's gateway is found, but no socket of ours leads there; is sip.tls set, or an IPv6 listener?"
            );
        }
        // A stopped control thread calls nobody any more.
        let _ = self.told.send(ControlInput::TrunkAddresses { trunk: *trunk, flows }).await;
    }
}

#[cfg(test)]
mod tests;
