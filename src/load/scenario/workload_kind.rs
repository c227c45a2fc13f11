//! The kinds of workload and the steps of each.

use super::step::{Expected, Step};

/// What virtual users do; several scenarios may be the same workload under other circumstances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WorkloadKind {
    Browse,
    QueueRush,
    Poll,
    Hold,
    HotSeat,
    Charge,
    Balance,
    Pay,
    CheckIn,
    OnSale,
    Overload,
}

impl WorkloadKind {
    /// The kinds of requests that are counted; the modules of the workload name them by their places here.
    pub(crate) fn steps(self) -> &'static [Step] {
        match self {
            Self::Browse => {
                const {
                    &[
                        Step::success("concerts"),
                        Step::success("map"),
                        Step::success("available"),
                        Step::success("availability"),
                    ]
                }
            }
            Self::QueueRush => const { &[Step::success("join"), Step::success("poll")] },
            Self::Poll => const { &[Step::success("poll")] },
            Self::Hold => const { &[Step::success("hold")] },
            Self::HotSeat => {
                const {
                    &[
                        Step { name: "lost claim", expected: Expected::Refusal("SEAT_TAKEN") },
                        Step::success("hold beside"),
                        Step::success("poll beside"),
                    ]
                }
            }
            Self::Charge => const { &[Step::success("charge")] },
            Self::Balance => const { &[Step::success("balance")] },
            Self::Pay => const { &[Step::success("pay")] },
            Self::CheckIn => {
                const {
                    &[
                        Step::success("enter"),
                        Step { name: "already used", expected: Expected::Refusal("ALREADY_USED") },
                    ]
                }
            }
            Self::Overload => {
                const {
                    &[
                        Step::success("before: arrival"),
                        Step::success("before: request"),
                        Step::success("before: sale"),
                        Step::success("peak: arrival"),
                        Step::success("peak: request"),
                        Step::success("peak: sale"),
                        Step::success("after: arrival"),
                        Step::success("after: request"),
                        Step::success("after: sale"),
                    ]
                }
            }
            Self::OnSale => {
                const {
                    &[
                        Step::success("token"),
                        Step::success("poll"),
                        Step::success("map"),
                        Step::success("hold"),
                        Step::success("charge"),
                        Step::success("pay"),
                        Step::success("journey"),
                    ]
                }
            }
        }
    }
}
