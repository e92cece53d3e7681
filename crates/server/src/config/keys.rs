//! The one table of configuration keys. The reader takes its defaults from
//! here, the checker its list of known names, and the manual its text.

/// One key of the configuration file.
#[derive(Debug)]
pub struct Key {
    /// `section.name`.
    pub path: &'static str,
    /// What may stand there, in words.
    pub takes: &'static str,
    /// The default as it would stand in the file; empty when there is none.
    pub default: &'static str,
    /// What it does.
    pub what: &'static str,
}

impl Key {
    /// The environment variable that overrides it.
    pub fn variable(&self) -> String {
        format!("CALLYARD_{}", self.path.replace('.', "_").to_uppercase())
    }
}

/// Every key there is.
pub const KEYS: &[Key] = &[
    Key {
        path: "http.listen",
        takes: "an address with a port, such as \"127.0.0.1:8080\"",
        default: "127.0.0.1:8080",
        what: "Where the console, the APIs and the desk WebSocket listen. Port 0 takes any free port.",
    },
    Key {
        path: "http.public_url",
        takes: "a URL that starts with http:// or https://",
        default: "",
        what: "How browsers reach the server, when that differs from `listen` (a proxy, a name). \
               WebSockets from any other origin are refused.",
    },
    Key {
        path: "http.trusted_proxies",
        takes: "addresses or networks with commas between them, such as \"127.0.0.1, 10.0.0.0/8\"",
        default: "",
        what: "Proxies in front of us. Of a request that comes from one of them, the address that the proxy wrote at \
               the end of `X-Forwarded-For` counts as its source, for the limits on failed sign-ins and on \
               connections. From anyone else that header is not believed. Behind a proxy that is not named here, \
               all people are one source, and one who guesses passwords locks the others out.",
    },
    Key {
        path: "http.sip_origins",
        takes: "origins with commas between them, such as \"https://crm.example\", or \"*\" for any",
        default: "",
        what: "Pages of other origins that may speak SIP over WebSocket with us (`/sip` on the HTTP port). \
               Pages of our own origin may, and so may clients that are no pages.",
    },
    Key {
        path: "sip.udp",
        takes: "an address with a port, such as \"127.0.0.1:5060\"",
        default: "127.0.0.1:5060",
        what: "Where trunks and phones reach us by UDP. `[::]` with a port is IPv6 and IPv4 at once. \
               Port 0 takes any free port.",
    },
    Key {
        path: "sip.tcp",
        takes: "an address with a port, such as \"127.0.0.1:5060\"",
        default: "127.0.0.1:5060",
        what: "Where trunks and phones reach us by TCP. Port 0 takes any free port.",
    },
    Key {
        path: "sip.tls",
        takes: "an address with a port, such as \"203.0.113.7:5061\"",
        default: "",
        what: "Where trunks and phones reach us by TLS. Without it there is no SIP over TLS, neither in nor out. \
               It needs `tls_certificate` and `tls_key`.",
    },
    Key {
        path: "sip.tls_certificate",
        takes: "the path of a PEM file",
        default: "",
        what: "Our certificate for SIP over TLS, followed by those between it and its CA. It is shown to those who \
               connect, and to carriers that ask for one. The files of TLS are read again when they change.",
    },
    Key {
        path: "sip.tls_key",
        takes: "the path of a PEM file",
        default: "",
        what: "The private key of `tls_certificate`, without a passphrase.",
    },
    Key {
        path: "sip.tls_client_ca",
        takes: "the path of a PEM file",
        default: "",
        what: "CA certificates. Whoever connects by TLS must show a certificate that one of them signed. \
               Without it nobody is asked: phones prove themselves by their password, trunks by their address.",
    },
    Key {
        path: "sip.tls_trusted_ca",
        takes: "the path of a PEM file",
        default: "",
        what: "CA certificates that the certificates of carriers we call must come from. Without it, those of the \
               system.",
    },
    Key {
        path: "sip.name_servers",
        takes: "addresses with commas between them, such as \"192.0.2.53, 192.0.2.54:5353\"",
        default: "",
        what: "Name servers that are asked for carriers' gateways. Without them, those of the system \
               (`/etc/resolv.conf`).",
    },
    Key {
        path: "sip.public_address",
        takes: "an IP address, such as \"203.0.113.7\"",
        default: "",
        what: "The address written into SIP messages when peers see us by another one than we listen on (NAT). \
               Without it, whoever listens on all addresses (0.0.0.0) is known by `media.address`.",
    },
    Key {
        path: "sip.public_address_v6",
        takes: "an IPv6 address, such as \"2001:db8::7\"",
        default: "",
        what: "The same for peers that speak IPv6.",
    },
    Key {
        path: "sip.digest",
        takes: "\"md5\", \"both\" or \"sha-256\"",
        default: "md5",
        what: "How telephones and carriers prove their passwords. Many telephones know MD5 alone, and some give up when \
               SHA-256 is asked for beside it. `both` asks for either, `sha-256` refuses MD5.",
    },
    Key {
        path: "sip.drain_seconds",
        takes: "a number of seconds, 0 to 3600",
        default: "8",
        what: "How long calls in progress may go on after the server was told to stop; new calls are refused \
               meanwhile, and what is left is ended with BYE. A second signal ends the waiting.",
    },
    Key {
        path: "media.address",
        takes: "an IP address, such as \"203.0.113.7\"",
        default: "127.0.0.1",
        what: "The address that trunks and browsers send sound to. It must be reachable for them: \
               with the default, only this machine can talk.",
    },
    Key {
        path: "media.address_v6",
        takes: "an IPv6 address, such as \"2001:db8::7\"",
        default: "",
        what: "The address that trunks and phones which reach us by IPv6 send sound to, and that browsers are told \
               beside `address`. Without it all are given `address`.",
    },
    Key {
        path: "media.rtp_ports",
        takes: "a range of UDP ports, such as \"20000-29999\"",
        default: "20000-29999",
        what: "UDP ports for sound from and to trunks. A call takes one even port.",
    },
    Key {
        path: "media.browser_port",
        takes: "a UDP port, 0 to 65535",
        default: "8443",
        what: "The one UDP port that all browsers share. 0 takes any free port.",
    },
    Key {
        path: "media.no_sound_seconds",
        takes: "a number of seconds, 2 to 3600",
        default: "10",
        what: "For how long nothing may be heard from a leg of a call, which is not held, until that is an event of \
               the call: in its journal, on the live floor and on the agent's desk.",
    },
    Key {
        path: "media.dead_seconds",
        takes: "a number of seconds, 30 to 86400, or 0 for never",
        default: "600",
        what: "How long neither sound nor RTCP reports may come from a trunk or telephone that does not hold us, until \
               the call is ended as `call.leg_dead`. Longer than the two minutes after which its gateway is asked \
               whether the call still stands.",
    },
    Key {
        path: "store.database",
        takes: "\"sqlite:/path/to/file.db\" or \"postgres://user:password@host/name\"",
        default: "",
        what: "Where settings and records are kept. Without it, SQLite in the data folder.",
    },
    Key {
        path: "log.level",
        takes: "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
        default: "info",
        what: "What is written to the log. `info` is one line per change in the life of a call, agent or trunk.",
    },
    Key {
        path: "log.format",
        takes: "\"text\" or \"json\"",
        default: "text",
        what: "How log lines look: for people, or one JSON object a line.",
    },
];

/// The manual's page about the configuration, as Markdown.
pub fn manual() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         One TOML file, given with `--config FILE`; without it the defaults below hold. Every key can be \
         overridden from the environment. `callyard config check` reports every fault at once.\n",
    );
    let mut section = "";
    for key in KEYS {
        let (this_section, name) = key.path.split_once('.').unwrap_or(("", key.path));
        if this_section != section {
            section = this_section;
            page.push_str(&format!("\n## `[{section}]`\n"));
        }
        let default = if key.default.is_empty() { "none".to_owned() } else { format!("`{}`", key.default) };
        page.push_str(&format!(
            "\n### `{name}`\n\n{}\n\n- Takes: {}\n- Default: {default}\n- Environment: `{}`\n",
            key.what,
            key.takes,
            key.variable()
        ));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_in_the_manual_once() {
        let page = manual();
        for key in KEYS {
            assert_eq!(page.matches(&format!("`{}`", key.variable())).count(), 1, "{}", key.path);
        }
    }
}
