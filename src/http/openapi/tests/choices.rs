//! Where there is a choice, each is an object of its own.

use super::super::describe;
use super::{followed, one_of};

#[test]
fn where_exactly_one_field_is_given_each_choice_is_an_object_of_its_own() {
    let document = describe();
    let schemas = &document["components"]["schemas"];
    for (name, choices) in
        [("ReserveRequest", &["seat", "seats", "bestAvailable"][..]), ("SeatsRequest", &["seat", "seats"])]
    {
        let objects = one_of(&document, &schemas[name]);
        assert_eq!(objects.len(), choices.len(), "{name}");
        for (object, given) in objects.into_iter().zip(choices) {
            assert!(
                object["required"].as_array().expect("required fields").contains(&(*given).into()),
                "{name} {given}"
            );
            for field in choices {
                assert_eq!(object["properties"].get(field).is_some(), field == given, "{name} {given} {field}");
            }
        }
    }
    let cancel = &document["paths"]["/api/v1/seats/cancel"]["delete"]["requestBody"];
    assert_eq!(cancel["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/SeatsRequest");
    assert_ne!(cancel["required"], true);
}

#[test]
fn a_choice_is_one_of_objects_since_java_has_no_name_for_a_list_in_it() {
    let document = describe();
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        for choice in schema["oneOf"].as_array().into_iter().flatten() {
            let choice = followed(&document, choice);
            let is_object = choice["type"] == "object" || choice["allOf"].is_array() || choice["oneOf"].is_array();
            assert!(is_object, "{name}: {choice}");
        }
    }
    let schemas = &document["components"]["schemas"];
    for name in ["SectionRequest", "OperatorSectionBody"] {
        let [equal, named] = one_of(&document, &schemas[name])[..] else { panic!("{name} is of two kinds") };
        assert_eq!(followed(&document, &equal["properties"]["rows"])["type"], "integer", "{name}");
        assert!(equal["required"].as_array().expect("fields").contains(&"seatsPerRow".into()), "{name}");
        assert_eq!(named["properties"]["rows"]["type"], "array", "{name}");
        assert!(named["properties"].get("seatsPerRow").is_none(), "{name}");
    }
}
