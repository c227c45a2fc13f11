//! Which known name somebody probably meant.

/// Characters of a name that are compared; the names that exist are shorter.
const COMPARED_LENGTH_MAX: usize = 64;

/// The name among `known` that is nearest to `name`, whatever the case of letters and with or without underscores;
/// nothing when none is known.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(|letter| !matches!(letter, '_' | '-'));
        letters.take(COMPARED_LENGTH_MAX).flat_map(char::to_lowercase).collect()
    };
    let name = plain(name);
    known.iter().copied().min_by_key(|known| strsim::damerau_levenshtein(&name, &plain(known)))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_the_one_with_the_fewest_slips() {
        let known = ["concertId", "title", "onSaleAt", "maxActive", "name"];
        for (name, expected) in [
            ("maxactive", "maxActive"),
            ("max_active", "maxActive"),
            ("nmae", "name"),
            ("tilte", "title"),
            ("on-sale-at", "onSaleAt"),
            ("concertID", "concertId"),
        ] {
            assert_eq!(nearest(name, &known), Some(expected), "{name}");
        }
        assert_eq!(nearest("x", &[]), None);
        assert_eq!(nearest(&"x".repeat(60_000), &["reason"]), Some("reason"));
    }
}
