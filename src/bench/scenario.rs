//! The scenarios: what each asks of the server, and what it uses when nothing else is said.

use std::time::Duration;

use clap::ValueEnum;

use super::tally::{Step, Wanted};

/// Seats of a date where the size of the map counts.
const SEATS_A_DATE_USUAL: u32 = 50;
/// Seats of a date where as many as possible are sold.
const SEATS_A_DATE_MANY: u32 = 20_000;
/// Work a second that a closed loop may get through, for which seats or users are prepared.
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
/// Connections of a crowd: more than a server has requests under way at once, or it would have nothing to refuse.
const CROWD_CONNECTIONS: u32 = 6_000;
/// Users of a crowd: those in the shop and those who are away until they come again.
const CROWD_USERS: u32 = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Read: the list of concerts, a seat map, the free seats of a date, the free seats of a concert
    Browse,
    /// Users join a queue within some seconds (--within) and poll as they are told until they are admitted
    QueueRush,
    /// Ask after one's place while all --users wait
    Poll,
    /// Hold seats, each another one
    Hold,
    /// Hold seats while one client, from an address of its own, opens 10,000 connections and 1,000 streams
    Siege,
    /// Claim a seat that another holds, and lose; others (--holders) hold other seats meanwhile
    HotSeat,
    /// Charge wallets
    Charge,
    /// Pay seats that were held before
    Pay,
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

/// The kinds of work; several scenarios may be the same work under other circumstances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Browse,
    Rush,
    Poll,
    Hold,
    HotSeat,
    Charge,
    Balance,
    Pay,
    OnSale,
    Overload,
}

/// What the connections do that do not hold seats while one seat is hot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Others {
    /// Claim the hot seat and lose
    Lose,
    /// Ask after their places, which changes nothing
    Read,
    /// Nothing: the holders are alone
    Rest,
}

/// How much is prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub users: u32,
    pub seats: u32,
    pub seats_per_date: u32,
}

const fn step(name: &'static str) -> Step {
    Step { name, wanted: Wanted::Success }
}

impl Scenario {
    pub fn work(self) -> Work {
        match self {
            Self::Browse | Self::ConcertList => Work::Browse,
            Self::QueueRush => Work::Rush,
            Self::Poll => Work::Poll,
            Self::Hold | Self::Siege | Self::Reserve => Work::Hold,
            Self::HotSeat => Work::HotSeat,
            Self::Charge | Self::BalanceCharge => Work::Charge,
            Self::Balance => Work::Balance,
            Self::Pay => Work::Pay,
            Self::OnSale => Work::OnSale,
            Self::Overload => Work::Overload,
        }
    }

    /// The word for it on the command line and in reports.
    pub fn name(self) -> String {
        self.to_possible_value().expect("no scenario is hidden").get_name().to_owned()
    }

    fn is_of_reference(self) -> bool {
        matches!(self, Self::ConcertList | Self::Reserve | Self::Balance | Self::BalanceCharge)
    }

    pub fn connections(self) -> u32 {
        if self == Self::Overload {
            CROWD_CONNECTIONS
        } else if self.is_of_reference() {
            REFERENCE_CONNECTIONS
        } else {
            64
        }
    }

    pub fn duration(self) -> Duration {
        Duration::from_secs(if self.is_of_reference() { REFERENCE_SECONDS } else { 10 })
    }

    /// The only step of its work that it takes, when it is not all of them.
    pub fn only_step(self) -> Option<&'static str> {
        (self == Self::ConcertList).then_some(Work::Browse.steps()[0].name)
    }

    /// What is prepared for `duration` with `connections`, at `rate` starts a second where one is given.
    pub fn size(self, duration: Duration, connections: u32, rate: Option<f64>) -> Size {
        let starts = |closed: u32| (rate.unwrap_or(closed.into()) * duration.as_secs_f64()).ceil() as u32;
        match self.work() {
            Work::Browse => Size { users: 1_000, seats: 3 * SEATS_A_DATE_USUAL, seats_per_date: SEATS_A_DATE_USUAL },
            Work::Rush => Size { users: 10_000, seats: SEATS_A_DATE_USUAL, seats_per_date: SEATS_A_DATE_USUAL },
            Work::Poll => Size { users: 100_000, seats: SEATS_A_DATE_USUAL, seats_per_date: SEATS_A_DATE_USUAL },
            Work::Hold | Work::HotSeat => {
                let seats = starts(HOLDS_A_SECOND).clamp(1, SEATS_UNASKED_MAX) + 1;
                let users = (seats / SEATS_A_USER).max(connections + 1);
                Size { users, seats, seats_per_date: SEATS_A_DATE_MANY }
            }
            Work::Charge | Work::Balance => Size { users: 10_000, seats: 0, seats_per_date: SEATS_A_DATE_USUAL },
            Work::Pay => {
                let users = starts(PAYMENTS_A_SECOND).clamp(1, USERS_UNASKED_MAX);
                Size { users, seats: users, seats_per_date: SEATS_A_DATE_MANY }
            }
            Work::Overload => {
                // A quarter more than three times the time of the overload is played, most of it at the best rate or
                // below.
                let sales = starts(JOURNEYS_A_SECOND).saturating_mul(3);
                let seats = sales.saturating_add(CROWD_USERS).min(SEATS_UNASKED_MAX);
                Size { users: CROWD_USERS, seats, seats_per_date: SEATS_A_DATE_USUAL }
            }
            Work::OnSale => {
                let seats = starts(JOURNEYS_A_SECOND).clamp(1, SEATS_UNASKED_MAX);
                let users = (seats / SEATS_A_USER).max(connections);
                Size { users, seats, seats_per_date: SEATS_A_DATE_USUAL }
            }
        }
    }
}

impl Work {
    /// The kinds of requests that are counted; the modules of the work name them by their places here.
    pub fn steps(self) -> &'static [Step] {
        match self {
            Self::Browse => const { &[step("concerts"), step("map"), step("available"), step("availability")] },
            Self::Rush => const { &[step("join"), step("poll")] },
            Self::Poll => const { &[step("poll")] },
            Self::Hold => const { &[step("hold")] },
            Self::HotSeat => {
                const {
                    &[
                        Step { name: "lost claim", wanted: Wanted::Refusal("SEAT_TAKEN") },
                        step("hold beside"),
                        step("poll beside"),
                    ]
                }
            }
            Self::Charge => const { &[step("charge")] },
            Self::Balance => const { &[step("balance")] },
            Self::Pay => const { &[step("pay")] },
            Self::Overload => {
                const {
                    &[
                        step("before: arrival"),
                        step("before: request"),
                        step("before: sale"),
                        step("peak: arrival"),
                        step("peak: request"),
                        step("peak: sale"),
                        step("after: arrival"),
                        step("after: request"),
                        step("after: sale"),
                    ]
                }
            }
            Self::OnSale => {
                const {
                    &[
                        step("token"),
                        step("poll"),
                        step("map"),
                        step("hold"),
                        step("charge"),
                        step("pay"),
                        step("journey"),
                    ]
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Scenario, Work};

    #[test]
    fn the_reference_scenarios_are_the_same_work_with_100_users_for_30_s() {
        for (scenario, work) in [
            (Scenario::ConcertList, Work::Browse),
            (Scenario::Reserve, Work::Hold),
            (Scenario::Balance, Work::Balance),
            (Scenario::BalanceCharge, Work::Charge),
        ] {
            assert_eq!((scenario.work(), scenario.connections()), (work, 100));
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
