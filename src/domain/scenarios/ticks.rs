//! Time that passes on a server which does everything when it is due.

use super::checks;
use super::world::World;
use crate::domain::{Command, Done, Reply, STEP_MAX, Timestamp, commands};

/// Ticks between two steps, above which something is due for ever.
const TICKS_MAX: u32 = 10_000;

/// Lets time pass on a server that does everything when it is due.
pub(super) fn pass_until(world: &mut World, until: Timestamp) {
    let mut ticks = 0;
    while let Some((at, concert)) = world.state.next_deadline()
        && at <= until
    {
        world.now = world.now.max(at);
        checks::truth_needs_no_tick(world);
        let (result, _) = world.submit(Command::Tick(commands::Tick { concert, steps: STEP_MAX }), None);
        assert_eq!(result, Ok(Reply::Done(Done)), "a tick is never refused");
        checks::all(world);
        ticks += 1;
        assert!(ticks < TICKS_MAX, "concert {} has something due for ever", concert.0);
    }
    world.now = until;
}
