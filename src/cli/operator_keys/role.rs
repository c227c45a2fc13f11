//! The roles as flags name them.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::domain::Role;

/// A role that is named by a flag.
#[derive(Clone, Copy, Debug)]
pub(super) struct RoleName(Role);

impl RoleName {
    pub(super) fn role(self) -> Role {
        self.0
    }
}

impl ValueEnum for RoleName {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [RoleName; Role::ALL.len()] = [
            RoleName(Role::ALL[0]),
            RoleName(Role::ALL[1]),
            RoleName(Role::ALL[2]),
            RoleName(Role::ALL[3]),
            RoleName(Role::ALL[4]),
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self.0 {
            Role::Viewer => "Reads everything but the keys",
            Role::Door => "Reads lists of tickets and lets people in, and nothing else",
            Role::BoxOffice => "Reads, lets in, sells, cancels, refunds, charges wallets, blocks seats",
            Role::Manager => "Does that, and runs concerts, queues and users",
            Role::Owner => "Does everything, and gives keys",
        };
        Some(PossibleValue::new(self.0.word()).help(help))
    }
}
