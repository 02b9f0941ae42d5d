//! What a search asks of the index, and of the rows that are not in it.

use annals_store::awareness::Phrase;
use annals_store::{EventWords, Filter, LABELS, Search, SeqRange};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, OptionalExtension};

use super::index::mark;
use crate::awareness::combinations;
use crate::conditions::{Driver, LOG, SEQ, Sql};
use crate::migration::FIRST_WITH_EVENT_TEXT;
use crate::row::stored;
use crate::sql;

/// The index, with the rows that its words are of.
const INDEX: &str = "event_text CROSS JOIN event ON event.seq = event_text.rowid";

/// The words of a search, as the log that this connection sees is asked for them.
pub(crate) struct Words {
    /// Whether there is anything that an event must have; if not, there is only what it must not have.
    asks: bool,
    is_hopeless: bool,
    /// What the index is asked: which rows fit, or where nothing is asked, which do not. `None` when there are none.
    matching: Option<String>,
    /// The words as the function takes them.
    told: String,
    /// Rows below it are in the index.
    unindexed: u64,
}

impl Words {
    /// The words that a filter asks for; `None` where it asks for none.
    pub(crate) fn of(connection: &Connection, filter: &Filter) -> rusqlite::Result<Option<Self>> {
        let Some(search) = filter.search.as_ref().filter(|search| search.has_words()) else { return Ok(None) };
        let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let has_index = FIRST_WITH_EVENT_TEXT <= version;
        let unindexed = if has_index { mark(connection)? } else { 0 };
        let spaces: Vec<i64> = match &filter.space {
            _ if unindexed == 0 => Vec::new(),
            Some(space) => {
                let number =
                    connection.prepare_cached(sql::EVENT_SPACE)?.query_row([space], |row| row.get(0)).optional()?;
                number.into_iter().collect()
            }
            None => connection
                .prepare_cached(sql::EVENT_SPACES)?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?,
        };
        let matching: Vec<String> = spaces.into_iter().map(|space| matching(space, search)).collect();
        Ok(Some(Self {
            asks: search.asks_words(),
            is_hopeless: search.is_hopeless(),
            matching: (!matching.is_empty()).then(|| matching.join(" OR ")),
            told: told(search),
            unindexed,
        }))
    }

    /// Whether rows are found by it, and not only checked.
    pub(crate) fn drive(&self) -> bool {
        self.asks
    }

    /// The first row that is not in the index.
    pub(crate) fn unindexed(&self) -> u64 {
        self.unindexed
    }

    /// Where rows that fit come from: the index, and behind it the log itself.
    pub(crate) fn drivers(&self) -> Vec<Driver> {
        if self.is_hopeless {
            return Vec::new();
        }
        let by_index = self.matching.as_ref().map(|matching| {
            let mut condition = Sql::default();
            condition.push_with("event_text MATCH ? AND ", matching.clone());
            let within = SeqRange { start: 0, end: self.unindexed };
            Driver { from: INDEX, seq: "event_text.rowid", condition, within }
        });
        let mut condition = Sql::default();
        self.push_check(&mut condition);
        condition.push(" AND ");
        let within = SeqRange { start: self.unindexed, ..SeqRange::ALL };
        by_index.into_iter().chain([Driver { from: LOG, seq: SEQ, condition, within }]).collect()
    }

    /// The same as a condition on a row, beginning with ` AND `.
    pub(crate) fn push_condition(&self, sql: &mut Sql) {
        sql.push_with(" AND CASE WHEN seq < ? THEN ", stored(self.unindexed));
        match &self.matching {
            Some(matching) => {
                sql.push(if self.asks { "seq IN " } else { "seq NOT IN " });
                sql.push_with("(SELECT rowid FROM event_text WHERE event_text MATCH ?)", matching.clone());
            }
            None => sql.push(if self.asks { "FALSE" } else { "TRUE" }),
        }
        sql.push(" ELSE ");
        self.push_check(sql);
        sql.push(" END");
    }

    /// The check of one row by its own words.
    fn push_check(&self, sql: &mut Sql) {
        sql.push_with("annals_has_words(?, details, event_type, outcome", self.told.clone());
        for column in LABELS {
            sql.push(", ");
            sql.push(column.name());
        }
        sql.push(")");
    }
}

/// A search in the words of one space: what fits, or where nothing is asked, what does not.
fn matching(space: i64, search: &Search) -> String {
    let any = |phrase: &Phrase| format!("({})", combinations(space, phrase));
    let words = search.words.iter().map(|forms| any(&vec![forms.clone()]));
    let asked: Vec<String> = words.chain(search.phrases.iter().map(any)).collect();
    let refused = search.without.iter().map(any).collect::<Vec<_>>().join(" OR ");
    match (asked.is_empty(), refused.is_empty()) {
        (true, _) => format!("({refused})"),
        (false, true) => format!("({})", asked.join(" AND ")),
        (false, false) => format!("(({}) NOT ({refused}))", asked.join(" AND ")),
    }
}

/// The words as a text, since a function of SQL takes nothing else.
fn told(search: &Search) -> String {
    serde_json::json!([search.words, search.phrases, search.without]).to_string()
}

/// `annals_has_words(words, details, event_type, outcome, label, …)`: whether a row has the words of a search, by the one comparison of all stores.
pub(crate) fn add_function(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("annals_has_words", -1, flags, has_words)
}

fn has_words(context: &Context<'_>) -> rusqlite::Result<bool> {
    let search = context.get_or_create_aux(0, |words| {
        let (words, phrases, without) = serde_json::from_str(words.as_str().unwrap_or_default())?;
        let mut search = Search::default();
        (search.words, search.phrases, search.without) = (words, phrases, without);
        Ok::<_, serde_json::Error>(search)
    })?;
    let text = |index: usize| context.get_raw(index).as_str().ok();
    let labels = (2..context.len()).filter_map(text);
    Ok(search.fits_words(&EventWords::of_texts(text(1), labels)))
}
