//! What an operator says of concerts, queues, settings and the clock: from the words of a step to a command.

use super::definition::{configure, define, plain, set_policy};
use super::words::{number, pair};
use super::world::World;
use crate::domain::{Anchor, Command, ConcertId, ConcertNo, WallOffset, commands};

/// The command that `words` ask for.
pub(super) fn command(world: &World, words: &[&str]) -> Command {
    match words {
        ["creates", name, keys @ ..] => {
            let mut definition = Box::new(plain());
            keys.iter().for_each(|word| define(&mut definition, word));
            Command::CreateConcert(commands::CreateConcert {
                id: ConcertId::parse(name).expect("a concert id"),
                definition,
            })
        }
        ["revises", keys @ ..] => {
            let (concert, keys) = concert_and_keys(world, keys);
            let row = world.state.sale(concert).map(|sale| sale.row().clone());
            let (mut definition, revision) = row.map_or((plain(), 1), |row| ((*row.definition).clone(), row.revision));
            let stale = u32::from(keys.first() == Some(&"stale"));
            keys[stale as usize..].iter().for_each(|word| define(&mut definition, word));
            Command::ReviseConcert(commands::ReviseConcert {
                concert,
                revision: revision - stale,
                definition: Box::new(definition),
            })
        }
        ["sets", "the", "clock", "ahead", seconds] => Command::SetClock(commands::SetClock {
            anchor: Anchor { offset: WallOffset(number::<i64>(seconds) * 1_000), ..Anchor::default() },
        }),
        ["sets", keys @ ..] => {
            let (concert, keys) = concert_and_keys(world, keys);
            let row = world.state.sale(concert).map(|sale| sale.row().clone());
            let (mut policy, standing) =
                row.map_or((Default::default(), 1), |row| (row.definition.queue.clone(), row.revision));
            let revision = match keys.first() {
                Some(&"stale") => Some(standing - 1),
                Some(&"fresh") => Some(standing),
                _ => None,
            };
            for (key, value) in keys[usize::from(revision.is_some())..].iter().map(|word| pair(word)) {
                set_policy(&mut policy, key, value);
            }
            Command::SetQueuePolicy(commands::SetQueuePolicy { concert, revision, policy })
        }
        ["configures", keys @ ..] => {
            let mut settings = world.state.settings().clone();
            keys.iter().for_each(|word| configure(&mut settings, word));
            Command::Configure(commands::Configure { settings })
        }
        other => panic!("{other:?} is something that an operator does"),
    }
}

/// The concert that the first word names, else the first concert.
fn concert_and_keys<'a>(world: &World, words: &'a [&'a str]) -> (ConcertNo, &'a [&'a str]) {
    match words {
        [name, keys @ ..] if name.starts_with('@') => (world.concert(Some(&name[1..])), keys),
        keys => (world.concert(None), keys),
    }
}
