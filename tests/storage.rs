//! The storage on a disk that fails: power cuts, damage, full disks.

#[path = "storage/damage.rs"]
mod damage;
#[path = "storage/examining/mod.rs"]
mod examining;
#[path = "storage/folder.rs"]
mod folder;
#[path = "storage/histories.rs"]
mod histories;
#[path = "storage/office.rs"]
mod office;
#[path = "storage/opening.rs"]
mod opening;
#[path = "storage/power.rs"]
mod power;
#[path = "storage/repairing.rs"]
mod repairing;
#[path = "storage/restoring.rs"]
mod restoring;
#[path = "storage/waiting_snapshots.rs"]
mod waiting_snapshots;
