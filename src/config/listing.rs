//! The settings as people read them: the commented file, and the text of `--help`.

use super::key::Taken;
use super::settings::{KEYS, Key, SECTIONS};

/// Characters of a line of the file at most.
const WIDTH: usize = 118;

const HEAD: &str = "\
Settings of `jari`, as `jari config` prints them. This file is read when it lies in the working directory or is named with \
`--config FILE`. Every key is here with its default; take the `#` away in front of those that you change, and let \
`jari config --check` judge the result.

Flags win over the environment, the environment over this file, this file over the defaults:
  jari serve --set hold.seconds=120        any key
  JARI_HOLD_SECONDS=120 jari serve         the key in capitals, dots as underscores
An unknown key or a value that is not allowed ends the start with one message that names every fault.

`kill -HUP` makes a running server read its settings again. It takes those that say so at once; the log names the changed \
ones that need a restart.";

/// `config.toml` with every setting, its meaning and its default, none of them in force.
pub fn as_file() -> String {
    let mut text = String::new();
    HEAD.lines().for_each(|line| comment(&mut text, line));
    for (section, about) in SECTIONS {
        text.push('\n');
        let about: Vec<_> = about.iter().map(|line| line.trim()).collect();
        comment(&mut text, &about.join(" "));
        text.push_str(&format!("[{section}]\n"));
        let of_section: Vec<_> = KEYS.iter().filter(|key| key.section() == *section).map(entry).collect();
        text.push_str(&of_section.join("\n"));
    }
    text
}

/// A setting in the file.
fn entry(key: &Key) -> String {
    let mut text = String::new();
    comment(&mut text, format!("{} {}", key.text(), key.details()).trim_end());
    comment(&mut text, &format!("Allowed: {}; {}.", key.allowed.brief(), taken(key)));
    text.push_str(&format!("#{} = {}\n", key.short_name(), key.default()));
    text
}

fn taken(key: &Key) -> &'static str {
    match key.taken {
        Taken::AtOnce => "SIGHUP takes it",
        Taken::AtStart => "needs a restart",
    }
}

/// Adds a comment, in as many lines as it needs.
fn comment(text: &mut String, comment: &str) {
    let mut line = String::new();
    // Blanks are kept: they align.
    for word in comment.split(' ') {
        if line.chars().count() + word.chars().count() > WIDTH {
            text.push_str(&format!("# {}\n", line.trim_end()));
            line.clear();
        }
        line.push_str(word);
        line.push(' ');
    }
    text.push_str(format!("# {line}").trim_end());
    text.push('\n');
}

/// Every setting with its default, meaning, range and variables, for `--help`.
pub fn as_help() -> String {
    let mut text = String::new();
    for key in KEYS {
        text.push_str(&format!(
            "\n  {} [default: {}] [env: {}]\n      {}\n      Allowed: {}; {}.\n",
            key.name,
            key.default_shown(),
            key.variables().join(", "),
            format!("{} {}", key.text(), key.details()).trim_end(),
            key.allowed.brief(),
            taken(key),
        ));
    }
    text
}

#[cfg(test)]
mod tests;
