//! People change their own password. Who has only found a browser open does not
//! know the old one, and may guess no oftener than at the sign-in.

use super::endings::Ending;
use super::sign_in::Attempt;
use super::{Person, SignedInAs};
use crate::api::checks;
use crate::api::views::OwnPasswordInput;
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::JsonBody;
use crate::http::source::Source;
use crate::http::state::Http;
use axum::extract::State;
use axum::http::StatusCode;
use centre::{SdkAppId, catalogue};
use store::{NewAudit, SessionOwner};

/// Changes one's own password. This session goes on, all others of the account end.
#[utoipa::path(post, operation_id = "me_set_password", path = "/me/password", tag = "session", request_body = OwnPasswordInput,
    responses((status = 204), Refusals))]
pub async fn set_own_password(
    State(http): State<Http>,
    signed_in: SignedInAs,
    Source(source): Source,
    JsonBody(input): JsonBody<OwnPasswordInput>,
) -> Result<StatusCode, ApiError> {
    let SignedInAs { person, app, token } = signed_in;
    let account = person.user_id().to_lowercase();
    let owner = owner(&person, app)?;
    let (limits, pair) = (&http.sign_ins, format!("{source} {account}"));
    let counts = [(&limits.pair, pair.as_str()), (&limits.source, &source), (&limits.account, &account)];
    let (_turn, attempt) = Attempt::begin(&http, &counts).await?;
    let known = is_password(&http, owner, (person.user_id(), &input.old)).await;
    if matches!(known, Ok(false)) {
        return Err(catalogue::WRONG_PASSWORD.into());
    }
    attempt.give_back();
    known?;
    if !checks::is_password(&input.new, person.user_id()) {
        return Err(catalogue::WEAK_PASSWORD.into());
    }
    http.store().set_own_password(owner, &input.new, &token).await?;
    let app = match owner {
        SessionOwner::Staff { app, staff } => {
            http.endings.tell(Ending::Account(app, staff));
            Some(app)
        }
        SessionOwner::Operator(_) => None,
    };
    let who = person.user_id().to_owned();
    http.audit(NewAudit { app, who, what: "session.password_set".to_owned(), detail: String::new() }).await;
    Ok(StatusCode::NO_CONTENT)
}

fn owner(person: &Person, app: Option<SdkAppId>) -> Result<SessionOwner, ApiError> {
    match (person, app) {
        (Person::Staff(staff), Some(app)) => Ok(SessionOwner::Staff { app, staff: staff.id }),
        (Person::Operator(operator), _) => Ok(SessionOwner::Operator(operator.id)),
        (Person::Staff(_), None) => Err(catalogue::INTERNAL.into()),
    }
}

async fn is_password(http: &Http, owner: SessionOwner, (account, password): (&str, &str)) -> Result<bool, ApiError> {
    match owner {
        SessionOwner::Staff { app, staff } => {
            let found = http.store().check_password(Some(app), account, password).await?;
            Ok(found.is_some_and(|found| found.staff.id == staff))
        }
        SessionOwner::Operator(operator) => {
            let found = http.store().check_operator_password(account, password).await?;
            Ok(found.is_some_and(|found| found.id == operator))
        }
    }
}
