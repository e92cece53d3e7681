//! The port itself: what a connection costs those who open it.

use super::house::House;
use server::http::listener::{ConnectionLimits, serve};
use server::metrics::MetricsHandle;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(10);
const REQUEST: &[u8] = b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\n\r\n";

struct Port {
    address: SocketAddr,
    metrics: MetricsHandle,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn open(house: &House, limits: ConnectionLimits) -> Port {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let metrics = MetricsHandle::default();
    let with = (limits, metrics.clone());
    let router = house.router.clone();
    let task = tokio::spawn(async move { serve(listener, router, with, async { drop(stopped.await) }).await });
    Port { address, metrics, stop, task }
}

fn quick() -> ConnectionLimits {
    ConnectionLimits { head: Duration::from_millis(200), ..ConnectionLimits::default() }
}

/// Everything that comes until the server closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    timeout(LONG, stream.read_to_end(&mut text)).await.expect("the server closes").unwrap_or_default();
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn who_says_nothing_or_never_ends_is_closed() {
    let house = House::build().await;
    let port = open(&house, quick()).await;
    let mut silent = TcpStream::connect(port.address).await.unwrap();
    rest(&mut silent).await;
    let mut half = TcpStream::connect(port.address).await.unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ").await.unwrap();
    let began = Instant::now();
    // One byte now and then does not buy more time.
    let (mut read, mut write) = half.split();
    let mut drip = tokio::time::interval(Duration::from_millis(20));
    let mut byte = [0; 64];
    loop {
        tokio::select! {
            _ = drip.tick() => drop(write.write_all(b"a").await),
            got = read.read(&mut byte) => if got.unwrap_or(0) == 0 { break },
        }
        assert!(began.elapsed() < LONG);
    }
    // A kept connection that rests is closed too, after its answer.
    let mut kept = TcpStream::connect(port.address).await.unwrap();
    kept.write_all(REQUEST).await.unwrap();
    let answer = rest(&mut kept).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}

#[tokio::test]
async fn one_source_holds_only_so_many_connections() {
    let house = House::build().await;
    let port = open(&house, ConnectionLimits { of_one_source: 2, ..ConnectionLimits::default() }).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(port.address).await.unwrap();
        stream.write_all(REQUEST).await.unwrap();
        let mut answer = [0; 12];
        timeout(LONG, stream.read_exact(&mut answer)).await.unwrap().unwrap();
        assert_eq!(&answer, b"HTTP/1.1 401");
        held.push(stream);
    }
    let mut third = TcpStream::connect(port.address).await.unwrap();
    assert_eq!(rest(&mut third).await, "");
    assert_eq!(port.metrics.http_connections_refused.get(), 1);
    assert_eq!(port.metrics.http_connections.get(), 2);
    // A place that is given back can be taken again.
    held.pop();
    let answered = timeout(LONG, async {
        loop {
            let mut stream = TcpStream::connect(port.address).await.unwrap();
            let mut answer = [0; 12];
            if stream.write_all(REQUEST).await.is_ok() && stream.read_exact(&mut answer).await.is_ok() {
                return answer;
            }
        }
    });
    assert_eq!(&answered.await.expect("the place is given back"), b"HTTP/1.1 401");
}

#[tokio::test]
async fn a_stop_waits_for_requests_and_not_for_connections_that_rest() {
    let house = House::build().await;
    let port = open(&house, ConnectionLimits { head: LONG * 6, ..ConnectionLimits::default() }).await;
    let mut kept = TcpStream::connect(port.address).await.unwrap();
    kept.write_all(REQUEST).await.unwrap();
    let mut answer = [0; 12];
    timeout(LONG, kept.read_exact(&mut answer)).await.unwrap().unwrap();
    port.stop.send(()).unwrap();
    timeout(LONG, port.task).await.expect("it ends").unwrap();
    rest(&mut kept).await;
    assert!(TcpStream::connect(port.address).await.is_err(), "nobody listens any more");
}
