//! SIP over TLS with real handshakes; certificates are made on the spot.

use super::*;
use crate::config::TlsFiles;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A folder of certificates, with a CA of its own.
struct Certificates {
    dir: PathBuf,
    ca: CertifiedIssuer<'static, KeyPair>,
}

impl Drop for Certificates {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl Certificates {
    fn new() -> Certificates {
        let dir = std::env::temp_dir().join(format!("callyard-tls-{}", crate::luck::text(12)));
        std::fs::create_dir_all(&dir).expect("a folder");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a CA");
        let made = Certificates { dir, ca };
        std::fs::write(made.file("ca"), made.ca.pem()).expect("written");
        made
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.pem"))
    }

    /// Writes a certificate for these names, and its key.
    fn issue(&self, file: &str, names: &[&str]) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(names).expect("names").signed_by(&key, &self.ca).expect("signed");
        std::fs::write(self.file(file), certificate.pem()).expect("written");
        std::fs::write(self.file(&format!("{file}.key")), key.serialize_pem()).expect("written");
        let private = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).expect("its key");
        (vec![certificate.der().clone()], private)
    }

    fn config(&self) -> TlsConfig {
        let files = TlsFiles {
            certificate: self.file("own"),
            key: self.file("own.key"),
            client_ca: None,
            trusted_ca: Some(self.file("ca")),
        };
        TlsConfig { listen: "127.0.0.1:0".parse().expect("an address"), files }
    }

    fn connector(&self, identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.ca.der().clone()).expect("a CA");
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("versions").with_root_certificates(roots);
        let config = match identity {
            Some((chain, key)) => config.with_client_auth_cert(chain, key).expect("they belong together"),
            None => config.with_no_client_auth(),
        };
        TlsConnector::from(Arc::new(config))
    }

    fn acceptor(&self, names: &[&str]) -> TlsAcceptor {
        let (chain, key) = self.issue("carrier", names);
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
        TlsAcceptor::from(Arc::new(config.with_single_cert(chain, key).expect("they belong together")))
    }
}

async fn tls_bench(config: TlsConfig) -> Bench {
    let any = "127.0.0.1:0".parse().expect("an address");
    let known_as = KnownAs::default();
    start(open_with(SipListen { udp: any, tcp: any, tls: Some(config), known_as, timing: Timing::default() }).await)
}

type Client = tokio_rustls::client::TlsStream<TcpStream>;

async fn connect(bench: &Bench, connector: TlsConnector, name: &'static str) -> std::io::Result<Client> {
    let stream = TcpStream::connect(bench.bound.tls.expect("TLS is on")).await?;
    connector.connect(ServerName::try_from(name).expect("a name"), stream).await
}

#[tokio::test]
async fn a_phone_speaks_tls_and_its_answers_come_by_the_same_connection() {
    let made = Certificates::new();
    made.issue("own", &["sip.callyard.example"]);
    let mut bench = tls_bench(made.config()).await;
    let mut peer = connect(&bench, made.connector(None), "sip.callyard.example").await.expect("shaken");
    peer.write_all(OPTIONS).await.expect("sent");
    peer.flush().await.expect("sent");
    let (flow, bytes) = bench.received().await;
    assert_eq!((flow.transport, bytes.as_slice()), (Transport::Tls, OPTIONS));
    assert_eq!(Some(flow.local), bench.bound.tls);
    bench.sender.send(flow, b"answer".to_vec());
    let mut answer = [0; 6];
    peer.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"answer");
    peer.write_all(b"\r\n\r\n").await.expect("a ping");
    peer.read_exact(&mut answer[..2]).await.expect("a pong");
    assert_eq!(&answer[..2], b"\r\n");
    drop(peer);
    assert!(matches!(bench.inputs.recv().await, Some(ControlInput::FlowClosed { flow: closed, .. }) if closed == flow));
}

#[tokio::test]
async fn plain_words_to_the_tls_port_are_cut_off() {
    let made = Certificates::new();
    made.issue("own", &["sip.callyard.example"]);
    let mut bench = tls_bench(made.config()).await;
    let mut peer = TcpStream::connect(bench.bound.tls.expect("TLS is on")).await.expect("connected");
    peer.write_all(OPTIONS).await.expect("sent");
    let mut rest = Vec::new();
    let _closed_or_reset = peer.read_to_end(&mut rest).await;
    assert_eq!((bench.metrics.sip_handshakes_failed.get(), bench.metrics.sip_connections.get()), (1, 0));
    assert!(bench.inputs.try_recv().is_err());
}

#[tokio::test]
async fn who_does_not_finish_the_handshake_is_not_kept() {
    let made = Certificates::new();
    made.issue("own", &["sip.callyard.example"]);
    let bench = hasty(Some(made.config())).await;
    let mut peer = TcpStream::connect(bench.bound.tls.expect("TLS is on")).await.expect("connected");
    let mut rest = Vec::new();
    let _closed_or_reset = peer.read_to_end(&mut rest).await;
    assert_eq!((bench.metrics.sip_handshakes_failed.get(), bench.metrics.sip_connections.get()), (1, 0));
}

#[tokio::test]
async fn with_a_ca_for_clients_only_its_clients_come_in() {
    let made = Certificates::new();
    made.issue("own", &["sip.callyard.example"]);
    let mut config = made.config();
    config.files.client_ca = Some(made.file("ca"));
    let mut bench = tls_bench(config).await;
    // In TLS 1.3 a client learns by its first read that it was refused.
    if let Ok(mut stranger) = connect(&bench, made.connector(None), "sip.callyard.example").await {
        assert!(stranger.read_exact(&mut [0; 1]).await.is_err());
    }
    let other = Certificates::new();
    let foreign = other.issue("foreign", &["carrier.example"]);
    if let Ok(mut stranger) = connect(&bench, made.connector(Some(foreign)), "sip.callyard.example").await {
        assert!(stranger.read_exact(&mut [0; 1]).await.is_err());
    }
    let known = made.issue("known", &["carrier.example"]);
    let mut peer = connect(&bench, made.connector(Some(known)), "sip.callyard.example").await.expect("shaken");
    peer.write_all(OPTIONS).await.expect("sent");
    assert_eq!(bench.received().await.1, OPTIONS);
    assert_eq!(bench.metrics.sip_handshakes_failed.get(), 2);
}

/// What a carrier with these names sees of our message, sent to it under `name`.
async fn call(bench: &mut Bench, (acceptor, name): (TlsAcceptor, &str)) -> Option<(Option<String>, Vec<u8>)> {
    let carrier = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let remote = carrier.local_addr().expect("bound");
    bench.sender.name_peers(remote.port().into(), name, &[remote]);
    let flow = bench.sender.flow_to(Transport::Tls, remote).expect("TLS is on");
    bench.sender.send(flow, OPTIONS.to_vec());
    let (stream, _) = carrier.accept().await.expect("it connects");
    let shaken = acceptor.accept(stream).await;
    let mut message = vec![0; OPTIONS.len()];
    let read = async {
        let mut shaken = shaken.ok()?;
        shaken.read_exact(&mut message).await.ok()?;
        Some(shaken)
    };
    let Some(mut shaken) = read.await else {
        let closed = bench.inputs.recv().await;
        assert!(matches!(closed, Some(ControlInput::FlowClosed { flow: closed, .. }) if closed == flow));
        return None;
    };
    let asked = shaken.get_ref().1.server_name().map(ToOwned::to_owned);
    // The same connection serves the next message, and the carrier's own requests.
    bench.sender.send(flow, OPTIONS.to_vec());
    shaken.read_exact(&mut message).await.expect("the second");
    shaken.write_all(OPTIONS).await.expect("sent");
    let (came, _) = bench.received().await;
    assert_eq!((came.transport, came.remote, came.connection > 0), (Transport::Tls, remote, true));
    drop(shaken);
    assert!(matches!(bench.inputs.recv().await, Some(ControlInput::FlowClosed { flow: gone, .. }) if gone == came));
    Some((asked, message))
}

#[tokio::test]
async fn a_carrier_must_prove_the_name_that_it_was_resolved_from() {
    let made = Certificates::new();
    made.issue("own", &["sip.callyard.example"]);
    let mut bench = tls_bench(made.config()).await;
    let right = call(&mut bench, (made.acceptor(&["sip.carrier.example"]), "sip.carrier.example")).await;
    assert_eq!(right, Some((Some("sip.carrier.example".into()), OPTIONS.to_vec())));
    assert_eq!(call(&mut bench, (made.acceptor(&["evil.example"]), "sip.carrier.example")).await, None);
    let foreign = Certificates::new();
    assert_eq!(call(&mut bench, (foreign.acceptor(&["sip.carrier.example"]), "sip.carrier.example")).await, None);
    let by_address = call(&mut bench, (made.acceptor(&["127.0.0.1"]), "127.0.0.1")).await;
    assert_eq!(by_address, Some((None, OPTIONS.to_vec())), "an address is proven like a name");
}

#[tokio::test]
async fn a_renewed_certificate_is_in_force_without_a_restart() {
    let made = Certificates::new();
    made.issue("own", &["old.example"]);
    let door = TlsDoor::open(&made.config().files, PeerNames::default()).expect("good files");
    let shake = async |name: &'static str| {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at = listener.local_addr().expect("bound");
        let accepted = async { door.accept(listener.accept().await.expect("it connects").0).await.is_ok() };
        let connected = async {
            let stream = TcpStream::connect(at).await.expect("connected");
            made.connector(None).connect(ServerName::try_from(name).expect("a name"), stream).await.is_ok()
        };
        tokio::join!(accepted, connected).1
    };
    assert!(shake("old.example").await);
    made.issue("own", &["new.example"]);
    door.look_again();
    assert!(shake("new.example").await && !shake("old.example").await);
    std::fs::write(made.file("own"), "half a file").expect("written");
    door.look_again();
    assert!(shake("new.example").await, "what cannot be used changes nothing");
}

#[test]
fn each_bad_file_is_named_with_its_key_and_the_mend() {
    let made = Certificates::new();
    made.issue("own", &["a.example"]);
    made.issue("other", &["b.example"]);
    std::fs::write(made.file("text"), "no certificate").expect("written");
    let good = made.config().files;
    let with = |change: &dyn Fn(&mut TlsFiles)| {
        let mut files = good.clone();
        change(&mut files);
        crate::sip_sockets::tls::check(&files)
    };
    with(&|_| {}).expect("good files");
    let missing = Path::new("/nowhere/file.pem");
    // what is wrong, key, words of the mend
    type Change<'a> = &'a dyn Fn(&mut TlsFiles);
    let table: [(Change<'_>, &str, &str); 7] = [
        (&|files| files.certificate = missing.into(), "sip.tls_certificate", "may read"),
        (&|files| files.certificate = made.file("text"), "sip.tls_certificate", "BEGIN CERTIFICATE"),
        (&|files| files.key = made.file("own"), "sip.tls_key", "BEGIN PRIVATE KEY"),
        (&|files| files.key = made.file("other.key"), "sip.tls_certificate", "belongs to sip.tls_key"),
        (&|files| files.client_ca = Some(made.file("text")), "sip.tls_client_ca", "BEGIN CERTIFICATE"),
        (&|files| files.client_ca = Some(missing.into()), "sip.tls_client_ca", "may read"),
        (&|files| files.trusted_ca = Some(made.file("own.key")), "sip.tls_trusted_ca", "BEGIN CERTIFICATE"),
    ];
    for (change, key, mend) in table {
        let fault = with(change).expect_err(key);
        assert_eq!(fault.key, key, "{fault}");
        assert!(fault.mend.contains(mend), "{fault}");
    }
}

#[tokio::test]
async fn a_second_name_for_the_same_gateway_is_proven_as_well() {
    let made = Certificates::new();
    made.issue("own", &["sip.callyard.example"]);
    let bench = tls_bench(made.config()).await;
    let carrier = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let remote = carrier.local_addr().expect("bound");
    bench.sender.name_peers(1, "sip.carrier.example", &[remote]);
    let flow = bench.sender.flow_to(Transport::Tls, remote).expect("TLS is on");
    bench.sender.send(flow, OPTIONS.to_vec());
    let (stream, _) = carrier.accept().await.expect("it connects");
    let acceptor = made.acceptor(&["sip.carrier.example", "second.example"]);
    let mut shaken = acceptor.accept(stream).await.expect("shaken");
    let mut message = vec![0; OPTIONS.len()];
    shaken.read_exact(&mut message).await.expect("the message");
    // A second trunk leads to the same address by another name: what was proven is not enough.
    bench.sender.name_peers(2, "second.example", &[remote]);
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), shaken.read_to_end(&mut rest)).await.expect("soon").expect("closed");
    bench.sender.send(flow, OPTIONS.to_vec());
    let (stream, _) = carrier.accept().await.expect("it connects again");
    let mut shaken = acceptor.accept(stream).await.expect("shaken");
    shaken.read_exact(&mut message).await.expect("both names are proven");
}
