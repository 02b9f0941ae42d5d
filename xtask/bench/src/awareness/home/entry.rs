//! One entry of each kind, as a line of an export holds it.

use annals_event::Timestamp;
use serde_json::{Map, Value, json};

use super::super::vocabulary::Vocabulary;
use super::{N_SOURCES, N_TAGS, source};
use crate::sample::Random;

const NANOS_A_SECOND: i64 = 1_000_000_000;
const SECONDS_A_DAY: i64 = 86_400;

/// What an entry is, more closely than by its type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Status,
    StandingAlert,
    ResolvedAlert,
    Suppression,
    Pattern,
    Context,
    Preference,
    Note,
    Intention,
}

/// What makes one entry after the other.
pub(super) struct Writer<'a> {
    vocabulary: &'a Vocabulary,
    random: Random,
    now: i64,
    n_written: u32,
}

impl<'a> Writer<'a> {
    /// Nothing is written yet; `now` is in nanoseconds since 1970.
    pub(super) fn new(vocabulary: &'a Vocabulary, random: Random, now: i64) -> Self {
        Self { vocabulary, random, now, n_written: 0 }
    }

    /// The next entry, later than the one before: all of them are of the last half year.
    pub(super) fn entry(&mut self, kind: Kind, n_entries: u32) -> Value {
        let n = self.n_written;
        self.n_written += 1;
        let age = 180 * SECONDS_A_DAY / i64::from(n_entries) * i64::from(n_entries - n);
        let created = self.at(-age);
        let (vocabulary, random) = (self.vocabulary, &mut self.random);
        let (description, content) = text(vocabulary, random);
        let whole = format!("{description} {content}");
        let word = |random: &mut Random| vocabulary.word(random).to_owned();
        let (mut expires, mut updated, mut changes) = (None, None, Vec::new());
        let mut source = any_source(random);
        let level = if random.below(5) == 0 { "critical" } else { "warning" };
        let (entry_type, data) = match kind {
            Kind::Status => {
                let metrics: Map<String, Value> = (0..6).map(|_| (word(random), random.below(100).into())).collect();
                ("status", json!({ "metrics": metrics, "ttl_sec": 365 * SECONDS_A_DAY }))
            }
            Kind::StandingAlert | Kind::ResolvedAlert => {
                let metric = word(random);
                let is_resolved = kind == Kind::ResolvedAlert;
                (
                    "alert",
                    json!({
                        "alert_id": format!("{metric}-{n}"), "level": level, "alert_type": "threshold", "message": whole,
                        "resolved": is_resolved, "metric": metric,
                    }),
                )
            }
            Kind::Suppression => {
                expires = Some(1 + i64::try_from(random.below(30)).unwrap_or_default());
                // Some are of one metric, some of all that have their tags.
                let metric = (random.below(3) == 0).then(|| word(random));
                (
                    "suppression",
                    json!({
                        "metric": metric, "suppress_level": "warning", "escalation_override": true, "reason": description,
                    }),
                )
            }
            Kind::Pattern => {
                let hours = random.below(24);
                (
                    "pattern",
                    json!({
                        "description": whole, "conditions": { "hour_range": [hours, (hours + 6) % 24] },
                        "effect": vocabulary.sentence(random, 6), "learned_from": "conversation",
                    }),
                )
            }
            Kind::Context => {
                expires = Some(10 + i64::try_from(random.below(20)).unwrap_or_default());
                ("context", json!({ "description": whole }))
            }
            Kind::Preference => {
                "global".clone_into(&mut source);
                (
                    "preference",
                    json!({ "key": format!("{}-{n}", word(random)), "value": description, "scope": "global" }),
                )
            }
            Kind::Note => (
                "note",
                json!({
                    "description": description, "content": content, "content_type": "text/plain", "learned_from": "conversation",
                }),
            ),
            Kind::Intention => {
                let days = 1 + i64::try_from(random.below(60)).unwrap_or_default();
                (
                    "intention",
                    json!({
                        "goal": whole, "state": "pending", "deliver_at": self.at(days * SECONDS_A_DAY), "constraints": null,
                        "urgency": "normal", "recurrence": null, "learned_from": "conversation",
                    }),
                )
            }
        };
        let (vocabulary, random) = (self.vocabulary, &mut self.random);
        if kind == Kind::Note && random.below(10) == 0 {
            let before = vocabulary.sentence(random, 10);
            let at = self.at(-age / 2);
            changes.push(json!({ "at": at, "changed": { "description": before } }));
            updated = Some(at);
        }
        let (vocabulary, random) = (self.vocabulary, &mut self.random);
        json!({
            "id": id(random), "type": entry_type, "source": source, "tags": tags(vocabulary, random),
            "created": created, "updated": updated, "expires": expires.map(|days| self.at(days * SECONDS_A_DAY)),
            "deleted": null, "logical_key": null, "language": "en", "credential": "bench", "data": data,
            "changes": changes,
        })
    }

    /// So many seconds from now, as an export writes it.
    fn at(&self, seconds: i64) -> String {
        Timestamp::from_nanos(self.now + seconds * NANOS_A_SECOND).to_string()
    }
}

/// 15 to 40 words: a line, and the rest.
pub(super) fn text(vocabulary: &Vocabulary, random: &mut Random) -> (String, String) {
    let n_words = 15 + random.below(26);
    let line = n_words.min(8 + random.below(6));
    (vocabulary.sentence(random, line), vocabulary.sentence(random, n_words - line))
}

/// One to four tags.
pub(super) fn tags(vocabulary: &Vocabulary, random: &mut Random) -> Vec<String> {
    let mut tags: Vec<String> = (0..=random.below(4)).map(|_| vocabulary.tag(random, N_TAGS).to_owned()).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// The name of one of the sources, all alike.
pub(super) fn any_source(random: &mut Random) -> String {
    source(u32::try_from(random.below(u64::from(N_SOURCES))).unwrap_or_default())
}

/// A UUID of version 4.
fn id(random: &mut Random) -> String {
    let mut part = |bits: u32| random.below(1 << bits);
    let (one, two, three, four, five) = (part(32), part(16), part(12), part(12), part(48));
    format!("{one:08x}-{two:04x}-4{three:03x}-a{four:03x}-{five:012x}")
}
