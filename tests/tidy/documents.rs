//! What the documents name is there: the files that they link to, the sources whose paths they give, and the functions of
//! a walk through the code.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A document, by its path from the root of the repository.
struct Document {
    path: PathBuf,
    text: String,
}

impl Document {
    fn folder(&self) -> PathBuf {
        root().join(self.path.parent().expect("a file is in a folder"))
    }

    /// Where its links lead, but those to elsewhere and within the page.
    fn links(&self) -> impl Iterator<Item = &str> {
        let all = self.text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let inside = all.map(|(link, _)| link).filter(|link| !link.contains("://") && !link.starts_with('#'));
        inside.map(|link| link.split_once('#').map_or(link, |(file, _)| file))
    }

    fn broken_links(&self) -> Vec<String> {
        let broken = self.links().filter(|link| !self.folder().join(link).exists());
        broken.map(|link| format!("{}: {link} is not there", self.path.display())).collect()
    }

    /// Sources that it gives as a path with a folder.
    fn lost_sources(&self) -> Vec<String> {
        let sources = quoted(&self.text).filter(|word| word.ends_with(".rs") && word.contains('/'));
        let plain = sources.filter(|word| !word.contains(['<', '…', ' ', '{']));
        let lost = plain.filter(|word| source(word).is_none());
        lost.map(|word| format!("{}: {word} is not there", self.path.display())).collect()
    }

    /// Functions that a step of a walk, which begins with their file, names and that the file does not have.
    fn lost_functions(&self) -> Vec<String> {
        let steps = self.text.lines().filter(|line| {
            let (number, rest) = line.split_once(". ").unwrap_or_default();
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && rest.starts_with('`')
        });
        steps.flat_map(|step| self.lost_functions_of(step)).collect()
    }

    fn lost_functions_of(&self, step: &str) -> Vec<String> {
        let head = step.split_once(": ").map_or(step, |(head, _)| head);
        let mut words = quoted(head);
        let Some(text) = words.next().and_then(source).and_then(|file| fs::read_to_string(file).ok()) else {
            return Vec::new();
        };
        let name = |word: &str| word.rsplit("::").next().unwrap_or(word).to_owned();
        let is_there = |name: &str| ["(", "<"].iter().any(|next| text.contains(&format!("fn {name}{next}")));
        let lost = words.map(name).filter(|name| !is_there(name));
        lost.map(|name| format!("{}: `{name}` is not in the file of: {head}", self.path.display())).collect()
    }
}

/// What stands between backticks, each within one line.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The source that a document means: its path begins at the root or at `src`.
fn source(path: &str) -> Option<PathBuf> {
    [root().join(path), root().join("src").join(path)].into_iter().find(|file| file.is_file())
}

fn documents() -> Vec<Document> {
    let mut paths: Vec<PathBuf> = vec![PathBuf::new(), "docs".into()];
    paths.extend(["docs/decisions", "docs/performance"].map(PathBuf::from));
    let files = paths.iter().flat_map(|folder| {
        let listed = fs::read_dir(root().join(folder)).expect("the folder is there");
        listed.map(move |file| folder.join(file.expect("an entry is read").file_name()))
    });
    let pages = files.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let read = |path: PathBuf| Document { text: fs::read_to_string(root().join(&path)).expect("a page is read"), path };
    pages.map(read).collect()
}

#[test]
fn what_the_documents_name_is_there() {
    let all = documents();
    assert!(all.len() > 15, "{} pages are found", all.len());
    let lost: Vec<String> = all
        .iter()
        .flat_map(|page| [page.broken_links(), page.lost_sources(), page.lost_functions()].concat())
        .collect();
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn what_is_not_there_is_found() {
    let page = |text: &str| Document { path: "docs/PAGE.md".into(), text: text.to_owned() };
    assert_eq!(page("[a](RUNNING.md) [b](https://x.example/y) [c](gone.md#part)").broken_links().len(), 1);
    assert_eq!(page("`node/mod.rs` and `node/gone.rs`, `tests/tidy.rs`").lost_sources().len(), 1);
    let walk = "1. `node/mod.rs` `start`, `Node::gone`: text of `nothing`\n2. `node/mod.rs` `stop`";
    assert_eq!(page(walk).lost_functions().len(), 1);
}
