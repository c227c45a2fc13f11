//! What answers have in common: the envelope of a success, headers, and that what may be null is always there.

use serde_json::{Value, json};

/// The headers that answers refer to.
pub(super) fn headers() -> Value {
    json!({
        "x-request-id": {
            "description": "Names the request in the server's log; the caller's, if it sent one.",
            "schema": {"type": "string"}
        },
        "Retry-After": {
            "description": "Seconds after which to come again.",
            "schema": {"type": "integer", "format": "int32", "minimum": 1}
        },
        "RateLimit-Policy": {
            "description": "The limit that counted the request, where it is on: its name, `q` requests in `w` seconds.",
            "schema": {"type": "string"},
            "example": "\"read\";q=1200;w=60"
        },
        "RateLimit": {
            "description": "How the limit stands: `r` requests are left, and all of them again behind `t` seconds.",
            "schema": {"type": "string"},
            "example": "\"read\";r=1199;t=1"
        },
        "ETag": {
            "description": "Names what is shown and changes with it: to be given back with `If-None-Match`, or with `If-Match` where it is changed.",
            "schema": {"type": "string"}
        },
        "WWW-Authenticate": {"description": "Which credentials are wanted.", "schema": {"type": "string"}},
        "Idempotent-Replayed": {
            "description": "`true` when this was answered before to the same request.",
            "schema": {"type": "string", "enum": ["true"]}
        }
    })
}

/// Adds a header of the components to an answer.
pub(super) fn add_header(response: &mut Value, name: &str) {
    response["headers"][name] = json!({"$ref": format!("#/components/headers/{name}")});
}

/// The schema of every success.
pub(super) fn success() -> Value {
    json!({
        "type": "object",
        "description": "The envelope of every success; what it holds is in `body`.",
        "required": ["result"],
        "properties": {"result": {"type": "string", "enum": ["success"]}}
    })
}

/// Puts the JSON body of a success into the envelope, schema and example alike.
pub(super) fn wrap(response: &mut Value) {
    let Some(content) = response.pointer_mut("/content/application~1json").and_then(Value::as_object_mut) else {
        return;
    };
    let Some(schema) = content.remove("schema") else {
        return;
    };
    let envelope = json!({"$ref": "#/components/schemas/Success"});
    let whole = json!({"type": "object", "required": ["body"], "properties": {"body": schema}});
    content.insert("schema".to_owned(), json!({"allOf": [envelope, whole]}));
    if let Some(example) = content.remove("example") {
        content.insert("example".to_owned(), json!({"result": "success", "body": example}));
    }
}

/// Has an answer require the fields that may be null: what may be left out of one is never null.
pub(super) fn require_nullable(schema: &mut Value) {
    let parts = schema.get_mut("allOf").and_then(Value::as_array_mut);
    parts.into_iter().flatten().for_each(require_nullable);
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let nullable = properties.iter().filter(|(_, property)| may_be_null(property)).map(|(field, _)| field.clone());
    let nullable: Vec<String> = nullable.collect();
    if nullable.is_empty() {
        return;
    }
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let further = nullable.into_iter().map(Value::from).filter(|field| !required.contains(field));
    schema["required"] = required.iter().cloned().chain(further).collect();
}

fn may_be_null(property: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null";
    let by_type = property["type"].as_array().is_some_and(|kinds| kinds.iter().any(is_null));
    let one_of = property["oneOf"].as_array();
    by_type || one_of.is_some_and(|kinds| kinds.iter().any(|kind| is_null(&kind["type"])))
}
