//! Where sections lie on a plan, and how their seats are counted.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::decimal::decimal_kinds;
use crate::domain::{Numbering, PlanPlace};

/// How the seats of each row are counted, as one looks at the stage: `odd_even` has odd numbers from the middle to the
/// left and even ones from the middle to the right (5 3 1 2 4 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NumberingBody {
    LeftToRight,
    RightToLeft,
    OddEven,
}

decimal_kinds! {
    /// A place on the plan in widths of a seat, kept to thousandths.
    PlanOffset = -10_000..=10_000;
    /// Degrees clockwise, kept to thousandths.
    PlanAngle = -360..=360;
    /// How far rows bend around the stage, kept to thousandths: 0 is straight, 1 half a circle.
    PlanCurve = -1..=1;
}

/// Where the middle of a section's first row lies: the stage is at the top, `x` goes to the right, `y` away from it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PlanPlaceBody {
    pub x: PlanOffset,
    pub y: PlanOffset,
    /// 0 when none is given.
    pub angle: Option<PlanAngle>,
    /// 0 when none is given.
    pub curve: Option<PlanCurve>,
}

impl From<Numbering> for NumberingBody {
    fn from(numbering: Numbering) -> Self {
        match numbering {
            Numbering::LeftToRight => Self::LeftToRight,
            Numbering::RightToLeft => Self::RightToLeft,
            Numbering::OddEven => Self::OddEven,
        }
    }
}

impl From<NumberingBody> for Numbering {
    fn from(numbering: NumberingBody) -> Self {
        match numbering {
            NumberingBody::LeftToRight => Self::LeftToRight,
            NumberingBody::RightToLeft => Self::RightToLeft,
            NumberingBody::OddEven => Self::OddEven,
        }
    }
}

impl From<PlanPlace> for PlanPlaceBody {
    fn from(PlanPlace { x, y, angle, curve }: PlanPlace) -> Self {
        Self { x: PlanOffset(x), y: PlanOffset(y), angle: Some(PlanAngle(angle)), curve: Some(PlanCurve(curve)) }
    }
}

impl From<&PlanPlaceBody> for PlanPlace {
    fn from(body: &PlanPlaceBody) -> Self {
        let (angle, curve) = (body.angle.unwrap_or_default().0, body.curve.unwrap_or_default().0);
        Self { x: body.x.0, y: body.y.0, angle, curve }
    }
}
