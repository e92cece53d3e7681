//! From a called number to the flow that answers it, or to the reason why not.
//! A pure function over the settings.

use crate::catalogue::{self, Code};
use crate::ivr::Sounds;
use crate::settings::{Flow, Number, Settings, canonical_number};
use crate::{SdkAppId, TrunkId};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// A call that wants in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Called<'a> {
    /// The trunk that the SIP endpoint took it from.
    pub trunk: TrunkId,
    /// The address it came from: two applications may share a carrier.
    pub from: IpAddr,
    /// The called number as the carrier wrote it.
    pub number: &'a str,
}

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Whose it is.
    pub app: SdkAppId,
    /// The trunk it counts for.
    pub trunk: TrunkId,
    /// How many calls that trunk takes at once.
    pub trunk_limit: Option<u32>,
    /// The called number as settings write it.
    pub number: String,
    /// Its flow, as published now: a call keeps it to the end.
    pub flow: Arc<Flow>,
    /// The sounds it may play, as they are now.
    pub sounds: Arc<Sounds>,
}

/// Finds the route.
pub fn route(apps: &BTreeMap<SdkAppId, Directory>, called: Called<'_>) -> Result<Route, &'static Code> {
    let mut owners: Vec<&Directory> = apps.values().filter(|app| app.trunk_for(called).is_some()).collect();
    // The trunk's own application comes first; others that share its address after it.
    owners.sort_by_key(|app| !app.settings.trunks.contains_key(&called.trunk));
    let found = owners.into_iter().find_map(|app| Some((app, app.number(called.number)?)));
    let (app, number) = found.ok_or(catalogue::NUMBER_UNKNOWN)?;
    if number.state != 1 {
        return Err(catalogue::NUMBER_OFF);
    }
    let flow = number.flow.and_then(|id| app.flows.get(&id)).ok_or(catalogue::FLOW_MISSING)?;
    let (trunk, trunk_limit) = app.trunk_for(called).ok_or(catalogue::NUMBER_UNKNOWN)?;
    Ok(Route {
        app: app.settings.application.id,
        trunk,
        trunk_limit,
        number: number.number.clone(),
        flow: Arc::clone(flow),
        sounds: Arc::clone(&app.sounds),
    })
}

/// One application's settings, indexed for calls.
#[derive(Debug, Clone)]
pub struct Directory {
    /// The settings.
    pub settings: Settings,
    flows: BTreeMap<crate::FlowId, Arc<Flow>>,
    sounds: Arc<Sounds>,
    /// Matching key → number as settings write it.
    numbers: BTreeMap<String, String>,
}

impl Directory {
    /// Indexes settings.
    pub fn new(settings: Settings) -> Directory {
        let flows = settings.flows.iter().map(|(id, flow)| (*id, Arc::new(flow.clone()))).collect();
        let mut numbers = BTreeMap::new();
        for number in settings.numbers.keys() {
            // Two writings of one number: the first wins, and the exact writing always does.
            numbers.entry(matching_key(number)).or_insert_with(|| number.clone());
        }
        let sounds = Arc::new(settings.sounds.clone());
        Directory { settings, flows, sounds, numbers }
    }

    /// The number that a carrier means.
    fn number(&self, raw: &str) -> Option<&Number> {
        let canonical = canonical_number(raw);
        self.settings.numbers.get(&canonical).or_else(|| {
            let written = self.numbers.get(&matching_key(&canonical))?;
            self.settings.numbers.get(written)
        })
    }

    /// The trunk of ours that a call counts for: the one the endpoint named,
    /// or else an enabled one that has the call's address among its sources.
    fn trunk_for(&self, called: Called<'_>) -> Option<(TrunkId, Option<u32>)> {
        let trunks = &self.settings.trunks;
        let named = trunks.get(&called.trunk).filter(|trunk| trunk.enabled);
        let by_source =
            || trunks.values().find(|t| t.enabled && t.sources.iter().any(|net| net.contains(&called.from)));
        named.or_else(by_source).map(|trunk| (trunk.id, trunk.max_calls))
    }
}

/// What two writings of one Chinese number have in common. Carriers send
/// `0086075512345678`, `+8675512345678`, `8675512345678`, `075512345678` or
/// `75512345678` for one line, and `13800138000` or `013800138000` for one
/// mobile: the country code and leading zeros are taken off. A number of
/// another country (`00` and not `0086`) keeps everything, so that `001…` is
/// never taken for a mobile that begins with `1…`.
fn matching_key(canonical: &str) -> String {
    if let Some(national) = canonical.strip_prefix("0086") {
        return national.trim_start_matches('0').to_owned();
    }
    if canonical.starts_with("00") {
        return canonical.to_owned();
    }
    // A bare `86` is a country code only if a whole number follows: area code and line, or a mobile.
    let national = match canonical.strip_prefix("86") {
        Some(rest) if rest.len() >= 10 => rest,
        Some(_) | None => canonical,
    };
    let bare = national.trim_start_matches('0');
    if bare.is_empty() { canonical.to_owned() } else { bare.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_has_many_writings() {
        let key = matching_key(&canonical_number("0086075512345678"));
        for raw in [
            "+86 755 1234 5678",
            "+86-0755-12345678",
            "8675512345678",
            "075512345678",
            "75512345678",
            "008675512345678",
        ] {
            assert_eq!(matching_key(&canonical_number(raw)), key, "{raw}");
        }
        assert_ne!(matching_key(&canonical_number("+17551234567")), key);
    }

    #[test]
    fn a_foreign_number_is_no_chinese_mobile() {
        let mobile = matching_key(&canonical_number("14155551234"));
        assert_ne!(matching_key(&canonical_number("+14155551234")), mobile);
    }

    #[test]
    fn a_short_number_that_begins_with_86_keeps_it() {
        assert_eq!(matching_key("8612"), "8612");
        assert_eq!(matching_key("sales"), "sales");
    }
}
