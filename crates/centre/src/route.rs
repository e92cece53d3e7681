//! From a called number to the flow that answers it, or to the reason why not.
//! A pure function over the settings.

use crate::catalogue::{self, Code};
use crate::ivr::Sounds;
use crate::outward::rewrite;
use crate::settings::{Flow, Number, Settings, Trunk, canonical_number, matching_key};
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
    // A number as it is written somewhere goes before any that is only meant the same.
    let written = owners.iter().find_map(|app| Some((*app, app.number_written(&app.rewritten(called)?)?)));
    let meant = || owners.iter().find_map(|app| Some((*app, app.number_meant(&app.rewritten(called)?)?)));
    let (app, number) = written.or_else(meant).ok_or(catalogue::NUMBER_UNKNOWN)?;
    if number.state != 1 {
        return Err(catalogue::NUMBER_OFF);
    }
    let flow = number.flow.and_then(|id| app.flows.get(&id)).ok_or(catalogue::FLOW_MISSING)?;
    let trunk = app.trunk_for(called).ok_or(catalogue::NUMBER_UNKNOWN)?.id;
    Ok(Route {
        app: app.settings.application.id,
        trunk,
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
            // Two writings of one number, from before they were refused: the first wins.
            numbers.entry(matching_key(number)).or_insert_with(|| number.clone());
        }
        let sounds = Arc::new(settings.sounds.clone());
        Directory { settings, flows, sounds, numbers }
    }

    /// Its sounds, as they are now.
    pub fn sounds(&self) -> Arc<Sounds> {
        Arc::clone(&self.sounds)
    }

    /// The number exactly as a carrier writes it.
    fn number_written(&self, raw: &str) -> Option<&Number> {
        self.settings.numbers.get(&canonical_number(raw))
    }

    /// The number that a carrier means.
    fn number_meant(&self, raw: &str) -> Option<&Number> {
        self.settings.numbers.get(self.numbers.get(&matching_key(&canonical_number(raw)))?)
    }

    /// The trunk of ours that a call counts for: the one the endpoint named,
    /// or else an enabled one that has the call's address among its sources.
    fn trunk_for(&self, called: Called<'_>) -> Option<&Trunk> {
        let trunks = &self.settings.trunks;
        let named = trunks.get(&called.trunk).filter(|trunk| trunk.enabled);
        let by_source =
            || trunks.values().find(|t| t.enabled && t.sources.iter().any(|net| net.contains(&called.from)));
        named.or_else(by_source)
    }

    /// The called number after its trunk's rules.
    fn rewritten(&self, called: Called<'_>) -> Option<String> {
        Some(rewrite(called.number, &self.trunk_for(called)?.rules.inward_rewrites))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Application, DeskRules, FlowNode, Step};
    use crate::{FlowId, NodeName};

    fn directory(app: u64, trunk: u64, number: &str) -> Directory {
        let application = Application {
            id: SdkAppId(app),
            name: "shop".into(),
            desk_rules: DeskRules::default(),
            outside_calls: Default::default(),
            phone_licences: None,
        };
        let sources = vec!["192.0.2.0/24".parse().expect("a network")];
        let trunk = Trunk {
            id: TrunkId(trunk),
            name: "carrier".into(),
            sources,
            max_calls: None,
            enabled: true,
            rules: Default::default(),
            outward: None,
            modified_at: 0,
        };
        let start = NodeName("end".into());
        let nodes =
            BTreeMap::from([(start.clone(), FlowNode { label: String::new(), step: Step::End { prompt: None } })]);
        let flow = Flow { id: FlowId(1), name: "main".into(), version: 1, start, nodes, modified_at: 0 };
        let number = Number {
            number: number.into(),
            trunk: trunk.id,
            flow: Some(flow.id),
            state: 1,
            call_out_groups: Vec::new(),
            modified_at: 0,
        };
        Directory::new(Settings {
            application,
            staff: BTreeMap::new(),
            skill_groups: BTreeMap::new(),
            trunks: BTreeMap::from([(trunk.id, trunk)]),
            phones: BTreeMap::new(),
            numbers: BTreeMap::from([(number.number.clone(), number)]),
            flows: BTreeMap::from([(flow.id, flow)]),
            sounds: BTreeMap::new(),
        })
    }

    #[test]
    fn the_exact_number_wins_over_another_writing_of_it_in_another_application() {
        // The endpoint took the address for the first application's trunk.
        let apps = BTreeMap::from([
            (SdkAppId(1), directory(1, 1, "008675512345678")),
            (SdkAppId(2), directory(2, 2, "0086075512345678")),
        ]);
        let from = "192.0.2.7".parse().expect("an address");
        let to = |number| route(&apps, Called { trunk: TrunkId(1), from, number }).map(|route| route.app);
        assert_eq!(to("0086075512345678"), Ok(SdkAppId(2)));
        assert_eq!(to("+8675512345678"), Ok(SdkAppId(1)));
        // Written as neither has it: the trunk's own application.
        assert_eq!(to("075512345678"), Ok(SdkAppId(1)));
    }
}
