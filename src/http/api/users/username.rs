//! Usernames as clients write them: which are refused, and the canonical form of the rest.
//!
//! Two spellings are one name when they differ only by letter case, by the form in which Unicode writes the same
//! characters (composed or not, syllables or jamo, full or half width, ligatures) or by the kind and number of their
//! blanks. That is Unicode's compatibility caseless matching (definition D146), with the blanks of a PRECIS nickname
//! (RFC 8266).

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::domain::Username;

/// Characters of a name, as it is given and in its canonical form.
pub(super) const USERNAME_LENGTH_MAX: usize = 64;

/// What a refusal says of a name.
pub(super) const USERNAME: &str = "a text of 1 to 64 characters that can be seen: without blanks at its ends, without control, \
                            invisible, direction, private-use and unassigned characters, and not beginning with a \
                            combining mark";

/// The name that `text` spells, or `None` when it is none.
pub(super) fn read_username(text: &str) -> Option<Username> {
    let fits = |text: &str| (1..=USERNAME_LENGTH_MAX).contains(&text.chars().count());
    let ends_blank = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    let begins_with_mark = text.chars().next().is_some_and(|first| group(first) == GeneralCategoryGroup::Mark);
    if !fits(text) || ends_blank || begins_with_mark || !text.chars().all(is_legible) {
        return None;
    }
    let canonical = canonical(text);
    fits(&canonical).then(|| Username { given: text.to_owned(), canonical })
}

/// The canonical form of a name, whether it could be given or not: for a look-up.
pub(crate) fn canonical(text: &str) -> String {
    let folded: String = text.nfd().default_case_fold().nfkd().default_case_fold().nfkd().nfc().collect();
    folded.split_whitespace().collect::<Vec<&str>>().join(" ")
}

fn group(sign: char) -> GeneralCategoryGroup {
    sign.general_category_group()
}

/// Whether a character can be seen, or is a blank within a line.
fn is_legible(sign: char) -> bool {
    match group(sign) {
        GeneralCategoryGroup::Other => false,
        GeneralCategoryGroup::Separator => !matches!(sign, '\u{2028}' | '\u{2029}'),
        GeneralCategoryGroup::Letter
        | GeneralCategoryGroup::Mark
        | GeneralCategoryGroup::Number
        | GeneralCategoryGroup::Punctuation
        | GeneralCategoryGroup::Symbol => !is_invisible(sign),
    }
}

/// Letters, marks and symbols that show nothing: those with the property `Default_Ignorable_Code_Point`, the blank of
/// Braille, and what stands in for a thing or a character that was lost.
fn is_invisible(sign: char) -> bool {
    matches!(
        sign,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{fffc}'..='\u{fffd}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

#[cfg(test)]
mod tests {
    use super::read_username;

    fn canonical(text: &str) -> String {
        read_username(text).unwrap_or_else(|| panic!("{text:?} is a name")).canonical
    }

    #[test]
    fn spellings_of_one_name_have_one_canonical_form() {
        for spellings in [
            &["kim", "KIM", "Kim", "ｋｉｍ", "ＫＩＭ", "𝐤𝐢𝐦", "ⓚⓘⓜ"][..],
            &["kim lee", "kim  lee", "Kim\u{a0}Lee", "kim\u{3000}lee", "kim\u{1680}lee", "kim \u{2003}\u{202f}lee"],
            &["김철수", "\u{1100}\u{1175}\u{11b7}\u{110e}\u{1165}\u{11af}\u{1109}\u{116e}"],
            &["각", "\u{ac00}\u{11a8}", "ㄱㅏ\u{11a8}", "ﾡￂ\u{11a8}"],
            &["café", "cafe\u{301}", "CAFÉ", "CAFE\u{301}"],
            &["office", "oﬃce", "OFFICE"],
            &["straße", "STRASSE", "strasse", "STRAẞE"],
            &["σίσυφος", "ΣΊΣΥΦΟΣ", "σίσυφοσ"],
            &["カﾞ", "ｶﾞ", "ガ", "カ\u{3099}"],
            &["no 1", "№\u{2009}①", "NO １"],
            &["ở", "o\u{309}\u{31b}", "o\u{31b}\u{309}"],
        ] {
            let first = canonical(spellings[0]);
            for spelling in spellings {
                assert_eq!(canonical(spelling), first, "{spelling:?}");
                assert_eq!(canonical(&first), first, "{first:?} is its own canonical form");
            }
        }
    }

    #[test]
    fn names_that_look_different_are_different() {
        let names =
            ["kim", "kim1", "kimlee", "kim lee", "kím", "кіт", "김", "각", "가", "<b>", "🎫", "kim-lee", "k.im"];
        for (at, name) in names.iter().enumerate() {
            for other in &names[..at] {
                assert_ne!(canonical(name), canonical(other), "{name:?} and {other:?}");
            }
            assert_eq!(read_username(name).map(|name| name.given).as_deref(), Some(*name));
        }
    }

    #[test]
    fn what_nobody_can_see_or_what_turns_text_round_is_refused() {
        for sign in [
            '\0',
            '\t',
            '\n',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180b}',
            '\u{180e}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202b}',
            '\u{202c}',
            '\u{202d}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2067}',
            '\u{2068}',
            '\u{2069}',
            '\u{206a}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{fffb}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e0100}',
            // Unassigned, no characters, private use, and what stands for a character that was lost.
            '\u{378}',
            '\u{fdd0}',
            '\u{ffff}',
            '\u{10ffff}',
            '\u{e000}',
            '\u{f8ff}',
            '\u{f0000}',
            '\u{fffd}',
        ] {
            for name in [format!("{sign}"), format!("ki{sign}m"), format!("kim{sign}"), format!("{sign}kim")] {
                assert_eq!(read_username(&name), None, "{name:?}");
            }
        }
        for mark in ["\u{301}", "\u{301}kim", "\u{20dd}", "\u{903}\u{301}"] {
            assert_eq!(read_username(mark), None, "{mark:?} begins with a combining mark");
        }
    }

    #[test]
    fn a_name_has_1_to_64_characters_in_both_forms() {
        let fits = |text: &str| read_username(text).is_some();
        assert!(fits("k") && fits(&"자".repeat(64)) && fits(&"\u{1100}\u{1161}".repeat(32)));
        assert!(!fits("") && !fits(&"x".repeat(65)) && !fits(&"자".repeat(65)));
        assert!(!fits(&"\u{fdfa}".repeat(4)), "one such sign stands for 18");
        for blank in [" ", " kim", "kim ", "\u{3000}kim", "kim\u{a0}", "\u{1680}", "\u{2003}"] {
            assert!(!fits(blank), "{blank:?}");
        }
    }
}
