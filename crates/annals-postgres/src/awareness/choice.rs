//! From a choice of entries to SQL: beside `conditions`, the one place where a statement is put together, and of constant pieces and bound values as there.
//!
//! Which index is used is the planner's to say: each statement is planned for its own values.

use annals_event::Timestamp;
use annals_store::awareness::{By, Choice, Name, Shelved, Wish};

use super::sql;
use crate::conditions::Sql;
use crate::row::stored;

/// A choice in one space at one moment.
#[derive(Clone, Copy)]
pub(super) struct Plan<'a> {
    pub(super) choice: &'a Choice,
    pub(super) space: &'a str,
    pub(super) now: Timestamp,
}

impl Plan<'_> {
    /// The statement for a page, in order, at most `at_most` rows of `entry-columns.sql`.
    pub(super) fn page(&self, wish: &Wish, at_most: u64) -> Sql {
        let mut statement = Sql::new("SELECT ");
        statement.push(sql::ENTRY_COLUMNS);
        self.push_rows(&mut statement);
        let order = self.order(wish.by);
        if let Some(place) = wish.after {
            statement.push(" AND (");
            statement.push(order);
            statement.push(if wish.by.is_ascending() { ", e.id) > (" } else { ", e.id) < (" });
            statement.push_with("?", place.at.as_nanos());
            statement.push_with(", ?)", &place.id.as_bytes()[..]);
        }
        self.push_order(&mut statement, wish.by);
        statement.push_with(" LIMIT ?", stored(at_most));
        statement.push_with(" OFFSET ?", stored(wish.offset));
        statement
    }

    /// The statement for the numbers of some rows, in order.
    pub(super) fn numbers(&self, by: By, at_most: u64, offset: u64) -> Sql {
        let mut statement = Sql::new("SELECT e.n");
        self.push_rows(&mut statement);
        self.push_order(&mut statement, by);
        statement.push_with(" LIMIT ?", stored(at_most));
        statement.push_with(" OFFSET ?", stored(offset));
        statement
    }

    /// The statement that counts, one number.
    pub(super) fn count(&self) -> Sql {
        let mut statement = Sql::new("SELECT count(*)");
        self.push_rows(&mut statement);
        statement
    }

    /// The rows of those with these numbers that are chosen.
    pub(super) fn of(&self, numbers: Vec<i64>) -> Sql {
        let mut statement = Sql::new("SELECT ");
        statement.push(sql::ENTRY_COLUMNS);
        self.push_rows(&mut statement);
        statement.push_with(" AND e.n = ANY (?)", numbers);
        statement
    }

    /// ` FROM … WHERE …`: all rows that are chosen.
    pub(super) fn push_rows(&self, statement: &mut Sql) {
        statement.push(" FROM entry AS e");
        self.push_conditions(statement);
    }

    /// ` WHERE …` on an `entry AS e`.
    pub(super) fn push_conditions(&self, statement: &mut Sql) {
        statement.push_with(" WHERE e.space = ?", self.space);
        push_standing(statement, self.choice.shelved, self.now);
        push_rest(statement, self.choice);
    }

    fn push_order(&self, statement: &mut Sql, by: By) {
        let direction = if by.is_ascending() { "" } else { " DESC" };
        statement.push(" ORDER BY ");
        statement.push(self.order(by));
        statement.push(direction);
        statement.push(", e.id");
        statement.push(direction);
    }

    fn order(&self, by: By) -> &'static str {
        match by {
            By::Touched => "e.touched",
            By::Created | By::CreatedFirst => "e.created",
            By::Deleted if self.choice.shelved == Shelved::Trash => "e.deleted",
            By::Deleted => "coalesce(e.deleted, '-9223372036854775808'::BIGINT)",
            By::Due if self.choice.due_until.is_some() => "e.due",
            By::Due => "coalesce(e.due, 9223372036854775807)",
        }
    }
}

/// Where it stands.
fn push_standing(statement: &mut Sql, shelved: Shelved, now: Timestamp) {
    match shelved {
        Shelved::Live => {
            statement.push_with(" AND e.deleted IS NULL AND (e.expires IS NULL OR e.expires > ?)", now.as_nanos());
        }
        Shelved::Trash => statement.push(" AND e.deleted IS NOT NULL"),
        Shelved::Expired => {
            statement.push_with(" AND e.deleted IS NULL AND e.expires IS NOT NULL AND e.expires <= ?", now.as_nanos());
        }
        Shelved::Anywhere => {}
    }
}

/// All else that is asked of a row.
fn push_rest(statement: &mut Sql, choice: &Choice) {
    for (nth, entry_type) in choice.types.iter().enumerate() {
        statement.push_with(if nth == 0 { " AND e.entry_type IN (?" } else { ", ?" }, entry_type.as_str());
    }
    if !choice.types.is_empty() {
        statement.push(")");
    }
    for tag in &choice.tags {
        statement.push_with(
            " AND EXISTS (SELECT 1 FROM entry_tag AS t WHERE t.n = e.n AND t.space = e.space AND t.tag_head = left(?, 200)",
            shown(tag),
        );
        push_text(statement, " AND t.tag = ?", tag);
        statement.push(")");
    }
    let times = [
        (" AND e.touched >= ?", choice.since),
        (" AND e.touched <= ?", choice.until),
        (" AND e.created >= ?", choice.created_after),
        (" AND e.created <= ?", choice.created_before),
        (" AND e.deleted >= ?", choice.deleted_since),
        (" AND e.due <= ?", choice.due_until),
    ];
    for (condition, at) in times {
        if let Some(at) = at {
            statement.push_with(condition, at.as_nanos());
        }
    }
    // The beginning as the index has it, and all of it.
    let texts = [
        (" AND e.source_head = left(?, 200)", " AND e.source = ?", choice.source.as_deref()),
        (" AND e.state_head = left(?, 200)", " AND e.state = ?", choice.state.as_deref()),
        (" AND e.schema_head = left(?, 200)", " AND e.schema = ?", choice.schema.as_ref().map(Name::as_str)),
        ("", " AND e.learned_from = ?", choice.learned_from.as_deref()),
    ];
    for (beginning, condition, text) in texts {
        if let Some(text) = text {
            if !beginning.is_empty() {
                statement.push_with(beginning, shown(text));
            }
            push_text(statement, condition, text);
        }
    }
    match choice.language {
        None => {}
        Some(None) => statement.push(" AND e.language IS NULL"),
        Some(Some(language)) => push_text(statement, " AND e.language = ?", language),
    }
    if choice.changed {
        statement.push(" AND e.n_changes > 0");
    }
    match choice.unread {
        None => {}
        Some(None) => statement.push(" AND e.unread"),
        Some(Some(since)) => statement.push_with(
            " AND NOT EXISTS (SELECT 1 FROM entry_readings AS r WHERE r.space = e.space AND r.entry = e.id AND r.last >= ?)",
            since.as_nanos(),
        ),
    }
}

/// A condition on a text. None of this database has a zero byte, and no parameter may.
pub(super) fn push_text(statement: &mut Sql, condition: &str, text: &str) {
    if text.contains('\0') {
        statement.push(" AND FALSE");
    } else {
        statement.push_with(condition, text);
    }
}

fn shown(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}
