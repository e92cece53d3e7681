//! Who may speak to us, arranged for look-up: trunks by source address, phones by user
//! and domain.

use crate::api::{Directory, PhoneEntry, PhoneKey, TrunkEntry, TrunkKey};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

#[derive(Debug, Default)]
pub(crate) struct Known {
    trunks: Vec<TrunkEntry>,
    phones: BTreeMap<String, Vec<PhoneEntry>>,
    realms: BTreeSet<String>,
    keys: BTreeSet<PhoneKey>,
}

impl Known {
    pub(crate) fn new(directory: Directory) -> Known {
        let mut known = Known { trunks: directory.trunks, ..Known::default() };
        for phone in directory.phones {
            known.realms.insert(phone.realm.to_ascii_lowercase());
            known.keys.insert(phone.phone);
            known.phones.entry(phone.user.clone()).or_default().push(phone);
        }
        known
    }

    /// The trunk that a source belongs to: longest prefix first, then the one that names
    /// the port.
    pub(crate) fn trunk(&self, source: SocketAddr) -> Option<TrunkKey> {
        let address = source.ip().to_canonical();
        let fits = |trunk: &&TrunkEntry| trunk.port.is_none_or(|port| port == source.port());
        let scored = self.trunks.iter().filter(fits).filter_map(|trunk| {
            let nets = trunk.sources.iter().filter(|net| net.contains(&address));
            nets.map(|net| net.prefix_len()).max().map(|prefix| ((prefix, trunk.port.is_some()), trunk.trunk))
        });
        // Of equals the first in the list wins.
        scored.rev().max_by_key(|(score, _)| *score).map(|(_, trunk)| trunk)
    }

    pub(crate) fn has_phones(&self) -> bool {
        !self.phones.is_empty()
    }

    pub(crate) fn is_phone(&self, phone: PhoneKey) -> bool {
        self.keys.contains(&phone)
    }

    /// The realm to challenge with: the domain of the address if phones live there, else ours.
    /// It does not depend on the user, so it tells nothing about who exists.
    pub(crate) fn realm<'a>(&'a self, domain: &'a str, ours: &'a str) -> &'a str {
        if self.realms.contains(domain) { domain } else { ours }
    }

    /// A phone by its name within a realm. Phones that only know our address find themselves
    /// as long as their name is unique.
    pub(crate) fn phone(&self, user: &str, realm: &str) -> Option<&PhoneEntry> {
        let named = self.phones.get(user)?;
        let exact = named.iter().find(|phone| phone.realm.eq_ignore_ascii_case(realm));
        match named.as_slice() {
            [only] if !self.realms.contains(&realm.to_ascii_lowercase()) => Some(only),
            _ => exact,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_and_then_the_port_decide() {
        let trunk = |key, net: &str, port| TrunkEntry {
            trunk: TrunkKey(key),
            sources: vec![net.parse().expect("a network")],
            port,
        };
        let known = Known::new(Directory {
            trunks: vec![
                trunk(1, "0.0.0.0/0", None),
                trunk(2, "192.0.2.0/24", None),
                trunk(3, "192.0.2.0/24", Some(5080)),
                trunk(4, "192.0.2.0/24", None),
                trunk(5, "2001:db8::/32", None),
            ],
            phones: Vec::new(),
        });
        let at = |source: &str| known.trunk(source.parse().expect("an address")).map(|trunk| trunk.0);
        assert_eq!(at("192.0.2.9:5060"), Some(2));
        assert_eq!(at("192.0.2.9:5080"), Some(3));
        assert_eq!(at("198.51.100.1:5060"), Some(1));
        assert_eq!(at("[::ffff:192.0.2.9]:5060"), Some(2));
        assert_eq!(at("[2001:db8::1]:5060"), Some(5));
        assert_eq!(at("[2001:db9::1]:5060"), None);
    }
}
