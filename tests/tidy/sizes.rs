//! How large things may be.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::sources::{Source, below};

const FILE_LINES_MAX: usize = 320;
const FUNCTION_LINES_MAX: usize = 70;
/// Beside the receiver.
const PARAMETERS_MAX: usize = 5;

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

/// Asserts that no function is among those of its file that `broken` picks.
#[track_caller]
fn assert_none(broken: fn(Functions) -> Vec<(String, usize)>) {
    let of = |source: &Source| {
        let found = broken(Functions::of(source)).into_iter();
        found.map(|(name, size)| format!("{} {name}: {size}", source.path)).collect::<Vec<String>>()
    };
    let found: Vec<String> = all().iter().flat_map(of).collect();
    assert!(found.is_empty(), "too large: {found:#?}");
}

#[test]
fn files_are_short() {
    let long = all().into_iter().filter(|source| source.text.lines().count() > FILE_LINES_MAX);
    let long: Vec<String> = long.map(|source| source.path).collect();
    assert!(long.is_empty(), "too long: {long:#?}");
}

#[test]
fn functions_are_short() {
    assert_none(|functions| functions.long);
    let lines = "    f();\n".repeat(FUNCTION_LINES_MAX - 1);
    let long = |lines: &str| Functions::of(&Source::new("src/x.rs", &format!("fn f() {{\n{lines}}}\n"))).long;
    assert_eq!(long(&lines), [("f".to_owned(), FUNCTION_LINES_MAX + 1)]);
    assert_eq!(long(lines.strip_prefix("    f();\n").expect("a line")), []);
}

#[test]
fn functions_take_few_parameters() {
    assert_none(|functions| functions.wide);
    let text = "impl X { fn five(&self, a: u8, b: u8, c: u8, d: u8, e: u8) {} fn six(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8) {} }";
    assert_eq!(Functions::of(&Source::new("src/x.rs", text)).wide, [("six".to_owned(), 6)]);
}
