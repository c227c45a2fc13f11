//! What scenarios say of a concert and of the server's settings, as `key=value`.

use std::collections::BTreeMap;

use super::words::{date, limit, number, optional, pair, wall};
use crate::domain::{
    Admission, Definition, Layout, NamedRow, Numbering, Performance, QueuePolicy, SaleStatus, Section, SectionRows,
    Settings, StockDisplay, Transfers, WallTime,
};

/// A concert on sale with three seats at 5000 on the 24th, which stays bookable for longer than any scenario lasts.
pub(super) fn plain() -> Definition {
    Definition {
        title: "Spring Festival".to_owned(),
        description: None,
        venue: None,
        time_zone: "Asia/Seoul".to_owned(),
        on_sale_at: None,
        closes_at: None,
        status: SaleStatus::OnSale,
        seat_limit: None,
        transfers: Transfers::Forbidden,
        stock_display: StockDisplay::Shown,
        translations: BTreeMap::new(),
        performances: vec![performance("24")],
        queue: QueuePolicy::default(),
    }
}

fn performance(day: &str) -> Performance {
    Performance {
        date: date(day),
        moved_to: None,
        called_off: None,
        starts_at_minutes: None,
        bookable_until: WallTime(i64::MAX),
        layout: Layout::Plain { seats: 3, price: 5_000 },
    }
}

/// Changes one field. `dates=24,25` comes first; a key of dates alone (`seats`, `price`, `sections`, `begins`, `moved_to`) means
/// all of them, and one of them with its day behind a point: `seats.25=10`.
pub(super) fn define(definition: &mut Definition, word: &str) {
    let (key, value) = pair(word);
    match key {
        "title" => definition.title = value.to_owned(),
        "dates" => {
            let kept = std::mem::take(&mut definition.performances);
            let same = |day: &str| kept.iter().find(|performance| performance.date == date(day)).cloned();
            definition.performances = value.split(',').map(|day| same(day).unwrap_or(performance(day))).collect();
        }
        "status" => definition.status = status(value),
        "on_sale_at" => definition.on_sale_at = (value != "off").then(|| wall(value)),
        "closes_at" => definition.closes_at = (value != "off").then(|| wall(value)),
        "seat_limit" => definition.seat_limit = optional(value),
        "transfers" if number::<bool>(value) => definition.transfers = Transfers::Allowed,
        "transfers" => definition.transfers = Transfers::Forbidden,
        _ if set_policy(&mut definition.queue, key, value) == Known::Yes => {}
        _ => {
            let (key, day) = key.split_once('.').map_or((key, None), |(key, day)| (key, Some(date(day))));
            let meant = |performance: &&mut Performance| day.is_none_or(|day| performance.date == day);
            definition.performances.iter_mut().filter(meant).for_each(|performance| set_date(performance, key, value));
        }
    }
}

fn status(word: &str) -> SaleStatus {
    match word {
        "draft" => SaleStatus::Draft,
        "on_sale" => SaleStatus::OnSale,
        "closed" => SaleStatus::Closed,
        other => panic!("{other:?} is a status"),
    }
}

fn set_date(performance: &mut Performance, key: &str, value: &str) {
    match (key, &mut performance.layout) {
        ("seats", Layout::Plain { seats, .. }) => *seats = number(value),
        ("price", Layout::Plain { price, .. }) => *price = number(value),
        ("moved_to", _) => performance.moved_to = Some(date(value)),
        ("begins", _) => performance.bookable_until = wall(value),
        ("sections", layout) => *layout = Layout::Sections(value.split(',').map(section).collect()),
        (other, _) => panic!("{other:?} is a field of a date"),
    }
}

/// `A:2x5@700`: two rows of five seats at 700. `A:AA.4/BB.2.11@700~odd_even!1.2`: row AA of four seats, row BB of two that
/// begin with number 11, counted from the middle, and seats 1 and 2 are accessible.
fn section(word: &str) -> Section {
    let (name, rest) = word.split_once(':').expect("name:rows@price");
    let (rows, rest) = rest.split_once('@').expect("rows@price");
    let (rest, accessible) = rest.split_once('!').map_or((rest, ""), |(rest, seats)| (rest, seats));
    let (price, numbering) =
        rest.split_once('~').map_or((rest, "left_to_right"), |(price, numbering)| (price, numbering));
    let rows = match rows.split_once('x') {
        Some((rows, seats)) => SectionRows::Equal { rows: number(rows), seats_per_row: number(seats) },
        None => SectionRows::Named(rows.split('/').map(named_row).collect()),
    };
    let numbering = match numbering {
        "left_to_right" => Numbering::LeftToRight,
        "right_to_left" => Numbering::RightToLeft,
        "odd_even" => Numbering::OddEven,
        other => panic!("{other:?} is a numbering"),
    };
    let accessible = accessible.split('.').filter(|seat| !seat.is_empty()).map(number).collect();
    Section { rows, numbering, accessible, ..Section::of_equal_rows(name, 1, 1, number(price)) }
}

fn named_row(word: &str) -> NamedRow {
    let mut parts = word.split('.');
    let label = parts.next().expect("label.seats").to_owned();
    let seats = number(parts.next().expect("label.seats"));
    NamedRow { label, seats, first_number: parts.next().map_or(1, number) }
}

/// Whether a key was one of the queue policy.
#[derive(PartialEq, Eq)]
pub(super) enum Known {
    Yes,
    No,
}

pub(super) fn set_policy(policy: &mut QueuePolicy, key: &str, value: &str) -> Known {
    match key {
        "max_active" => policy.max_active = limit(value),
        "admit_count" => policy.admit_count = limit(value),
        "admit_interval" => policy.admit_interval = limit(value),
        "active_seconds" => policy.active_seconds = limit(value),
        "abandon_seconds" => policy.abandon_seconds = limit(value),
        "admission" => policy.admission = admission(value),
        _ => return Known::No,
    }
    Known::Yes
}

fn admission(word: &str) -> Admission {
    match word {
        "running" => Admission::Running,
        "paused" => Admission::Paused,
        other => panic!("{other:?} is how admission goes"),
    }
}

pub(super) fn configure(settings: &mut Settings, word: &str) {
    let (key, value) = pair(word);
    match key {
        "hold_seconds" => settings.hold_seconds = number(value),
        "max_active" => settings.max_active = optional(value),
        "admit_count" => settings.admit_count = optional(value),
        "admit_interval" => settings.admit_interval = number(value),
        "active_seconds" => settings.active_seconds = number(value),
        "abandon_seconds" => settings.abandon_seconds = optional(value),
        "claim_seconds" => settings.claim_seconds = optional(value),
        "end_on_hold_lapse" => settings.end_on_hold_lapse = number(value),
        "charge_max" => settings.charge_max = number(value),
        "seat_limit" => settings.seat_limit = number(value),
        "events_keep_days" => settings.events_keep_days = number(value),
        other => panic!("{other:?} is a setting"),
    }
}

/// Whether a word sets a setting rather than a wallet.
pub(super) fn is_setting(word: &str) -> bool {
    let key = word.split('=').next().unwrap_or(word);
    key.contains('_')
}
