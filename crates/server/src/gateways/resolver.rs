//! From a host name to addresses, by the name service: NAPTR, SRV, A and AAAA (RFC 3263
//! §4). Answers are kept as long as they are valid, within bounds; what is asked and how long
//! it may take is bounded too.

use super::order::{Lead, Naptr, Srv, by_priority, leads, service, usual_port};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sip::Transport;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the answer to one question may take, and how often it is asked.
const QUESTION: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 2;
/// How long a host may take altogether.
const ALTOGETHER: Duration = Duration::from_secs(15);
/// Bounds of how long an answer is believed. A carrier that says 0 would have us ask for ever;
/// one that says a week would keep us from a new gateway for as long.
const SHORTEST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(3_600);
/// Addresses of one host that are kept. Trying more would take a caller longer than anybody waits.
const PLACES: usize = 16;
/// Hosts of SRV records that are looked up.
const TARGETS: usize = 16;

/// What is to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// A name, or an address (of IPv6 with or without brackets).
    pub host: String,
    /// The port; `None` lets the name service say it.
    pub port: Option<u16>,
    /// By what we go there.
    pub transport: Transport,
}

/// Where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Addresses, in the order in which they are tried.
    pub places: Vec<SocketAddr>,
    /// How long this holds.
    pub valid_for: Duration,
}

/// Why a host was not found.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// No name servers are configured, or the system's cannot be read.
    #[error("the name service cannot be set up: {0}")]
    SetUp(NetError),
    /// It is no name.
    #[error("{0:?} is no host name")]
    NoName(String),
    /// A name server did not say.
    #[error("the name service does not answer: {0}")]
    NoAnswer(NetError),
    /// It took too long altogether.
    #[error("the name service takes too long")]
    TooLong,
    /// There is no address of a family that we speak.
    #[error("no address was found")]
    Nowhere,
}

/// Asks the name service.
pub struct Resolver {
    asked: TokioResolver,
    families: Vec<Family>,
    luck: Mutex<ChaCha20Rng>,
}

/// Which addresses are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A records.
    V4,
    /// AAAA records.
    V6,
}

impl Family {
    /// The families of our own addresses, in their order: by any other our sound could not go.
    pub fn of(addresses: &[IpAddr]) -> Vec<Family> {
        addresses.iter().map(|address| if address.is_ipv4() { Family::V4 } else { Family::V6 }).collect()
    }
}

/// Answers of one kind, and until when they hold.
struct Answers<T> {
    records: Vec<T>,
    until: Instant,
}

impl Resolver {
    /// Asks these servers; the system's if there are none.
    pub fn new(servers: &[SocketAddr], families: Vec<Family>, seed: [u8; 32]) -> Result<Resolver, ResolveError> {
        let mut builder = if servers.is_empty() {
            TokioResolver::builder_tokio().map_err(ResolveError::SetUp)?
        } else {
            let servers = servers.iter().map(name_server).collect();
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        let options = builder.options_mut();
        options.timeout = QUESTION;
        options.attempts = ATTEMPTS;
        options.positive_max_ttl = Some(LONGEST);
        options.negative_max_ttl = Some(SHORTEST);
        let asked = builder.build().map_err(ResolveError::SetUp)?;
        Ok(Resolver { asked, families, luck: Mutex::new(ChaCha20Rng::from_seed(seed)) })
    }

    /// Finds a host.
    pub async fn resolve(&self, target: &Target) -> Result<Found, ResolveError> {
        let bare = target.host.trim_start_matches('[').trim_end_matches(']');
        let port = target.port.unwrap_or(usual_port(target.transport));
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Found { places: vec![SocketAddr::new(address, port)], valid_for: LONGEST });
        }
        let asking = async {
            match target.port {
                // RFC 3263 §4.2: who names a port wants no SRV.
                Some(port) => self.host(&target.host, port).await,
                None => self.by_services(target).await,
            }
        };
        let found = tokio::time::timeout(ALTOGETHER, asking).await.unwrap_or(Err(ResolveError::TooLong))?;
        let mut places: Vec<SocketAddr> = Vec::new();
        for place in found.records {
            if places.len() < PLACES && !places.contains(&place) {
                places.push(place);
            }
        }
        if places.is_empty() {
            return Err(ResolveError::Nowhere);
        }
        let valid_for = found.until.saturating_duration_since(Instant::now()).clamp(SHORTEST, LONGEST);
        Ok(Found { places, valid_for })
    }

    async fn by_services(&self, target: &Target) -> Result<Answers<SocketAddr>, ResolveError> {
        let Target { host, transport, .. } = target;
        // Many a name server of a small network does not know NAPTR at all; then there is none.
        let naptr = self.naptr(host).await.unwrap_or(Answers::forever());
        let mut all = Answers { records: Vec::new(), until: naptr.until };
        let mut next = leads(naptr.records, *transport);
        if next.is_empty() {
            next.push(Lead::Service(service(host, *transport)));
        }
        let mut hosts = Vec::new();
        let mut decided = false;
        for lead in next.into_iter().take(TARGETS) {
            match lead {
                Lead::Host(host) => hosts.push((host, usual_port(*transport))),
                Lead::Service(name) => {
                    let services = self.srv(&name).await?;
                    decided |= !services.records.is_empty();
                    all.until = all.until.min(services.until);
                    hosts.extend(self.drawn(services.records).into_iter().map(|srv| (srv.target, srv.port)));
                }
            }
        }
        if hosts.is_empty() && !decided {
            hosts.push((host.clone(), usual_port(*transport)));
        }
        self.hosts(hosts, &mut all).await?;
        Ok(all)
    }

    /// Adds the addresses of several hosts. One that cannot be found now does not hide the others,
    /// and is asked for again soon.
    async fn hosts(&self, hosts: Vec<(String, u16)>, all: &mut Answers<SocketAddr>) -> Result<(), ResolveError> {
        let mut failed = None;
        for (host, port) in hosts.into_iter().take(TARGETS) {
            match self.host(&host, port).await {
                Ok(found) => all.append(found),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if all.records.is_empty() => Err(error),
            Some(_) => {
                all.until = Instant::now();
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn drawn(&self, records: Vec<Srv>) -> Vec<Srv> {
        // Nothing that can panic runs under this lock.
        let mut luck = self.luck.lock().unwrap_or_else(PoisonError::into_inner);
        by_priority(records, |most| luck.next_u32() % most.saturating_add(1))
    }

    async fn host(&self, host: &str, port: u16) -> Result<Answers<SocketAddr>, ResolveError> {
        let mut all = Answers::forever();
        for family in &self.families {
            let kind = match family {
                Family::V4 => RecordType::A,
                Family::V6 => RecordType::AAAA,
            };
            let found = self.ask(name(host, Reach::AsWritten)?, kind, |data| match data {
                RData::A(address) => Some(SocketAddr::new(address.0.into(), port)),
                RData::AAAA(address) => Some(SocketAddr::new(address.0.into(), port)),
                _ => None,
            });
            all.append(found.await?);
        }
        Ok(all)
    }

    async fn srv(&self, service: &str) -> Result<Answers<Srv>, ResolveError> {
        let read = |data: &RData| match data {
            RData::SRV(srv) => {
                let target = text(&srv.target);
                Some(Srv { priority: srv.priority, weight: srv.weight, port: srv.port, target })
            }
            _ => None,
        };
        self.ask(name(service, Reach::Whole)?, RecordType::SRV, read).await
    }

    async fn naptr(&self, host: &str) -> Result<Answers<Naptr>, ResolveError> {
        let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let read = |data: &RData| match data {
            RData::NAPTR(naptr) => Some(Naptr {
                order: naptr.order,
                preference: naptr.preference,
                flags: words(&naptr.flags),
                service: words(&naptr.services),
                replacement: text(&naptr.replacement),
            }),
            _ => None,
        };
        self.ask(name(host, Reach::Whole)?, RecordType::NAPTR, read).await
    }

    /// Asks one question. That there is nothing is an answer too.
    async fn ask<T>(
        &self,
        name: Name,
        kind: RecordType,
        read: impl Fn(&RData) -> Option<T>,
    ) -> Result<Answers<T>, ResolveError> {
        match self.asked.lookup(name, kind).await {
            Ok(lookup) => {
                let records = lookup.answers().iter().filter_map(|record| read(&record.data)).collect();
                Ok(Answers { records, until: lookup.valid_until() })
            }
            Err(error) if error.is_no_records_found() => {
                Ok(Answers { records: Vec::new(), until: Instant::now() + SHORTEST })
            }
            Err(error) => Err(ResolveError::NoAnswer(error)),
        }
    }
}

impl<T> Answers<T> {
    fn forever() -> Answers<T> {
        Answers { records: Vec::new(), until: Instant::now() + LONGEST }
    }

    fn append(&mut self, more: Answers<T>) {
        // What is not there now may be there soon; but what is there holds by itself.
        if !more.records.is_empty() || self.records.is_empty() {
            self.until = self.until.min(more.until);
        }
        self.records.extend(more.records);
    }
}

fn name_server(server: &SocketAddr) -> NameServerConfig {
    let mut config = NameServerConfig::udp_and_tcp(server.ip());
    config.connections.iter_mut().for_each(|connection: &mut ConnectionConfig| connection.port = server.port());
    config
}

/// How far a name reaches.
enum Reach {
    /// To the root: nothing is added to it.
    Whole,
    /// As written: a name of this network may be short, or stand in the system's file of hosts.
    AsWritten,
}

fn name(text: &str, reach: Reach) -> Result<Name, ResolveError> {
    let mut name = Name::from_ascii(text).map_err(|_| ResolveError::NoName(text.to_owned()))?;
    match reach {
        Reach::Whole => name.set_fqdn(true),
        Reach::AsWritten => {}
    }
    Ok(name)
}

/// A name without the dot of the root; the root alone is empty.
fn text(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_owned()
}
