//! What an instance knows of its cluster, as a table for people.

use std::array;
use std::fmt::Write;

use serde::Deserialize;

/// Of the answer of an instance what is shown.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClusterStatus {
    cluster_id: String,
    node_id: u64,
    leader: Option<u64>,
    leads: bool,
    term: u64,
    tenure_ms: Option<u64>,
    log: Log,
    members: Vec<Member>,
    slots: Vec<Slots>,
    digest: Digest,
}

#[derive(Deserialize)]
struct Log {
    last: u64,
    committed: Option<u64>,
    applied: u64,
    durable: u64,
    purged: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    node_id: u64,
    address: String,
    role: String,
    link: String,
    connected_ms: Option<u64>,
    lag: Option<u64>,
    /// An instance of an earlier version does not tell it.
    wall_offset_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Slots {
    from: u16,
    to: u16,
    owner: u64,
    epoch: u32,
}

#[derive(Deserialize)]
struct Digest {
    index: u64,
    value: String,
}

/// The columns of the members.
const HEAD: [&str; COLUMNS] = ["instance", "role", "address", "link", "lag", "wall offset"];
const COLUMNS: usize = 6;

impl ClusterStatus {
    /// As it is printed, with the URL of the instance that was asked.
    pub(super) fn as_text(&self, url: &str) -> String {
        let Self { cluster_id, node_id, term, log, digest, .. } = self;
        let mut text = format!("Cluster {cluster_id}, as instance {node_id} at {url} knows it.\n\n");
        let Log { last, applied, durable, purged, .. } = log;
        let committed = log.committed.map_or_else(|| "not known".to_owned(), |index| index.to_string());
        let log = format!("last {last}, committed {committed}, applied {applied}, durable {durable}, purged {purged}");
        let Digest { index, value } = digest;
        for (name, told) in [
            ("leader", self.leader_told()),
            ("term", term.to_string()),
            ("log", log),
            ("slots", self.slots_told()),
            ("digest", format!("{value} at entry {index}")),
        ] {
            writeln!(text, "{name:<8}{told}").expect("a text takes all that is written");
        }
        text.push('\n');
        let rows: Vec<[String; COLUMNS]> =
            std::iter::once(HEAD.map(str::to_owned)).chain(self.members.iter().map(Member::row)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let widths: [usize; COLUMNS] = array::from_fn(width);
        for row in &rows {
            let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            writeln!(text, "{}", cells.join("  ").trim_end()).expect("a text takes all that is written");
        }
        text
    }

    fn leader_told(&self) -> String {
        let Some(leader) = self.leader else {
            return "none is known: nothing is sold through this instance until one is elected".to_owned();
        };
        if leader != self.node_id {
            return format!("instance {leader}");
        }
        match (self.leads, self.tenure_ms) {
            (true, Some(left)) => format!("instance {leader}, this one, for the next {left} ms at least"),
            (true, None) => format!("instance {leader}, this one, which has the only vote"),
            (false, _) => format!("instance {leader}, this one, which does not answer: it hears no majority yet"),
        }
    }

    fn slots_told(&self) -> String {
        let told =
            |Slots { from, to, owner, epoch }: &Slots| format!("{from} to {to} at instance {owner} (epoch {epoch})");
        if self.slots.is_empty() {
            "none yet".to_owned()
        } else {
            self.slots.iter().map(told).collect::<Vec<_>>().join(", ")
        }
    }
}

impl Member {
    fn row(&self) -> [String; COLUMNS] {
        let Self { node_id, address, role, link, connected_ms, lag, wall_offset_ms } = self;
        let link = match connected_ms {
            Some(milliseconds) => format!("{link} for {}", time_told(milliseconds / 1_000)),
            None if link == "own" => "this one".to_owned(),
            None => link.clone(),
        };
        let lag = lag.map_or_else(|| "-".to_owned(), |lag| lag.to_string());
        let wall_offset = wall_offset_ms.map_or_else(|| "-".to_owned(), |offset_ms| format!("{offset_ms:+} ms"));
        [node_id.to_string(), role.clone(), address.clone(), link, lag, wall_offset]
    }
}

/// A time in its largest whole unit.
fn time_told(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ClusterStatus, time_told};

    fn answer() -> Value {
        json!({
            "clusterId": "5f0c", "nodeId": 1, "incarnation": 3, "leader": 1, "leads": true, "term": 4, "tenureMs": 640,
            "log": {"last": 30, "committed": 29, "applied": 28, "durable": 20, "purged": 10},
            "members": [
                {"nodeId": 1, "address": "a:1", "role": "voter", "link": "own", "connectedMs": null, "lag": null},
                {"nodeId": 22, "address": "box2:7001", "role": "learner", "link": "connected", "connectedMs": 61_000,
                 "lag": 0, "wallOffsetMs": -12},
                {"nodeId": 3, "address": "c:1", "role": "voter", "link": "lost", "connectedMs": null, "lag": 1204,
                 "wallOffsetMs": 3}
            ],
            "slots": [{"from": 0, "to": 63, "owner": 1, "epoch": 2}],
            "digest": {"index": 28, "value": "91b3"}
        })
    }

    fn text(of: Value) -> String {
        serde_json::from_value::<ClusterStatus>(of).expect("it is understood").as_text("http://a:80")
    }

    #[test]
    fn people_see_a_table() {
        let expected = "\
Cluster 5f0c, as instance 1 at http://a:80 knows it.

leader  instance 1, this one, for the next 640 ms at least
term    4
log     last 30, committed 29, applied 28, durable 20, purged 10
slots   0 to 63 at instance 1 (epoch 2)
digest  91b3 at entry 28

instance  role     address    link                lag   wall offset
1         voter    a:1        this one            -     -
22        learner  box2:7001  connected for 61 s  0     -12 ms
3         voter    c:1        lost                1204  +3 ms
";
        assert_eq!(text(answer()), expected);
    }

    #[test]
    fn the_leader_is_told_in_each_of_its_cases() {
        for (leader, leads, tenure, told) in [
            (json!(null), false, json!(null), "leader  none is known"),
            (json!(2), false, json!(null), "leader  instance 2\n"),
            (json!(1), true, json!(null), "has the only vote"),
            (json!(1), false, json!(null), "does not answer"),
        ] {
            let mut answer = answer();
            answer["leader"] = leader;
            answer["leads"] = json!(leads);
            answer["tenureMs"] = tenure;
            let text = text(answer);
            assert!(text.contains(told), "{told} is not in {text}");
        }
    }

    #[test]
    fn times_have_one_unit() {
        let told = [5, 119, 120, 7_199, 7_200, 172_799, 172_800].map(time_told);
        assert_eq!(told, ["5 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d"]);
    }
}
