//! What kinds of values have in common: a kind says once how it is read, what refusals say of anything else, and how it
//! is described. Requests take kinds as fields, and answers give the same ones.

use std::fmt::{self, Formatter};
use std::marker::PhantomData;
use std::ops::RangeInclusive;

use serde::Deserialize;
use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

/// A kind of value.
pub trait Kind: Sized {
    const TYPE: Type;

    /// What a refusal says must be there.
    fn expected() -> String;

    /// What there is to say of the schema beside its type.
    fn describe(schema: ObjectBuilder) -> ObjectBuilder;
}

/// A kind that is written as a text.
pub trait TextKind: Kind {
    fn read(text: &str) -> Option<Self>;
}

/// A kind that is written as an integer of at most 64 bits.
pub(crate) trait IntegerKind: Kind {
    fn read(number: i128) -> Option<Self>;
}

pub(crate) struct TextVisitor<K>(pub PhantomData<K>);

impl<K: TextKind> Visitor<'_> for TextVisitor<K> {
    type Value = K;

    fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&K::expected())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<K, E> {
        K::read(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

pub(crate) struct IntegerVisitor<K>(pub PhantomData<K>);

impl<K: IntegerKind> IntegerVisitor<K> {
    fn read<E: Error>(self, number: i128) -> Result<K, E> {
        K::read(number).ok_or_else(|| E::invalid_value(Unexpected::Other("an integer"), &self))
    }
}

impl<K: IntegerKind> Visitor<'_> for IntegerVisitor<K> {
    type Value = K;

    fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&K::expected())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<K, E> {
        self.read(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<K, E> {
        self.read(number.into())
    }
}

/// Makes a kind one that serde reads with its visitor and that the description has as a component.
macro_rules! kind {
    ($kind:ident by $visitor:ident) => {
        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any($crate::http::values::kind::$visitor(std::marker::PhantomData))
            }
        }

        impl utoipa::PartialSchema for $kind {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                use $crate::http::values::kind::Kind;
                let schema = utoipa::openapi::schema::ObjectBuilder::new().schema_type(Self::TYPE);
                Self::describe(schema).build().into()
            }
        }

        impl utoipa::ToSchema for $kind {}
    };
}

/// Kinds that are read by a function: `Kind(of) = "what is expected", read, describe;`.
macro_rules! text_kinds {
    ($($(#[doc = $doc:literal])* $kind:ident($of:ty) = $expected:expr, $read:expr, $describe:expr;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $kind(pub $of);

        impl $crate::http::values::kind::Kind for $kind {
            const TYPE: utoipa::openapi::schema::Type = utoipa::openapi::schema::Type::String;

            fn expected() -> String {
                $expected.to_string()
            }

            fn describe(
                schema: utoipa::openapi::schema::ObjectBuilder,
            ) -> utoipa::openapi::schema::ObjectBuilder {
                let describe: fn(
                    utoipa::openapi::schema::ObjectBuilder,
                ) -> utoipa::openapi::schema::ObjectBuilder = $describe;
                describe(schema.description(Some(concat!($($doc),*).trim())))
            }
        }

        impl $crate::http::values::kind::TextKind for $kind {
            fn read(text: &str) -> Option<Self> {
                let read: fn(&str) -> Option<$of> = $read;
                read(text).map(Self)
            }
        }

        $crate::http::values::kind::kind!($kind by TextVisitor);
    )*};
}

/// Texts of so many characters: `Kind = form, least..=most;`.
macro_rules! bounded_texts {
    ($($(#[doc = $doc:literal])* $kind:ident = $form:path, $least:literal..=$most:expr;)*) => {
        $crate::http::values::kind::text_kinds! {$(
            $(#[doc = $doc])*
            $kind(String) = format_args!("{} of {} to {} characters", $form.name(), $least, $most),
                |text| {
                    let fits = ($least..=$most).contains(&text.chars().count()) && $form.admits(text);
                    fits.then(|| text.to_owned())
                },
                |schema| schema.min_length(Some($least)).max_length(Some($most));
        )*}
    };
}

/// Integers within a range: `Kind(of) = least..=most;`.
macro_rules! integer_kinds {
    ($($(#[doc = $doc:literal])* $kind:ident($of:ty) = $least:tt..=$most:expr;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
        #[serde(transparent)]
        pub(crate) struct $kind(pub $of);

        impl $crate::http::values::kind::Kind for $kind {
            const TYPE: utoipa::openapi::schema::Type = utoipa::openapi::schema::Type::Integer;

            fn expected() -> String {
                format!("an integer from {} to {}", $least, $most)
            }

            fn describe(
                schema: utoipa::openapi::schema::ObjectBuilder,
            ) -> utoipa::openapi::schema::ObjectBuilder {
                let schema = schema.description(Some(concat!($($doc),*).trim()));
                $crate::http::values::kind::within(schema, ($least as i64)..=($most as i64))
            }
        }

        impl $crate::http::values::kind::IntegerKind for $kind {
            fn read(number: i128) -> Option<Self> {
                let number = <$of>::try_from(number).ok()?;
                ($least..=$most).contains(&number).then_some(Self(number))
            }
        }

        $crate::http::values::kind::kind!($kind by IntegerVisitor);
    )*};
}

/// Lists of objects: `Kind(of) = least..=most;`.
macro_rules! list_kinds {
    ($($(#[doc = $doc:literal])* $kind:ident($of:ty) = $least:literal..=$most:expr;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub(super) struct $kind(pub Vec<$of>);

        impl $crate::http::values::kind::ListKind for $kind {
            type Entry = $of;
            const ENTRIES: std::ops::RangeInclusive<usize> = $least..=$most;

            fn of(entries: Vec<$of>) -> Self {
                Self(entries)
            }
        }

        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_seq($crate::http::values::kind::ListVisitor(std::marker::PhantomData))
            }
        }

        impl utoipa::PartialSchema for $kind {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let items = utoipa::openapi::Ref::from_schema_name(<$of as utoipa::ToSchema>::name());
                let list = utoipa::openapi::schema::ArrayBuilder::new().items(items);
                let list = list.description(Some(concat!($($doc),*).trim()));
                list.min_items(Some($least)).max_items(Some($most)).build().into()
            }
        }

        impl utoipa::ToSchema for $kind {
            fn schemas(
                schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>,
            ) {
                let entry = (<$of as utoipa::ToSchema>::name().into(), <$of as utoipa::PartialSchema>::schema());
                schemas.push(entry);
                <$of as utoipa::ToSchema>::schemas(schemas);
            }
        }
    )*};
}

/// How kinds of text are written in answers: `Kind as write;`.
macro_rules! written_kinds {
    ($($kind:ident as $write:expr;)*) => {$(
        impl serde::Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&$write(&self.0))
            }
        }
    )*};
}

/// The schema of an integer within `range`, with the narrowest format that has room for it.
pub(crate) fn within(schema: ObjectBuilder, range: RangeInclusive<i64>) -> ObjectBuilder {
    let (least, most) = range.into_inner();
    let format = if i32::try_from(least).is_ok() && i32::try_from(most).is_ok() {
        KnownFormat::Int32
    } else {
        KnownFormat::Int64
    };
    schema.format(Some(SchemaFormat::KnownFormat(format))).minimum(Some(least)).maximum(Some(most))
}

/// A kind that is a list of objects.
pub(crate) trait ListKind {
    type Entry;
    const ENTRIES: RangeInclusive<usize>;

    fn of(entries: Vec<Self::Entry>) -> Self;
}

/// What a refusal says of anything else.
pub(crate) fn expected_list<K: ListKind>() -> String {
    format!("a list of {} to {} objects", K::ENTRIES.start(), K::ENTRIES.end())
}

pub(crate) struct ListVisitor<K>(pub PhantomData<K>);

impl<'de, K: ListKind<Entry: Deserialize<'de>>> Visitor<'de> for ListVisitor<K> {
    type Value = K;

    fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&expected_list::<K>())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<K, A::Error> {
        let length = list.size_hint().unwrap_or_default();
        if !K::ENTRIES.contains(&length) {
            return Err(A::Error::invalid_length(length, &self));
        }
        let mut entries = Vec::with_capacity(length);
        while let Some(entry) = list.next_element()? {
            entries.push(entry);
        }
        Ok(K::of(entries))
    }
}

/// What characters a text has.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// No control characters.
    Line,
    /// Any characters; it may run over several lines.
    Text,
}

impl Form {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Line => "a text without control characters",
            Self::Text => "a text",
        }
    }

    pub(crate) fn admits(self, text: &str) -> bool {
        match self {
            Self::Line => !text.chars().any(char::is_control),
            Self::Text => true,
        }
    }
}

pub(in crate::http) use {bounded_texts, integer_kinds, kind, list_kinds, text_kinds, written_kinds};
