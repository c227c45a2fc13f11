//! Processor time and memory of a process, as Linux shows them under /proc; nothing where there is no /proc. And how the
//! generator shares the processors with a server on the same machine.

use std::fs;
use std::time::Duration;

/// A process: this one or another on the same machine.
#[derive(Clone, Copy, Debug)]
pub enum Process {
    This,
    Other(u32),
}

impl Process {
    fn read(self, file: &str) -> Option<String> {
        let path = match self {
            Self::This => format!("/proc/self/{file}"),
            Self::Other(id) => format!("/proc/{id}/{file}"),
        };
        fs::read_to_string(path).ok()
    }

    /// Processor time that its threads have used, those that ended included; exact to a hundredth of a second.
    pub fn processor_time(self) -> Option<Duration> {
        let ticks = ticks(&self.read("stat")?)?;
        Some(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
    }

    /// KiB of memory that it has resident.
    pub fn resident_kib(self) -> Option<u64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }
}

/// From now on no answer that arrives at this thread interrupts the server that is sending it, as it would not if it
/// arrived at a customer's device: the thread waits until a processor is free or its turn comes. What it waits counts as
/// latency.
///
/// This is Linux's SCHED_BATCH, see sched(7), which a thread may choose without a privilege. Where it cannot, the
/// processors are shared as ever.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    {
        let parameters = libc::sched_param { sched_priority: 0 };
        // SAFETY: the thread is the one that runs, and the parameters are read before the call returns.
        let _ = unsafe { libc::pthread_setschedparam(libc::pthread_self(), libc::SCHED_BATCH, &raw const parameters) };
    }
}

/// User and system time, in ticks. The name, in brackets, may hold anything: fields count from behind it.
fn ticks(stat: &str) -> Option<u64> {
    const USER_TIME: usize = 11;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_ascii_whitespace().skip(USER_TIME);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::ticks;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_that_gives_way_is_batch_work_and_others_stay_what_they_are() {
        let policy = || {
            let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("there is a /proc");
            let (_, fields) = stat.rsplit_once(')').expect("the name is in brackets");
            // Field 41 of proc_pid_stat(5), of which 2 are before the bracket.
            fields.split_ascii_whitespace().nth(38).map(ToOwned::to_owned)
        };
        let before = policy();
        let other = std::thread::spawn(move || {
            super::give_way();
            policy()
        });
        assert_eq!(other.join().expect("it does not panic").as_deref(), Some("3"));
        assert_eq!(policy(), before, "of the thread that did not");
    }

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "17 (a) b) c) S 1 17 17 0 -1 4194560 100 0 0 0 120 34 0 0 20 0 4 0 5000 100 200";
        assert_eq!(ticks(stat), Some(154));
        assert_eq!(ticks("17 (short) S 1"), None);
    }
}
