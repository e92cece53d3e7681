//! The product's own REST API under `/api/v1`, one file a group of routes. Every
//! route is described where it stands; `/openapi.json` is made from that.

pub mod checks;
pub mod flow_check;
pub mod views;
pub mod wav;
pub mod wishes;

mod api_keys;
mod applications;
mod floor;
mod flows;
mod numbers;
mod phones;
mod records;
pub mod recordings;
pub mod skill_groups;
mod sounds;
pub mod staff;
mod trunks;

use crate::auth::{own_password, sign_in};
use crate::desk_socket;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::state::Http;
use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use centre::catalogue;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(OpenApi)]
#[openapi(
    info(title = "Callyard", description = "The API of the Callyard contact centre. \
        Sign in with `POST /api/v1/sign-in`; the session is a cookie. Requests that change something carry \
        the header `X-Callyard: 1`. Errors have a stable code and say what to do."),
    components(schemas(
        ErrorBody, views::ServerMessage, views::ClientMessage, views::DeskRequest, views::DeskView,
    )),
    tags(
        (name = "session", description = "Signing in and out"),
        (name = "desk", description = "An agent's desk"),
        (name = "floor", description = "What happens now"),
        (name = "records", description = "What happened"),
        (name = "settings", description = "What administrators set"),
        (name = "platform", description = "What operators do"),
    ),
)]
struct Description;

/// All routes, and their description.
pub fn routes() -> (Router<Http>, Document) {
    let all = OpenApiRouter::new().merge(session_routes()).merge(live_routes()).merge(settings_routes());
    let (router, document) = OpenApiRouter::with_openapi(Description::openapi()).nest("/api/v1", all).split_for_parts();
    let router = router.route("/api/v1/desk", get(desk_socket::connect)).layer(from_fn(no_forgery));
    (router, document)
}

fn session_routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new()
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_in::sign_in_with_token))
        .routes(routes!(sign_in::sign_out))
        .routes(routes!(sign_in::session))
        .routes(routes!(sign_in::me))
        .routes(routes!(own_password::set_own_password))
        .routes(routes!(sign_in::ticket))
}

fn live_routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new()
        .routes(routes!(numbers::own))
        .routes(routes!(floor::floor))
        .routes(routes!(floor::hang_up))
        .routes(routes!(floor::set_presence))
        .routes(routes!(floor::call_me))
        .routes(routes!(records::list))
        .routes(routes!(records::one))
        .routes(routes!(recordings::audio))
        .routes(routes!(recordings::peaks))
}

fn settings_routes() -> OpenApiRouter<Http> {
    OpenApiRouter::new()
        .routes(routes!(staff::list, staff::create))
        .routes(routes!(staff::replace, staff::delete))
        .routes(routes!(staff::set_password))
        .routes(routes!(skill_groups::list, skill_groups::create))
        .routes(routes!(skill_groups::replace, skill_groups::delete))
        .routes(routes!(trunks::list, trunks::create))
        .routes(routes!(trunks::states))
        .routes(routes!(trunks::replace, trunks::delete))
        .routes(routes!(phones::list, phones::create))
        .routes(routes!(phones::replace, phones::delete))
        .routes(routes!(phones::show_password, phones::renew_password))
        .routes(routes!(numbers::list, numbers::create))
        .routes(routes!(numbers::replace, numbers::delete))
        .routes(routes!(flows::list, flows::create))
        .routes(routes!(flows::one, flows::publish, flows::delete))
        .routes(routes!(flows::check))
        .merge(sounds::routes())
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::switch, api_keys::delete))
        .routes(routes!(applications::list, applications::create))
        .routes(routes!(applications::license))
        .routes(routes!(applications::own, applications::replace))
}

/// A page of another origin can make a browser send a form, but not this header
/// (that would need our consent by CORS, which we never give).
async fn no_forgery(request: Request, next: Next) -> Response {
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if harmless || request.headers().contains_key("x-callyard") {
        next.run(request).await
    } else {
        ApiError::from(catalogue::CSRF_HEADER_MISSING).into_response()
    }
}
