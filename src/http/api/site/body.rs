//! The box office as everybody sees it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::config::IdentityMode;
use crate::config::currency::exponent;
use crate::http::app::App;
use crate::http::values::{CurrencyCode, LanguageTag, TimeZone};

/// The languages of refusals, documents and pages.
const LANGUAGES: [&str; 2] = ["ko", "en"];

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SiteBody {
    /// The setting `site.name`.
    pub name: String,
    /// An ISO 4217 code; every amount counts its smallest unit.
    pub currency: CurrencyCode,
    /// Decimal places of the currency: 0 for KRW, 2 for EUR, where an amount of 100 is one euro.
    #[schema(minimum = 0, maximum = 3)]
    pub exponent: u32,
    /// Of concerts that name none.
    #[schema(value_type = TimeZone)]
    pub time_zone: String,
    #[schema(value_type = Vec<LanguageTag>)]
    pub languages: [&'static str; 2],
    pub mode: ModeBody,
    pub version: &'static str,
    /// The setting `site.contact`; `null` when there is none.
    pub contact: Option<String>,
}

/// How users prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ModeBody {
    /// Not at all: for trying out.
    Open,
}

impl SiteBody {
    pub(super) fn of(app: &App) -> Self {
        let (site, currency) = (&app.config.site, app.node.currency());
        Self {
            name: site.name.clone(),
            currency: CurrencyCode(currency.to_string()),
            exponent: exponent(currency),
            time_zone: app.config.sale.time_zone.name().to_owned(),
            languages: LANGUAGES,
            mode: match app.config.identity.mode {
                IdentityMode::Open => ModeBody::Open,
            },
            version: env!("CARGO_PKG_VERSION"),
            contact: Some(site.contact.clone()).filter(|contact| !contact.is_empty()),
        }
    }
}
