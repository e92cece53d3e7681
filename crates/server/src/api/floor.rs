//! The live floor, and what supervisors do on it.

use super::views::{CallMeInput, FloorView, PresenceInput, PresenceWish};
use super::wishes;
use crate::auth::{AgentUp, InApp, SupervisorUp};
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::{JsonBody, PathOf};
use crate::http::state::{CallMe, Http};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use centre::desk::DeskCommand;
use centre::limits::TEXT_BYTES;
use centre::{CallId, SkillGroupId, StaffId, catalogue};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What happens now. Agents see their own call, themselves and the queues of their groups.
#[utoipa::path(get, operation_id = "floor", path = "/floor", tag = "floor", responses((status = 200, body = FloorView), Refusals))]
pub async fn floor(State(http): State<Http>, who: InApp<AgentUp>) -> Result<Json<FloorView>, ApiError> {
    let mut floor = http.control().floor(who.app).await.ok_or(catalogue::NOT_FOUND)?;
    if let Some(own) = who.only_own() {
        let groups: BTreeSet<SkillGroupId> = http.store().staff(who.app, own).await?.groups.into_keys().collect();
        floor.calls.retain(|call| call.agent == Some(own));
        floor.agents.retain(|agent| agent.agent == own);
        floor.queues.retain(|queue| groups.contains(&queue.group));
    }
    Ok(Json(FloorView::from(&floor)))
}

/// Ends a call.
#[utoipa::path(post, operation_id = "floor_hang_up", path = "/floor/calls/{call}/hang-up", tag = "floor", params(("call" = Uuid, Path)),
    responses((status = 204), Refusals))]
pub async fn hang_up(
    State(http): State<Http>,
    who: InApp<SupervisorUp>,
    PathOf(call): PathOf<Uuid>,
) -> Result<StatusCode, ApiError> {
    http.control().hang_up(who.app, CallId(call)).await?;
    http.audit(who.audit("call.hung_up", call.to_string())).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets an agent's state.
#[utoipa::path(post, operation_id = "floor_set_presence", path = "/floor/agents/{id}/presence", tag = "floor", params(("id" = u64, Path)),
    request_body = PresenceInput, responses((status = 204), Refusals))]
pub async fn set_presence(
    State(http): State<Http>,
    who: InApp<SupervisorUp>,
    PathOf(id): PathOf<u64>,
    JsonBody(input): JsonBody<PresenceInput>,
) -> Result<StatusCode, ApiError> {
    let text = input.text.unwrap_or_default();
    if text.len() > TEXT_BYTES {
        return Err(ApiError::field("text", &wishes::TOO_LONG));
    }
    let command = match input.state {
        PresenceWish::Ready => DeskCommand::BeReady,
        PresenceWish::Rest => DeskCommand::BeAway { rest: Some(text) },
        PresenceWish::NotReady => DeskCommand::BeAway { rest: None },
    };
    let staff = http.store().staff(who.app, StaffId(id)).await?;
    http.control().desk(who.app, staff.id, command).await?;
    http.audit(who.audit("agent.presence_set", staff.user_id)).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets the demo's virtual customer call. Only with `--demo`.
#[utoipa::path(post, operation_id = "floor_call_me", path = "/demo/call-me", tag = "floor", request_body = CallMeInput,
    responses((status = 202), Refusals))]
pub async fn call_me(
    State(http): State<Http>,
    who: InApp<AgentUp>,
    JsonBody(input): JsonBody<CallMeInput>,
) -> Result<(StatusCode, Json<serde_json::Value>), ApiError> {
    let place = http.state.demo.as_ref().ok_or(catalogue::DEMO_ONLY)?;
    let skill = match input.skill.as_deref() {
        None | Some("") => None,
        Some("1") => Some('1'),
        Some("2") => Some('2'),
        Some(_) => return Err(ApiError::field("skill", &wishes::ONE_OR_TWO)),
    };
    place(CallMe { skill })?;
    http.audit(who.audit("demo.called", "")).await;
    Ok((StatusCode::ACCEPTED, Json(serde_json::json!({}))))
}
