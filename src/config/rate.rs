//! Settings about rates: how often something may be done, and what that is where a setting says nothing. It reads and
//! writes them and counts nothing.

use std::num::NonZeroU32;
use std::time::Duration;

use super::value::{Allowed, Given, Value, quoted};

pub(super) const RATE: Allowed =
    Allowed::Text("\"off\" or a number of 1 to 1000000 with \"/s\", \"/min\" or \"/h\", such as \"30/min\"");

const OFF: &str = "off";
/// A larger number limits nothing that this server could do.
const MOST: u32 = 1_000_000;

/// How often something may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub most: NonZeroU32,
    pub per: Per,
}

/// The time in which a rate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    Second,
    Minute,
    Hour,
}

/// A limit of how often something may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// Nothing was said: it counts where others than this machine reach the server.
    Default(Rate),
    /// It was said, and counts wherever the server listens.
    Set(Rate),
    Off,
}

impl RateLimit {
    /// `most` a minute by default.
    pub(super) const fn by_minute(most: u32) -> Self {
        Self::default_of(most, Per::Minute)
    }

    /// `most` an hour by default.
    pub(super) const fn by_hour(most: u32) -> Self {
        Self::default_of(most, Per::Hour)
    }

    const fn default_of(most: u32, per: Per) -> Self {
        Self::Default(Rate { most: NonZeroU32::new(most).expect("a default is above 0"), per })
    }
}

impl Per {
    const ALL: [Self; 3] = [Self::Second, Self::Minute, Self::Hour];

    fn word(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
        }
    }

    pub const fn seconds(self) -> u32 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
        }
    }

    pub fn duration(self) -> Duration {
        Duration::from_secs(self.seconds().into())
    }
}

impl Rate {
    fn parse(text: &str) -> Option<Self> {
        let (most, per) = text.split_once('/')?;
        let is_number = most.bytes().all(|byte| byte.is_ascii_digit());
        let most: NonZeroU32 = most.parse().ok().filter(|most: &NonZeroU32| is_number && most.get() <= MOST)?;
        let per = Per::ALL.into_iter().find(|known| known.word() == per)?;
        Some(Self { most, per })
    }
}

impl Value for RateLimit {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        match given.text()? {
            OFF => Some(Self::Off),
            text => Rate::parse(text).map(Self::Set),
        }
    }

    fn written(&self) -> String {
        quoted(&match self {
            Self::Off => OFF.to_owned(),
            Self::Default(Rate { most, per }) | Self::Set(Rate { most, per }) => format!("{most}/{}", per.word()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, RATE, RateLimit, Value};

    fn read(text: &str) -> Option<RateLimit> {
        RateLimit::read(&Given::Text(text.to_owned()), &RATE)
    }

    #[test]
    fn a_rate_is_a_number_in_a_time_and_is_written_as_it_was_read() {
        for text in ["1/s", "30/min", "10/h", "1000000/s", "off"] {
            assert_eq!(read(text).map(|limit| limit.written()), Some(format!("\"{text}\"")), "{text}");
        }
        for text in ["", "0/s", "10", "/s", "10/", "+1/s", "-1/s", "1.5/s", "1 /s", "1/S", "1/d", "1000001/s", "on"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(RateLimit::read(&Given::Integer(10), &RATE), None);
        assert_ne!(read("10/h"), Some(RateLimit::by_hour(10)), "what is set counts everywhere");
    }
}
