//! Pages as the contract has them: `limit` and `offset`, and a cut at `max_bytes` that says so.

use annals_store::awareness::{Amount, By, Choice, EntryPage, EntryType, Wish};
use serde_json::{Map, Value};

use crate::arguments::Arguments;
use crate::refusal::Refusal;

/// How many entries a page has where nobody says.
const DEFAULT_LIMIT: i64 = 100;

/// The least that `max_bytes` may be; a smaller page would hold nothing.
const LEAST_BYTES: i64 = 1_024;

/// The most bytes of entries on a page, asked for or not, but for a first entry that is longer: what a program can't hold, it can't go on with either.
pub(crate) const MOST_BYTES: usize = 512 << 10;

/// How much of a list is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paging {
    pub(super) limit: i64,
    pub(super) offset: i64,
    pub(super) max_bytes: Option<usize>,
}

impl Paging {
    pub(super) fn of(arguments: &Arguments) -> Result<Self, Refusal> {
        let max_bytes = arguments.whole("max_bytes", LEAST_BYTES)?;
        Ok(Self {
            limit: arguments.whole("limit", 0)?.unwrap_or(DEFAULT_LIMIT),
            offset: arguments.whole("offset", 0)?.unwrap_or(0),
            max_bytes: max_bytes.and_then(|bytes| usize::try_from(bytes).ok()),
        })
    }

    /// Of a tool that has its own bounds of `limit`: all but that.
    pub(super) fn of_rest(arguments: &Arguments) -> Result<Self, Refusal> {
        let max_bytes = arguments.whole("max_bytes", LEAST_BYTES)?;
        let offset = arguments.whole("offset", 0)?.unwrap_or(0);
        Ok(Self { limit: 0, offset, max_bytes: max_bytes.and_then(|bytes| usize::try_from(bytes).ok()) })
    }

    pub(super) fn wish(&self, by: By) -> Wish {
        let max_bytes = Some(self.max_bytes.map_or(MOST_BYTES, |max_bytes| max_bytes.min(MOST_BYTES)));
        let amount = Amount { limit: self.limit.unsigned_abs(), max_bytes };
        Wish { by, after: None, offset: self.offset.unsigned_abs(), amount }
    }

    /// The page object. A page that was cut for its bytes names the offset to go on from.
    pub(super) fn show(&self, entries: Vec<Map<String, Value>>, has_more: bool) -> Value {
        let n = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        let mut page = Map::new();
        page.insert("limit".to_owned(), self.limit.into());
        page.insert("offset".to_owned(), self.offset.into());
        page.insert("has_more".to_owned(), has_more.into());
        if has_more && n < self.limit {
            page.insert("truncated".to_owned(), true.into());
            page.insert("next_offset".to_owned(), self.offset.saturating_add(n).into());
        }
        page.insert("entries".to_owned(), entries.into_iter().map(Value::Object).collect());
        Value::Object(page)
    }

    /// Cuts what was rendered to `max_bytes`, but for the first entry.
    pub(super) fn fit(&self, shown: &mut Vec<Map<String, Value>>, has_more: &mut bool) {
        let Some(max_bytes) = self.max_bytes else { return };
        // What stands around the entries.
        let mut bytes = 128;
        let mut n_kept = 0;
        for entry in shown.iter() {
            bytes += Value::Object(entry.clone()).to_string().len() + 1;
            if bytes > max_bytes && n_kept > 0 {
                break;
            }
            n_kept += 1;
        }
        *has_more |= n_kept < shown.len();
        shown.truncate(n_kept);
    }
}

/// The type that an argument names.
pub(super) fn entry_type(arguments: &Arguments) -> Result<Option<EntryType>, Refusal> {
    arguments.word("entry_type", &EntryType::ALL.map(|entry_type| (entry_type.as_str(), entry_type)))
}

/// What `source`, `tags`, `since` and `until` choose.
pub(super) fn choice(arguments: &Arguments, types: &[EntryType]) -> Result<Choice, Refusal> {
    let mut choice = Choice::of(types.iter().copied());
    choice.source = arguments.text("source")?;
    choice.tags = arguments.list("tags")?.unwrap_or_default();
    choice.since = arguments.moment("since")?;
    choice.until = arguments.moment("until")?;
    Ok(choice)
}

/// The ids of a page, for the record of its reading.
pub(super) fn ids(page: &EntryPage) -> Vec<annals_store::awareness::EntryId> {
    page.entries.iter().map(|entry| entry.id).collect()
}

/// A score as answers show it: between 0 and 1, with four decimals, the greater the better. How well words fit has no upper end, so it is bent towards 1.
pub(super) fn similarity(score: f64) -> Value {
    decimals(score.max(0.0) / (score.max(0.0) + 1.0))
}

/// With four decimals.
pub(super) fn decimals(value: f64) -> Value {
    Value::from((value * 10_000.0).round() / 10_000.0)
}
