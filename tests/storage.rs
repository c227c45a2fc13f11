//! The storage on a disk that fails: power cuts, damage, full disks.

#[path = "storage/damage.rs"]
mod damage;
#[path = "storage/examining.rs"]
mod examining;
#[path = "storage/office.rs"]
mod office;
#[path = "storage/opening.rs"]
mod opening;
#[path = "storage/power.rs"]
mod power;
