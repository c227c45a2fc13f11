//! What a client prefers, by the weights of its `Accept…` headers (RFC 9110, sections 12.4.2 and 12.5).

use axum::http::{HeaderMap, HeaderName};

/// A weight in thousandths: 0 is "not at all", 1000 is what stands without a `q`.
pub(in crate::http) type Weight = u16;

const WEIGHT_MAX: Weight = 1_000;

/// The names in the lists of all headers called `header`, each with its weight; one whose weight cannot be read is
/// passed over.
pub(in crate::http) fn weighted<'a>(
    headers: &'a HeaderMap,
    header: &HeaderName,
) -> impl Iterator<Item = (&'a str, Weight)> {
    let values = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|element| {
        let mut parts = element.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let q = parts.find_map(|part| {
            let (parameter, value) = part.split_once('=')?;
            parameter.trim().eq_ignore_ascii_case("q").then(|| value.trim())
        });
        Some((name, q.map_or(Some(WEIGHT_MAX), read_weight)?))
    })
}

/// `0`, `1`, or either with up to three decimals, and at most 1.
fn read_weight(text: &str) -> Option<Weight> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if !matches!(whole, "0" | "1") || decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: Weight = format!("{whole}{decimals:0<3}").parse().ok()?;
    (thousandths <= WEIGHT_MAX).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use axum::http::header::ACCEPT;
    use axum::http::{HeaderMap, HeaderValue};

    use super::{read_weight, weighted};

    #[test]
    fn lists_are_read_with_their_weights_over_all_headers() {
        let mut headers = HeaderMap::new();
        for value in ["text/html , a/b;Q=0.25;x=1", "c/d; v=2; q=0, e/f;q=2,, g/h ; q = 1.000"] {
            headers.append(ACCEPT, HeaderValue::from_static(value));
        }
        let read: Vec<_> = weighted(&headers, &ACCEPT).collect();
        assert_eq!(read, [("text/html", 1_000), ("a/b", 250), ("c/d", 0), ("g/h", 1_000)]);
    }

    #[test]
    fn a_weight_has_at_most_three_decimals_and_is_at_most_one() {
        for (text, weight) in
            [("0", 0), ("1", 1_000), ("0.", 0), ("0.5", 500), ("0.05", 50), ("0.999", 999), ("1.0", 1_000)]
        {
            assert_eq!(read_weight(text), Some(weight), "{text}");
        }
        for text in ["", ".5", "2", "1.1", "0.1234", "-0", "+1", "0.5x", "1e0", "01"] {
            assert_eq!(read_weight(text), None, "{text}");
        }
    }
}
