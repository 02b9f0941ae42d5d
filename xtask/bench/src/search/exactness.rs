//! Whether what is nearest is found, whatever is chosen: the ten best of a search by vectors alone, held against all vectors of the database.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use annals::Timestamp;
use annals_awareness::store::{By, Choice, Direction, EntryId, EntryType, Model, Question, Wish};
use annals_awareness::{Awareness, Context};
use anyhow::Context as _;
use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use super::provider::{DIMENSION, vector};
use crate::awareness::home::Home;
use crate::numbers::{Times, float};
use crate::report::{Bound, Part, Table};

/// So many questions under each filter.
const N_QUESTIONS: usize = 50;
/// So many of the nearest.
const N_NEAREST: usize = 10;
/// The least share of them that is found.
const LEAST: f64 = 0.99;

/// The vectors of each entry.
type Vectors = HashMap<EntryId, Vec<Vec<f32>>>;

pub(super) fn part(service: &Awareness, context: &Context, home: &Home) -> anyhow::Result<Part> {
    let began = Instant::now();
    let vectors = read(home)?;
    let mut part =
        Part::new("exactness", json!({ "n_questions": N_QUESTIONS, "n_nearest": N_NEAREST, "dimension": DIMENSION }));
    let mut table = Table::new("filters", &["entries", "recall", "least_of_one", "p50_ms", "p99_ms"]);
    let mut worst = 1.0_f64;
    for (name, choice) in choices(service, context)? {
        eprintln!("exactness: {name}");
        let chosen = service.audit().look(&context.caller, |shelf| {
            let page = shelf.page(&choice, &Wish::first(By::Touched, u64::MAX))?;
            Ok(page.entries.into_iter().map(|entry| entry.id).collect::<HashSet<EntryId>>())
        })?;
        let (mut n_found, mut n_nearest, mut least, mut times) = (0, 0, 1.0_f64, Times::new());
        for text in home.texts.iter().take(N_QUESTIONS) {
            let asked = vector(&format!("{} {text}", text.split(' ').nth(1).unwrap_or_default()));
            let nearest = nearest(&vectors, &chosen, &asked);
            let question = Question {
                words: vec![vec!["zzzz".to_owned()]],
                direction: Some(Direction {
                    model: Model { name: "bench".to_owned(), dimension: DIMENSION },
                    vector: asked,
                }),
                choice: choice.clone(),
                limit: N_NEAREST as u64,
                ..Question::default()
            };
            let asked_at = Instant::now();
            let found = service.audit().look(&context.caller, |shelf| shelf.search(&question))?;
            times.add(asked_at.elapsed());
            let found: HashSet<EntryId> = found.hits.into_iter().map(|hit| hit.entry.id).collect();
            let n = nearest.iter().filter(|id| found.contains(id)).count();
            n_found += n;
            n_nearest += nearest.len();
            least = least.min(share(n, nearest.len()));
        }
        let recall = share(n_found, n_nearest);
        worst = worst.min(recall);
        table.row(name, vec![float(chosen.len() as u64), recall, least, times.millis(0.5), times.millis(0.99)]);
    }
    part.goal("recall of the true top 10 under the worst filter", worst, Bound::AtLeast(LEAST));
    part.tables.push(table);
    part.took = began.elapsed();
    Ok(part)
}

fn share(n: usize, of: usize) -> f64 {
    if of == 0 { 1.0 } else { float(n as u64) / float(of as u64) }
}

/// All vectors of the database.
fn read(home: &Home) -> anyhow::Result<Vectors> {
    let path = home.data.join("annals.db");
    let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("could not read `{}`", path.display()))?;
    let mut statement =
        connection.prepare("SELECT e.id, v.vector FROM entry_vector AS v JOIN entry AS e ON e.n = v.n")?;
    let mut rows = statement.query([])?;
    let mut vectors = Vectors::new();
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(1)?;
        let numbers = bytes.as_chunks().0.iter().map(|number| f32::from_le_bytes(*number)).collect();
        vectors.entry(EntryId::from_bytes(row.get(0)?)).or_default().push(numbers);
    }
    Ok(vectors)
}

/// The nearest of the chosen, by all their vectors.
fn nearest(vectors: &Vectors, chosen: &HashSet<EntryId>, asked: &[f32]) -> Vec<EntryId> {
    let product = |vector: &Vec<f32>| vector.iter().zip(asked).map(|(one, other)| one * other).sum::<f32>();
    let mut all: Vec<(f32, EntryId)> = vectors
        .iter()
        .filter(|(id, _)| chosen.contains(id))
        .map(|(id, vectors)| (vectors.iter().map(product).fold(f32::MIN, f32::max), *id))
        .collect();
    all.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
    all.into_iter().take(N_NEAREST).map(|(_, id)| id).collect()
}

/// Filters from those that choose all to those that choose hardly any.
fn choices(service: &Awareness, context: &Context) -> anyhow::Result<Vec<(String, Choice)>> {
    let (tags, times) = service.audit().look(&context.caller, |shelf| {
        let tags = shelf.tags()?;
        let page = shelf.page(&Choice::default(), &Wish::first(By::Touched, u64::MAX))?;
        let times: Vec<Timestamp> = page.entries.iter().map(annals_awareness::store::Entry::touched).collect();
        Ok((tags, times))
    })?;
    let tag = |at: usize| tags.get(at).map(|(tag, _)| tag.clone()).into_iter().collect::<Vec<_>>();
    let moment = |hundredth: usize| times.get(times.len() * hundredth / 100).copied();
    let source = || Some("home-03".to_owned());
    let last = tags.len().saturating_sub(1);
    Ok(vec![
        ("none".to_owned(), Choice::default()),
        ("type note".to_owned(), Choice::of([EntryType::Note])),
        ("type alert or context".to_owned(), Choice::of([EntryType::Alert, EntryType::Context])),
        ("type preference".to_owned(), Choice::of([EntryType::Preference])),
        ("type pattern".to_owned(), Choice::of([EntryType::Pattern])),
        ("one source".to_owned(), Choice { source: source(), ..Choice::default() }),
        ("one source, type note".to_owned(), Choice { source: source(), ..Choice::of([EntryType::Note]) }),
        ("the commonest tag".to_owned(), Choice { tags: tag(0), ..Choice::default() }),
        ("a tag in the middle".to_owned(), Choice { tags: tag(tags.len() / 2), ..Choice::default() }),
        ("the rarest tag".to_owned(), Choice { tags: tag(last), ..Choice::default() }),
        ("two tags".to_owned(), Choice { tags: [tag(0), tag(3)].concat(), ..Choice::default() }),
        ("the newest half".to_owned(), Choice { since: moment(50), ..Choice::default() }),
        ("the newest hundredth".to_owned(), Choice { since: moment(1), ..Choice::default() }),
        ("the oldest tenth".to_owned(), Choice { until: moment(90), ..Choice::default() }),
        (
            "one source, a tag, the newest half".to_owned(),
            Choice { source: source(), tags: tag(2), since: moment(50), ..Choice::default() },
        ),
        ("nothing".to_owned(), Choice { source: Some("nobody".to_owned()), ..Choice::default() }),
    ])
}
