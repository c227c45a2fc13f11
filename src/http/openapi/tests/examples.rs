//! Every example is what its schema says. Two types of one name make one component, which fits the examples of one of
//! them only.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::describe;
use super::{followed, operations};

/// What the schema says with all of its parts.
fn whole(document: &Value, schema: &Value) -> Value {
    let schema = followed(document, schema);
    let Some(parts) = schema["allOf"].as_array() else { return schema.clone() };
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for part in parts.iter().map(|part| whole(document, part)) {
        properties.extend(part["properties"].as_object().cloned().unwrap_or_default());
        required.extend(part["required"].as_array().cloned().unwrap_or_default());
    }
    json!({"type": "object", "properties": properties, "required": required})
}

/// What is wrong with `value`, which stands at `way`.
fn faults(document: &Value, schema: &Value, value: &Value, way: &str) -> Vec<String> {
    let schema = whole(document, schema);
    if let Some(choices) = schema["oneOf"].as_array() {
        let of_each: Vec<_> = choices.iter().map(|choice| faults(document, choice, value, way)).collect();
        let fitting = of_each.iter().filter(|faults| faults.is_empty()).count();
        return if fitting == 1 { vec![] } else { vec![format!("{way} fits {fitting} of: {of_each:?}")] };
    }
    let mut found = Vec::new();
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    if schema["type"].is_null() || !kinds.iter().any(|kind| is_of(kind.as_str(), value)) {
        found.push(format!("{way} is {value}, but {kinds:?} is described"));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        found.push(format!("{way} is {value}, which is none of the words"));
    }
    let size = match value {
        Value::String(text) => Some((text.chars().count() as f64, "Length")),
        Value::Array(entries) => Some((entries.len() as f64, "Items")),
        Value::Number(number) => number.as_f64().map(|number| (number, "imum")),
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    };
    if let Some((size, of)) = size {
        let bound = |end: &str| schema[format!("{end}{of}")].as_f64();
        if bound("min").is_some_and(|least| size < least) || bound("max").is_some_and(|most| size > most) {
            found.push(format!("{way} is {value}, which is out of bounds"));
        }
    }
    for (at, entry) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(faults(document, &schema["items"], entry, &format!("{way}[{at}]")));
    }
    if let Some(fields) = value.as_object() {
        found.extend(faults_of_fields(document, &schema, fields, way));
    }
    found
}

fn faults_of_fields(document: &Value, schema: &Value, fields: &Map<String, Value>, way: &str) -> Vec<String> {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let missing = required.filter(|name| !fields.contains_key(*name));
    let mut found: Vec<String> = missing.map(|name| format!("{way}.{name} is missing")).collect();
    // An object without properties has any.
    for (name, value) in fields.iter().filter(|_| schema["properties"].is_object()) {
        let way = format!("{way}.{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(described), _) => found.extend(faults(document, described, value, &way)),
            (None, Value::Object(others)) => found.extend(faults(document, &others.clone().into(), value, &way)),
            (None, Value::Bool(true)) => {}
            (None, _) => found.push(format!("{way} is not described")),
        }
    }
    found
}

fn is_of(kind: Option<&str>, value: &Value) -> bool {
    match kind {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some(_) | None => false,
    }
}

/// The examples of a content, by media type, with their schemas.
fn examples<'a>(document: &'a Value, content: &'a Value) -> Vec<(&'a Value, &'a Value)> {
    let of_kind = |kind: &'a Value| {
        let named = kind["examples"].as_object().into_iter().flat_map(Map::values);
        let named = named.map(|example| &followed(document, example)["value"]);
        named.chain(kind.get("example")).map(|example| (&kind["schema"], example)).collect::<Vec<_>>()
    };
    content.as_object().into_iter().flat_map(Map::values).flat_map(of_kind).collect()
}

#[test]
fn every_example_is_what_its_schema_says() {
    let document = describe();
    let mut found = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let responses = operation["responses"].as_object().expect("answers").values();
        let contents = responses.map(|response| &followed(&document, response)["content"]);
        for content in contents.chain([&operation["requestBody"]["content"]]) {
            for (schema, example) in examples(&document, content) {
                found.extend(faults(&document, schema, example, &format!("{method} {path}: example")));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
