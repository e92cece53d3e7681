//! TLS for SIP (RFC 3261 §26.2.1, RFC 5922): certificates from files, read again when the
//! files change, and the two handshakes. Whom we call proves the name that we resolved its
//! address from; who calls us proves something only if a CA for clients is set.

use crate::config::{Fault, TlsFiles};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream as ClientStream;
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream as ServerStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// How often the files are looked at. A renewed certificate is in force within this time.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Bytes of one file of certificates. The roots of a whole system are 250 KiB.
const FILE_BYTES: u64 = 4 << 20;

/// Both handshakes. Cheap to clone.
#[derive(Clone)]
pub struct TlsDoor {
    files: Arc<TlsFiles>,
    loaded: Arc<RwLock<Loaded>>,
    names: PeerNames,
}

/// What the files say.
#[derive(Clone)]
struct Loaded {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
    print: [u8; 32],
}

impl TlsDoor {
    /// Reads the files.
    pub fn open(files: &TlsFiles, names: PeerNames) -> Result<TlsDoor, Fault> {
        let loaded = Arc::new(RwLock::new(load(files)?));
        Ok(TlsDoor { files: Arc::new(files.clone()), loaded, names })
    }

    /// Looks at the files for ever.
    pub async fn watch(self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let door = self.clone();
            // A panic in there changes nothing here: the next look is a new one.
            let _ = tokio::task::spawn_blocking(move || door.look_again()).await;
        }
    }

    /// Puts changed files in force. Those that cannot be used leave the old ones in force.
    pub fn look_again(&self) {
        let held = self.loaded().print;
        if print(&self.files).is_ok_and(|print| print == held) {
            return;
        }
        match load(&self.files) {
            Ok(loaded) => {
                *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
                tracing::info!("SIP over TLS has new certificates");
            }
            Err(fault) => {
                tracing::warn!(
                    key = fault.key,
                    what = fault.what,
                    "changed files for SIP over TLS cannot be used; the old certificates stay in force"
                );
            }
        }
    }

    fn loaded(&self) -> Loaded {
        // Only replaced as a whole.
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Our side of a handshake that the peer began.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<ServerStream<TcpStream>> {
        TlsAcceptor::from(self.loaded().server).accept(stream).await
    }

    /// Our side of a handshake that we begin. The peer must prove every name that `remote` was
    /// resolved from (RFC 5922 §4), or its address if nobody named it.
    pub async fn connect(&self, stream: TcpStream, remote: SocketAddr) -> io::Result<ClientStream<TcpStream>> {
        let names = self.names.of(remote);
        let address = || ServerName::IpAddress(remote.ip().to_canonical().into());
        let mut named = names.iter().map(|name| ServerName::try_from(name.clone()).map_err(io::Error::other));
        let first = named.next().transpose()?.unwrap_or_else(address);
        let connected = TlsConnector::from(self.loaded().client).connect(first, stream).await?;
        let certificate = connected.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let certificate = certificate.ok_or_else(|| io::Error::other("no certificate"))?;
        let certificate = ParsedCertificate::try_from(certificate).map_err(io::Error::other)?;
        for name in named {
            verify_server_name(&certificate, &name?).map_err(io::Error::other)?;
        }
        Ok(connected)
    }
}

/// From which names the addresses of our gateways were resolved. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct PeerNames {
    by_owner: Arc<Mutex<BTreeMap<u64, Named>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    name: String,
    addresses: Vec<SocketAddr>,
}

impl PeerNames {
    /// Notes where the host that `owner` (a trunk) calls was found; nowhere forgets it. Gives
    /// the addresses that are now known by other names than before.
    pub fn set(&self, owner: u64, name: &str, addresses: &[SocketAddr]) -> Vec<SocketAddr> {
        let mut held = self.held();
        let before: Vec<_> = addresses.iter().map(|address| names(&held, *address)).collect();
        if addresses.is_empty() {
            held.remove(&owner);
        } else {
            held.insert(owner, Named { name: name.to_owned(), addresses: addresses.to_vec() });
        }
        let changed = addresses.iter().zip(before).filter(|(address, before)| names(&held, **address) != *before);
        changed.map(|(address, _)| *address).collect()
    }

    fn of(&self, remote: SocketAddr) -> Vec<String> {
        names(&self.held(), remote)
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<u64, Named>> {
        // No code that can panic runs under this lock.
        self.by_owner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All names of an address, each once.
fn names(held: &BTreeMap<u64, Named>, address: SocketAddr) -> Vec<String> {
    let here = held.values().filter(|named| named.addresses.contains(&address));
    let mut names: Vec<String> = here.map(|named| named.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether the files could be used; for `callyard config check`.
pub fn check(files: &TlsFiles) -> Result<(), Fault> {
    load(files).map(drop)
}

fn load(files: &TlsFiles) -> Result<Loaded, Fault> {
    const CERTIFICATE: &str = "sip.tls_certificate";
    let provider = Arc::new(ring::default_provider());
    let print = print(files)?;
    let chain = certificates(CERTIFICATE, &files.certificate)?;
    let key = private_key(&files.key)?;
    let trusted = match &files.trusted_ca {
        Some(path) => roots("sip.tls_trusted_ca", path)?,
        None => system_roots(),
    };
    let fits = |error: tokio_rustls::rustls::Error| {
        fault(CERTIFICATE, &files.certificate, &error.to_string(), "Name the certificate that belongs to sip.tls_key.")
    };
    let versions = "the provider of ciphers has some for TLS 1.2 and 1.3";
    let server = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let server = server.expect(versions);
    let server = match &files.client_ca {
        Some(path) => server.with_client_cert_verifier(client_verifier(path, provider.clone())?),
        None => server.with_no_client_auth(),
    };
    let server = server.with_single_cert(chain.clone(), key.clone_key()).map_err(fits)?;
    let client = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let client = client.expect(versions).with_root_certificates(trusted);
    // Whoever asks is shown the same certificate: mutual TLS toward carriers needs no key of its own.
    let client = client.with_client_auth_cert(chain, key).map_err(fits)?;
    Ok(Loaded { server: Arc::new(server), client: Arc::new(client), print })
}

fn client_verifier(
    path: &Path,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn tokio_rustls::rustls::server::danger::ClientCertVerifier>, Fault> {
    const KEY: &str = "sip.tls_client_ca";
    let roots = Arc::new(roots(KEY, path)?);
    let unusable = |error: &dyn std::fmt::Display| fault(KEY, path, &error.to_string(), PEM);
    WebPkiClientVerifier::builder_with_provider(roots, provider).build().map_err(|error| unusable(&error))
}

const PEM: &str = "Write PEM: a text that contains -----BEGIN CERTIFICATE-----.";

fn certificates(key: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let bytes = read(key, path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err(fault(key, path, "no certificate in it", PEM)),
        Err(error) => Err(fault(key, path, &error.to_string(), PEM)),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Fault> {
    const KEY: &str = "sip.tls_key";
    const MEND: &str = "Write PEM: a text that contains -----BEGIN PRIVATE KEY-----, without a passphrase.";
    let bytes = read(KEY, path)?;
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| fault(KEY, path, &error.to_string(), MEND))
}

fn roots(key: &str, path: &Path) -> Result<RootCertStore, Fault> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(key, path)? {
        let added = roots.add(certificate);
        added.map_err(|error| fault(key, path, &error.to_string(), "Name a file of CA certificates."))?;
    }
    Ok(roots)
}

/// The system's, as far as they can be read. Without any, no carrier's name can be verified,
/// and each connection that we open says so in the log.
fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// A hash of all files, to notice changes. The hash only ever leaves by comparison.
fn print(files: &TlsFiles) -> Result<[u8; 32], Fault> {
    let mut hash = Sha256::new();
    let optional = [("sip.tls_client_ca", &files.client_ca), ("sip.tls_trusted_ca", &files.trusted_ca)];
    let named = [("sip.tls_certificate", &files.certificate), ("sip.tls_key", &files.key)];
    let optional = optional.into_iter().filter_map(|(key, path)| path.as_ref().map(|path| (key, path)));
    for (key, path) in named.into_iter().chain(optional) {
        let bytes = read(key, path)?;
        hash.update(bytes.len().to_be_bytes());
        hash.update(&bytes);
    }
    Ok(hash.finalize().into())
}

fn read(key: &str, path: &Path) -> Result<Vec<u8>, Fault> {
    const MEND: &str = "Name a file that this process may read.";
    let length = std::fs::metadata(path).map_err(|error| fault(key, path, &error.to_string(), MEND))?.len();
    if length > FILE_BYTES {
        return Err(fault(key, path, &format!("longer than {FILE_BYTES} bytes"), MEND));
    }
    std::fs::read(path).map_err(|error| fault(key, path, &error.to_string(), MEND))
}

fn fault(key: &str, path: &Path, why: &str, mend: &str) -> Fault {
    Fault { key: key.to_owned(), what: format!("{}: {why}", path.display()), mend: mend.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_the_names_that_led_to_it() {
        let at = |text: &str| text.parse::<SocketAddr>().expect("an address");
        let (one, other) = (at("192.0.2.1:5061"), at("192.0.2.2:5061"));
        let names = PeerNames::default();
        assert_eq!(names.of(one), Vec::<String>::new());
        assert_eq!(names.set(1, "a.example", &[one, other]), [one, other]);
        assert_eq!(names.set(1, "a.example", &[one, other]), []);
        assert_eq!(names.set(2, "b.example", &[one]), [one], "what it proved before is no longer enough");
        assert_eq!(names.of(one), ["a.example", "b.example"]);
        assert_eq!(names.set(1, "", &[]), []);
        assert_eq!((names.of(one), names.of(other)), (vec!["b.example".to_owned()], vec![]));
    }
}
