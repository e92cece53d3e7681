//! The manual's page of error codes is written from the catalogue. This test
//! fails when the page is stale; `cargo xtask gen` writes it anew.

#![allow(clippy::disallowed_methods, reason = "in its writing mode the test writes the page")]

use centre::catalogue::{ALL, Code};
use std::path::Path;

#[test]
fn the_page_of_codes_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/manual/errors.md");
    let page = page();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/manual/errors.md is out of date; run cargo xtask gen");
}

fn page() -> String {
    let mut page = String::from(
        "# Codes\n\n<!-- Written by `cargo xtask gen` from crates/centre/src/catalogue.rs. Do not edit. -->\n\n\
         Every refusal and every failed call carries one of these codes: in `error.code` of the API's answers, in\n\
         `cause` of a record, in the log. 每个错误与每通失败的通话都带有下列代码之一。\n",
    );
    for code in ALL {
        page.push_str(&section(code));
    }
    page
}

fn section(code: &Code) -> String {
    let sip = code.sip.map_or("none".to_owned(), |status| status.to_string());
    let cloud = code.cloud.map_or("none".to_owned(), |name| format!("`{name}`"));
    format!(
        "\n## `{}`\n\n{}\n{}\n\n{}\n{}\n\nHTTP {}, SIP {sip}, cloud API {cloud}.\n",
        code.id, code.en, code.zh, code.mend_en, code.mend_zh, code.http
    )
}
