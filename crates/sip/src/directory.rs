//! Who may speak to us, arranged for look-up: trunks by source address, accounts (phones, and
//! trunks with a password) by user and domain.

use crate::api::{Directory, Peer, PhoneEntry, PhoneKey, TrunkCredentials, TrunkEntry, TrunkKey};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// Somebody with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) peer: Peer,
    pub(crate) user: String,
    pub(crate) password: Secret,
    realm: String,
}

/// A password. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Account {
    fn of_phone(phone: PhoneEntry) -> Account {
        let PhoneEntry { phone, user, realm, password } = phone;
        Account { peer: Peer::Phone(phone), user, realm, password: Secret(password) }
    }

    fn of_trunk(trunk: TrunkKey, credentials: TrunkCredentials) -> Account {
        let TrunkCredentials { user, realm, password } = credentials;
        Account { peer: Peer::Trunk(trunk), user, realm, password: Secret(password) }
    }
}

/// A trunk that a source belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TrunkAt<'a> {
    pub(crate) trunk: TrunkKey,
    /// The realm in which it has to prove itself, if it has to.
    pub(crate) realm: Option<&'a str>,
}

/// The right to have a phone registered, one each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Licence<'a> {
    /// Who holds them.
    pub(crate) realm: &'a str,
    /// How many there are; without a number there are always enough.
    pub(crate) of: Option<u32>,
}

#[derive(Debug, Default)]
pub(crate) struct Known {
    trunks: Vec<TrunkEntry>,
    accounts: BTreeMap<String, Vec<Account>>,
    realms: BTreeSet<String>,
    /// The realm of each phone.
    phones: BTreeMap<PhoneKey, String>,
    licences: BTreeMap<String, u32>,
}

impl Known {
    pub(crate) fn new(directory: Directory) -> Known {
        let mut known = Known { licences: directory.licences, ..Known::default() };
        for phone in directory.phones {
            known.phones.insert(phone.phone, phone.realm.clone());
            known.add(Account::of_phone(phone));
        }
        for mut trunk in directory.trunks {
            if let Some(credentials) = trunk.credentials.as_mut() {
                known.add(Account::of_trunk(trunk.trunk, credentials.clone()));
                // The account has it now.
                credentials.password = String::new();
            }
            known.trunks.push(trunk);
        }
        known
    }

    fn add(&mut self, account: Account) {
        self.realms.insert(account.realm.to_ascii_lowercase());
        self.accounts.entry(account.user.clone()).or_default().push(account);
    }

    /// The trunk that a source belongs to: longest prefix first, then the one that names
    /// the port.
    pub(crate) fn trunk(&self, source: SocketAddr) -> Option<TrunkKey> {
        self.trunk_at(source).map(|found| found.trunk)
    }

    /// The same, with what it has to prove.
    pub(crate) fn trunk_at(&self, source: SocketAddr) -> Option<TrunkAt<'_>> {
        let address = source.ip().to_canonical();
        let fits = |trunk: &&TrunkEntry| trunk.port.is_none_or(|port| port == source.port());
        let scored = self.trunks.iter().filter(fits).filter_map(|trunk| {
            let nets = trunk.sources.iter().filter(|net| net.contains(&address));
            nets.map(|net| net.prefix_len()).max().map(|prefix| ((prefix, trunk.port.is_some()), trunk))
        });
        // Of equals the first in the list wins.
        let (_, found) = scored.rev().max_by_key(|(score, _)| *score)?;
        let realm = found.credentials.as_ref().map(|credentials| credentials.realm.as_str());
        Some(TrunkAt { trunk: found.trunk, realm })
    }

    /// Whether a trunk that proved its password may be at this source.
    pub(crate) fn may_come_from(&self, trunk: TrunkKey, source: SocketAddr) -> bool {
        let address = source.ip().to_canonical();
        let entry = self.trunks.iter().find(|entry| entry.trunk == trunk);
        entry.is_some_and(|entry| {
            let port = entry.port.is_none_or(|port| port == source.port());
            port && (entry.sources.is_empty() || entry.sources.iter().any(|net| net.contains(&address)))
        })
    }

    /// Whether anybody could prove a password.
    pub(crate) fn has_accounts(&self) -> bool {
        !self.accounts.is_empty()
    }

    pub(crate) fn is_phone(&self, phone: PhoneKey) -> bool {
        self.phones.contains_key(&phone)
    }

    /// What a phone may take: one of its realm's licences, if those are counted.
    pub(crate) fn licence(&self, phone: PhoneKey) -> Licence<'_> {
        let realm = self.phones.get(&phone).map_or("", String::as_str);
        Licence { realm, of: self.licences.get(realm).copied() }
    }

    /// The realm to challenge with: the domain of the address if accounts live there, else ours.
    /// It does not depend on the user, so it tells nothing about who exists.
    pub(crate) fn realm<'a>(&'a self, domain: &'a str, ours: &'a str) -> &'a str {
        if self.realms.contains(domain) { domain } else { ours }
    }

    /// An account by its name within a realm. Those that only know our address find themselves
    /// as long as their name is unique.
    pub(crate) fn account(&self, user: &str, realm: &str) -> Option<&Account> {
        let named = self.accounts.get(user)?;
        let exact = named.iter().find(|account| account.realm.eq_ignore_ascii_case(realm));
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
            credentials: None,
        };
        let known = Known::new(Directory {
            trunks: vec![
                trunk(1, "0.0.0.0/0", None),
                trunk(2, "192.0.2.0/24", None),
                trunk(3, "192.0.2.0/24", Some(5080)),
                trunk(4, "192.0.2.0/24", None),
                trunk(5, "2001:db8::/32", None),
            ],
            ..Directory::default()
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
