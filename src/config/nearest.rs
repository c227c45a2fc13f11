//! The name that somebody who mistyped may have meant.

/// How alike a name must be to be taken for what was meant: 1 is the same.
const LIKENESS_LEAST: f64 = 0.8;
/// What it counts for when only the last parts of two names are alike.
const LAST_PARTS: f64 = 0.9;

/// The candidate that is nearest to `name`, when one is near.
pub(super) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best = None;
    for candidate in candidates {
        let likeness = likeness(name, candidate);
        if likeness >= LIKENESS_LEAST && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How alike two names are, whatever stands between their parts and however letters are written. Often the first part is
/// forgotten or wrong.
fn likeness(name: &str, candidate: &str) -> f64 {
    let (name, name_end) = (plain(name), plain(last_part(name)));
    let (candidate, candidate_end) = (plain(candidate), plain(last_part(candidate)));
    let whole = strsim::jaro_winkler(&name, &candidate);
    let end = strsim::jaro_winkler(&name, &candidate_end);
    let ends = LAST_PARTS * strsim::jaro_winkler(&name_end, &candidate_end);
    whole.max(end).max(ends)
}

fn last_part(name: &str) -> &str {
    name.rsplit(['.', '/']).next().expect("a split has a part")
}

fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_mistyped_name_is_recognised() {
        let keys = ["server.listen", "hold.seconds", "queue.max_active", "queue.active_seconds"];
        for (name, expected) in [
            ("hold.secondz", "hold.seconds"),
            ("hold_seconds", "hold.seconds"),
            ("holds.seconds", "hold.seconds"),
            ("HOLD.SECONDS", "hold.seconds"),
            ("max_active", "queue.max_active"),
            ("queue.maxActive", "queue.max_active"),
            ("concert.max_active", "queue.max_active"),
            ("listen", "server.listen"),
        ] {
            assert_eq!(nearest(name, keys), Some(expected), "{name}");
        }
        for name in ["", "x", "colour", "tls.certificate"] {
            assert_eq!(nearest(name, keys), None, "{name}");
        }
        assert_eq!(nearest("Seoul", ["Europe/Rome", "Asia/Seoul"]), Some("Asia/Seoul"));
    }
}
