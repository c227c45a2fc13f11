//! Words of our own that gave way to the field's must not come back as names of files and types.

use super::sources::{Source, below};

/// Retired words in the form of a module's name, and what stands for them.
const RETIRED: [(&str, &str); 30] = [
    ("actor", "key scope"),
    ("agenda", "a queue of what is due"),
    ("answered", "idempotency record"),
    ("ascending", "bulk insert"),
    ("bearer", "place reference, or token of a header"),
    ("blame", "damage"),
    ("cast", "setup or options"),
    ("crew", "client pool"),
    ("door", "load shedding or admission"),
    ("edge", "pipeline or admission control"),
    ("errand", "action"),
    ("failure", "problem"),
    ("farewell", "lingering close or raw response"),
    ("journal", "the log"),
    ("lane", "virtual user"),
    ("observe", "access log or metrics"),
    ("once", "idempotency"),
    ("patron", "buyer"),
    ("platter", "a simulated file"),
    ("remembered", "token cache"),
    ("roster", "connection limit"),
    ("siege", "connection flood"),
    ("staged", "a file that is written back"),
    ("table_thread", "checkpoint"),
    ("tally", "histograms"),
    ("terms", "negotiation"),
    ("trouble", "submit error"),
    ("turn", "load shedding"),
    ("untouched", "a copy-on-write file"),
    ("wire", "stream"),
];

fn retired(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let types = source.syntax().items.into_iter().filter_map(|item| match item {
        syn::Item::Struct(item) => Some(item.ident),
        syn::Item::Enum(item) => Some(item.ident),
        syn::Item::Trait(item) => Some(item.ident),
        _ => None,
    });
    let types: Vec<syn::Ident> = types.collect();
    let parts = source.path.trim_end_matches(".rs").split('/');
    for (word, instead) in RETIRED {
        if parts.clone().any(|part| part == word) {
            found.push(format!("{}: a file is called {word}, which is {instead}", source.path));
        }
        let name = word[..1].to_uppercase() + &word[1..];
        let retired = types.iter().filter(|ident| **ident == name);
        found.extend(retired.map(|ident| format!("{}: a type is called {ident}, which is {instead}", source.path)));
    }
    found
}

#[test]
fn retired_words_do_not_come_back() {
    let found: Vec<String> =
        ["src", "tests", "benches"].into_iter().flat_map(below).flat_map(|it| retired(&it)).collect();
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(retired(&Source::new("src/http/door.rs", "")).len(), 1);
    assert_eq!(retired(&Source::new("src/http/x.rs", "pub enum Turn { One }")).len(), 1);
}
