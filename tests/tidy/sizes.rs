//! How large things may be. What is larger today is listed; a line goes when its file or function is small enough.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::sources::{Source, below};

const FILE_LINES_MAX: usize = 320;
const FUNCTION_LINES_MAX: usize = 70;
/// Beside the receiver.
const PARAMETERS_MAX: usize = 5;

/// Files that are still to be split.
const FILES_TO_SPLIT: [&str; 3] = ["src/cli/bench.rs", "tests/api/refusals/mod.rs", "tests/storage/examining.rs"];
/// Functions that are still to be split.
const FUNCTIONS_TO_SPLIT: [&str; 6] = [
    "src/domain/scenarios/steps.rs of_operator",
    "src/http/api/admin_events/conversion.rs from",
    "src/http/problem.rs from",
    "tests/compatibility/script.rs script",
    "tests/model/acted.rs done",
    "tests/storage/examining.rs scene",
];
/// Functions that still take too many parameters.
const PARAMETERS_TO_GATHER: [&str; 1] = ["src/node/presence/rounds.rs look_through"];

/// The functions of a file that break a rule.
#[derive(Default)]
struct Functions {
    long: Vec<(String, usize)>,
    wide: Vec<(String, usize)>,
}

impl Functions {
    fn of(source: &Source) -> Self {
        let mut found = Self::default();
        found.visit_file(&source.syntax());
        found
    }

    fn note(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let name = signature.ident.to_string();
        let lines = block.span().end().line - signature.span().start().line + 1;
        if lines > FUNCTION_LINES_MAX {
            self.long.push((name.clone(), lines));
        }
        let typed = signature.inputs.iter().filter(|input| matches!(input, syn::FnArg::Typed(_))).count();
        if typed > PARAMETERS_MAX {
            self.wide.push((name, typed));
        }
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.note(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.note(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.note(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

fn all() -> Vec<Source> {
    ["src", "tests", "benches"].into_iter().flat_map(below).collect()
}

/// Compares what is too large with the list of what may still be.
#[track_caller]
fn compare(found: &[String], listed: &[&str]) {
    let new: Vec<&String> = found.iter().filter(|name| !listed.contains(&name.as_str())).collect();
    assert!(new.is_empty(), "too large: {new:#?}");
    let mended: Vec<&&str> = listed.iter().filter(|name| !found.iter().any(|found| found == *name)).collect();
    assert!(mended.is_empty(), "small enough by now, so no longer to be listed: {mended:#?}");
}

#[test]
fn files_are_short() {
    let long = all().into_iter().filter(|source| source.text.lines().count() > FILE_LINES_MAX);
    compare(&long.map(|source| source.path).collect::<Vec<String>>(), &FILES_TO_SPLIT);
}

#[test]
fn functions_are_short() {
    let of = |source: &Source| {
        let long = Functions::of(source).long.into_iter();
        long.map(|(name, _)| format!("{} {name}", source.path)).collect::<Vec<String>>()
    };
    compare(&all().iter().flat_map(of).collect::<Vec<String>>(), &FUNCTIONS_TO_SPLIT);
    let lines = "    f();\n".repeat(FUNCTION_LINES_MAX - 1);
    let long = |lines: &str| Functions::of(&Source::new("src/x.rs", &format!("fn f() {{\n{lines}}}\n"))).long;
    assert_eq!(long(&lines), [("f".to_owned(), FUNCTION_LINES_MAX + 1)]);
    assert_eq!(long(lines.strip_prefix("    f();\n").expect("a line")), []);
}

#[test]
fn functions_take_few_parameters() {
    let of = |source: &Source| {
        let wide = Functions::of(source).wide.into_iter();
        wide.map(|(name, _)| format!("{} {name}", source.path)).collect::<Vec<String>>()
    };
    compare(&all().iter().flat_map(of).collect::<Vec<String>>(), &PARAMETERS_TO_GATHER);
    let text = "impl X { fn five(&self, a: u8, b: u8, c: u8, d: u8, e: u8) {} fn six(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8) {} }";
    assert_eq!(Functions::of(&Source::new("src/x.rs", text)).wide, [("six".to_owned(), 6)]);
}
