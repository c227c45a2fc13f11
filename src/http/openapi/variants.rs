//! Objects of which exactly one of some fields is given, as one schema a field: what is generated from them can be made
//! only as it is meant. A choice is always one of objects: generators for Java have no name for a list among others.

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

/// What is a count of rows, or a list of them.
const ROWS: &str = "RowsRequest";
/// Objects with such rows, and what the schemas are called of those with equal rows and of those with named ones.
const OF_ROWS: [(&str, [&str; 2]); 2] = [
    ("SectionRequest", ["EqualRowsSectionRequest", "NamedRowsSectionRequest"]),
    ("OperatorSectionBody", ["OperatorEqualRowsBody", "OperatorNamedRowsBody"]),
];
/// What an event of seats tells: an object, or a list.
const SEATS_EVENT: &str = "SeatsEventBody";

/// Splits every object that leaves a choice.
pub(super) fn split(schemas: &mut Map<String, Value>) {
    split_rows(schemas);
    join_list(schemas);
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

/// Splits the objects with a count of equal rows or a list of named ones.
fn split_rows(schemas: &mut Map<String, Value>) {
    let rows = schemas.remove(ROWS).expect("rows are described");
    let [count, list] = [0, 1].map(|at| rows["oneOf"][at].clone());
    for (name, [equal, named]) in OF_ROWS {
        let mut whole = schemas.remove(name).expect("a section is described");
        let description = whole["description"].take();
        whole["description"] = "With `rows`, a list of each row from the front.".into();
        whole["properties"]["rows"] = list.clone();
        let mut of_equal = with(whole.clone(), "seatsPerRow", std::iter::empty());
        of_equal["description"] = "With `rows` equal rows of `seatsPerRow` seats.".into();
        of_equal["properties"]["rows"] = count.clone();
        let per_row = &mut of_equal["properties"]["seatsPerRow"];
        *per_row = json!({"$ref": per_row["$ref"]});
        let others = whole["properties"].as_object_mut().expect("an object has properties");
        others.remove("seatsPerRow");
        schemas.extend([(equal.to_owned(), of_equal), (named.to_owned(), whole)]);
        let one_of = [equal, named].map(|variant| json!({"$ref": format!("#/components/schemas/{variant}")}));
        schemas.insert(name.to_owned(), json!({"description": description, "oneOf": one_of}));
    }
}

/// Describes what is an object or a list as one schema of two types.
fn join_list(schemas: &mut Map<String, Value>) {
    let event = schemas.remove(SEATS_EVENT).expect("events of seats are described");
    let mut joined = schemas["StatesBody"].clone();
    let list = &event["oneOf"][1];
    let [whole, of_list] = [&event, list].map(|schema| schema["description"].as_str().unwrap_or_default());
    joined["description"] = format!("{whole} {of_list}").into();
    joined["type"] = json!(["object", "array"]);
    joined["items"] = list["items"].clone();
    schemas.insert(SEATS_EVENT.to_owned(), joined);
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
