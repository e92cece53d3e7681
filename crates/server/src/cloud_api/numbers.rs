//! Numbers: DescribeNumbers.

use super::error::CloudError;
use super::staff::Page;
use super::{Answer, Asked, answered};
use centre::settings::Number;
use serde::Serialize;

const MAX_PAGE: i64 = 1_000;
const DEFAULT_PAGE: i64 = 20;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NumberPage {
    total_count: usize,
    numbers: Vec<NumberInfo>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NumberInfo {
    number: String,
    call_out_skill_group_ids: Vec<u64>,
    state: u8,
    /// 1: the tenant's own number, over the tenant's own trunk. (ref. 1.5)
    cost_type: u8,
}

pub async fn describe(asked: &Asked<'_>) -> Result<Answer, CloudError> {
    let fields = asked.parameters.fields(&["SdkAppId", "PageNumber", "PageSize"])?;
    let size = fields.optional("PageSize").map(|field| field.integer(1..=MAX_PAGE)).transpose()?;
    let number = fields.optional("PageNumber").map(|field| field.integer(0..=1_000_000)).transpose()?;
    let size = size.unwrap_or(DEFAULT_PAGE);
    let page = Page { offset: number.unwrap_or(0).unsigned_abs() * size.unsigned_abs(), size: size as u32 };
    let settings = asked.settings().await?;
    let all: Vec<&Number> = settings.numbers.values().collect();
    let info = |number: &&Number| NumberInfo {
        number: number.number.clone(),
        call_out_skill_group_ids: number.call_out_groups.iter().map(|group| group.0).collect(),
        state: number.state,
        cost_type: 1,
    };
    answered(NumberPage { total_count: all.len(), numbers: page.of(&all).iter().map(info).collect() })
}
