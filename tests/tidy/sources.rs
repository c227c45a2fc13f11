//! The sources of the repository: files, their place among the modules, and the names in them.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Group, Spacing, TokenStream, TokenTree};

/// A source file.
pub(crate) struct Source {
    /// From the root of the repository.
    pub path: String,
    pub text: String,
    /// The module that it is, from the crate's root; empty for a file outside of `src`.
    module: Vec<String>,
}

/// A path in a source, from the crate's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub path: Vec<String>,
    pub line: usize,
}

impl Source {
    /// A text as if it stood at `path`.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let inside = path.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs"));
        let parts = inside.into_iter().flat_map(|path| path.split('/'));
        let module = parts.filter(|part| !["mod", "lib", "main"].contains(part)).map(str::to_owned).collect();
        Self { path: path.to_owned(), text: text.to_owned(), module }
    }

    /// The folder, or file, directly below `src` that it belongs to.
    pub(crate) fn room(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    /// The module that it is, from the crate's root.
    pub(crate) fn module(&self) -> &[String] {
        &self.module
    }

    /// Whether it is a file of tests, of which the product has nothing.
    pub(crate) fn is_test(&self) -> bool {
        self.module.contains(&"tests".to_owned())
    }

    /// The same without the tests at its end.
    pub(crate) fn without_tests(&self) -> Self {
        let text = self.text.split("#[cfg(test)]\nmod tests {").next().expect("a text has a beginning");
        Self::new(&self.path, text)
    }

    pub(crate) fn tokens(&self) -> TokenStream {
        self.text.parse().unwrap_or_else(|error| panic!("{} is no Rust: {error}", self.path))
    }

    pub(crate) fn syntax(&self) -> syn::File {
        syn::parse_file(&self.text).unwrap_or_else(|error| panic!("{} is no Rust: {error}", self.path))
    }

    /// What it names by `crate::…` and `super::…`, within macros, too.
    pub(crate) fn named(&self) -> Vec<Named> {
        let mut found = Vec::new();
        collect(self.tokens(), &self.module, &mut found);
        found
    }

    /// What it names by `crate::…` and `super::…`, and all other paths as if they began in its own module, as those of
    /// modules below it do.
    pub(crate) fn named_in_full(&self) -> Vec<Named> {
        let mut found = self.named();
        collect_from_here(self.tokens(), &self.module, &mut found);
        found
    }

    /// Every word of its code, comments and texts left out.
    pub(crate) fn idents(&self) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        each_tree(self.tokens(), &mut |tree| {
            if let TokenTree::Ident(ident) = tree {
                found.push((ident.to_string(), ident.span().start().line));
            }
        });
        found
    }
}

/// Goes through all trees, groups before what they hold.
pub(crate) fn each_tree(tokens: TokenStream, visit: &mut impl FnMut(&TokenTree)) {
    for tree in tokens {
        visit(&tree);
        if let TokenTree::Group(group) = tree {
            each_tree(group.stream(), visit);
        }
    }
}

/// All sources below a folder of the repository, ascending.
pub(crate) fn below(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    walk(&root.join(folder), &mut paths);
    paths.sort();
    let source = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a source is text");
        let path = path.strip_prefix(root).expect("below the root").to_str().expect("ASCII");
        Source::new(path, &text)
    };
    paths.iter().map(source).collect()
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// Collects what is named in the module `module`; a module within the file is one below it.
fn collect(tokens: TokenStream, module: &[String], found: &mut Vec<Named>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < trees.len() {
        match &trees[at..] {
            [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..] if word == "mod" => {
                let inner = [module, &[name.to_string()]].concat();
                collect(body.stream(), &inner, found);
                at += 3;
            }
            // How far a thing is seen names nothing.
            [TokenTree::Ident(word), TokenTree::Group(group), ..] if word == "pub" && is_range(group) => at += 2,
            [TokenTree::Ident(word), rest @ ..] if word == "crate" => {
                follow(rest, &mut Vec::new(), found);
                at += 1;
            }
            [TokenTree::Ident(word), rest @ ..] if word == "super" => {
                let ups = 1 + rest.chunks(3).take_while(|chunk| is_step(chunk, "super")).count();
                let above = module.len().saturating_sub(ups);
                follow(&rest[3 * (ups - 1)..], &mut module[..above].to_vec(), found);
                at += 1 + 3 * (ups - 1);
            }
            [TokenTree::Group(group), ..] => {
                collect(group.stream(), module, found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Collects the paths that begin with neither `crate` nor `super`, in the module `module`.
fn collect_from_here(tokens: TokenStream, module: &[String], found: &mut Vec<Named>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < trees.len() {
        match &trees[at..] {
            // What goes on is no beginning.
            [TokenTree::Punct(one), TokenTree::Punct(other), ..]
                if one.spacing() == Spacing::Joint && one.as_char() == ':' && other.as_char() == ':' =>
            {
                at += 3;
            }
            [TokenTree::Ident(word), rest @ ..] => {
                let mut begins = if word == "self" { module.to_vec() } else { [module, &[word.to_string()]].concat() };
                if word != "crate" && word != "super" {
                    follow(rest, &mut begins, found);
                }
                at += 1;
            }
            [TokenTree::Group(group), ..] => {
                collect_from_here(group.stream(), module, found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Whether a group is that of `pub(in crate::shop)`.
fn is_range(group: &Group) -> bool {
    matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(word)) if word == "in")
}

/// Whether a chunk of trees is `:: word`.
fn is_step(chunk: &[TokenTree], word: &str) -> bool {
    matches!(chunk, [TokenTree::Punct(one), TokenTree::Punct(other), TokenTree::Ident(ident)]
        if one.as_char() == ':' && other.as_char() == ':' && ident == word)
}

/// Follows `:: a :: b`, `:: *` and `:: {a, b}` from a path that is known.
fn follow(rest: &[TokenTree], path: &mut Vec<String>, found: &mut Vec<Named>) {
    match rest {
        [TokenTree::Punct(one), TokenTree::Punct(other), TokenTree::Ident(ident), rest @ ..]
            if one.as_char() == ':' && other.as_char() == ':' =>
        {
            path.push(ident.to_string());
            found.push(Named { path: path.clone(), line: ident.span().start().line });
            follow(rest, path, found);
        }
        // A glob names the module that it opens.
        [TokenTree::Punct(one), TokenTree::Punct(other), TokenTree::Punct(glob), ..]
            if one.as_char() == ':' && other.as_char() == ':' && glob.as_char() == '*' && !path.is_empty() =>
        {
            found.push(Named { path: path.clone(), line: glob.span().start().line });
        }
        [TokenTree::Punct(one), TokenTree::Punct(other), TokenTree::Group(group), ..]
            if one.as_char() == ':' && other.as_char() == ':' =>
        {
            let trees: Vec<TokenTree> = group.stream().into_iter().collect();
            let is_comma = |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ',');
            for one in trees.split(is_comma) {
                if let [TokenTree::Ident(ident), rest @ ..] = one {
                    let mut path = [path.as_slice(), &[ident.to_string()]].concat();
                    found.push(Named { path: path.clone(), line: ident.span().start().line });
                    follow(rest, &mut path, found);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn names_are_found_through_groups_macros_and_inner_modules() {
    let text = "use crate::domain::{Sale, State};\nuse super::super::storage;\nfn f() { json!(super::look()); }\n\
                mod tests { use super::super::Handle; use super::*; }\n";
    let named = Source::new("src/node/seats/mod.rs", text).named();
    let told: Vec<(String, usize)> = named.iter().map(|named| (named.path.join("::"), named.line)).collect();
    let expected = [
        ("domain", 1),
        ("domain::Sale", 1),
        ("domain::State", 1),
        ("storage", 2),
        ("node::look", 3),
        ("node::Handle", 4),
        ("node::seats", 4),
    ];
    assert_eq!(told, expected.map(|(path, line)| (path.to_owned(), line)));
}
