//! That the files of a folder name each other one way, so that each can be read with what lies below it alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::sources::{Named, Source, below};

/// The files that each file of a folder names, by their paths.
type Names = BTreeMap<String, BTreeSet<String>>;

/// Whether a path is the beginning of the next one: `crate::shop::till::Till` names a till, as `super::till::Till` does,
/// and not the shop.
fn goes_on(named: &[Named], at: usize) -> bool {
    let path = &named[at].path;
    named.get(at + 1).is_some_and(|next| next.path.len() > path.len() && next.path.starts_with(path))
}

/// What the files of a folder name of each other. What only tests name is left out.
fn names(sources: &[Source]) -> Names {
    let product: Vec<&Source> = sources.iter().filter(|source| !source.is_test()).collect();
    let file_of = |path: &[String]| {
        let mut prefixes = (1..=path.len()).rev().map(|length| &path[..length]);
        prefixes.find_map(|prefix| product.iter().find(|source| source.module() == prefix))
    };
    let of = |source: &Source| {
        let named = source.without_tests().named_in_full();
        let files = named.iter().enumerate().filter(|(at, _)| !goes_on(&named, *at));
        let files = files.filter_map(|(_, named)| Some(file_of(&named.path)?.path.clone()));
        (source.path.clone(), files.filter(|file| *file != source.path).collect())
    };
    product.iter().map(|source| of(source)).collect()
}

/// The shortest way from a file back to itself.
fn way_back(names: &Names, file: &str) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut ways = VecDeque::from([vec![file.to_owned()]]);
    while let Some(way) = ways.pop_front() {
        for next in &names[way.last().expect("a way has a beginning")] {
            let longer = [way.as_slice(), std::slice::from_ref(next)].concat();
            if next == file {
                return Some(longer);
            }
            if seen.insert(next) {
                ways.push_back(longer);
            }
        }
    }
    None
}

/// The shortest circle between the files of a folder, if there is one.
fn circle(sources: &[Source]) -> Option<String> {
    let names = names(sources);
    let ways = names.keys().filter_map(|file| way_back(&names, file));
    ways.min_by_key(Vec::len).map(|way| way.join(" -> "))
}

#[test]
fn the_files_of_a_folder_name_each_other_one_way() {
    let mut rooms: BTreeMap<String, Vec<Source>> = BTreeMap::new();
    for source in below("src") {
        if let Some(room) = source.room().map(str::to_owned) {
            rooms.entry(room).or_default().push(source);
        }
    }
    let circles: BTreeMap<&str, String> =
        rooms.iter().filter_map(|(room, sources)| Some((room.as_str(), circle(sources)?))).collect();
    assert!(circles.is_empty(), "in circles: {circles:#?}");
}

#[test]
fn a_circle_is_found_wherever_it_goes_through() {
    let shop = |till: &str, door: &str, coin: &str| {
        [
            Source::new("src/shop/mod.rs", door),
            Source::new("src/shop/till/mod.rs", till),
            Source::new("src/shop/till/coin.rs", coin),
        ]
    };
    let door = "mod till;\npub use till::Till;";
    assert_eq!(circle(&shop("pub use coin::Coin;", door, "use crate::bank::Coin;")), None);
    let back = "src/shop/till/coin.rs -> src/shop/till/mod.rs -> src/shop/till/coin.rs";
    for till in ["pub use coin::*;", "fn f() { self::coin::mint(); }", "fn f() { vec![coin::mint()]; }"] {
        for coin in ["use super::Till;", "use super::*;"] {
            assert_eq!(circle(&shop(till, door, coin)).as_deref(), Some(back), "{till} {coin}");
        }
    }
    let through_the_door = circle(&shop("use super::super::shop::Open;", door, ""));
    assert_eq!(through_the_door.as_deref(), Some("src/shop/mod.rs -> src/shop/till/mod.rs -> src/shop/mod.rs"));
    for coin in ["use crate::shop::Open;", "use crate::shop::*;", "use crate::{shop, bank};"] {
        assert!(circle(&shop("", "pub use till::coin::Coin;", coin)).is_some(), "{coin} names the door");
    }
    for coin in ["use crate::shop::till::Till;", "use crate::{bank, shop::till};", "pub(in crate::shop) fn mint() {}"] {
        assert_eq!(circle(&shop("", "pub use till::coin::Coin;", coin)), None, "{coin} does not");
    }
    let tests = "#[cfg(test)]\nmod tests {\n    use super::super::super::Till;\n}\n";
    assert_eq!(circle(&shop("pub use coin::Coin;", door, tests)), None, "tests may look up");
}
