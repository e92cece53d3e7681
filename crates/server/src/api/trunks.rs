//! Trunks.

use super::checks;
use super::views::{
    Created, Items, OutwardInput, RewriteView, TransportView, TrunkAccountInput, TrunkInput, TrunkStateView, TrunkView,
};
use super::wishes::{self, Wish};
use crate::auth::{AdministratorUp, InApp, SupervisorUp};
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::{JsonBody, PathOf};
use crate::http::state::Http;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use centre::limits::{CALLS, TRUNK_ASKED_EVERY_S};
use centre::settings::{Asking, Outward, Rewrite, Trunk, TrunkAccount, TrunkRules};
use centre::{Pii, TrunkId, catalogue};
use ipnet::IpNet;
use std::net::IpAddr;
use store::NewTrunk;
use store::limits::TRUNK_REWRITES;

/// Most calls a second that one trunk may be given: more than a node sets up.
const MOST_CALLS_PER_SECOND: u32 = 1_000;

/// All trunks.
#[utoipa::path(get, operation_id = "trunks_list", path = "/trunks", tag = "settings",
    responses((status = 200, body = Items<TrunkView>), Refusals))]
pub async fn list(State(http): State<Http>, who: InApp<SupervisorUp>) -> Result<Json<Items<TrunkView>>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    Ok(Json(settings.trunks.values().map(TrunkView::from).collect()))
}

/// What is known now of the carriers that calls go out over.
#[utoipa::path(get, operation_id = "trunks_states", path = "/trunks/states", tag = "settings",
    responses((status = 200, body = Items<TrunkStateView>), Refusals))]
pub async fn states(
    State(http): State<Http>,
    who: InApp<SupervisorUp>,
) -> Result<Json<Items<TrunkStateView>>, ApiError> {
    Ok(Json(http.control().trunk_standings(who.app).await.iter().map(TrunkStateView::from).collect()))
}

/// Creates a trunk.
#[utoipa::path(post, operation_id = "trunks_create", path = "/trunks", tag = "settings", request_body = TrunkInput,
    responses((status = 201, body = Created), Refusals))]
pub async fn create(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    JsonBody(input): JsonBody<TrunkInput>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    let new = checked(input, None)?;
    let name = new.name.clone();
    let id = http.store().create_trunk(who.app, new).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("trunk.created", name)).await;
    Ok((StatusCode::CREATED, Json(Created { id: id.0 })))
}

/// Replaces a trunk's properties. Without `outward.password` the kept one stays, as long as host and user do;
/// so does that of `account`.
#[utoipa::path(put, operation_id = "trunks_replace", path = "/trunks/{id}", tag = "settings", params(("id" = u64, Path)), request_body = TrunkInput,
    responses((status = 200, body = TrunkView), Refusals))]
pub async fn replace(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
    JsonBody(input): JsonBody<TrunkInput>,
) -> Result<Json<TrunkView>, ApiError> {
    let settings = http.store().settings(who.app).await?;
    let old = settings.trunks.get(&TrunkId(id)).ok_or(catalogue::NOT_FOUND)?;
    let NewTrunk { name, sources, max_calls, enabled, rules, outward } = checked(input, Some(old))?;
    let (id, modified_at) = (old.id, old.modified_at);
    let trunk = Trunk { id, name, sources, max_calls, enabled, rules, outward, modified_at };
    http.store().update_trunk(who.app, &trunk).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("trunk.changed", &trunk.name)).await;
    Ok(Json(TrunkView::from(&trunk)))
}

/// Deletes a trunk that carries no number.
#[utoipa::path(delete, operation_id = "trunks_delete", path = "/trunks/{id}", tag = "settings", params(("id" = u64, Path)),
    responses((status = 204), Refusals))]
pub async fn delete(
    State(http): State<Http>,
    who: InApp<AdministratorUp>,
    PathOf(id): PathOf<u64>,
) -> Result<StatusCode, ApiError> {
    http.store().delete_trunk(who.app, TrunkId(id)).await?;
    http.changed(who.app).await?;
    http.audit(who.audit("trunk.deleted", id.to_string())).await;
    Ok(StatusCode::NO_CONTENT)
}

/// `old` is what kept passwords may come from.
fn checked(input: TrunkInput, old: Option<&Trunk>) -> Result<NewTrunk, ApiError> {
    if !checks::is_name(&input.name) {
        return Err(ApiError::field("name", &wishes::NAME));
    }
    if input.max_calls.is_some_and(|most| most as usize > CALLS) {
        return Err(ApiError::field("max_calls", &wishes::MAX_CALLS));
    }
    if input.max_calls_per_second.is_some_and(|most| !(1..=MOST_CALLS_PER_SECOND).contains(&most)) {
        return Err(ApiError::field("max_calls_per_second", &wishes::MAX_CALLS_PER_SECOND));
    }
    let rules = TrunkRules {
        max_calls_per_second: input.max_calls_per_second,
        protection: input.protection.into(),
        inward_rewrites: rewrites(&input.inward_rewrites, "inward_rewrites")?,
        account: input.account.map(|account| checked_account(account, old)).transpose()?,
    };
    Ok(NewTrunk {
        name: input.name.trim().to_owned(),
        sources: networks(&input.sources)?,
        max_calls: input.max_calls,
        enabled: input.enabled,
        rules,
        outward: input
            .outward
            .map(|outward| checked_outward(outward, old.and_then(|old| old.outward.as_ref())))
            .transpose()?,
    })
}

fn networks(texts: &[String]) -> Result<Vec<IpNet>, ApiError> {
    let mut networks = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let network = text.trim().parse::<IpNet>().ok();
        let network = network.or_else(|| text.trim().parse::<IpAddr>().ok().map(IpNet::from));
        let network = network.ok_or_else(|| ApiError::field(&format!("sources[{at}]"), &wishes::NETWORK))?;
        networks.push(network.trunc());
    }
    Ok(networks)
}

fn checked_account(input: TrunkAccountInput, old: Option<&Trunk>) -> Result<TrunkAccount, ApiError> {
    let TrunkAccountInput { user, password } = input;
    if !checks::is_account_user(&user) {
        return Err(ApiError::field("account.user", &wishes::ACCOUNT_USER));
    }
    let kept = old.and_then(|old| old.rules.account.as_ref()).filter(|kept| kept.user == user);
    let password = password.map(Pii::new).or_else(|| kept.map(|kept| kept.password.clone())).unwrap_or_default();
    if !checks::is_account_password(password.expose()) {
        return Err(ApiError::field("account.password", &wishes::ACCOUNT_PASSWORD));
    }
    Ok(TrunkAccount { user, password })
}

fn checked_outward(input: OutwardInput, old: Option<&Outward>) -> Result<Outward, ApiError> {
    let fail = |field: &str, wish: &Wish| Err(ApiError::field(&format!("outward.{field}"), wish));
    let host = input.host.trim();
    // People write an IPv6 address as it stands in a URI.
    let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host).to_owned();
    if !checks::is_host(&host) {
        return fail("host", &wishes::HOST);
    }
    if input.port == Some(0) {
        return fail("port", &wishes::PORT);
    }
    if matches!(input.transport, TransportView::Ws | TransportView::Wss) {
        return fail("transport", &wishes::TRUNK_TRANSPORT);
    }
    if !checks::is_sip_user(&input.user) {
        return fail("user", &wishes::SIP_USER);
    }
    // A kept password is never sent to a host that its owner did not choose it for.
    let kept = old.filter(|old| old.host == host && old.user == input.user).map(|old| old.password.clone());
    let password = input.password.map(Pii::new).or(kept).unwrap_or_default();
    if !checks::is_sip_password(password.expose()) {
        return fail("password", &wishes::SIP_PASSWORD);
    }
    match (input.user.is_empty(), password.expose().is_empty()) {
        (true, false) => return fail("user", &wishes::USER_BESIDE_PASSWORD),
        (true, true) if input.registers => return fail("user", &wishes::USER_BESIDE_PASSWORD),
        (false, true) => return fail("password", &wishes::PASSWORD_BESIDE_USER),
        (true, true) | (false, false) => {}
    }
    if !TRUNK_ASKED_EVERY_S.contains(&input.asked_every_s) {
        return fail("asked_every_s", &wishes::ASKED_EVERY);
    }
    Ok(Outward {
        host,
        port: input.port,
        transport: input.transport.into(),
        user: input.user,
        password,
        registers: input.registers,
        caller_id: input.caller_id.into(),
        rewrites: rewrites(&input.rewrites, "outward.rewrites")?,
        asking: Asking { when: input.asked.into(), every_s: input.asked_every_s },
    })
}

fn rewrites(views: &[RewriteView], field: &str) -> Result<Vec<Rewrite>, ApiError> {
    if views.len() > TRUNK_REWRITES {
        return Err(ApiError::field(field, &wishes::TOO_MANY_REWRITES));
    }
    let mut rules: Vec<Rewrite> = Vec::new();
    for (at, view) in views.iter().enumerate() {
        for (part, text) in [("prefix", &view.prefix), ("replacement", &view.replacement)] {
            if !checks::is_number_part(text) {
                return Err(ApiError::field(&format!("{field}[{at}].{part}"), &wishes::NUMBER_PART));
            }
        }
        if rules.iter().any(|rule| rule.prefix == view.prefix) {
            return Err(ApiError::field(&format!("{field}[{at}].prefix"), &wishes::SAME_PREFIX));
        }
        rules.push(Rewrite { prefix: view.prefix.clone(), replacement: view.replacement.clone() });
    }
    Ok(rules)
}
