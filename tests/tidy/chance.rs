//! Where clocks, random ids and threads are asked for: in few files, so that a simulation repeats what happened.

use super::sources::{Source, below};

/// What a seed must repeat in a simulation, or must not need, and the only files that may ask for it: clocks, ids that
/// are drawn or made of clocks, and threads.
const ONLY_IN: [(&str, &[&str]); 4] = [
    ("SystemTime", &["src/node/clock/machine.rs"]),
    // The load generator's names need no clock of the server.
    ("now_v7", &["src/load/fixtures/prepare.rs"]),
    ("Uuid::new_v4", &["src/random_ids.rs", "src/load/server/child.rs"]),
    // A start and a stop wait for threads that the simulation has not.
    ("spawn_blocking", &["src/blocking.rs", "src/cli/serve.rs"]),
];

fn of_other_files(source: &Source) -> Vec<String> {
    if source.is_test() {
        return Vec::new();
    }
    let idents = source.idents();
    let mut found = Vec::new();
    for (name, _) in ONLY_IN.iter().filter(|(_, files)| !files.contains(&source.path.as_str())) {
        let path: Vec<&str> = name.split("::").collect();
        let named = idents
            .windows(path.len())
            .filter(|words| words.iter().map(|(word, _)| word.as_str()).eq(path.iter().copied()));
        found.extend(named.map(|words| format!("{}:{} asks {name}", source.path, words[0].1)));
    }
    found
}

#[test]
fn clocks_random_ids_and_threads_are_asked_for_in_one_place() {
    let found: Vec<String> = below("src").iter().flat_map(of_other_files).collect();
    assert!(found.is_empty(), "{found:#?}");
    let wrong = Source::new("src/http/pay.rs", "fn f() { Uuid::now_v7(); }");
    assert_eq!(of_other_files(&wrong), ["src/http/pay.rs:1 asks now_v7"]);
    let wrong = Source::new("src/http/pay.rs", "fn f() {\n TcpSocket::new_v4(); Uuid::new_v4(); spawn_blocking(f); }");
    let asks = ["src/http/pay.rs:2 asks Uuid::new_v4", "src/http/pay.rs:2 asks spawn_blocking"];
    assert_eq!(of_other_files(&wrong), asks);
}
