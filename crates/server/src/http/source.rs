//! Where a request comes from, for limits that count by it. Behind a proxy the
//! connection's peer is the proxy; what it says of its client is believed only
//! when the configuration names it, because everyone can send that header.

use super::state::Http;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use ipnet::IpNet;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// What a source is counted by: its address, for IPv6 its /64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source(pub String);

impl FromRequestParts<Http> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, http: &Http) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        let proxies = &http.state.settings.trusted_proxies;
        Ok(Source(match peer {
            Some(peer) => network_name(real_source(peer, &parts.headers, proxies)),
            None => "unknown".to_owned(),
        }))
    }
}

/// Whether an address belongs to a proxy of ours.
pub fn is_trusted(address: IpAddr, proxies: &[IpNet]) -> bool {
    let address = address.to_canonical();
    proxies.iter().any(|network| network.contains(&address))
}

/// An address as it is counted.
pub fn network_name(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => ip.segments().iter().take(4).map(|part| format!("{part:x}:")).collect(),
    }
}

/// The rightmost address that no proxy of ours put there by itself. What stands
/// to the left of it was written by the client and says nothing.
pub fn real_source(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let mut nearest = peer.to_canonical();
    if !is_trusted(nearest, proxies) {
        if headers.contains_key(FORWARDED_FOR) {
            tell_of_unnamed_proxy(nearest);
        }
        return nearest;
    }
    let values: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().map(|value| value.to_str().unwrap_or_default()).collect();
    for text in values.iter().rev().flat_map(|value| value.rsplit(',')) {
        // Nonsense cannot be traced further: the last hop we know stands for it.
        let Some(address) = address(text.trim()) else { return nearest };
        nearest = address;
        if !is_trusted(nearest, proxies) {
            return nearest;
        }
    }
    nearest
}

/// An address, perhaps with a port, as proxies write it.
fn address(text: &str) -> Option<IpAddr> {
    let plain = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    plain.or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

/// A browser names the page's origin; a page of someone else's is turned away.
/// Other clients name none, and have no cookies that could be misused.
pub fn origin_is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let same_host = origin.split_once("://").is_some_and(|(_, rest)| !rest.is_empty() && rest == host);
    same_host || origin == public_url
}

/// Said once: the likely cause of people who lock each other out.
fn tell_of_unnamed_proxy(peer: IpAddr) {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| {
        tracing::warn!(%peer, "a request carries X-Forwarded-For, but its sender is not in http.trusted_proxies; if it is your proxy, name it there, or all its clients are counted as one");
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_named_proxy_is_believed_and_only_about_its_own_client() {
        let proxies: Vec<IpNet> =
            ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"].iter().map(|net| net.parse().unwrap()).collect();
        // peer, header lines, client
        let table: &[(&str, &[&str], &str)] = &[
            ("198.51.100.1", &[], "198.51.100.1"),
            ("198.51.100.1", &["203.0.113.7"], "198.51.100.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["203.0.113.7"], "203.0.113.7"),
            ("::ffff:127.0.0.1", &["203.0.113.7"], "203.0.113.7"),
            ("127.0.0.1", &["1.1.1.1, 203.0.113.7"], "203.0.113.7"),
            ("127.0.0.1", &["1.1.1.1", "203.0.113.7"], "203.0.113.7"),
            ("127.0.0.1", &["1.1.1.1, 203.0.113.7, 10.1.2.3"], "203.0.113.7"),
            ("127.0.0.1", &["203.0.113.7", "10.1.2.3"], "203.0.113.7"),
            ("127.0.0.1", &["203.0.113.7:4711"], "203.0.113.7"),
            ("127.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("fd00::1", &["[2001:db8::1]"], "2001:db8::1"),
            ("127.0.0.1", &["203.0.113.7, what"], "127.0.0.1"),
            ("127.0.0.1", &["what, 10.1.2.3"], "10.1.2.3"),
            ("127.0.0.1", &["10.1.2.3"], "10.1.2.3"),
        ];
        for (peer, lines, expected) in table {
            let mut headers = HeaderMap::new();
            for line in *lines {
                headers.append(FORWARDED_FOR, line.parse().unwrap());
            }
            assert_eq!(
                real_source(peer.parse().unwrap(), &headers, &proxies).to_string(),
                *expected,
                "{peer} {lines:?}"
            );
        }
    }

    #[test]
    fn a_customer_of_ipv6_is_counted_by_the_network_it_was_given() {
        for (text, name) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:"),
            ("2001:db8:1:2::9", "2001:db8:1:2:"),
        ] {
            assert_eq!(network_name(text.parse().unwrap()), name);
        }
    }
}
