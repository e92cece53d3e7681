//! From a file and an environment to a checked [`Config`], or to the list of
//! everything that is wrong with them.

use super::{Config, HttpConfig, KEYS, Key, LogConfig, LogFormat, MediaConfig, SipConfig, TlsConfig, TlsFiles};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

/// Something wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key, or where in the file.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub mend: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    mend: {}", self.key, self.what, self.mend)
    }
}

/// What a configuration is read from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file's text; empty without a file.
    pub file: String,
    /// The environment, or the part of it that matters.
    pub environment: Vec<(String, String)>,
}

/// A value with where it came from, for its error messages.
struct Given {
    text: String,
    origin: String,
}

impl Config {
    /// Reads and checks.
    pub fn read(sources: &Sources) -> Result<Config, Vec<Fault>> {
        let mut reader = Reader { given: BTreeMap::new(), faults: Vec::new() };
        reader.take_file(&sources.file);
        reader.take_environment(&sources.environment);
        let config = reader.build();
        match config {
            Some(config) if reader.faults.is_empty() => Ok(config),
            Some(_) | None => Err(reader.faults),
        }
    }
}

struct Reader {
    given: BTreeMap<&'static str, Given>,
    faults: Vec<Fault>,
}

impl Reader {
    fn take_file(&mut self, text: &str) {
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => {
                let line =
                    error.span().map_or(1, |span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
                self.fault(
                    format!("line {line}"),
                    error.message().to_owned(),
                    "Write TOML: [section], then key = \"value\".",
                );
                return;
            }
        };
        for (section, value) in table {
            let toml::Value::Table(keys) = value else {
                self.unknown(&section, "a key outside of any section");
                continue;
            };
            for (name, value) in keys {
                let path = format!("{section}.{name}");
                let Some(key) = KEYS.iter().find(|key| key.path == path) else {
                    self.unknown(&path, "unknown key");
                    continue;
                };
                match value {
                    toml::Value::String(text) => self.give(key, text, path),
                    toml::Value::Integer(number) => self.give(key, number.to_string(), path),
                    toml::Value::Float(_)
                    | toml::Value::Boolean(_)
                    | toml::Value::Datetime(_)
                    | toml::Value::Array(_)
                    | toml::Value::Table(_) => {
                        self.fault(path, format!("wrong type: {}", value.type_str()), &takes(key));
                    }
                }
            }
        }
    }

    fn take_environment(&mut self, environment: &[(String, String)]) {
        for (name, value) in environment {
            if let Some(key) = KEYS.iter().find(|key| key.variable() == *name) {
                self.give(key, value.clone(), name.clone());
            } else if let Some(near) = near_variable(name) {
                self.fault(name.clone(), "unknown key".into(), &format!("Did you mean {near}? Otherwise unset it."));
            }
        }
    }

    fn give(&mut self, key: &'static Key, text: String, origin: String) {
        self.given.insert(key.path, Given { text, origin });
    }

    fn fault(&mut self, key: String, what: String, mend: &str) {
        self.faults.push(Fault { key, what, mend: mend.to_owned() });
    }

    fn unknown(&mut self, path: &str, what: &str) {
        let mend = match nearest(path) {
            Some(near) => format!("Did you mean {near}?"),
            None => {
                format!("Remove it. Known keys: {}.", KEYS.iter().map(|key| key.path).collect::<Vec<_>>().join(", "))
            }
        };
        self.fault(path.to_owned(), what.to_owned(), &mend);
    }

    /// The value of a key (given or default), read by `parse`.
    fn value<T>(&mut self, path: &'static str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let key = KEYS
            .iter()
            .find(|key| key.path == path)
            .expect("each path read here stands in the table, a test reads them all");
        let (text, origin) = match self.given.get(path) {
            Some(given) => (given.text.clone(), given.origin.clone()),
            None => (key.default.to_owned(), path.to_owned()),
        };
        let parsed = parse(&text);
        if parsed.is_none() {
            self.fault(origin, format!("cannot use \"{text}\""), &takes(key));
        }
        parsed
    }

    /// A key that may be left out or empty.
    fn optional<T>(&mut self, path: &'static str, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
        self.value(path, |text| if text.is_empty() { Some(None) } else { parse(text).map(Some) })
    }

    fn build(&mut self) -> Option<Config> {
        // Each key is read before any `?`, so that all faults are told at once.
        let http = self.http();
        let sip = self.sip();
        let media = self.media();
        let database = self.optional("store.database", parse_database);
        let level = self.value("log.level", |text| text.parse::<tracing::Level>().ok());
        let format = self.value("log.format", parse_format);
        Some(Config {
            http: http?,
            sip: sip?,
            media: media?,
            database: database?,
            log: LogConfig { level: level?, format: format? },
        })
    }

    fn http(&mut self) -> Option<HttpConfig> {
        let listen = self.value("http.listen", parse_address);
        let public_url = self.optional("http.public_url", parse_url);
        let trusted_proxies = self.value("http.trusted_proxies", parse_networks);
        let sip_origins = self.value("http.sip_origins", parse_origins);
        Some(HttpConfig {
            listen: listen?,
            public_url: public_url?,
            trusted_proxies: trusted_proxies?,
            sip_origins: sip_origins?,
        })
    }

    fn sip(&mut self) -> Option<SipConfig> {
        let udp = self.value("sip.udp", parse_address);
        let tcp = self.value("sip.tcp", parse_address);
        let tls = self.tls();
        let public_address = self.optional("sip.public_address", |text| text.parse::<IpAddr>().ok().filter(usable));
        let public_address_v6 = self.optional("sip.public_address_v6", parse_v6);
        let name_servers = self.value("sip.name_servers", parse_name_servers);
        let digest = self.value("sip.digest", parse_digest);
        let drain =
            self.value("sip.drain_seconds", |text| text.parse::<u64>().ok().filter(|seconds| *seconds <= 3_600));
        Some(SipConfig {
            udp: udp?,
            tcp: tcp?,
            tls: tls?,
            public_addresses: public_address?.into_iter().chain(public_address_v6?).collect(),
            name_servers: name_servers?,
            digest: digest?,
            drain: Duration::from_secs(drain?),
        })
    }

    fn tls(&mut self) -> Option<Option<TlsConfig>> {
        let listen = self.optional("sip.tls", parse_address);
        let mut file = |key| self.optional(key, |text| Some(PathBuf::from(text)));
        let certificate = file("sip.tls_certificate");
        let key = file("sip.tls_key");
        let client_ca = file("sip.tls_client_ca");
        let trusted_ca = file("sip.tls_trusted_ca");
        let Some(listen) = listen? else {
            for (path, given) in [("sip.tls_certificate", &certificate), ("sip.tls_key", &key)] {
                if given.as_ref().is_some_and(Option::is_some) {
                    self.fault(path.to_owned(), "without sip.tls it does nothing".into(), "Set sip.tls, or remove it.");
                }
            }
            return Some(None);
        };
        let (certificate, key) = (certificate?, key?);
        for (path, given) in [("sip.tls_certificate", &certificate), ("sip.tls_key", &key)] {
            if given.is_none() {
                self.fault(path.to_owned(), "sip.tls needs it".into(), "Set it to the path of a PEM file.");
            }
        }
        let files = TlsFiles { certificate: certificate?, key: key?, client_ca: client_ca?, trusted_ca: trusted_ca? };
        Some(Some(TlsConfig { listen, files }))
    }

    fn media(&mut self) -> Option<MediaConfig> {
        let address = self.value("media.address", |text| text.parse::<IpAddr>().ok().filter(usable));
        let address_v6 = self.optional("media.address_v6", parse_v6);
        let rtp_ports = self.value("media.rtp_ports", parse_ports);
        let browser_port = self.value("media.browser_port", |text| text.parse::<u16>().ok());
        let no_sound = self.value("media.no_sound_seconds", |text| seconds(text, 2..=3_600));
        let dead = self.value("media.dead_seconds", |text| match text {
            "0" => Some(None),
            text => seconds(text, 30..=86_400).map(Some),
        });
        Some(MediaConfig {
            address: address?,
            address_v6: address_v6?,
            rtp_ports: rtp_ports?,
            browser_port: browser_port?,
            patience: media::Patience { no_sound: no_sound?, dead: dead? },
        })
    }
}

fn seconds(text: &str, range: RangeInclusive<u64>) -> Option<Duration> {
    text.parse().ok().filter(|seconds| range.contains(seconds)).map(Duration::from_secs)
}

fn takes(key: &Key) -> String {
    format!("It takes {}.", key.takes)
}

fn parse_address(text: &str) -> Option<SocketAddr> {
    text.parse().ok()
}

/// An address that a peer could send to.
fn usable(address: &IpAddr) -> bool {
    !address.is_unspecified() && !address.is_multicast()
}

fn parse_url(text: &str) -> Option<String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))?;
    let host = rest.trim_end_matches('/');
    (!host.is_empty() && !host.contains([' ', '/', '?', '#'])).then(|| text.trim_end_matches('/').to_owned())
}

fn parse_v6(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().filter(|address| address.is_ipv6() && usable(address))
}

/// Origins as browsers write them, or `*`.
fn parse_origins(text: &str) -> Option<Vec<String>> {
    let origin = |text: &str| if text == "*" { Some(text.to_owned()) } else { parse_url(text) };
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(origin).collect()
}

/// Addresses with or without a port; 53 is where name servers listen.
fn parse_name_servers(text: &str) -> Option<Vec<SocketAddr>> {
    let server = |text: &str| {
        let plain = || text.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, 53));
        text.parse::<SocketAddr>().ok().or_else(plain)
    };
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(server).collect()
}

/// Addresses and networks; an address is a network of one.
fn parse_networks(text: &str) -> Option<Vec<IpNet>> {
    let network = |text: &str| text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(network).collect()
}

fn parse_ports(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-')?;
    let (first, last) = (first.trim().parse::<u16>().ok()?, last.trim().parse::<u16>().ok()?);
    // Ports below 1024 belong to the system; a call takes an even port, so one pair is the least.
    (first >= 1024 && last > first).then_some((first, last))
}

fn parse_database(text: &str) -> Option<String> {
    ["sqlite:", "postgres://", "postgresql://"].iter().any(|prefix| text.starts_with(prefix)).then(|| text.to_owned())
}

fn parse_digest(text: &str) -> Option<sip::DigestOffer> {
    match text {
        "md5" => Some(sip::DigestOffer::Md5),
        "both" => Some(sip::DigestOffer::Both),
        "sha-256" => Some(sip::DigestOffer::Sha256),
        _ => None,
    }
}

fn parse_format(text: &str) -> Option<LogFormat> {
    match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

/// The key that someone probably meant: the same name in another section, or
/// one that is at most three edits away.
fn nearest(path: &str) -> Option<&'static str> {
    let name = path.rsplit('.').next().unwrap_or(path);
    let by_name = KEYS.iter().find(|key| key.path.rsplit('.').next() == Some(name));
    let by_edits = || KEYS.iter().map(|key| (edits(path, key.path), key)).min_by_key(|(distance, _)| *distance);
    match by_name {
        Some(key) => Some(key.path),
        None => by_edits().filter(|(distance, _)| *distance <= 3).map(|(_, key)| key.path),
    }
}

/// The same for a variable; `None` for one that is clearly not ours.
fn near_variable(name: &str) -> Option<String> {
    let rest = name.strip_prefix("CALLYARD_")?;
    let ours = KEYS.iter().any(|key| {
        let section = key.path.split('.').next().unwrap_or_default().to_uppercase();
        rest.starts_with(&format!("{section}_"))
    });
    let near = KEYS.iter().map(Key::variable).min_by_key(|variable| edits(name, variable))?;
    (ours || edits(name, &near) <= 2).then_some(near)
}

/// Levenshtein distance.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<Fault>> {
        let environment = environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Config::read(&Sources { file: file.into(), environment })
    }

    #[test]
    fn without_a_file_the_defaults_hold() {
        let config = read("", &[]).expect("defaults are valid");
        assert_eq!(config.http.listen, "127.0.0.1:8080".parse().expect("an address"));
        assert_eq!(config.media.rtp_ports, (20_000, 29_999));
        assert_eq!(config.database, None);
        assert_eq!(config.log.format, LogFormat::Text);
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let file = "[http]\nlisten = \"127.0.0.1:1\"\n[media]\nbrowser_port = 7000\n";
        let config = read(file, &[("CALLYARD_HTTP_LISTEN", "127.0.0.1:2")]).expect("valid");
        assert_eq!(config.http.listen.port(), 2);
        assert_eq!(config.media.browser_port, 7000);
    }

    #[test]
    fn each_fault_names_its_key_and_the_mend() {
        type Environment = &'static [(&'static str, &'static str)];
        // file, environment, key that is named, words of the mend
        let table: &[(&str, Environment, &str, &str)] = &[
            ("[http]\nlistne = \"x\"", &[], "http.listne", "Did you mean http.listen?"),
            ("[sip]\nlisten = \"127.0.0.1:1\"", &[], "sip.listen", "Did you mean http.listen?"),
            ("[billing]\nprice = 1", &[], "billing.price", "Known keys: http.listen"),
            ("level = \"info\"", &[], "level", "Did you mean log.level?"),
            ("[http]\nlisten = true", &[], "http.listen", "an address with a port"),
            ("[http]\nlisten = \"localhost\"", &[], "http.listen", "an address with a port"),
            ("[http]\npublic_url = \"ftp://a\"", &[], "http.public_url", "http:// or https://"),
            ("[http]\ntrusted_proxies = \"10.0.0.0/33\"", &[], "http.trusted_proxies", "networks with commas"),
            ("[sip]\nudp = \"1.2.3.4\"", &[], "sip.udp", "an address with a port"),
            ("[sip]\npublic_address = \"0.0.0.0\"", &[], "sip.public_address", "an IP address"),
            ("[sip]\ndigest = \"sha1\"", &[], "sip.digest", "\"sha-256\""),
            ("[sip]\ndrain_seconds = \"long\"", &[], "sip.drain_seconds", "0 to 3600"),
            ("[http]\nsip_origins = \"crm.example\"", &[], "http.sip_origins", "https://crm.example"),
            ("[sip]\ntls = \"5061\"", &[], "sip.tls", "an address with a port"),
            ("[sip]\ntls = \"[::]:5061\"\ntls_key = \"k\"", &[], "sip.tls_certificate", "a PEM file"),
            ("[sip]\ntls = \"[::]:5061\"\ntls_certificate = \"c\"", &[], "sip.tls_key", "a PEM file"),
            ("[sip]\ntls_key = \"k\"", &[], "sip.tls_key", "Set sip.tls"),
            ("[sip]\npublic_address_v6 = \"192.0.2.1\"", &[], "sip.public_address_v6", "an IPv6 address"),
            ("[sip]\nname_servers = \"dns.example\"", &[], "sip.name_servers", "addresses with commas"),
            ("[media]\naddress_v6 = \"::\"", &[], "media.address_v6", "an IPv6 address"),
            ("[media]\naddress = \"host.example\"", &[], "media.address", "an IP address"),
            ("[media]\nrtp_ports = \"30000-20000\"", &[], "media.rtp_ports", "a range"),
            ("[media]\nrtp_ports = \"80-90\"", &[], "media.rtp_ports", "a range"),
            ("[media]\nno_sound_seconds = 1", &[], "media.no_sound_seconds", "2 to 3600"),
            ("[media]\ndead_seconds = 5", &[], "media.dead_seconds", "or 0 for never"),
            ("[media]\nbrowser_port = 70000", &[], "media.browser_port", "0 to 65535"),
            ("[store]\ndatabase = \"mysql://x\"", &[], "store.database", "postgres://"),
            ("[log]\nlevel = \"loud\"", &[], "log.level", "\"error\""),
            ("[log]\nformat = \"xml\"", &[], "log.format", "\"json\""),
            ("[http\n", &[], "line 1", "Write TOML"),
            ("", &[("CALLYARD_HTTP_LISTEN", "nowhere")], "CALLYARD_HTTP_LISTEN", "an address with a port"),
            ("", &[("CALLYARD_HTTP_LISTN", "127.0.0.1:1")], "CALLYARD_HTTP_LISTN", "CALLYARD_HTTP_LISTEN"),
        ];
        for (file, environment, key, mend) in table {
            let faults = read(file, environment).expect_err(file);
            assert_eq!(faults.len(), 1, "{file}: {faults:?}");
            assert_eq!(&faults[0].key, key, "{file}");
            assert!(faults[0].mend.contains(mend), "{file}: {}", faults[0].mend);
        }
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        let read = |text: &str| read(&format!("[http]\ntrusted_proxies = \"{text}\""), &[]).expect("valid").http;
        assert_eq!(read("").trusted_proxies, []);
        let proxies: Vec<String> =
            read("127.0.0.1, 10.0.0.0/8,fd00::/8").trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(proxies, ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]);
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let faults =
            read("[http]\nlisten = \"x\"\n[log]\nlevel = \"y\"\nlevle = \"z\"", &[]).expect_err("three faults");
        assert_eq!(faults.len(), 3);
    }

    #[test]
    fn foreign_variables_are_left_alone() {
        read("", &[("CALLYARDIST", "1"), ("PATH", "/bin"), ("CALLYARD_RELEASE_NOTES_URL", "x")]).expect("not ours");
    }
}
