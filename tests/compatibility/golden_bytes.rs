//! The bytes of every row, command and kept answer, compared with `bytes.txt`.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Write;
use std::path::Path;

use jari::domain::tables::{Visit, visit_all};
use jari::domain::{Command, Epoch, Members, MembersRow, MemoryRows, NodeId, RowKey, Slot, State, Table};
use jari::log::{Content, Part};
use jari::storage::codec;

use crate::script::script;

/// Set to write the file anew, when the format of the data was raised.
pub(crate) const WRITE_ANEW: &str = "JARI_WRITE_GOLDEN_BYTES";

struct Lines<'a> {
    rows: &'a MemoryRows,
    text: String,
    without: Vec<&'static str>,
}

impl Visit for Lines<'_> {
    type Error = Infallible;

    fn visit<T: Table>(&mut self) -> Result<(), Infallible> {
        let rows = T::of(self.rows);
        if rows.is_empty() {
            self.without.push(T::NAME);
        }
        for (key, row) in rows {
            let (mut key_bytes, mut bytes) = (Vec::new(), Vec::new());
            key.encode(&mut key_bytes);
            codec::encode(&key_bytes, row, &mut bytes);
            writeln!(self.text, "row {} {} {}", T::NAME, hex(&key_bytes), hex(&bytes)).expect("text takes it");
        }
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() { "-".to_owned() } else { bytes.iter().map(|byte| format!("{byte:02x}")).collect() }
}

#[test]
fn every_row_command_and_kept_answer_has_the_bytes_that_it_had() {
    let (mut state, mut rows, mut text, mut names) =
        (State::default(), MemoryRows::default(), String::new(), BTreeSet::new());
    for stamped in script() {
        let mut bytes = Vec::new();
        codec::encode_payload(&stamped, &mut bytes);
        names.insert(stamped.command.name());
        writeln!(text, "command {} {}", stamped.command.name(), hex(&bytes)).expect("text takes it");
        let (result, _) = rows.commit(&mut state, &stamped);
        assert!(result.is_ok(), "{}: {result:?}", stamped.command.name());
    }
    assert_eq!(names, Command::NAMES.iter().copied().collect(), "every command occurs");
    let part = Part { incarnation: 2, number: 3, fences: vec![(Slot(4), Epoch(5))], ..Part::default() };
    let mut bytes = Vec::new();
    codec::encode_payload(&vec![part], &mut bytes);
    writeln!(text, "parts {}", hex(&bytes)).expect("text takes it");
    let members = Members {
        voters: vec![[NodeId(1), NodeId(2)].into(), [NodeId(1)].into()],
        addresses: [(NodeId(1), "one:7070".to_owned())].into(),
    };
    // No command writes it.
    rows.members.insert((), MembersRow { term: 3, node: NodeId(2), index: 4, members: members.clone() });
    for (name, content) in [("blank", Content::Blank), ("members", Content::Members(members))] {
        let mut bytes = Vec::new();
        codec::encode_payload(&content, &mut bytes);
        writeln!(text, "{name} {}", hex(&bytes)).expect("text takes it");
    }
    let mut lines = Lines { rows: &rows, text, without: Vec::new() };
    let Ok(()) = visit_all(&mut lines);
    assert_eq!(lines.without, Vec::<&str>::new(), "every table has a row");

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compatibility/bytes.txt");
    if std::env::var_os(WRITE_ANEW).is_some() {
        std::fs::write(&path, &lines.text).expect("written");
    }
    let kept = std::fs::read_to_string(&path).expect("the file is in the repository");
    let differs = kept.lines().zip(lines.text.lines()).find(|(kept, now)| kept != now);
    assert_eq!(differs, None, "the bytes of data changed: raise FORMAT_VERSION, then run with {WRITE_ANEW}=1");
    assert_eq!(kept.lines().count(), lines.text.lines().count());
}
