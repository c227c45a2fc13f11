//! Time zones: those that have an IANA name, and that of the machine as far as it has one.

use std::sync::LazyLock;

use chrono_tz::{TZ_VARIANTS, Tz};

use super::value::{Allowed, Given, Value, quoted};

pub(super) const ZONE: Allowed = Allowed::Listed {
    form: "an IANA time zone, such as \"Asia/Seoul\", or \"system\"",
    list: || TZ_VARIANTS.iter().map(|zone| zone.name()).collect(),
};
/// Stands for the zone of the machine.
const SYSTEM: &str = "system";
/// Where the files of time zones lie, for a `TZ` that names one by its path.
const ZONE_FOLDER: &str = "/zoneinfo/";

/// What `TZ` says, else what the machine is set to; UTC where neither has a name.
pub(super) fn of_system() -> Tz {
    static ZONE: LazyLock<Tz> = LazyLock::new(|| {
        let variable = std::env::var("TZ").ok().and_then(|text| named(&text));
        variable.or_else(|| iana_time_zone::get_timezone().ok().and_then(|text| named(&text))).unwrap_or(Tz::UTC)
    });
    *ZONE
}

/// The zone that a text names: `Europe/Berlin`, `:Europe/Berlin` or `/usr/share/zoneinfo/Europe/Berlin`.
fn named(text: &str) -> Option<Tz> {
    let text = text.strip_prefix(':').unwrap_or(text);
    let name = text.split_once(ZONE_FOLDER).map_or(text, |(_, name)| name);
    name.parse().ok()
}

impl Value for Tz {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        match given.text()? {
            SYSTEM => Some(of_system()),
            name => name.parse().ok(),
        }
    }

    fn written(&self) -> String {
        quoted(self.name())
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::named;

    #[test]
    fn a_zone_is_named_as_systems_name_it() {
        for text in ["Asia/Seoul", ":Asia/Seoul", "/usr/share/zoneinfo/Asia/Seoul", ":/usr/share/zoneinfo/Asia/Seoul"] {
            assert_eq!(named(text), Some(Tz::Asia__Seoul), "{text}");
        }
        for text in ["", ":", "KST-9", "Seoul", "/etc/localtime"] {
            assert_eq!(named(text), None, "{text:?}");
        }
    }
}
