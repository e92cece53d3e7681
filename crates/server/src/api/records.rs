//! Records of calls. Agents see those they served.

use super::views::{Addresses, JournalView, RecordDetailView, RecordLegView, RecordPageView, RecordView, RecordsQuery};
use super::wishes;
use crate::auth::{AgentUp, InApp};
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::{PathOf, QueryOf};
use crate::http::state::Http;
use axum::Json;
use axum::extract::State;
use centre::{CallId, StaffId, catalogue};
use store::RecordQuery;
use uuid::Uuid;

/// Rows of one page.
const MAX_PAGE: u32 = 200;
/// Rows before a page; deeper pages are found by a narrower time.
const MAX_OFFSET: u64 = 1_000_000;

/// Records, newest first.
#[utoipa::path(get, operation_id = "records_list", path = "/records", tag = "records", params(RecordsQuery),
    responses((status = 200, body = RecordPageView), Refusals))]
pub async fn list(
    State(http): State<Http>,
    who: InApp<AgentUp>,
    QueryOf(query): QueryOf<RecordsQuery>,
) -> Result<Json<RecordPageView>, ApiError> {
    let page_size = query.page_size.unwrap_or(20);
    let page = query.page.unwrap_or(0);
    if !(1..=MAX_PAGE).contains(&page_size) {
        return Err(ApiError::field("page_size", &wishes::PAGE_SIZE));
    }
    let offset = page.checked_mul(page_size.into()).filter(|offset| *offset <= MAX_OFFSET);
    let offset = offset.ok_or_else(|| ApiError::field("page", &wishes::PAGE_DEPTH))?;
    let wanted = RecordQuery {
        from_ms: query.from_ms,
        to_ms: query.to_ms,
        phones: query.phone.filter(|phone| !phone.trim().is_empty()).into_iter().collect(),
        calls: Vec::new(),
        agent: who.only_own().or(query.agent.map(StaffId)),
        limit: page_size,
        offset,
    };
    let found = http.store().records(who.app, &wanted).await?;
    let settings = http.store().settings(who.app).await?;
    let records = found.records.iter().map(|record| RecordView::of(record, &settings)).collect();
    Ok(Json(RecordPageView { total: found.total, records }))
}

/// One record, with its journal for supervisors.
#[utoipa::path(get, operation_id = "records_one", path = "/records/{call}", tag = "records", params(("call" = Uuid, Path)),
    responses((status = 200, body = RecordDetailView), Refusals))]
pub async fn one(
    State(http): State<Http>,
    who: InApp<AgentUp>,
    PathOf(call): PathOf<Uuid>,
) -> Result<Json<RecordDetailView>, ApiError> {
    let record = http.store().record(who.app, CallId(call)).await?.ok_or(catalogue::NOT_FOUND)?;
    let own = who.only_own();
    // Someone else's record looks like none, so that ids cannot be probed.
    if own.is_some() && record.agent != own {
        return Err(catalogue::NOT_FOUND.into());
    }
    let journal = match own {
        Some(_) => Vec::new(),
        None => http.store().journal(who.app, record.call).await?,
    };
    let legs = http.store().legs_of(who.app, record.call).await?;
    let addresses = if own.is_some() { Addresses::Hidden } else { Addresses::Shown };
    let settings = http.store().settings(who.app).await?;
    Ok(Json(RecordDetailView {
        record: RecordView::of(&record, &settings),
        legs: legs.iter().map(|leg| RecordLegView::of(leg, &settings, addresses)).collect(),
        journal: journal.iter().map(JournalView::from).collect(),
    }))
}
