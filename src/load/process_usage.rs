//! Processor time and memory of a process, as Linux shows them under /proc; nothing where there is no /proc.

use std::fs;
use std::time::Duration;

/// A process: this one or another on the same machine.
#[derive(Clone, Copy, Debug)]
pub(super) enum Process {
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
    pub(super) fn processor_time(self) -> Option<Duration> {
        let ticks = ticks(&self.read("stat")?)?;
        Some(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
    }

    /// KiB of memory that it has resident.
    pub(super) fn resident_kib(self) -> Option<u64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
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

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "17 (a) b) c) S 1 17 17 0 -1 4194560 100 0 0 0 120 34 0 0 20 0 4 0 5000 100 200";
        assert_eq!(ticks(stat), Some(154));
        assert_eq!(ticks("17 (short) S 1"), None);
    }
}
