//! The HTTP port: takes connections, bounds how many there are and how long one
//! may be silent. A connection that was opened and says nothing costs us a file
//! and some memory, so it is closed soon, and nobody may hold many.

use super::source::is_trusted;
use crate::metrics::MetricsHandle;
use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Bytes that a request's head may have. A signed query of the cloud API has up to 32 KiB.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// Pause when the system gives us no connection, for want of files above all.
const BREATH: Duration = Duration::from_millis(500);

/// How many connections, and how patient we are with each.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// How long a request's head may take to arrive. It runs while a kept
    /// connection is idle too, so it is also the longest pause between requests.
    pub head: Duration,
    /// Connections at once, desk sockets among them.
    pub total: usize,
    /// Connections at once from one address; for IPv6, from one /64.
    pub of_one_source: usize,
    /// Proxies, which may have as many as there are.
    pub trusted_proxies: Vec<IpNet>,
}

impl Default for ConnectionLimits {
    /// An office of 500 agents may stand behind one address, each page with a
    /// desk socket and a few requests.
    fn default() -> ConnectionLimits {
        ConnectionLimits {
            head: Duration::from_secs(10),
            total: 10_000,
            of_one_source: 2_000,
            trusted_proxies: Vec::new(),
        }
    }
}

/// Serves until `stop` resolves, then lets requests in progress end. Desk
/// sockets are not waited for: call control closes them.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    (limits, metrics): (ConnectionLimits, MetricsHandle),
    stop: impl Future<Output = ()>,
) {
    let head = limits.head;
    let places = Arc::new(Places { limits, metrics, held: Mutex::default() });
    let (closing, closed) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            // One that gets no place is closed by being dropped.
            Ok((stream, peer)) => {
                if let Some(place) = Places::take(&places, peer.ip()) {
                    let connection = Connection { stream, peer, place, head };
                    tokio::spawn(connection.run(router.clone(), closed.clone()));
                }
            }
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                tracing::error!(%error, "a connection could not be accepted");
                tokio::select! {
                    () = &mut stop => break,
                    () = tokio::time::sleep(BREATH) => {}
                }
            }
        }
    }
    drop((listener, closed));
    closing.send_replace(());
    closing.closed().await;
}

/// The peer went before we took its connection; nothing is wrong with us.
fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// One connection.
struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    head: Duration,
}

impl Connection {
    async fn run(self, router: Router, mut closing: watch::Receiver<()>) {
        let Connection { stream, peer, place, head } = self;
        // Small answers that somebody waits for.
        drop(stream.set_nodelay(true));
        let routes = TowerToHyperService::new(router);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            routes.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(TokioIo::new(Held { stream, _place: place }), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let mut told = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, %error, "an HTTP connection broke off");
                    }
                    return;
                }
                _ = closing.changed(), if !told => {
                    told = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

/// A stream that holds its place as long as it lives, as a desk socket too.
struct Held {
    stream: TcpStream,
    _place: Place,
}

impl AsyncRead for Held {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Held {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// Who holds how many connections.
struct Places {
    limits: ConnectionLimits,
    metrics: MetricsHandle,
    held: Mutex<HeldPlaces>,
}

#[derive(Default)]
struct HeldPlaces {
    total: usize,
    by_source: BTreeMap<IpAddr, usize>,
}

/// The right to one connection; given back when it is dropped.
struct Place {
    source: IpAddr,
    of: Arc<Places>,
}

impl Places {
    fn take(this: &Arc<Places>, peer: IpAddr) -> Option<Place> {
        let source = network(peer);
        let mut held = this.held.lock().unwrap_or_else(PoisonError::into_inner);
        let of_source = held.by_source.get(&source).copied().unwrap_or(0);
        let source_full = of_source >= this.limits.of_one_source && !is_trusted(peer, &this.limits.trusted_proxies);
        if held.total >= this.limits.total || source_full {
            this.metrics.http_connections_refused.add_one();
            return None;
        }
        held.total += 1;
        held.by_source.insert(source, of_source + 1);
        this.metrics.http_connections.set(held.total as u64);
        Some(Place { source, of: this.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.of.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.total -= 1;
        if let Some(of_source) = held.by_source.get_mut(&self.source) {
            *of_source -= 1;
            if *of_source == 0 {
                held.by_source.remove(&self.source);
            }
        }
        self.of.metrics.http_connections.set(held.total as u64);
    }
}

/// What one customer of a network is given: an address of IPv4, a /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(total: usize, of_one_source: usize) -> Arc<Places> {
        let trusted_proxies = vec!["10.0.0.1/32".parse().unwrap()];
        let limits = ConnectionLimits { total, of_one_source, trusted_proxies, ..ConnectionLimits::default() };
        Arc::new(Places { limits, metrics: MetricsHandle::default(), held: Mutex::default() })
    }

    #[test]
    fn one_source_cannot_take_all_places() {
        let places = places(6, 2);
        let take = |peer: &str| Places::take(&places, peer.parse().unwrap());
        let mut held = vec![take("2001:db8::1"), take("2001:db8::2")];
        assert!(held.iter().all(Option::is_some));
        assert!(take("2001:db8::3").is_none(), "the same /64");
        held.extend([take("2001:db8:0:1::1"), take("10.0.0.1"), take("10.0.0.1"), take("10.0.0.1")]);
        assert!(held.iter().all(Option::is_some), "another /64, and a proxy of ours beyond the limit of one");
        assert!(take("192.0.2.1").is_none(), "all are taken");
        assert_eq!(places.metrics.http_connections_refused.get(), 2);
        assert_eq!(places.metrics.http_connections.get(), 6);
        held.pop();
        assert!(take("192.0.2.1").is_some());
        drop(held);
        assert_eq!(places.metrics.http_connections.get(), 0);
        assert!(places.held.lock().unwrap().by_source.is_empty());
    }
}
