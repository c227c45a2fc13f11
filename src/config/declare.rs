//! How settings are declared: of one list of them become the typed configuration, its defaults, the part of it that
//! goes into the log, and the table of keys.

/// Makes `Config`, a struct a section, and the table of keys. A setting is declared as
///
/// ```text
/// /// What it means, in a sentence or two.
/// ///
/// /// What else is to be known of it.
/// seconds: u32 { default: 300, allowed: integer(1, 86_400, "seconds"), taken: AtOnce, logged: hold_seconds }
/// ```
///
/// `logged` names the field of the log's settings that it decides; without it no command is judged by the setting. `flag`
/// gives it a flag of its own, and `shown` tells a default in words.
macro_rules! settings {
    ($(
        $(#[doc = $about:literal])+
        $section:ident: $Section:ident {
            $(
                $(#[doc = $line:literal])+
                $field:ident: $Type:ty {
                    default: $default:expr,
                    allowed: $allowed:expr,
                    taken: $taken:ident
                    $(, logged: $logged:ident)?
                    $(, flag: $flag:literal $value:literal)?
                    $(, shown: $shown:literal)?
                    $(,)?
                }
            )+
        }
    )+) => {
        /// Every setting, by section.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Config {
            $(pub $section: $Section,)+
        }

        $(
            $(#[doc = $about])+
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $Section {
                $($(#[doc = $line])+ pub $field: $Type,)+
            }
        )+

        impl Default for Config {
            fn default() -> Self {
                Self { $($section: $Section { $($field: $default,)+ },)+ }
            }
        }

        impl Config {
            /// The part of the settings that decides what a command does, as it goes into the log.
            pub fn to_settings(&self) -> Settings {
                Settings { $($($($logged: self.$section.$field,)?)+)+ }
            }
        }

        /// The name and the meaning of each section, in the order of `config.toml`.
        pub(super) const SECTIONS: &[(&str, &[&str])] = &[$((stringify!($section), &[$($about),+]),)+];

        /// Every setting, in the order of `config.toml`.
        pub static KEYS: &[Key] = &[$($(Key {
            name: concat!(stringify!($section), ".", stringify!($field)),
            allowed: $allowed,
            taken: Taken::$taken,
            flag: settings!(@optional $(Flag { name: $flag, value: $value })?),
            details: Details {
                lines: &[$($line),+],
                default: settings!(@optional $($shown)?),
                put: |config, given| {
                    config.$section.$field = Value::read(given, &$allowed)?;
                    Some(())
                },
                written: |config| config.$section.$field.written(),
                same: |one, other| one.$section.$field == other.$section.$field,
                copy: |from, to| Clone::clone_from(&mut to.$section.$field, &from.$section.$field),
            },
        },)+)+];
    };
    (@optional) => { None };
    (@optional $some:expr) => { Some($some) };
}

pub(super) use settings;
