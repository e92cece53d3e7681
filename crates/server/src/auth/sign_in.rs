//! Signing in and out. The answer, its shape and its time are the same for an
//! unknown account and a wrong password.

use super::endings::Ending;
use super::{SESSION_S, SignedInAs, cookie, roles::Person, session_token, tickets::Ticket};
use crate::api::views::{DeskRulesView, MeStaffView, MeView, RoleView, SessionView, SignIn, SignInToken, TicketView};
use crate::api::wishes;
use crate::auth::{AgentUp, InApp};
use crate::http::error::{ApiError, Refusals};
use crate::http::extract::JsonBody;
use crate::http::limiter::{Limiter, Taken};
use crate::http::source::Source;
use crate::http::state::{Http, unix_now};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use centre::settings::Staff;
use centre::{SdkAppId, catalogue};
use std::time::{Duration, Instant};
use store::{NewAudit, Operator, Secret, SessionKind, SessionOwner};
use tokio::sync::SemaphorePermit;
use tokio::time::timeout;

/// Longest account. None that exists is longer.
const MAX_ACCOUNT_BYTES: usize = 128;
/// Longest password.
const MAX_PASSWORD_BYTES: usize = 1_024;
/// How long a try may wait for its turn.
const TURN: Duration = Duration::from_secs(20);

/// Signs in with account and password. The session is in the cookie.
#[utoipa::path(post, operation_id = "sign_in", path = "/sign-in", tag = "session", request_body = SignIn,
    responses((status = 200, body = MeView), Refusals))]
pub async fn sign_in(
    State(http): State<Http>,
    source: Source,
    headers: HeaderMap,
    JsonBody(input): JsonBody<SignIn>,
) -> Result<Response, ApiError> {
    let account = input.user_id.trim().to_lowercase();
    if account.len() > MAX_ACCOUNT_BYTES {
        return Err(ApiError::field("user_id", &wishes::TOO_LONG));
    }
    if input.password.len() > MAX_PASSWORD_BYTES {
        return Err(ApiError::field("password", &wishes::TOO_LONG));
    }
    let (limits, Source(source)) = (&http.sign_ins, source);
    let pair = format!("{source} {account}");
    let counts = [(&limits.pair, pair.as_str()), (&limits.source, &source), (&limits.account, &account)];
    let (_turn, attempt) = Attempt::begin(&http, &counts).await?;
    let found = check_password(&http, &input).await;
    if matches!(found, Ok(None)) {
        let (app, who) = (input.sdk_app_id.map(SdkAppId), account.clone());
        let detail = format!("from {source}");
        http.audit(NewAudit { app, who, what: "session.refused".to_owned(), detail }).await;
        return Err(catalogue::WRONG_CREDENTIALS.into());
    }
    attempt.give_back();
    let Some((app, person)) = found? else { return Err(catalogue::INTERNAL.into()) };
    begin(&http, &headers, (app, person)).await
}

/// Signs in with a login token that the cloud API issued (CreateSDKLoginToken).
#[utoipa::path(post, operation_id = "sign_in_with_token", path = "/sign-in/token", tag = "session", request_body = SignInToken,
    responses((status = 200, body = MeView), Refusals))]
pub async fn sign_in_with_token(
    State(http): State<Http>,
    source: Source,
    headers: HeaderMap,
    JsonBody(input): JsonBody<SignInToken>,
) -> Result<Response, ApiError> {
    let (_turn, attempt) = Attempt::begin(&http, &[(&http.sign_ins.source, &source.0)]).await?;
    let session = http.store().redeem_sdk_token(&input.token).await;
    let owner = session.as_ref().ok().and_then(|session| session.as_ref().map(|session| session.owner));
    if session.is_err() || owner.is_some() {
        attempt.give_back();
    }
    session?;
    match owner {
        Some(SessionOwner::Staff { app, staff }) => {
            let staff = http.store().staff(app, staff).await?;
            begin(&http, &headers, (Some(app), Person::Staff(Box::new(staff)))).await
        }
        Some(SessionOwner::Operator(_)) | None => Err(catalogue::TOKEN_INVALID.into()),
    }
}

/// Ends the session.
#[utoipa::path(post, operation_id = "sign_out", path = "/sign-out", tag = "session", responses((status = 204), Refusals))]
pub async fn sign_out(State(http): State<Http>, headers: HeaderMap) -> Result<Response, ApiError> {
    if let Some(token) = session_token(&headers) {
        end_session(&http, token).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie(&http, ""))]).into_response())
}

/// Who is signed in.
#[utoipa::path(get, operation_id = "me", path = "/me", tag = "session", responses((status = 200, body = MeView), Refusals))]
pub async fn me(State(http): State<Http>, signed_in: SignedInAs) -> Result<Json<MeView>, ApiError> {
    me_view(&http, signed_in.app, &signed_in.person).await.map(Json)
}

/// Who is signed in, if anybody is. For pages that open: nobody being there is no failure.
#[utoipa::path(get, operation_id = "session", path = "/session", tag = "session", responses((status = 200, body = SessionView), Refusals))]
pub async fn session(
    State(http): State<Http>,
    signed_in: Result<SignedInAs, ApiError>,
) -> Result<Json<SessionView>, ApiError> {
    let me = match signed_in {
        Ok(signed_in) => Some(me_view(&http, signed_in.app, &signed_in.person).await?),
        Err(error) if error.code() == catalogue::SIGN_IN_NEEDED => None,
        Err(error) => return Err(error),
    };
    let demo_file = http.state.demo.as_ref().map(|_| http.state.settings.data_dir.join("demo.json"));
    Ok(Json(SessionView { me, demo_file: demo_file.map(|file| file.display().to_string()) }))
}

/// A ticket for the desk socket: one use, 30 seconds.
#[utoipa::path(get, operation_id = "ticket", path = "/desk/ticket", tag = "desk", responses((status = 200, body = TicketView), Refusals))]
pub async fn ticket(State(http): State<Http>, agent: InApp<AgentUp>) -> Result<Json<TicketView>, ApiError> {
    let ticket = Ticket { app: agent.app, agent: agent.staff()?, session: Secret::new(agent.token) };
    Ok(Json(TicketView { ticket: http.tickets.issue(ticket, Instant::now()) }))
}

/// One try to sign in, or to show that one knows a password. It is counted
/// before it is looked at: of many that come at once, no more are looked at than may fail.
pub(super) struct Attempt<'a> {
    taken: Vec<(&'a Limiter, Taken)>,
}

impl<'a> Attempt<'a> {
    /// Takes a turn and a place under each name, or says that there were too many.
    pub(super) async fn begin(
        http: &'a Http,
        counts: &[(&'a Limiter, &str)],
    ) -> Result<(SemaphorePermit<'a>, Attempt<'a>), ApiError> {
        // Who is over a limit need not wait for a turn.
        if !counts.iter().all(|(limiter, name)| limiter.allows(name, Instant::now())) {
            return Err(catalogue::TOO_MANY_ATTEMPTS.into());
        }
        let turn = timeout(TURN, http.sign_ins.at_once.acquire()).await;
        let turn = turn.map_err(|_| catalogue::STORE_BUSY)?.map_err(|_| catalogue::INTERNAL)?;
        let (now, mut attempt) = (Instant::now(), Attempt { taken: Vec::new() });
        for (limiter, name) in counts {
            let Some(taken) = limiter.take(name, now) else {
                attempt.give_back();
                return Err(catalogue::TOO_MANY_ATTEMPTS.into());
            };
            attempt.taken.push((*limiter, taken));
        }
        Ok((turn, attempt))
    }

    /// It was no guess.
    pub(super) fn give_back(self) {
        for (limiter, taken) in self.taken {
            limiter.give_back(taken);
        }
    }
}

async fn check_password(http: &Http, input: &SignIn) -> Result<Option<(Option<SdkAppId>, Person)>, ApiError> {
    let app = input.sdk_app_id.map(SdkAppId);
    let user_id = input.user_id.trim();
    if let Some(found) = http.store().check_password(app, user_id, &input.password).await? {
        return Ok(Some((Some(found.app), Person::Staff(Box::new(found.staff)))));
    }
    if app.is_some() {
        return Ok(None);
    }
    let operator = http.store().check_operator_password(user_id, &input.password).await?;
    Ok(operator.map(|operator| (None, Person::Operator(operator))))
}

/// A new session; the one the browser had before ends, so that no token that
/// was planted before the sign-in is worth anything after it.
async fn begin(
    http: &Http,
    headers: &HeaderMap,
    (app, person): (Option<SdkAppId>, Person),
) -> Result<Response, ApiError> {
    if let Some(old) = session_token(headers) {
        end_session(http, old).await?;
    }
    let owner = match (&person, app) {
        (Person::Staff(staff), Some(app)) => SessionOwner::Staff { app, staff: staff.id },
        (Person::Operator(operator), _) => SessionOwner::Operator(operator.id),
        (Person::Staff(_), None) => return Err(catalogue::INTERNAL.into()),
    };
    let token = http.store().create_session(owner, SessionKind::Cookie, unix_now() + SESSION_S).await?;
    http.audit(NewAudit {
        app,
        who: person.user_id().to_owned(),
        what: "session.began".to_owned(),
        detail: String::new(),
    })
    .await;
    let me = me_view(http, app, &person).await?;
    Ok(([(header::SET_COOKIE, cookie(http, token.expose()))], Json(me)).into_response())
}

async fn end_session(http: &Http, token: &str) -> Result<(), ApiError> {
    http.store().delete_session(token).await?;
    http.endings.tell(Ending::Session(Secret::new(token)));
    Ok(())
}

async fn me_view(http: &Http, app: Option<SdkAppId>, person: &Person) -> Result<MeView, ApiError> {
    let application = match app {
        Some(app) => Some(http.store().application(app).await?),
        None => None,
    };
    Ok(MeView {
        sdk_app_id: app.map(|app| app.0),
        application_name: application.as_ref().map(|application| application.name.clone()).unwrap_or_default(),
        user_id: person.user_id().to_owned(),
        staff: match person {
            Person::Staff(staff) => me_staff(staff),
            Person::Operator(operator) => me_operator(operator),
        },
        role: RoleView::from(person.role()),
        demo: http.state.demo.is_some(),
        desk_rules: application.map(|application| DeskRulesView::from(&application.desk_rules)),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

fn me_operator(operator: &Operator) -> MeStaffView {
    MeStaffView {
        id: operator.id.0,
        user_id: operator.user_id.clone(),
        name: operator.name.clone(),
        nick: String::new(),
        staff_number: String::new(),
        role: RoleView::Operator,
        extension: None,
    }
}

fn me_staff(staff: &Staff) -> MeStaffView {
    MeStaffView {
        id: staff.id.0,
        user_id: staff.user_id.clone(),
        name: staff.name.clone(),
        nick: staff.nick.clone(),
        staff_number: staff.staff_number.clone(),
        role: RoleView::from(staff.role),
        extension: staff.extension.clone(),
    }
}
