//! The manual's page of settings and the published API description are written
//! from code. These tests fail when they are stale; `cargo xtask gen` writes
//! them anew.

use std::path::Path;

#[test]
fn the_page_of_settings_is_up_to_date() {
    check("docs/manual/configuration.md", &server::config::manual());
}

#[test]
fn the_description_of_the_api_is_up_to_date() {
    let json = server::http::openapi().to_pretty_json().expect("the description is plain data");
    check("openapi.json", &(json + "\n"));
}

/// Compares a file of the project with what it should contain, or writes it.
fn check(path: &str, wanted: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, wanted).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == wanted, "{path} is out of date; run cargo xtask gen");
}
