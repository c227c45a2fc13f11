//! The check after a run: what the server says, over the API, against what it acknowledged before. It knows what was
//! acknowledged, and nothing of the virtual users to whom it was.

mod admissions;
mod findings;
mod places;
mod seats;
mod tickets;
mod wallets;

pub(crate) use findings::Findings;

use super::acknowledged::AcknowledgedPlaces;
use super::client_pool::ClientPool;
use super::error::Error;
use super::fixtures::Fixtures;
use super::scenario::WorkloadKind;

/// Compares everything that the run touched; `places` are those of a queue rush.
///
/// # Errors
/// The server refuses to tell, or does not answer.
pub(super) async fn check(
    pool: &ClientPool<'_>,
    fixtures: &Fixtures,
    kind: WorkloadKind,
    places: Option<&AcknowledgedPlaces>,
) -> Result<Findings, Error> {
    let mut findings = Findings::default();
    match kind {
        WorkloadKind::QueueRush | WorkloadKind::Poll => places::check(pool, fixtures, places, &mut findings).await?,
        WorkloadKind::Charge | WorkloadKind::Balance => wallets::check(pool, fixtures, &mut findings).await?,
        WorkloadKind::CheckIn => {
            tickets::check(pool, fixtures, &mut findings).await?;
            wallets::check(pool, fixtures, &mut findings).await?;
        }
        WorkloadKind::Browse
        | WorkloadKind::Hold
        | WorkloadKind::HotSeat
        | WorkloadKind::Pay
        | WorkloadKind::OnSale
        | WorkloadKind::Overload => {
            if fixtures.concerts.all.is_empty() {
                findings.checked("only read: nothing to check".to_owned());
            } else {
                seats::check(pool, fixtures, &mut findings).await?;
                wallets::check(pool, fixtures, &mut findings).await?;
            }
        }
    }
    findings.right = findings.fault_count == 0;
    Ok(findings)
}
