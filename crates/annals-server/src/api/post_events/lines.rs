//! A body of lines, each an event, recorded as they come.
//!
//! Nothing is buffered but the line that is not whole yet, so a body may be of any length. What was taken before a line that is wrong stays taken: the answer says how much that
//! was, and nothing after that line is taken.

use annals::Receipt;
use annals_event::json;
use axum::body::Body;
use axum::response::Response;
use serde_json::{Map, Value};

use super::answer;
use super::asked::Asked;
use crate::api::body::next_piece;
use crate::failure::{Code, Failure};
use crate::flow::Flow;
use crate::ladder::{Reached, climb};
use crate::limits::{Kept, Room};
use crate::trail::Trail;

/// The longest event, by itself or as a line, unless bodies must be shorter still. Details are 64 KiB, and JSON may escape each byte of them.
pub(super) const MAX_LINE_BYTES: usize = 1 << 20;
/// After so many lines in one go, other requests get their turn.
const BREATH: usize = 256;
/// How much of a body is still read after a line that is wrong, so that a client that only listens after it has sent all hears of it.
const MAX_IGNORED_BYTES: usize = 1 << 20;

/// How far a body was taken.
#[derive(Default)]
struct Taken {
    n_lines: u64,
    n_accepted: u64,
    first: Option<Receipt>,
    last: Option<Receipt>,
}

impl Taken {
    fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("n_accepted".to_owned(), self.n_accepted.into());
        for (name, receipt) in [("first_id", &self.first), ("last_id", &self.last)] {
            if let Some(receipt) = receipt {
                members.insert(name.to_owned(), receipt.id().to_string().into());
            }
        }
        members
    }
}

/// Takes lines until the body ends, and answers with counts once the last event has come as far as was asked.
pub(super) async fn take(trail: &Trail, asked: &Asked, mut body: Body) -> Result<Response, Failure> {
    let mut taken = Taken::default();
    if let Err((failure, is_body_left)) = take_all(trail, &mut body, &mut taken).await {
        if is_body_left {
            ignore_rest(trail, &mut body).await;
        }
        let line = ("line".to_owned(), taken.n_lines.into());
        return Err(failure.with_members(taken.members()).with_members([line]));
    }
    let mut members = taken.members();
    if let Some(last) = &taken.last {
        let reached = climb(last, asked.rung, asked.timeout).await;
        let reached = reached.map_err(|failure| failure.with_members(taken.members()))?;
        add(&mut members, &reached);
    }
    Ok(answer(asked.rung, &Value::Object(members)))
}

fn add(members: &mut Map<String, Value>, reached: &Reached) {
    members.insert("state".to_owned(), reached.rung.as_str().into());
    if let Some(seq) = reached.seq {
        members.insert("last_seq".to_owned(), seq.into());
    }
}

/// A failure, and whether there is more of the body to be read.
type Broken = (Failure, bool);

async fn take_all(trail: &Trail, body: &mut Body, taken: &mut Taken) -> Result<(), Broken> {
    let config = &trail.app().config;
    let max_bytes = MAX_LINE_BYTES.min(config.max_body_bytes);
    let mut flow = Flow::new(trail, config.request_timeout);
    let mut begun = Kept::up_to(max_bytes);
    let mut room = Room::default();
    while let Some(piece) = next_piece(body, config.body_timeout).await.map_err(|failure| (failure, false))? {
        trail.is_still_known().map_err(|failure| (failure, false))?;
        let mut rest: &[u8] = &piece;
        let mut n_since_breath = 0;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            rest = after;
            if begun.len() == 0 {
                take_line(&mut flow, line, max_bytes, taken).await?;
            } else {
                if max_bytes < begun.len() + line.len() {
                    return Err((too_long(taken, max_bytes), true));
                }
                begun.extend(line).map_err(|failure| (failure, true))?;
                take_line(&mut flow, begun.as_ref(), max_bytes, taken).await?;
                begun = Kept::up_to(max_bytes);
                room = Room::default();
            }
            n_since_breath += 1;
            if n_since_breath == BREATH {
                n_since_breath = 0;
                tokio::task::yield_now().await;
            }
        }
        if max_bytes < begun.len() + rest.len() {
            return Err((too_long(taken, max_bytes), true));
        }
        trail.app().limits.room_for(&mut room, begun.len() + rest.len()).map_err(|failure| (failure, true))?;
        begun.extend(rest).map_err(|failure| (failure, true))?;
    }
    if begun.len() == 0 { Ok(()) } else { take_line(&mut flow, begun.as_ref(), max_bytes, taken).await }
}

async fn take_line(flow: &mut Flow<'_>, line: &[u8], max_bytes: usize, taken: &mut Taken) -> Result<(), Broken> {
    if max_bytes < line.len() {
        return Err((too_long(taken, max_bytes), true));
    }
    taken.n_lines += 1;
    if line.trim_ascii().is_empty() {
        return Ok(());
    }
    let receipt = flow.take(line.len(), || Ok(json::from_slice(line)?)).await.map_err(|failure| (failure, true))?;
    taken.n_accepted += 1;
    if taken.first.is_none() {
        taken.first = Some(receipt.clone());
    }
    taken.last = Some(receipt);
    Ok(())
}

fn too_long(taken: &mut Taken, max_bytes: usize) -> Failure {
    taken.n_lines += 1;
    Failure::new(Code::TooLarge, format!("a line is longer than {max_bytes} bytes"))
}

/// Reads on for a little, without looking.
async fn ignore_rest(trail: &Trail, body: &mut Body) {
    let mut n_bytes = 0;
    while n_bytes < MAX_IGNORED_BYTES {
        match next_piece(body, trail.app().config.body_timeout).await {
            Ok(Some(piece)) => n_bytes += piece.len(),
            Ok(None) | Err(_) => return,
        }
    }
}
