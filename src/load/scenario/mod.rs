//! The scenarios: what each asks of the server, and what it uses when nothing else is said.

mod step;
mod workload_kind;

use std::time::Duration;

use clap::ValueEnum;

pub(crate) use step::{Expected, Step};
pub(crate) use workload_kind::WorkloadKind;

/// Seats of a date where the size of the map counts.
const SEATS_A_DATE_USUAL: u32 = 50;
/// Seats of a date where as many as possible are sold.
const SEATS_A_DATE_MANY: u32 = 20_000;
/// Iterations a second that a closed loop may get through, for which seats or users are prepared.
const HOLDS_A_SECOND: u32 = 100_000;
const JOURNEYS_A_SECOND: u32 = 15_000;
const PAYMENTS_A_SECOND: u32 = 25_000;
/// Most seats and users that are prepared unasked: preparing them takes seconds, not minutes.
const SEATS_UNASKED_MAX: u32 = 1_000_000;
const USERS_UNASKED_MAX: u32 = 100_000;
/// Seats that one user holds or buys, unless the number of users is given.
const SEATS_A_USER: u32 = 100;
/// Virtual users and seconds of the load tests of the reference designs.
const REFERENCE_CONNECTIONS: u32 = 100;
const REFERENCE_SECONDS: u64 = 30;
/// Entrances of a hall, and tickets that are scanned at all of them.
const GATES: u32 = 20;
const TICKETS: u32 = 5_000;
/// Connections of an overload: more than a server has requests under way at once, or it would have nothing to refuse.
const OVERLOAD_CONNECTIONS: u32 = 6_000;
/// Pages that follow a date unless another number is given.
pub(crate) const FOLLOWERS_USUAL: u32 = 10_000;
/// Users of an overload: those in the shop and those who are away until they come again.
const OVERLOAD_USERS: u32 = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Read: the list of concerts, a seat map, the free seats of a date, the free seats of a concert
    Browse,
    /// Users join a queue within some seconds (--within) and poll as they are told until they are admitted
    QueueRush,
    /// Ask after one's place while all --users wait
    Poll,
    /// Hold seats, each another one
    Hold,
    /// Hold seats while one client, from an address of its own, opens 10,000 connections and 1,000 streams
    #[value(name = "siege")]
    ConnectionFlood,
    /// Hold seats while many pages (--followers) follow the seats of the first date
    Follow,
    /// Claim a seat that another holds, and lose; others (--holders) hold other seats meanwhile
    HotSeat,
    /// Charge wallets
    Charge,
    /// Pay seats that were held before
    Pay,
    /// Gates scan the same tickets, each of which lets somebody in at one of them
    CheckIn,
    /// Whole journeys: token, map, hold, charge, pay
    OnSale,
    /// Whole journeys: at best, then several times as many customers (--times) as that, then half as many
    Overload,
    /// Load test of the reference designs: the list of concerts, 100 virtual users, 30 s
    ConcertList,
    /// Load test of the reference designs: hold seats, 100 virtual users, 30 s
    Reserve,
    /// Load test of the reference designs: read balances, 100 virtual users, 30 s
    Balance,
    /// Load test of the reference designs: charge wallets, 100 virtual users, 30 s
    BalanceCharge,
}

/// What the connections do that do not hold seats while one seat is hot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HotSeatOthers {
    /// Claim the hot seat and lose
    Lose,
    /// Ask after their places, which changes nothing
    Read,
    /// Nothing: the holders are alone
    Rest,
}

/// How much is prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FixtureSize {
    pub users: u32,
    pub seats: u32,
    pub seats_per_date: u32,
}

impl Scenario {
    /// What its virtual users do.
    pub(crate) fn workload(self) -> WorkloadKind {
        match self {
            Self::Browse | Self::ConcertList => WorkloadKind::Browse,
            Self::QueueRush => WorkloadKind::QueueRush,
            Self::Poll => WorkloadKind::Poll,
            Self::Hold | Self::ConnectionFlood | Self::Follow | Self::Reserve => WorkloadKind::Hold,
            Self::HotSeat => WorkloadKind::HotSeat,
            Self::Charge | Self::BalanceCharge => WorkloadKind::Charge,
            Self::Balance => WorkloadKind::Balance,
            Self::Pay => WorkloadKind::Pay,
            Self::CheckIn => WorkloadKind::CheckIn,
            Self::OnSale => WorkloadKind::OnSale,
            Self::Overload => WorkloadKind::Overload,
        }
    }

    /// The word for it on the command line and in reports.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().expect("no scenario is hidden").get_name().to_owned()
    }

    fn is_of_reference(self) -> bool {
        matches!(self, Self::ConcertList | Self::Reserve | Self::Balance | Self::BalanceCharge)
    }

    pub(crate) fn connections(self) -> u32 {
        if self == Self::Overload {
            OVERLOAD_CONNECTIONS
        } else if self == Self::CheckIn {
            GATES
        } else if self.is_of_reference() {
            REFERENCE_CONNECTIONS
        } else {
            64
        }
    }

    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs(if self.is_of_reference() { REFERENCE_SECONDS } else { 10 })
    }

    /// The only step of its workload that it takes, when it is not all of them.
    pub(crate) fn only_step(self) -> Option<&'static str> {
        (self == Self::ConcertList).then_some(WorkloadKind::Browse.steps()[0].name)
    }

    /// What is prepared for `duration` with `connections`, at `rate` iterations a second where one is given.
    pub(crate) fn size(self, duration: Duration, connections: u32, rate: Option<f64>) -> FixtureSize {
        let iterations = |closed: u32| (rate.unwrap_or(closed.into()) * duration.as_secs_f64()).ceil() as u32;
        let small = |users, seats| FixtureSize { users, seats, seats_per_date: SEATS_A_DATE_USUAL };
        match self.workload() {
            WorkloadKind::Browse => small(1_000, 3 * SEATS_A_DATE_USUAL),
            WorkloadKind::QueueRush => small(10_000, SEATS_A_DATE_USUAL),
            WorkloadKind::Poll => small(100_000, SEATS_A_DATE_USUAL),
            WorkloadKind::Hold | WorkloadKind::HotSeat => {
                let seats = iterations(HOLDS_A_SECOND).clamp(1, SEATS_UNASKED_MAX) + 1;
                let users = (seats / SEATS_A_USER).max(connections + 1);
                FixtureSize { users, seats, seats_per_date: SEATS_A_DATE_MANY }
            }
            WorkloadKind::Charge | WorkloadKind::Balance => small(10_000, 0),
            WorkloadKind::Pay => {
                let users = iterations(PAYMENTS_A_SECOND).clamp(1, USERS_UNASKED_MAX);
                FixtureSize { users, seats: users, seats_per_date: SEATS_A_DATE_MANY }
            }
            WorkloadKind::CheckIn => FixtureSize { users: TICKETS, seats: TICKETS, seats_per_date: TICKETS },
            WorkloadKind::Overload => {
                // A quarter more than three times the time of the overload is run, most of it at the best rate or
                // below.
                let sales = iterations(JOURNEYS_A_SECOND).saturating_mul(3);
                let seats = sales.saturating_add(OVERLOAD_USERS).min(SEATS_UNASKED_MAX);
                small(OVERLOAD_USERS, seats)
            }
            WorkloadKind::OnSale => {
                let seats = iterations(JOURNEYS_A_SECOND).clamp(1, SEATS_UNASKED_MAX);
                let users = (seats / SEATS_A_USER).max(connections);
                FixtureSize { users, seats, seats_per_date: SEATS_A_DATE_USUAL }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Scenario, WorkloadKind};

    #[test]
    fn the_reference_scenarios_are_the_same_workloads_with_100_users_for_30_s() {
        for (scenario, kind) in [
            (Scenario::ConcertList, WorkloadKind::Browse),
            (Scenario::Reserve, WorkloadKind::Hold),
            (Scenario::Balance, WorkloadKind::Balance),
            (Scenario::BalanceCharge, WorkloadKind::Charge),
        ] {
            assert_eq!((scenario.workload(), scenario.connections()), (kind, 100));
            assert_eq!(scenario.duration(), Duration::from_secs(30));
        }
        assert_eq!(Scenario::BalanceCharge.name(), "balance-charge");
        assert_eq!(Scenario::ConcertList.only_step(), Some("concerts"));
    }

    #[test]
    fn as_much_is_prepared_as_the_run_can_use_up_to_a_bound() {
        let second = Duration::from_secs(1);
        let size = Scenario::Hold.size(second, 64, Some(5_000.0));
        assert_eq!((size.seats, size.users), (5_001, 65));
        let size = Scenario::Hold.size(second * 3_600, 64, None);
        assert_eq!((size.seats, size.users), (1_000_001, 10_000));
        assert_eq!(Scenario::Pay.size(second, 64, Some(700.0)).users, 700);
        assert_eq!(Scenario::OnSale.size(second, 64, Some(1.0)).users, 64);
    }
}
