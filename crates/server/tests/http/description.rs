//! The published description of the API.

use serde_json::Value;
use std::collections::BTreeSet;

fn description() -> Value {
    serde_json::to_value(server::http::openapi()).unwrap()
}

#[test]
fn every_route_is_described_with_its_answer() {
    let document = description();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 25, "{}", paths.len());
    for (path, operations) in paths {
        assert!(path.starts_with("/api/v1/"), "{path}");
        for (method, operation) in operations.as_object().unwrap() {
            let what = format!("{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{what} says not what it does");
            assert!(operation["operationId"].is_string(), "{what}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{what}");
            assert!(responses.contains_key("401"), "{what}");
        }
    }
}

#[test]
fn operation_ids_are_unique() {
    let document = description();
    let mut seen = BTreeSet::new();
    for operations in document["paths"].as_object().unwrap().values() {
        for operation in operations.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(seen.insert(id.to_owned()), "{id} stands twice");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = description();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut ahead = vec![&document];
    while let Some(value) = ahead.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    let name = reference.strip_prefix("#/components/schemas/").unwrap();
                    assert!(schemas.contains_key(name), "{reference}");
                }
                ahead.extend(fields.values());
            }
            Value::Array(items) => ahead.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    for name in ["DeskServerMessage", "DeskClientMessage", "Desk", "Record", "Flow", "CallEvent"] {
        assert!(schemas.contains_key(name), "{name}");
    }
}
