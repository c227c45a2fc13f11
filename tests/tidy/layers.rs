//! Who may name whom, and what a folder may not know of the world.

use proc_macro2::TokenTree;

use super::sources::{Source, below, each_tree};

/// Each folder, or file, below `src`, and the others that it may name.
const LAYERS: [(&str, &[&str]); 21] = [
    ("domain", &[]),
    ("log", &["domain"]),
    ("simulation", &["storage"]),
    ("config", &["domain"]),
    ("blocking", &[]),
    ("calendar", &["domain"]),
    ("identity", &["config", "domain"]),
    ("telemetry", &["config"]),
    ("panics", &[]),
    ("planted", &[]),
    ("random_ids", &[]),
    ("storage", &["domain", "log", "panics", "random_ids", "telemetry"]),
    ("replica", &["domain", "log", "panics", "storage"]),
    ("verify", &["domain", "log", "panics", "replica", "storage"]),
    ("repair", &["domain", "log", "panics", "replica", "storage", "verify"]),
    ("node", &["blocking", "cluster", "domain", "log", "random_ids", "replica", "storage", "telemetry"]),
    ("cluster", &["blocking", "domain", "log", "random_ids", "replica", "storage", "telemetry"]),
    ("http", &["blocking", "calendar", "cluster", "config", "domain", "identity", "node", "random_ids", "telemetry"]),
    // It speaks to a server over HTTP only.
    ("load", &[]),
    (
        "cli",
        &[
            "calendar",
            "cluster",
            "config",
            "domain",
            "http",
            "identity",
            "load",
            "node",
            "random_ids",
            "repair",
            "storage",
            "telemetry",
            "verify",
        ],
    ),
    // The root names its folders as modules, not by paths.
    ("main", &[]),
];

/// What a folder may not name: crates, types, words.
const FORBIDDEN: [(&str, &[&str]); 10] = [
    (
        "domain",
        &[
            "tokio",
            "axum",
            "redb",
            "hyper",
            "uuid",
            "chrono",
            "tracing",
            "parking_lot",
            "dashmap",
            "SystemTime",
            "Instant",
            "Uuid",
            "HashMap",
            "HashSet",
            "Mutex",
            "RwLock",
            "File",
            "async",
            "await",
            "f32",
            "f64",
        ],
    ),
    ("log", &["tokio", "axum", "redb", "hyper", "SystemTime", "Instant"]),
    (
        "identity",
        &["axum", "hyper", "http", "tokio", "tracing", "metrics", "StatusCode", "HeaderMap", "SystemTime", "Instant"],
    ),
    ("telemetry", &["axum", "hyper", "redb", "tokio", "StatusCode"]),
    ("storage", &["axum", "hyper", "tokio", "StatusCode"]),
    ("simulation", &["axum", "hyper", "tokio", "SystemTime", "Instant", "fs"]),
    ("replica", &["axum", "hyper", "tokio", "SystemTime", "Instant"]),
    ("repair", &["axum", "hyper", "tokio", "redb"]),
    ("node", &["axum", "StatusCode", "redb"]),
    // There is one HTTP parser, and it is the HTTP library's.
    ("http", &["redb", "httparse", "memchr"]),
];

/// How the name of every metric begins, and where names of metrics stand: in their list, and where the load generator
/// reads them off a server. The keys of operators begin so, too.
const METRIC: &str = "jari_";
const METRICS: [&str; 3] = ["telemetry", "load", "identity"];

/// What the product is built without; every test may name it.
const FOR_TESTS: &str = "simulation";

/// The folder of the consensus library.
const CONSENSUS: &str = "src/cluster/raft/";

/// What gives a lock, and takes one.
const LOCKS: [&str; 3] = ["Mutex", "RwLock", "lock"];

/// The only files of `http` that may lock, with why: what is shared between requests belongs to the node, or needs none.
const LOCKING: [(&str, &str); 3] = [
    ("src/http/server/connection_limit.rs", "counts of clients and of all, and the idlest, change together"),
    ("src/http/limits/states.rs", "a state is read and replaced in one step, and a full shard is swept in one"),
    ("src/http/seat_feeds.rs", "a follower joins between two frames, so that none is missed"),
];

fn beyond_its_layer(source: &Source) -> Vec<String> {
    let Some(room) = source.room() else { return Vec::new() };
    let known = LAYERS.iter().find(|(name, _)| *name == room);
    let (_, allowed) = known.unwrap_or_else(|| panic!("{} is in a folder that the table does not have", source.path));
    let may_name = |to: &str| allowed.contains(&to) || (to == FOR_TESTS && source.is_test());
    let of_another = source.named().into_iter().filter(|named| {
        let to = named.path[0].as_str();
        named.path.len() > 1 && to != room && LAYERS.iter().any(|(name, _)| *name == to) && !may_name(to)
    });
    of_another.map(|named| format!("{}:{} names {}", source.path, named.line, named.path.join("::"))).collect()
}

fn unknown_to_its_layer(source: &Source) -> Vec<String> {
    let words = FORBIDDEN.iter().filter(|(room, _)| source.room() == Some(room)).flat_map(|(_, words)| *words);
    let words: Vec<&str> = words.copied().collect();
    let found = source.idents().into_iter().filter(|(word, _)| words.contains(&word.as_str()));
    found.map(|(word, line)| format!("{}:{line} names {word}", source.path)).collect()
}

fn locks(source: &Source) -> Vec<String> {
    if source.room() != Some("http") {
        return Vec::new();
    }
    let found = source.idents().into_iter().filter(|(word, _)| LOCKS.contains(&word.as_str()));
    found.map(|(word, line)| format!("{}:{line} names {word}", source.path)).collect()
}

fn names_of_metrics(source: &Source) -> Vec<String> {
    if source.room().is_none_or(|room| METRICS.contains(&room)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    each_tree(source.tokens(), &mut |tree| {
        if let TokenTree::Literal(literal) = tree
            && let syn::Lit::Str(text) = syn::Lit::new(literal.clone())
            && text.value().starts_with(METRIC)
        {
            found.push(format!("{}:{} names {}", source.path, literal.span().start().line, text.value()));
        }
    });
    found
}

fn floats(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    each_tree(source.tokens(), &mut |tree| {
        if let TokenTree::Literal(literal) = tree
            && let syn::Lit::Float(float) = syn::Lit::new(literal.clone())
        {
            let line = literal.span().start().line;
            found.push(format!("{}:{line} has {}", source.path, float.base10_digits()));
        }
    });
    found
}

#[test]
fn no_folder_names_one_that_lies_above_it() {
    let found: Vec<String> = below("src").iter().flat_map(beyond_its_layer).collect();
    assert!(found.is_empty(), "{found:#?}");
    let wrong = Source::new("src/domain/sale.rs", "use crate::storage::Store;");
    assert_eq!(beyond_its_layer(&wrong), ["src/domain/sale.rs:1 names storage::Store"]);
    let wrong = Source::new("src/storage/log/scan.rs", "fn f() { super::super::super::node::look(); }");
    assert_eq!(beyond_its_layer(&wrong), ["src/storage/log/scan.rs:1 names node::look"]);
    let simulated = |path: &str| beyond_its_layer(&Source::new(path, "use crate::simulation::Machine;"));
    assert_eq!(simulated("src/storage/log/scan.rs"), ["src/storage/log/scan.rs:1 names simulation::Machine"]);
    assert!(simulated("src/storage/log/scan/tests.rs").is_empty());
}

/// Whether the root has a module only where a feature of its name is asked for.
fn is_optional(root: &Source, module: &str) -> bool {
    let is_it = |item: &syn::Item| match item {
        syn::Item::Mod(item) if item.ident == module => {
            let asked_for = format!("feature = \"{module}\"");
            let mut conditions = item.attrs.iter().filter_map(|attribute| attribute.meta.require_list().ok());
            conditions.any(|list| list.path.is_ident("cfg") && list.tokens.to_string() == asked_for)
        }
        _ => false,
    };
    root.syntax().items.iter().any(is_it)
}

#[test]
fn the_product_is_built_without_what_only_tests_name() {
    let root = below("src").into_iter().find(|source| source.path == "src/lib.rs").expect("a library has a root");
    assert!(is_optional(&root, FOR_TESTS));
    assert!(!is_optional(&Source::new("src/lib.rs", "pub mod simulation;"), FOR_TESTS));
    let manifest = include_str!("../../Cargo.toml");
    let (features, _) = manifest.split_once("[dependencies]").expect("there are dependencies");
    assert!(
        features.contains("\nsimulation = []\n") && !features.contains("default ="),
        "it is asked for by tests alone"
    );
}

#[test]
fn no_folder_knows_what_it_must_not() {
    let found: Vec<String> = below("src").iter().flat_map(unknown_to_its_layer).collect();
    assert!(found.is_empty(), "{found:#?}");
    let wrong = Source::new("src/domain/sale.rs", "// Mutex\nfn f(seats: &HashMap<u32, u32>) {}");
    assert_eq!(unknown_to_its_layer(&wrong), ["src/domain/sale.rs:2 names HashMap"]);
}

/// Where `domain::apply` is named, but for the core itself.
fn appliers(source: &Source) -> Vec<String> {
    let is_core = matches!(source.room(), Some("domain" | "replica"));
    let named = source.named().into_iter().filter(|named| !is_core && named.path == ["domain", "apply"]);
    named.map(|named| format!("{}:{} applies", source.path, named.line)).collect()
}

#[test]
fn entries_are_applied_in_one_place() {
    let found: Vec<String> =
        below("src").iter().filter(|source| !source.path.ends_with("tests.rs")).flat_map(appliers).collect();
    assert!(found.is_empty(), "{found:#?}");
    let wrong = Source::new("src/node/sequencer/mod.rs", "use crate::domain::{Command, apply};");
    assert_eq!(appliers(&wrong), ["src/node/sequencer/mod.rs:1 applies"]);
}

/// Where the consensus library is named outside of its folder.
fn beside_consensus(source: &Source) -> Vec<String> {
    let named = source.idents().into_iter().filter(|(word, _)| word == "openraft");
    named.map(|(_, line)| format!("{}:{line} names openraft", source.path)).collect()
}

#[test]
fn the_consensus_library_is_named_in_one_folder() {
    let (home, others): (Vec<Source>, Vec<Source>) =
        below("src").into_iter().partition(|source| source.path.starts_with(CONSENSUS));
    let found: Vec<String> = others.iter().flat_map(beside_consensus).collect();
    assert!(found.is_empty(), "{found:#?}");
    assert!(home.iter().any(|source| !beside_consensus(source).is_empty()), "nothing names it any more");
    let wrong = Source::new("src/node/submit.rs", "use openraft::Raft;");
    assert_eq!(beside_consensus(&wrong), ["src/node/submit.rs:1 names openraft"]);
}

#[test]
fn requests_take_no_lock_of_their_own() {
    let (may, others): (Vec<Source>, Vec<Source>) =
        below("src").into_iter().partition(|source| LOCKING.iter().any(|(file, _)| *file == source.path));
    let found: Vec<String> = others.iter().flat_map(locks).collect();
    assert!(found.is_empty(), "{found:#?}");
    assert!(may.len() == LOCKING.len() && may.iter().all(|source| !locks(source).is_empty()), "one needs no lock now");
    let wrong = "use parking_lot::Mutex;\nfn f(seats: &Shared) { seats.open.lock(); } // Mutex";
    let named = ["src/http/api/pay.rs:1 names Mutex", "src/http/api/pay.rs:2 names lock"];
    assert_eq!(locks(&Source::new("src/http/api/pay.rs", wrong)), named);
    assert!(locks(&Source::new("src/node/shared.rs", wrong)).is_empty());
}

#[test]
fn metrics_have_one_list_of_names() {
    let found: Vec<String> = below("src").iter().flat_map(names_of_metrics).collect();
    assert!(found.is_empty(), "{found:#?}");
    let text = "// \"jari_seats\"\nfn f() { counter!(\"jari_seats\"); }";
    assert_eq!(names_of_metrics(&Source::new("src/node/x.rs", text)), ["src/node/x.rs:2 names jari_seats"]);
}

#[test]
fn the_domain_counts_in_integers() {
    let sources = below("src");
    let of_domain = sources.iter().filter(|source| source.room() == Some("domain"));
    let found: Vec<String> = of_domain.flat_map(floats).collect();
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(
        floats(&Source::new("src/domain/x.rs", "const X: u32 = 1;\nfn f() { 2.5; }")),
        ["src/domain/x.rs:2 has 2.5"]
    );
}
