//! From a choice of entries to SQL: beside `conditions`, the one place where a statement is put together, and of constant pieces and bound values as there.
//!
//! A choice is split as a filter is: a *driver*, an index whose rows come in the order that is wanted, and the *rest*, which is checked row by row. Several types, or a source of all types, are
//! several drivers, whose first rows are merged. Which index is used is said by name, so that no statistics and no newer SQLite make a walk of it.

use annals_event::Timestamp;
use annals_store::awareness::{By, Choice, EntryType, Shelved, Wish};
use rusqlite::{Connection, OptionalExtension, params};

use super::sql;
use crate::conditions::Sql;
use crate::row::stored;

/// Where rows of a choice come from.
pub(super) struct Driver {
    /// What stands behind `FROM`.
    from: &'static str,
    /// The equality that the index begins with behind the space, ending in ` AND `.
    condition: Sql,
}

/// How a choice is carried out.
pub(super) struct Plan<'a> {
    choice: &'a Choice,
    space: &'a str,
    now: Timestamp,
    /// One driver, or several to be merged.
    drivers: Vec<Driver>,
    /// The tag that drives, which needs no further check.
    tag: Option<usize>,
}

impl<'a> Plan<'a> {
    /// Plans a choice in the order `by`, or for counting.
    pub(super) fn new(
        connection: &Connection,
        space: &'a str,
        now: Timestamp,
        choice: &'a Choice,
        by: Option<By>,
    ) -> rusqlite::Result<Self> {
        let mut plan = Self { choice, space, now, drivers: Vec::new(), tag: None };
        let is_outside_trash = matches!(choice.shelved, Shelved::Live | Shelved::Expired);
        plan.drivers = match by {
            Some(By::Deleted) | None if choice.shelved == Shelved::Trash => {
                vec![plain("entry AS e INDEXED BY entry_deleted")]
            }
            _ if choice.shelved == Shelved::Expired => vec![plain("entry AS e INDEXED BY entry_expires")],
            _ if is_outside_trash && choice.schema.is_some() => vec![plain("entry AS e INDEXED BY entry_schema")],
            _ if is_outside_trash && choice.due_until.is_some() => vec![plain("entry AS e INDEXED BY entry_due")],
            Some(By::Created | By::CreatedFirst) if is_outside_trash && choice.unread == Some(None) => {
                vec![plain("entry AS e INDEXED BY entry_unread")]
            }
            Some(By::Created | By::CreatedFirst) => vec![plain("entry AS e INDEXED BY entry_created")],
            _ if is_outside_trash && choice.state.is_some() && !choice.types.is_empty() => {
                plan.by_type("entry AS e INDEXED BY entry_state_touched", "", &choice.types)
            }
            _ if !choice.tags.is_empty() => {
                let at = rarest(connection, space, &choice.tags)?;
                plan.tag = Some(at);
                let mut condition = Sql::default();
                condition.push_with("t.tag = ? AND ", choice.tags[at].clone());
                vec![Driver { from: "entry_tag AS t CROSS JOIN entry AS e ON e.n = t.n", condition }]
            }
            _ if is_outside_trash && choice.source.is_some() => {
                let types = if choice.types.is_empty() { &EntryType::ALL[..] } else { &choice.types };
                plan.by_type("entry AS e INDEXED BY entry_source_touched", "e.source = ? AND ", types)
            }
            _ if is_outside_trash && !choice.types.is_empty() => {
                plan.by_type("entry AS e INDEXED BY entry_type_touched", "", &choice.types)
            }
            _ if is_outside_trash => vec![plain("entry AS e INDEXED BY entry_touched")],
            _ => vec![plain("entry AS e INDEXED BY entry_created")],
        };
        Ok(plan)
    }

    /// Whether the rows of several drivers are merged.
    pub(super) fn is_merged(&self) -> bool {
        self.drivers.len() > 1
    }

    /// The statement for a page, in order, at most `at_most` rows: those of `entry-columns.sql`, or of several drivers the numbers alone, since what is merged is sorted, and entries may be
    /// long.
    pub(super) fn page(&self, wish: &Wish, at_most: u64) -> Sql {
        let (order, direction) = (self.order(wish.by), if wish.by.is_ascending() { "" } else { " DESC" });
        let mut statement = Sql::default();
        if let [driver] = &self.drivers[..] {
            statement.push("SELECT ");
            statement.push(sql::ENTRY_COLUMNS);
            self.push_rows(&mut statement, driver, wish, order);
            push_order(&mut statement, [order, self.id()], direction);
        } else {
            let deepest = wish.offset.saturating_add(at_most);
            statement.push("SELECT first.n FROM (");
            for (nth, driver) in self.drivers.iter().enumerate() {
                statement.push(if nth == 0 {
                    "SELECT * FROM (SELECT e.n AS n, "
                } else {
                    " UNION ALL SELECT * FROM (SELECT e.n AS n, "
                });
                statement.push(order);
                statement.push(" AS at, e.id AS id");
                self.push_rows(&mut statement, driver, wish, order);
                push_order(&mut statement, [order, self.id()], direction);
                statement.push_with(" LIMIT ?", stored(deepest));
                statement.push(")");
            }
            statement.push(") AS first");
            push_order(&mut statement, ["first.at", "first.id"], direction);
        }
        statement.push_with(" LIMIT ?", stored(at_most));
        statement.push_with(" OFFSET ?", stored(wish.offset));
        statement
    }

    /// The statement for the numbers of all rows, in order.
    pub(super) fn numbers(&self, by: By) -> Sql {
        let (wish, [driver]) = (Wish::first(by, u64::MAX), &self.drivers[..]) else {
            return self.page(&Wish::first(by, u64::MAX), u64::MAX);
        };
        let mut statement = Sql::default();
        statement.push("SELECT e.n");
        self.push_rows(&mut statement, driver, &wish, self.order(by));
        push_order(&mut statement, [self.order(by), self.id()], if by.is_ascending() { "" } else { " DESC" });
        statement
    }

    /// The statement that counts, one number.
    pub(super) fn count(&self) -> Sql {
        let mut statement = Sql::default();
        for (nth, driver) in self.drivers.iter().enumerate() {
            statement.push(if nth == 0 { "SELECT (SELECT count(*)" } else { ") + (SELECT count(*)" });
            let wish = Wish::first(By::Touched, 0);
            self.push_rows(&mut statement, driver, &wish, "e.touched");
        }
        statement.push(")");
        statement
    }

    /// ` FROM … WHERE …`: all rows of one driver that fit, behind the wish's place.
    fn push_rows(&self, statement: &mut Sql, driver: &Driver, wish: &Wish, order: &'static str) {
        statement.push(" FROM ");
        statement.push(driver.from);
        let space = if self.tag.is_some() { " WHERE t.space = ? AND " } else { " WHERE e.space = ? AND " };
        statement.push_with(space, self.space.to_owned());
        statement.append(&driver.condition);
        push_standing(statement, self.choice.shelved, self.now);
        push_rest(statement, self.choice, self.tag);
        if let Some(place) = wish.after {
            statement.push(" AND (");
            statement.push(order);
            statement.push(", ");
            statement.push(self.id());
            statement.push(if wish.by.is_ascending() { ") > (" } else { ") < (" });
            statement.push_with("?", place.at.as_nanos());
            statement.push_with(", ?)", place.id.as_bytes().to_vec());
        }
    }

    fn order(&self, by: By) -> &'static str {
        match by {
            By::Touched if self.tag.is_some() => "t.touched",
            By::Touched => "e.touched",
            By::Created | By::CreatedFirst => "e.created",
            By::Deleted if self.choice.shelved == Shelved::Trash => "e.deleted",
            By::Deleted => "coalesce(e.deleted, -9223372036854775808)",
            By::Due if self.choice.due_until.is_some() => "e.due",
            By::Due => "coalesce(e.due, 9223372036854775807)",
        }
    }

    fn id(&self) -> &'static str {
        if self.tag.is_some() { "t.id" } else { "e.id" }
    }

    fn by_type(&self, from: &'static str, source: &'static str, types: &[EntryType]) -> Vec<Driver> {
        let mut types = types.to_vec();
        types.sort_unstable();
        types.dedup();
        types
            .into_iter()
            .map(|entry_type| {
                let mut condition = Sql::default();
                if let (false, Some(name)) = (source.is_empty(), &self.choice.source) {
                    condition.push_with(source, name.clone());
                }
                condition.push_with("e.entry_type = ? AND ", entry_type.as_str().to_owned());
                Driver { from, condition }
            })
            .collect()
    }
}

/// Where it stands, as the first condition behind the driver's.
pub(super) fn push_standing(statement: &mut Sql, shelved: Shelved, now: Timestamp) {
    match shelved {
        Shelved::Live => {
            statement.push_with("e.deleted IS NULL AND (e.expires IS NULL OR e.expires > ?)", now.as_nanos());
        }
        Shelved::Trash => statement.push("e.deleted IS NOT NULL"),
        Shelved::Expired => statement.push_with("e.deleted IS NULL AND e.expires <= ?", now.as_nanos()),
        Shelved::Anywhere => statement.push("1"),
    }
}

/// What is left to check in each row, each piece beginning with ` AND `.
pub(super) fn push_rest(statement: &mut Sql, choice: &Choice, without_tag: Option<usize>) {
    for (nth, entry_type) in choice.types.iter().enumerate() {
        statement.push_with(if nth == 0 { " AND e.entry_type IN (?" } else { ", ?" }, entry_type.as_str().to_owned());
    }
    if !choice.types.is_empty() {
        statement.push(")");
    }
    if let Some(source) = &choice.source {
        statement.push_with(" AND e.source = ?", source.clone());
    }
    for (_, tag) in choice.tags.iter().enumerate().filter(|(at, _)| Some(*at) != without_tag) {
        statement
            .push_with(" AND EXISTS (SELECT 1 FROM entry_tag AS o WHERE o.space = e.space AND o.tag = ?", tag.clone());
        statement.push(" AND o.touched = e.touched AND o.id = e.id)");
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
    let texts = [
        (" AND e.learned_from = ?", choice.learned_from.as_deref()),
        (" AND e.state = ?", choice.state.as_deref()),
        (" AND e.schema = ?", choice.schema.as_ref().map(annals_store::awareness::Name::as_str)),
    ];
    for (condition, text) in texts {
        if let Some(text) = text {
            statement.push_with(condition, text.to_owned());
        }
    }
    match choice.language {
        None => {}
        Some(None) => statement.push(" AND e.language IS NULL"),
        Some(Some(language)) => statement.push_with(" AND e.language = ?", language.to_owned()),
    }
    if choice.changed {
        statement.push(" AND e.n_changes > 0");
    }
    match choice.unread {
        None => {}
        Some(None) => statement.push(" AND e.unread = 1"),
        Some(Some(since)) => statement.push_with(
            " AND NOT EXISTS (SELECT 1 FROM entry_readings AS r WHERE r.space = e.space AND r.entry = e.id AND r.last >= ?)",
            since.as_nanos(),
        ),
    }
}

fn plain(from: &'static str) -> Driver {
    Driver { from, condition: Sql::default() }
}

fn push_order(statement: &mut Sql, columns: [&str; 2], direction: &str) {
    statement.push(" ORDER BY ");
    statement.push(columns[0]);
    statement.push(direction);
    statement.push(", ");
    statement.push(columns[1]);
    statement.push(direction);
}

/// The tag that the fewest entries have.
fn rarest(connection: &Connection, space: &str, tags: &[String]) -> rusqlite::Result<usize> {
    if tags.len() < 2 {
        return Ok(0);
    }
    let mut statement = connection.prepare_cached(sql::TAG_COUNT)?;
    let mut best = (i64::MAX, 0);
    for (at, tag) in tags.iter().enumerate() {
        let n = statement.query_row(params![space, tag], |row| row.get::<_, i64>(0)).optional()?.unwrap_or(0);
        best = best.min((n, at));
    }
    Ok(best.1)
}
