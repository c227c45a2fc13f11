//! Which content coding a client prefers.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

use crate::node::Coding;

/// Thousandths, as many as a quality may have digits.
const QUALITY_ONE: u32 = 1_000;

/// The coding that `Accept-Encoding` prefers, of equals the one that costs the client least; none without the header.
pub fn preferred_coding(headers: &HeaderMap) -> Coding {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let (mut gzip, mut zstd, mut any) = (None, None, 0);
    for member in values.flat_map(|value| value.split(',')) {
        let (name, parameters) = member.split_once(';').unwrap_or((member, ""));
        let quality = quality(parameters);
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => gzip = Some(quality),
            "zstd" => zstd = Some(quality),
            "*" => any = quality,
            _ => {}
        }
    }
    let (gzip, zstd) = (gzip.unwrap_or(any), zstd.unwrap_or(any));
    if gzip == 0 && zstd == 0 {
        Coding::Identity
    } else if gzip > zstd {
        Coding::Gzip
    } else {
        Coding::Zstd
    }
}

/// What `q` says, in thousandths; what cannot be read is as if it were not there.
fn quality(parameters: &str) -> u32 {
    let named = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let mut given = named.filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    let Some((_, value)) = given.next() else { return QUALITY_ONE };
    let (whole, digits) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    let thousandths = format!("{digits:0<3}");
    match (whole, thousandths.parse::<u32>()) {
        ("0", Ok(thousandths)) if digits.len() <= 3 => thousandths,
        _ => QUALITY_ONE,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::ACCEPT_ENCODING;
    use axum::http::{HeaderMap, HeaderValue};

    use super::preferred_coding;
    use crate::node::Coding;

    #[test]
    fn the_coding_with_the_highest_quality_is_preferred() {
        for (values, expected) in [
            (&[][..], Coding::Identity),
            (&[""], Coding::Identity),
            (&["identity"], Coding::Identity),
            (&["br, deflate"], Coding::Identity),
            (&["gzip"], Coding::Gzip),
            (&["GZIP ; Q=0.3"], Coding::Gzip),
            (&["gzip, deflate, br"], Coding::Gzip),
            (&["gzip, deflate, br, zstd"], Coding::Zstd),
            (&["gzip", "zstd"], Coding::Zstd),
            (&["zstd;q=0.5, gzip;q=0.501"], Coding::Gzip),
            (&["zstd;q=0, gzip"], Coding::Gzip),
            (&["gzip;q=0"], Coding::Identity),
            (&["gzip;q=0.000, *;q=0"], Coding::Identity),
            (&["*;q=0.1, zstd;q=0"], Coding::Gzip),
            (&["*"], Coding::Zstd),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(ACCEPT_ENCODING, HeaderValue::from_static(value));
            }
            assert_eq!(preferred_coding(&headers), expected, "{values:?}");
        }
    }
}
