//! Lists as CSV (RFC 4180), for spreadsheets: the whole list, a part after the other, each read when the client has taken
//! the one before, so that a list of any length needs the memory of a part.

use std::future::{Future, ready};
use std::io;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use csv::{Terminator, WriterBuilder};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use serde_json::Value;

use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::server::pipeline::quality::weighted;

const CSV_TYPE: &str = "text/csv";
/// What stands for JSON in `Accept`: of several the first one counts, which says most.
const JSON_TYPES: [&str; 3] = ["application/json", "application/*", "*/*"];
/// Tells spreadsheets that the text is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// For how many times as long as a part took the list rests before the next one, while anything happens beside it: sales go first.
const REST_TIMES: u32 = 8;
/// Rows of a part.
pub(super) const PART_ROWS: usize = 500;

/// A row of a list.
pub(super) trait CsvRow: Serialize {
    /// The fields of its JSON that are columns.
    const COLUMNS: &'static [&'static str];

    /// As many as there are columns.
    fn cells(&self) -> Vec<String> {
        let fields = serde_json::to_value(self).expect("answers hold texts, numbers and lists only");
        Self::COLUMNS.iter().map(|column| cell(&fields[column])).collect()
    }
}

/// A value as the text of a cell; those of a list stand beside each other.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<String>>().join(" "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// A part of a list.
pub(super) struct ListPart<R, C> {
    pub rows: Vec<R>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<C>,
}

/// Whether a client prefers CSV: it names that type, and weighs it more than JSON.
pub(super) fn is_preferred(headers: &HeaderMap) -> bool {
    let (mut csv, mut json) = (0, [None; JSON_TYPES.len()]);
    for (name, weight) in weighted(headers, &ACCEPT) {
        if name.eq_ignore_ascii_case(CSV_TYPE) {
            csv = weight;
        } else if let Some(at) = JSON_TYPES.iter().position(|known| name.eq_ignore_ascii_case(known)) {
            json[at] = Some(weight);
        }
    }
    csv > json.into_iter().flatten().next().unwrap_or(0)
}

/// 200 with the list that `read` gives, from its beginning (`None`) to its end; `disposition` names the file.
///
/// # Errors
/// What the first part is refused with; a fault behind that ends the connection, so that nobody takes half a list for
/// all of it.
pub(super) async fn csv_response<R, C, F>(
    app: &App,
    disposition: &'static str,
    read: impl Fn(Option<C>) -> F + Send + 'static,
) -> Result<Response, Problem>
where
    R: CsvRow,
    C: Send + 'static,
    F: Future<Output = Result<ListPart<R, C>, Problem>> + Send + 'static,
{
    let ListPart { rows, next } = read(None).await?;
    let mut head = BYTE_ORDER_MARK.as_bytes().to_vec();
    head.extend(lines([R::COLUMNS.iter().map(|name| (*name).to_owned()).collect()]));
    head.extend(lines(rows.iter().map(CsvRow::cells)));
    let rest = stream::unfold((next, read, app.node.clone()), async |(next, read, node)| {
        let (began, events) = (Instant::now(), node.watch_events());
        let (text, next) = text_of(read(Some(next?)).await);
        if events.has_changed().unwrap_or(false) {
            tokio::time::sleep(began.elapsed() * REST_TIMES).await;
        }
        Some((text, (next, read, node)))
    });
    let mut response = Response::new(Body::from_stream(stream::once(ready(Ok(Bytes::from(head)))).chain(rest)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(disposition));
    Ok(response)
}

/// A part as it is sent, and where the list goes on.
fn text_of<R: CsvRow, C>(part: Result<ListPart<R, C>, Problem>) -> (io::Result<Bytes>, Option<C>) {
    match part {
        Ok(ListPart { rows, next }) => (Ok(Bytes::from(lines(rows.iter().map(CsvRow::cells)))), next),
        Err(problem) => {
            tracing::error!("a list ends before its end: {problem:?}");
            (Err(io::Error::other("a part of the list cannot be read")), None)
        }
    }
}

/// Rows as lines.
fn lines(rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    for cells in rows {
        writer.write_record(cells.into_iter().map(guarded)).expect("memory takes it, and rows have the same columns");
    }
    writer.into_inner().expect("memory takes it")
}

/// A cell that no spreadsheet takes for a formula.
fn guarded(cell: String) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use axum::http::header::ACCEPT;
    use axum::http::{HeaderMap, HeaderValue};

    use super::{is_preferred, lines};

    #[test]
    fn cells_are_quoted_where_they_must_be_and_no_cell_is_a_formula() {
        let row = ["plain", "a,b", "say \"hi\"", "two\r\nlines", "=1+1", "+1", "-1", "@x", "\tx", "'x", "", "a=b"];
        let expected = "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\",'=1+1,'+1,'-1,'@x,'\tx,'x,,a=b\r\n";
        let written = lines([row.map(str::to_owned).to_vec()]);
        assert_eq!(String::from_utf8(written).expect("UTF-8"), expected);
    }

    #[test]
    fn csv_is_preferred_when_it_is_named_and_weighs_more_than_json() {
        for (accept, expected) in [
            ("text/csv", true),
            ("Text/CSV; charset=utf-8", true),
            ("text/csv, */*;q=0.1", true),
            ("text/csv;q=0.8, application/json;q=0.5, */*", true),
            ("text/csv, application/json", false),
            ("application/json, text/csv", false),
            ("text/csv, */*", false),
            ("text/csv;q=0.5, application/json", false),
            ("text/csv;q=0", false),
            ("text/*", false),
            ("*/*", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(is_preferred(&headers), expected, "{accept:?}");
        }
    }
}
