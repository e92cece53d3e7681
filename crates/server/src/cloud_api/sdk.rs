//! Signing in through the desk SDK: CreateSDKLoginToken.

use super::error::CloudError;
use super::staff::find;
use super::{Answer, Asked, answered};
use crate::http::state::unix_now;
use serde::Serialize;
use store::{SessionKind, SessionOwner, TokenUse};

/// A token for one use is fetched right before it is used. (ref. Appendix A)
const ONCE_S: i64 = 600;
/// A token that may be used again lasts a shift, so that a page can be reloaded.
const SHIFT_S: i64 = 12 * 3_600;

#[derive(Serialize)]
struct LoginToken {
    #[serde(rename = "Token")]
    token: String,
    #[serde(rename = "ExpiredTime")]
    expired_time: i64,
    #[serde(rename = "SdkURL")]
    sdk_url: String,
}

pub async fn create_login_token(asked: &Asked<'_>) -> Result<Answer, CloudError> {
    let fields = asked.parameters.fields(&["SdkAppId", "SeatUserId", "OnlyOnce"])?;
    let account = fields.required("SeatUserId")?;
    let only_once = fields.optional("OnlyOnce").map(|field| field.flag()).transpose()?.unwrap_or(false);
    let settings = asked.settings().await?;
    let staff = find(&settings, &account)?;
    let (good_for, life) = if only_once { (TokenUse::OnlyOnce, ONCE_S) } else { (TokenUse::UntilExpiry, SHIFT_S) };
    let owner = SessionOwner::Staff { app: asked.app, staff: staff.id };
    let expired_time = unix_now() + life;
    let token = asked.http.store().create_session(owner, SessionKind::SdkToken(good_for), expired_time).await?;
    answered(LoginToken {
        token: token.expose().to_owned(),
        expired_time,
        sdk_url: format!("{}/sdk/desk-sdk.js", asked.http.state.settings.public_url),
    })
}
