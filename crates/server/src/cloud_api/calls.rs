//! Live calls: HangUpCall.

use super::error::CloudError;
use super::{Answer, Asked};
use centre::{CallId, catalogue};
use uuid::Uuid;

pub async fn hang_up(asked: &Asked<'_>) -> Result<Answer, CloudError> {
    let fields = asked.parameters.fields(&["SdkAppId", "SessionId"])?;
    let session = fields.required("SessionId")?;
    // An id that is no UUID is simply the id of no session.
    let call = Uuid::try_parse(session.text()?).map_err(|_| catalogue::CALL_UNKNOWN)?;
    asked.http.control().hang_up(asked.app, CallId(call)).await?;
    Ok(Answer::new())
}
