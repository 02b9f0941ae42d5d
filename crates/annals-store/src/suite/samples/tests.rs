//! The same seed gives the same events, every one of them valid, and the benchmark's event has its size.

use annals_event::{EventId, Redactor, Rules, Stamp, Timestamp, Types, encode};

use super::{Samples, benchmark_event};

fn encoded(event: &annals_event::Event) -> Vec<u8> {
    let rules = Rules { types: Types::standard(), redactor: Redactor::standard(), max_details: 65_536 };
    let at = Timestamp::from_nanos(1_700_000_000_000_000_000);
    let stamp = Stamp { id: EventId::v7(at, 1), created_at: at, space: "default", credential: "uid:0", begun: false };
    let mut bytes = Vec::new();
    encode(event, &rules, &stamp, &mut bytes).unwrap();
    bytes
}

#[test]
fn every_sample_is_a_valid_event_and_the_seed_decides() {
    let of = |seed| {
        let mut samples = Samples::seeded(seed);
        (0..2_000).map(|_| encoded(&samples.event())).collect::<Vec<_>>()
    };
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn the_benchmark_event_has_five_short_strings_and_about_a_hundred_bytes_of_details() {
    let event = benchmark_event();
    let n_texts = annals_event::Column::ALL.iter().filter(|column| event.get(**column).is_some()).count();
    assert_eq!(n_texts + 1, 5, "with the type");
    let n_bytes = event.details_value().unwrap().to_string().len();
    assert!((90..=120).contains(&n_bytes), "{n_bytes}");
}
