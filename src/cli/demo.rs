//! The concert and the user of `jari serve --demo`: something to buy for whoever tries the server out, and what the
//! examples of the description name, so that each of them works as it stands.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{Datelike, Days, NaiveDate, TimeZone};
use chrono_tz::Tz;

use crate::calendar::begins_at;
use crate::config::Config;
use crate::domain::commands::{BlockSeats, CreateConcert, CreateUser};
use crate::domain::{
    CalendarDate, ConcertId, Definition, Layout, NamedRow, Numbering, Performance, PlanPlace, QueuePolicy, Rejection,
    SaleStatus, Section, SectionRows, StockDisplay, Transfers, Translation, UserId, Username, WallTime,
};
use crate::node::{Caller, Handle, Lead, Led, SubmitError};

/// The id of the demo concert.
pub(super) const ID: &str = "demo";
/// The user whom the examples of the description name. Whoever tries the server out may act for this one.
const USER: UserId = UserId(0x0193_a4c5_7e1a_7c3e_8d2b_5f6a_7b8c_9d0e);
const USERNAME: &str = "demo";
/// The date that the examples of the description name.
const DATE_OF_EXAMPLES: (i32, u32, u32) = (2030, 12, 24);
/// Days from now until the first date.
const DAYS_AHEAD: u64 = 7;
const DATES: u64 = 3;
/// Row letters of every block, from the stage.
const ROWS: [&str; 5] = ["A", "B", "C", "D", "E"];
/// Of a seat at the side and of one in the middle.
const PRICES: [u32; 2] = [5_000, 7_000];
/// The last seat of the middle, which is kept back for the mixing desk.
const KEPT_BACK: u32 = 35;
/// Half past seven in the evening, in minutes after midnight.
const STARTS_AT_MINUTES: u32 = 19 * 60 + 30;

/// How long a start waits for an instance that leads the concert.
const LEAD_WAIT: Duration = Duration::from_secs(5);

/// Creates the concert `demo`, a small hall of three blocks, and its user when there is no concert at all. Of several
/// instances the one does that leads the concert.
///
/// # Errors
/// One sentence, when it could not be written.
pub(super) async fn create(node: &Handle, config: &Config) -> Result<(), String> {
    match create_what_is_missing(node, config).await {
        Ok(()) => Ok(()),
        Err((what, SubmitError::NoLeader { .. })) => {
            tracing::warn!("the demo {what} is not created: this instance does not lead the concert any more");
            Ok(())
        }
        Err((what, error)) => Err(told(what, error)),
    }
}

async fn create_what_is_missing(node: &Handle, config: &Config) -> Result<(), (&'static str, SubmitError)> {
    let id = ConcertId::parse(ID).expect("it is made of small letters");
    if node.lead_within(Led::Concert(&id), LEAD_WAIT).await != Lead::Here {
        return Ok(());
    }
    // Another instance may have created some.
    node.fresh().await.map_err(|error| ("concert", error))?;
    if node.concert_count() > 0 {
        return Ok(());
    }
    let definition = Box::new(definition(node.wall_now(), config.sale.time_zone));
    let dates: Vec<CalendarDate> = definition.performances.iter().map(|performance| performance.date).collect();
    let created =
        node.submit(CreateConcert { id, definition }, Caller::default()).await.map_err(|error| ("concert", error))?;
    for date in dates {
        let (concert, reason) = (created.reply.concert, "The mixing desk stands here.".to_owned());
        let block = BlockSeats { concert, date, seats: vec![KEPT_BACK], reason };
        node.submit(block, Caller::default()).await.map_err(|error| ("concert", error))?;
    }
    let user = CreateUser { user: USER, username: Username::plain(USERNAME), email: None };
    match node.submit(user, Caller::default()).await {
        // Users may be there before any concert is, and the name may be somebody's.
        Ok(_) | Err(SubmitError::Rejected(Rejection::UsernameTaken)) => Ok(()),
        Err(error) => Err(("user", error)),
    }
}

fn told(what: &str, error: SubmitError) -> String {
    match error {
        SubmitError::Rejected(rejection) => format!("cannot create the demo {what}: {rejection}"),
        SubmitError::Fault(details) => format!("cannot create the demo {what}: {details}"),
        SubmitError::Overloaded | SubmitError::Stopping => format!("cannot create the demo {what}: the node is busy"),
        SubmitError::NoLeader { .. } => format!("cannot create the demo {what}: another instance leads, or none does"),
    }
}

fn definition(now: WallTime, zone: Tz) -> Definition {
    let today =
        zone.timestamp_millis_opt(now.0).single().map(|at| at.date_naive()).expect("now is a date that calendars know");
    let soon = (DAYS_AHEAD..DAYS_AHEAD + DATES).map(|ahead| today + Days::new(ahead));
    let (year, month, day) = DATE_OF_EXAMPLES;
    let of_examples = NaiveDate::from_ymd_opt(year, month, day).expect("the calendar has the day");
    let last = today + Days::new(DAYS_AHEAD + DATES);
    let dates = soon.chain(Some(of_examples).filter(|date| *date >= last));
    Definition {
        title: "Demo Concert".to_owned(),
        description: Some("Made by --demo, to try out the box office.".to_owned()),
        venue: Some("Demo Hall".to_owned()),
        time_zone: zone.name().to_owned(),
        on_sale_at: None,
        closes_at: None,
        status: SaleStatus::OnSale,
        seat_limit: None,
        transfers: Transfers::Forbidden,
        stock_display: StockDisplay::Shown,
        translations: BTreeMap::from([("ko".to_owned(), in_korean())]),
        performances: dates.map(|date| performance(date, zone)).collect(),
        queue: QueuePolicy::default(),
    }
}

fn performance(day: NaiveDate, zone: Tz) -> Performance {
    let year = u32::try_from(day.year()).expect("a date ahead of now is after the year 0");
    let date = CalendarDate::new(year, day.month(), day.day()).expect("the calendar has the day");
    Performance {
        date,
        moved_to: None,
        called_off: None,
        starts_at_minutes: Some(STARTS_AT_MINUTES),
        bookable_until: begins_at(zone, date, Some(STARTS_AT_MINUTES)),
        layout: hall(),
    }
}

/// Five rows of ten seats, which the aisles part in three, four and three.
fn hall() -> Layout {
    let [side, middle] = PRICES;
    let block = |name: &str, (first_number, seats): (u32, u32), at: PlanPlace, price: u32| Section {
        name: name.to_owned(),
        rows: SectionRows::Named(
            ROWS.iter().map(|label| NamedRow { label: (*label).to_owned(), seats, first_number }).collect(),
        ),
        numbering: Numbering::LeftToRight,
        at: Some(at),
        accessible: Vec::new(),
        restricted_view: Vec::new(),
        price,
    };
    let turned = |x: i32, angle: i32| PlanPlace { x, y: 2_000, angle, curve: 100 };
    Layout::Sections(vec![
        Section {
            accessible: vec![13, 14],
            restricted_view: vec![1],
            ..block("Left", (1, 3), turned(-5_000, -15), side)
        },
        block("Centre", (4, 4), turned(0, 0), middle),
        Section {
            accessible: vec![49, 50],
            restricted_view: vec![38],
            ..block("Right", (8, 3), turned(5_000, 15), side)
        },
    ])
}

fn in_korean() -> Translation {
    let sections = [("Left", "왼쪽"), ("Centre", "가운데"), ("Right", "오른쪽")];
    Translation {
        title: Some("데모 콘서트".to_owned()),
        description: Some("매표소를 써 보도록 --demo가 만든 공연입니다.".to_owned()),
        venue: Some("데모홀".to_owned()),
        sections: sections.map(|(name, korean)| (name.to_owned(), korean.to_owned())).into(),
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use uuid::Uuid;

    use super::{KEPT_BACK, USER, definition};
    use crate::domain::{SaleStatus, WallTime};

    #[test]
    fn the_demo_is_on_sale_with_50_seats_on_each_of_three_dates_ahead_and_on_that_of_the_examples() {
        // 2030-03-02 23:30 in Seoul, where it is 14:30 UTC.
        let now = WallTime(1_898_692_200_000);
        let demo = definition(now, Tz::Asia__Seoul);
        assert_eq!(demo.status, SaleStatus::OnSale);
        assert_eq!(demo.time_zone, "Asia/Seoul");
        let dates: Vec<_> = demo.performances.iter().map(|performance| performance.date.to_string()).collect();
        assert_eq!(dates, ["2030-03-09", "2030-03-10", "2030-03-11", "2030-12-24"]);
        for performance in &demo.performances {
            assert_eq!(performance.layout.seats(), 50);
            assert_eq!(performance.layout.block_of(50).map(|block| block.price), Some(5_000));
            assert_eq!(performance.layout.block_of(KEPT_BACK).map(|block| block.price), Some(7_000));
        }
        // 19:30 in Seoul is 10:30 UTC.
        assert_eq!(demo.performances[0].bookable_until.0 % 86_400_000, 37_800_000);
    }

    #[test]
    fn what_the_examples_name_is_there_as_long_as_it_lies_ahead() {
        let description = include_str!("../../docs/openapi.json");
        let user = Uuid::from_u128(USER.0).to_string();
        assert!(description.contains(&format!("\"userId\": \"{user}\"")), "{user}");
        // 2030-12-24 noon in Seoul.
        let demo = definition(WallTime(1_924_311_600_000), Tz::Asia__Seoul);
        assert_eq!(demo.performances.len(), 3);
    }

    #[test]
    fn the_begin_follows_the_clocks_of_the_zone() {
        // The clocks of New York go forward on 2030-03-10.
        let demo = definition(WallTime(1_898_692_200_000), Tz::America__New_York);
        let begins: Vec<_> = demo.performances.iter().map(|performance| performance.bookable_until.0).collect();
        assert_eq!(begins[1] - begins[0], 23 * 3_600_000);
        assert_eq!(begins[2] - begins[1], 24 * 3_600_000);
    }
}
