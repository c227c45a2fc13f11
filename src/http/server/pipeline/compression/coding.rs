//! Codings of answers: their names and their tags.

/// A coding of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Zstd,
}

impl Coding {
    pub(super) const ALL: [Self; 2] = [Self::Gzip, Self::Zstd];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The strong tag of the answer with `tag` in this coding (RFC 9110, section 8.8.3.3); a weak one says nothing of
    /// codings.
    pub(crate) fn tag(self, tag: &str) -> String {
        match tag.strip_suffix('"') {
            Some(open) if tag.starts_with('"') => format!("{open}-{}\"", self.name()),
            Some(_) | None => tag.to_owned(),
        }
    }
}
