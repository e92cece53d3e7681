//! The pure part of finding a carrier's gateway: which NAPTR and SRV records count, and in
//! which order (RFC 3263 §4, RFC 2782). It asks nobody; luck comes in as an argument.

use sip::Transport;

/// A NAPTR record, as far as SIP needs it. (RFC 3403 §4.1)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naptr {
    /// Lower first, strictly.
    pub order: u16,
    /// Lower first among equal orders.
    pub preference: u16,
    /// What to ask next: `s` for SRV, `a` for addresses.
    pub flags: String,
    /// Such as `SIP+D2U`.
    pub service: String,
    /// The name to ask next.
    pub replacement: String,
}

/// An SRV record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Srv {
    /// Lower first, strictly.
    pub priority: u16,
    /// The share among equal priorities.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host; empty when there is decidedly no such service.
    pub target: String,
}

/// What to ask next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lead {
    /// SRV records of this name.
    Service(String),
    /// Addresses of this host, at the usual port.
    Host(String),
}

/// Where a host's NAPTR records lead by one transport, best first. Those of other transports
/// are not for us: the administrator has chosen, and from TLS nobody leads us down to UDP.
pub fn leads(mut records: Vec<Naptr>, transport: Transport) -> Vec<Lead> {
    // RFC 3263 §4.1, RFC 7118 §5.
    let service = match transport {
        Transport::Udp => "SIP+D2U",
        Transport::Tcp => "SIP+D2T",
        Transport::Tls => "SIPS+D2T",
        Transport::Ws => "SIP+D2W",
        Transport::Wss => "SIPS+D2W",
    };
    records.retain(|record| record.service.eq_ignore_ascii_case(service) && !record.replacement.is_empty());
    records.sort_by_key(|record| (record.order, record.preference));
    let lead = |record: Naptr| match record.flags.to_ascii_lowercase().as_str() {
        "s" => Some(Lead::Service(record.replacement)),
        "a" => Some(Lead::Host(record.replacement)),
        _ => None,
    };
    records.into_iter().filter_map(lead).collect()
}

/// The name of a host's SRV records for a transport. (RFC 3263 §4.2)
pub fn service(host: &str, transport: Transport) -> String {
    let prefix = match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
        Transport::Ws => "_sip._ws",
        Transport::Wss => "_sips._ws",
    };
    format!("{prefix}.{host}")
}

/// The port where nobody names one. (RFC 3261 §19.1.2, RFC 7118 §5)
pub fn usual_port(transport: Transport) -> u16 {
    match transport {
        Transport::Udp | Transport::Tcp => 5060,
        Transport::Tls => 5061,
        Transport::Ws => 80,
        Transport::Wss => 443,
    }
}

/// Puts SRV records into the order in which they are tried (RFC 2782, "Usage rules"). `luck(n)`
/// gives a number from 0 to n, both included.
pub fn by_priority(mut records: Vec<Srv>, mut luck: impl FnMut(u32) -> u32) -> Vec<Srv> {
    records.retain(|record| !record.target.is_empty());
    // Those of weight 0 first, so that they have a small chance at all.
    records.sort_by_key(|record| (record.priority, record.weight > 0));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(first) = records.first() {
        let equals = records.iter().take_while(|record| record.priority == first.priority);
        let weights: Vec<u32> = equals.map(|record| u32::from(record.weight)).collect();
        let drawn = luck(weights.iter().sum());
        let mut sum = 0;
        let chosen = weights.iter().position(|weight| {
            sum += weight;
            sum >= drawn
        });
        ordered.push(records.remove(chosen.unwrap_or_default()));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};

    fn srv(priority: u16, weight: u16, target: &str) -> Srv {
        Srv { priority, weight, port: 5060, target: target.into() }
    }

    fn naptr(order: u16, preference: u16, (flags, service): (&str, &str), replacement: &str) -> Naptr {
        Naptr { order, preference, flags: flags.into(), service: service.into(), replacement: replacement.into() }
    }

    /// The example of RFC 3263 §4.1.
    #[test]
    fn of_a_host_that_offers_three_transports_the_chosen_one_counts() {
        let records = || {
            vec![
                naptr(50, 50, ("s", "SIPS+D2T"), "_sips._tcp.example.com"),
                naptr(90, 50, ("s", "SIP+D2T"), "_sip._tcp.example.com"),
                naptr(100, 50, ("s", "SIP+D2U"), "_sip._udp.example.com"),
            ]
        };
        for (transport, name) in [
            (Transport::Tls, "_sips._tcp.example.com"),
            (Transport::Tcp, "_sip._tcp.example.com"),
            (Transport::Udp, "_sip._udp.example.com"),
        ] {
            assert_eq!(leads(records(), transport), [Lead::Service(name.into())]);
            assert_eq!(service("example.com", transport), name, "without NAPTR it is the same name");
        }
        assert_eq!(leads(records(), Transport::Wss), []);
    }

    #[test]
    fn naptr_records_go_by_order_then_preference_and_what_is_not_understood_is_skipped() {
        let records = vec![
            naptr(20, 1, ("S", "sip+d2u"), "third"),
            naptr(10, 7, ("a", "SIP+D2U"), "second"),
            naptr(10, 5, ("s", "SIP+D2U"), "first"),
            naptr(1, 1, ("u", "SIP+D2U"), "a regular expression"),
            naptr(1, 1, ("s", "E2U+sip"), "for numbers"),
            naptr(1, 1, ("s", "SIP+D2U"), ""),
        ];
        let expected = [Lead::Service("first".into()), Lead::Host("second".into()), Lead::Service("third".into())];
        assert_eq!(leads(records, Transport::Udp), expected);
    }

    #[test]
    fn a_lower_priority_is_always_tried_first_and_the_root_means_no_service() {
        let records = vec![srv(20, 9, "backup"), srv(10, 0, "main"), srv(0, 0, "")];
        for drawn in [0, u32::MAX] {
            let order: Vec<String> =
                by_priority(records.clone(), |most| drawn.min(most)).into_iter().map(|record| record.target).collect();
            assert_eq!(order, ["main", "backup"]);
        }
        assert_eq!(by_priority(vec![srv(0, 0, "")], |_| 0), []);
    }

    /// RFC 2782: the draw is from 0 to the sum, and the first whose running sum reaches it wins.
    #[test]
    fn the_draw_chooses_by_the_running_sum() {
        let records = vec![srv(1, 10, "ten"), srv(1, 0, "zero"), srv(1, 30, "thirty")];
        for (drawn, first) in [(0, "zero"), (1, "ten"), (10, "ten"), (11, "thirty"), (40, "thirty")] {
            let mut draws = vec![drawn, 0, 0].into_iter();
            let order = by_priority(records.clone(), |most| draws.next().expect("three draws").min(most));
            assert_eq!(order[0].target, first, "{drawn}");
            assert_eq!(order.len(), 3, "the others are tried after it");
        }
    }

    #[test]
    fn over_many_calls_each_gets_its_share() {
        let mut rng = ChaCha20Rng::from_seed([4; 32]);
        let records = vec![srv(1, 10, "a"), srv(1, 30, "b"), srv(1, 60, "c")];
        let mut firsts = [0_u32; 3];
        for _ in 0..10_000 {
            let order = by_priority(records.clone(), |most| rng.next_u32() % (most + 1));
            let index = ["a", "b", "c"].iter().position(|name| *name == order[0].target).expect("one of them");
            firsts[index] += 1;
        }
        for (index, share) in [1_000_u32, 3_000, 6_000].into_iter().enumerate() {
            assert!(firsts[index].abs_diff(share) < 250, "{firsts:?}");
        }
    }
}
