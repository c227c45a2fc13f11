//! Objects of which exactly one of some fields is given, as one schema a field: what is generated from them can be made
//! only as it is meant.

use serde_json::{Map, Value, json};

/// An object, and by the field that is given what the schema is called.
type Choice = (&'static str, &'static [(&'static str, &'static str)]);

const CHOICES: &[Choice] = &[
    (
        "ReserveRequest",
        &[
            ("seat", "ReserveSeatRequest"),
            ("seats", "ReserveSeatsRequest"),
            ("bestAvailable", "ReserveBestAvailableRequest"),
        ],
    ),
    ("CheckInRequest", &[("code", "CheckInByCodeRequest"), ("ticketId", "CheckInByTicketRequest")]),
    ("ReportedScanRequest", &[("code", "ReportedCodeRequest"), ("ticketId", "ReportedTicketRequest")]),
    ("SeatsRequest", &[("seat", "OneSeatRequest"), ("seats", "SeveralSeatsRequest")]),
];

/// Splits every object that leaves a choice.
pub(super) fn split(schemas: &mut Map<String, Value>) {
    for &(name, choice) in CHOICES {
        let whole = schemas.remove(name).expect("an object that leaves a choice is described");
        let component = |variant: &str| json!({"$ref": format!("#/components/schemas/{variant}")});
        let one_of: Vec<Value> = choice.iter().map(|(_, variant)| component(variant)).collect();
        schemas.insert(name.to_owned(), json!({"description": whole["description"], "oneOf": one_of}));
        for (field, variant) in choice {
            let others = choice.iter().map(|(other, _)| *other).filter(|other| other != field);
            schemas.insert((*variant).to_owned(), with(whole.clone(), field, others));
        }
    }
}

/// The object with `field` and without the `others`.
fn with<'a>(mut whole: Value, field: &str, others: impl Iterator<Item = &'a str>) -> Value {
    let properties = whole["properties"].as_object_mut().expect("an object has properties");
    others.for_each(|other| drop(properties.remove(other)));
    let given = properties.get_mut(field).expect("the field that is given is described");
    without_null(given);
    let mut required = whole["required"].as_array().cloned().unwrap_or_default();
    required.push(field.into());
    whole["required"] = required.into();
    whole["description"] = format!("With `{field}`.").into();
    whole
}

/// A body that may be left out says so by not being required, and not by being `null`.
pub(super) fn may_be_left_out(body: &mut Value) {
    if let Some(schema) = body.pointer_mut("/content/application~1json/schema") {
        without_null(schema);
    }
}

/// Takes the choice of `null` from a schema that has it.
fn without_null(schema: &mut Value) {
    let Some(kinds) = schema["oneOf"].as_array() else { return };
    let mut others = kinds.iter().filter(|kind| kind["type"] != "null");
    if let (Some(only), None) = (others.next().cloned(), others.next()) {
        *schema = only;
    }
}
