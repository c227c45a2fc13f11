//! The operations of a description: their methods and paths.

use axum::http::Method;
use serde_json::Value;
use utoipa::openapi::OpenApi;

/// Methods that an operation of a path can have.
pub(super) const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The method and the path of every operation that `described` has.
pub(in crate::http) fn operations(described: &OpenApi) -> Vec<(Method, String)> {
    let document = serde_json::to_value(described).expect("a description can be written as JSON");
    let paths = document["paths"].as_object().into_iter().flatten();
    let of_path = |(path, item): (&String, &Value)| {
        let has = |method: &&str| item.get(method).is_some();
        METHODS.into_iter().filter(has).map(|method| (method_of(method), path.clone())).collect::<Vec<_>>()
    };
    paths.flat_map(of_path).collect()
}

/// The method of an operation's name.
pub(in crate::http) fn method_of(name: &str) -> Method {
    Method::from_bytes(name.to_ascii_uppercase().as_bytes()).expect("the methods of operations are methods")
}
