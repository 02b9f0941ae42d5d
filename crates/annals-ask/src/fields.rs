//! Every column of an event as text, for CSV and for whoever shows all of an event.

use annals_event::{Column, Group, StoredEvent};
use annals_store::{Cursor, Order};

/// The columns' names, in the order of the documentation; the cursor of the row last.
pub fn field_names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().flat_map(Part::names)
}

/// Every column of an event as text.
pub fn fields(event: &StoredEvent, order: Order) -> Vec<(&'static str, Option<String>)> {
    let one = |name: &'static str| match name {
        "seq" => Some(event.seq.to_string()),
        "id" => Some(event.id.to_string()),
        "event_type" => Some(event.event_type.clone()),
        "created_at" => Some(event.created_at.to_string()),
        "recorded_at" => Some(event.recorded_at.to_string()),
        "occurred_at" => event.occurred_at.map(|at| at.to_string()),
        "space" => Some(event.space.clone()),
        "credential" => event.credential.clone(),
        "producer" => Some(event.producer.to_string()),
        "pseq" => Some(event.pseq.to_string()),
        "phase" => Some(event.phase.to_string()),
        "outcome" => event.outcome.map(|outcome| outcome.to_string()),
        "duration_ms" => event.duration_ms.map(|ms| ms.to_string()),
        "n_redacted" => Some(event.n_redacted.to_string()),
        "details" => event.details.clone(),
        "erased_by" => event.erased_by.map(|seq| seq.to_string()),
        "cursor" => Some(Cursor::after(order, event.seq).to_string()),
        name => Column::from_name(name).and_then(|column| event.get(column)).map(str::to_owned),
    };
    field_names().map(|name| (name, one(name))).collect()
}

/// One line of comma-separated values as RFC 4180 has them, without its end. What a spreadsheet would take for a formula stays: CSV is data.
pub fn csv_line<'v>(values: impl IntoIterator<Item = &'v str>) -> String {
    let mut line = String::new();
    for (index, value) in values.into_iter().enumerate() {
        if 0 < index {
            line.push(',');
        }
        if value.contains(['"', ',', '\n', '\r']) {
            line.push('"');
            line.push_str(&value.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(value);
        }
    }
    line
}

/// The columns of a row, in the order of the documentation.
const NAMES: &[Part] = &[
    Part::One("seq"),
    Part::One("id"),
    Part::One("event_type"),
    Part::One("created_at"),
    Part::One("recorded_at"),
    Part::One("occurred_at"),
    Part::One("space"),
    Part::One("credential"),
    Part::One("producer"),
    Part::One("pseq"),
    Part::Group(Group::Operation),
    Part::One("phase"),
    Part::One("outcome"),
    Part::One("duration_ms"),
    Part::One("n_redacted"),
    Part::Group(Group::Who),
    Part::Group(Group::Context),
    Part::One("details"),
    Part::One("erased_by"),
    Part::One("cursor"),
];

/// A part of a row: one column, or the text columns of a group.
enum Part {
    One(&'static str),
    Group(Group),
}

impl Part {
    fn names(&self) -> Vec<&'static str> {
        match self {
            Self::One(name) => vec![*name],
            Self::Group(group) => columns(*group).map(Column::name).collect(),
        }
    }
}

fn columns(group: Group) -> impl Iterator<Item = Column> {
    Column::ALL.iter().copied().filter(move |column| column.group() == group)
}

#[cfg(test)]
mod tests;
