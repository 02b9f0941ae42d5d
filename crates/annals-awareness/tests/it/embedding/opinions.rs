//! A second opinion on the order of what was found, and how the answer stands without it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use annals_embed::{Failure, FailureKind, Reranker};
use serde_json::{Value, json};

use super::fake::Fake;
use super::{Bench, ids, pace};

/// Prefers texts by the number that stands in them, whatever is asked.
#[derive(Default)]
struct ByNumber {
    is_down: AtomicBool,
    n_asked: AtomicUsize,
}

impl Reranker for ByNumber {
    fn rerank(&self, _: &str, texts: &[&str], _: Duration) -> Result<Vec<f64>, Failure> {
        self.n_asked.fetch_add(1, Ordering::SeqCst);
        if self.is_down.load(Ordering::SeqCst) {
            return Err(Failure { kind: FailureKind::Unavailable, message: "as the test has it".to_owned() });
        }
        let number = |text: &&str| text.split_whitespace().find_map(|word| word.parse().ok()).unwrap_or(0.0);
        Ok(texts.iter().map(number).collect())
    }
}

/// A service with five notes, of which those of a lower number say more often what is asked.
fn five(reranker: Option<Arc<dyn Reranker>>, first_pause: Duration) -> (Bench, Vec<Value>) {
    let mut pace = pace();
    pace.first_pause = first_pause;
    let bench = Bench::alone(&Fake::new("m", 64), reranker, pace).start();
    let notes = [30, 10, 50, 20, 40].map(|n| bench.note(format!("trout number {n} {}", "trout ".repeat(6 - n / 10))));
    bench.drain();
    (bench, [2, 4, 0, 3, 1].map(|at: usize| notes[at].clone()).to_vec())
}

#[test]
fn it_orders_the_first_and_where_it_fails_the_order_stays() {
    let (plain, by_number) = five(None, Duration::from_millis(10));
    let page = plain.search("trout");
    assert_eq!(page["lanes"], json!(["text", "vector"]), "the control: without it no lane is named");
    assert_eq!(ids(&page).len(), by_number.len());

    let opinion = Arc::new(ByNumber::default());
    let reranker: Arc<dyn Reranker> = Arc::<ByNumber>::clone(&opinion);
    let (bench, by_number) = five(Some(reranker), Duration::from_hours(1));
    opinion.is_down.store(true, Ordering::SeqCst);
    let page = bench.search("trout");
    let first = ids(&page);
    assert_eq!(page["lanes"], json!(["text", "vector"]));
    assert_eq!(page["lanes_missing"]["rerank"], "the provider of second opinions does not answer");
    // It is not asked again before its pause is over.
    assert_eq!((ids(&bench.search("trout")), opinion.n_asked.load(Ordering::SeqCst)), (first.clone(), 1));
    assert_ne!(first, by_number, "the control: by words and vectors they stand in another order");
}

#[test]
fn its_order_is_the_answers_order_on_every_page() {
    let opinion = Arc::new(ByNumber::default());
    let reranker: Arc<dyn Reranker> = Arc::<ByNumber>::clone(&opinion);
    let (bench, by_number) = five(Some(reranker), Duration::from_millis(10));
    let page = bench.search("trout");
    assert_eq!(page["lanes"], json!(["text", "vector", "rerank"]));
    assert_eq!(ids(&page), by_number);
    let mut paged = Vec::new();
    for offset in 0..by_number.len() {
        let page = bench.desk.done("search", json!({ "query": "trout", "limit": 1, "offset": offset }));
        assert_eq!(page["has_more"], offset + 1 < by_number.len(), "{page}");
        paged.extend(ids(&page));
    }
    assert_eq!(paged, by_number);
}
