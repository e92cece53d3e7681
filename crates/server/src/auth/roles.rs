//! Extractors for routes: `InApp<SupervisorUp>` as an argument means that the
//! route is entered only by a supervisor or more, and that it knows for which
//! application. Role and account are read from the store each time, so that a
//! change or a deletion takes effect at once.

use super::session_token;
use crate::http::error::ApiError;
use crate::http::language::Language;
use crate::http::state::Http;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use centre::settings::{Role, Staff};
use centre::{SdkAppId, StaffId, catalogue};
use std::marker::PhantomData;
use store::{NewAudit, Operator, SessionOwner, StoreError};

/// The least role of a route.
pub trait AtLeast: Send + Sync {
    /// Which.
    const ROLE: Role;
}

/// Everyone with an account.
#[derive(Debug, Clone, Copy)]
pub struct AgentUp;
/// Supervisors, administrators, operators.
#[derive(Debug, Clone, Copy)]
pub struct SupervisorUp;
/// Administrators and operators.
#[derive(Debug, Clone, Copy)]
pub struct AdministratorUp;

impl AtLeast for AgentUp {
    const ROLE: Role = Role::Agent;
}
impl AtLeast for SupervisorUp {
    const ROLE: Role = Role::Supervisor;
}
impl AtLeast for AdministratorUp {
    const ROLE: Role = Role::Administrator;
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub enum Person {
    /// Staff of an application.
    Staff(Box<Staff>),
    /// Someone who runs the platform.
    Operator(Operator),
}

impl Person {
    /// What the person may do.
    pub fn role(&self) -> Role {
        match self {
            Person::Staff(staff) => staff.role,
            Person::Operator(_) => Role::Operator,
        }
    }

    /// The account.
    pub fn user_id(&self) -> &str {
        match self {
            Person::Staff(staff) => &staff.user_id,
            Person::Operator(operator) => &operator.user_id,
        }
    }

    /// The id of a member of staff.
    pub fn staff(&self) -> Option<StaffId> {
        match self {
            Person::Staff(staff) => Some(staff.id),
            Person::Operator(_) => None,
        }
    }
}

/// Anyone who is signed in.
#[derive(Debug, Clone)]
pub struct SignedInAs {
    /// Who.
    pub person: Person,
    /// The application of staff; for operators the one that the request names.
    pub app: Option<SdkAppId>,
    /// The session's token.
    pub token: String,
}

/// Someone of at least role `R`, within one application.
#[derive(Debug, Clone)]
pub struct InApp<R> {
    /// Which application.
    pub app: SdkAppId,
    /// Who.
    pub person: Person,
    /// The session's token.
    pub token: String,
    /// In which language the person reads.
    pub language: Language,
    least: PhantomData<R>,
}

/// An operator, on the platform as a whole.
#[derive(Debug, Clone)]
pub struct OnPlatform {
    /// Who.
    pub operator: Operator,
}

impl<R> InApp<R> {
    /// An audit line of this person in this application.
    pub fn audit(&self, what: &str, detail: impl Into<String>) -> NewAudit {
        NewAudit {
            app: Some(self.app),
            who: self.person.user_id().to_owned(),
            what: what.to_owned(),
            detail: detail.into(),
        }
    }

    /// The staff id, for routes that exist only for staff.
    pub fn staff(&self) -> Result<StaffId, ApiError> {
        self.person.staff().ok_or_else(|| catalogue::FORBIDDEN.into())
    }

    /// For an agent, the agent's own id: all that agents may see is their own.
    pub fn only_own(&self) -> Option<StaffId> {
        match &self.person {
            Person::Staff(staff) if staff.role == Role::Agent => Some(staff.id),
            Person::Staff(_) | Person::Operator(_) => None,
        }
    }
}

impl FromRequestParts<Http> for SignedInAs {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, http: &Http) -> Result<Self, ApiError> {
        let token = session_token(&parts.headers).ok_or(catalogue::SIGN_IN_NEEDED)?.to_owned();
        let session = http.store().session(&token).await?.ok_or(catalogue::SIGN_IN_NEEDED)?;
        match session.owner {
            SessionOwner::Staff { app, staff } => {
                let staff = still_there(http.store().staff(app, staff).await)?;
                Ok(SignedInAs { person: Person::Staff(Box::new(staff)), app: Some(app), token })
            }
            SessionOwner::Operator(operator) => {
                let operator = still_there(http.store().operator(operator).await)?;
                Ok(SignedInAs { person: Person::Operator(operator), app: named_application(parts)?, token })
            }
        }
    }
}

impl<R: AtLeast> FromRequestParts<Http> for InApp<R> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, http: &Http) -> Result<Self, ApiError> {
        let SignedInAs { person, app, token } = SignedInAs::from_request_parts(parts, http).await?;
        if person.role() < R::ROLE {
            return Err(catalogue::FORBIDDEN.into());
        }
        let app = app.ok_or(catalogue::APPLICATION_NEEDED)?;
        if matches!(person, Person::Operator(_)) {
            // Staff's application exists because they do; an operator's may be a typing error.
            http.store().application(app).await?;
        }
        Ok(InApp { app, person, token, language: Language::accepted(&parts.headers), least: PhantomData })
    }
}

impl FromRequestParts<Http> for OnPlatform {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, http: &Http) -> Result<Self, ApiError> {
        match SignedInAs::from_request_parts(parts, http).await?.person {
            Person::Operator(operator) => Ok(OnPlatform { operator }),
            Person::Staff(_) => Err(catalogue::FORBIDDEN.into()),
        }
    }
}

/// An account that was deleted takes its sessions with it.
fn still_there<T>(found: Result<T, StoreError>) -> Result<T, ApiError> {
    match found {
        Err(StoreError::NotFound { .. }) => Err(catalogue::SIGN_IN_NEEDED.into()),
        other => Ok(other?),
    }
}

/// The application an operator works in: `X-Callyard-Application`, or `sdk_app_id` in the query.
fn named_application(parts: &Parts) -> Result<Option<SdkAppId>, ApiError> {
    let header = parts.headers.get("x-callyard-application").and_then(|value| value.to_str().ok());
    let query = parts.uri.query().unwrap_or_default();
    let named = match header {
        Some(text) => Some(text.to_owned()),
        None => form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "sdk_app_id")
            .map(|(_, value)| value.into_owned()),
    };
    named.map(|text| text.parse().map(SdkAppId).map_err(|_| catalogue::APPLICATION_NEEDED.into())).transpose()
}
