//! The currencies that a box office may sell in: the active codes of ISO 4217 (as of January 2026) that are money of a
//! country or a union; funds, metals, units of account and test codes are none.

use super::value::{Allowed, Given, Value, quoted};
use crate::domain::Currency;

pub const CURRENCY: Allowed =
    Allowed::Listed { form: "an ISO 4217 code of three capital letters, such as \"KRW\"", list: codes };

/// Codes whose smallest unit is a hundredth.
const HUNDREDTHS: &str = "\
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE \
    CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR \
    KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB \
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY \
    TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";
/// Codes that have no smaller unit.
const WHOLE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
/// Codes whose smallest unit is a thousandth.
const THOUSANDTHS: &str = "BHD IQD JOD KWD LYD OMR TND";

/// What an amount of a currency counts, in words.
pub fn smallest_unit(currency: Currency) -> &'static str {
    match exponent(currency) {
        0 => "whole units",
        3 => "thousandths",
        _ => "hundredths",
    }
}

/// Decimal places of a currency: how many digits of an amount stand behind the point.
pub fn exponent(currency: Currency) -> u32 {
    let code = currency.to_string();
    let is_among = |codes: &str| codes.split(' ').any(|known| known == code);
    if is_among(WHOLE) {
        0
    } else if is_among(THOUSANDTHS) {
        3
    } else {
        2
    }
}

/// Every code.
fn codes() -> Vec<&'static str> {
    [HUNDREDTHS, WHOLE, THOUSANDTHS].iter().flat_map(|codes| codes.split(' ')).collect()
}

/// The currency of `code`, or `None` when it is none.
fn find(code: &str) -> Option<Currency> {
    codes().contains(&code).then(|| Currency::parse(code).expect("the table has codes of three capital letters"))
}

impl Value for Currency {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        find(given.text()?)
    }

    fn written(&self) -> String {
        quoted(&self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::{codes, exponent, find, smallest_unit};

    #[test]
    fn only_active_codes_of_money_in_capitals_are_currencies() {
        for good in ["KRW", "USD", "EUR", "JPY", "KWD", "XOF", "XCG", "ZWG"] {
            assert_eq!(find(good).map(|currency| currency.to_string()).as_deref(), Some(good));
        }
        for bad in ["", "krw", "Krw", "KR", "KRWS", "XYZ", "XXX", "XTS", "XAU", "DEM", "HRK", "BGN", "CHE", "₩", "KRW "]
        {
            assert_eq!(find(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_smallest_unit_is_told() {
        for (code, unit, places) in [("KRW", "whole units", 0), ("EUR", "hundredths", 2), ("KWD", "thousandths", 3)] {
            let told = find(code).map(|currency| (smallest_unit(currency), exponent(currency)));
            assert_eq!(told, Some((unit, places)), "{code}");
        }
    }

    #[test]
    fn each_code_stands_once_and_has_three_capitals() {
        let mut sorted = codes();
        sorted.sort_unstable();
        let count = sorted.len();
        sorted.dedup();
        assert_eq!(sorted.len(), count);
        assert!(count > 140 && sorted.iter().all(|code| find(code).is_some()));
    }
}
