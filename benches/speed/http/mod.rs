//! Every route in process, through the router and what lies around it, on a real node in a folder for temporary files:
//! what HTTP/1.1 on a socket costs is not in these figures, what the disk costs is in those of changes.

mod changes;
mod desk;
mod queue;
mod reads;

use criterion::Criterion;

use self::desk::Desk;

pub(crate) fn bench(criterion: &mut Criterion) {
    // Built at the first bench that is asked for.
    let mut desk = None;
    reads::bench(criterion, &mut desk);
    changes::bench(criterion, &mut desk);
    queue::bench(criterion);
}

fn ready(desk: &mut Option<Desk>) -> &Desk {
    desk.get_or_insert_with(Desk::new)
}
