//! The first line of a batch: whose events these are, and which of them are lost.

use annals_event::{Gap, GapReason, GapSpan, ProducerId};
use annals_store::Sheds;
use serde_json::{Map, Value, json};

use crate::{BadLine, FORMAT};

/// More gaps than that are not taken; a journal has one for each stretch of damage.
const MAX_GAPS: usize = 1_000;
/// The names that the line may have.
const NAMES: [&str; 5] = ["format", "producer", "gaps", "sheds", "ended"];

/// What the first line says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Top {
    /// Whose events these are.
    pub producer: ProducerId,
    /// Losses of that producer, ascending, each over a range of its numbers.
    pub gaps: Vec<Gap>,
    /// The drops of that producer.
    pub sheds: Sheds,
    /// The producer's process is gone, so that what it left open ends as unknown once these events are there.
    pub ended: bool,
}

impl Top {
    /// A line without losses.
    pub fn new(producer: ProducerId) -> Self {
        Self { producer, gaps: Vec::new(), sheds: Sheds::default(), ended: false }
    }

    /// Appends the line, with its end.
    pub fn write(&self, out: &mut String) {
        let gaps: Vec<Value> = self.gaps.iter().map(gap_as_json).collect();
        let line = json!({
            "format": FORMAT,
            "producer": self.producer.to_string(),
            "gaps": gaps,
            "sheds": {"total": self.sheds.total, "after": self.sheds.after},
            "ended": self.ended,
        });
        out.push_str(&line.to_string());
        out.push('\n');
    }

    /// Reads the line, which names a version that is known here and nothing else than a first line has.
    pub fn read(text: &str) -> Result<Self, BadLine> {
        let Ok(Value::Object(line)) = serde_json::from_str(text) else {
            return Err(BadLine::new("batch", "does not begin with a JSON object")
                .with_hint("the first line looks like {\"format\":1,\"producer\":\"…\"}"));
        };
        match line.get("format").and_then(Value::as_u64) {
            Some(FORMAT) => {}
            Some(version) => {
                return Err(BadLine::new("format", format!("is {version}, and up to {FORMAT} is known here"))
                    .with_hint("bring this server to the version of its clients"));
            }
            None => return Err(BadLine::new("format", "must be a whole number")),
        }
        if let Some(name) = line.keys().find(|name| !NAMES.contains(&name.as_str())) {
            let name: String = name.chars().take(40).flat_map(char::escape_debug).collect();
            let name = if name.is_empty() { "batch".to_owned() } else { name };
            return Err(BadLine::new(name, "has no place in the first line"));
        }
        let producer = line
            .get("producer")
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| BadLine::new("producer", "must be 32 hexadecimal digits"))?;
        Ok(Self { producer, gaps: gaps(&line, producer)?, sheds: sheds(&line)?, ended: ended(&line)? })
    }
}

fn gap_as_json(gap: &Gap) -> Value {
    let mut members = Map::new();
    members.insert("reason".into(), gap.reason.as_str().into());
    match gap.span {
        GapSpan::Range { first, last } => {
            members.insert("first_pseq".into(), first.into());
            members.insert("last_pseq".into(), last.into());
        }
        GapSpan::From { first } => {
            members.insert("first_pseq".into(), first.into());
        }
        GapSpan::After { pseq } => {
            members.insert("after_pseq".into(), pseq.into());
        }
    }
    if let Some(n_events) = gap.n_events {
        members.insert("count".into(), n_events.into());
    }
    Value::Object(members)
}

fn gaps(line: &Map<String, Value>, producer: ProducerId) -> Result<Vec<Gap>, BadLine> {
    let listed = match line.get("gaps") {
        None => return Ok(Vec::new()),
        Some(Value::Array(listed)) if listed.len() <= MAX_GAPS => listed,
        Some(_) => return Err(BadLine::new("gaps", format!("must be a list of at most {MAX_GAPS} objects"))),
    };
    let mut gaps = Vec::with_capacity(listed.len());
    let mut next_free = 0;
    for (n, gap) in listed.iter().enumerate() {
        let wrong = |problem: &str| BadLine::new(format!("gaps[{n}]"), problem);
        let count = |name: &str| match gap.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(number) => match number.as_u64() {
                Some(number) if number <= MOST => Ok(Some(number)),
                _ => Err(wrong("has a number that is no count")),
            },
        };
        let reason: GapReason = gap
            .get("reason")
            .and_then(Value::as_str)
            .and_then(|reason| reason.parse().ok())
            .ok_or_else(|| wrong("has no known `reason`"))?;
        let (span, end) = match (count("first_pseq")?, count("last_pseq")?) {
            (Some(first), Some(last)) if first <= last => (GapSpan::Range { first, last }, last + 1),
            (Some(first), None) => (GapSpan::From { first }, first + 1),
            _ => return Err(wrong("must have `first_pseq`, and `last_pseq` where that is known")),
        };
        let (GapSpan::Range { first, .. } | GapSpan::From { first }) = span else { continue };
        if first < next_free {
            return Err(wrong("begins before the one in front of it ends"));
        }
        next_free = end;
        gaps.push(Gap { producer, reason, span, n_events: count("count")? });
    }
    Ok(gaps)
}

fn sheds(line: &Map<String, Value>) -> Result<Sheds, BadLine> {
    let wrong =
        || BadLine::new("sheds", "must look like {\"total\":3,\"after\":17}, with `null` before the first event");
    let sheds = match line.get("sheds") {
        None => return Ok(Sheds::default()),
        Some(Value::Object(sheds)) => sheds,
        Some(_) => return Err(wrong()),
    };
    let total = sheds.get("total").and_then(Value::as_u64).filter(|total| *total <= MOST).ok_or_else(wrong)?;
    let after = match sheds.get("after") {
        None | Some(Value::Null) => None,
        Some(after) => Some(after.as_u64().filter(|after| *after <= MOST).ok_or_else(wrong)?),
    };
    Ok(Sheds { total, after })
}

fn ended(line: &Map<String, Value>) -> Result<bool, BadLine> {
    match line.get("ended") {
        None => Ok(false),
        Some(Value::Bool(ended)) => Ok(*ended),
        Some(_) => Err(BadLine::new("ended", "must be true or false")),
    }
}

/// The largest number that every reader of JSON holds exactly.
pub(crate) const MOST: u64 = (1 << 53) - 1;
