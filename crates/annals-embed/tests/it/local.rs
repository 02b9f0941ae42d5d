//! Models on disk: their vectors are those of the plain loops beside, and of nobody else's.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use annals_embed::{Embedder, FailureKind, Settings, open};
use annals_testkit::{Gate, PATIENCE};
use serde_json::{Value, json};

use crate::naive;
use crate::tiny::{Model, SIZES, UNKNOWN, WORDS, encoder, table};

const TEXTS: [&str; 5] =
    ["the night backup failed again", "who looks after it ?", "", "disk", "no zebra is full . the disk is full"];

fn opened(model: &Model) -> Arc<dyn Embedder> {
    open(&model.settings()).unwrap().unwrap()
}

fn embed(model: &Model, texts: &[&str]) -> Vec<Vec<f32>> {
    opened(model).embed(texts, PATIENCE).unwrap()
}

/// How far two vectors are apart in the number in which they differ most.
fn distance(found: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(found, expected)| (f64::from(*found) - expected).abs()).fold(0.0, f64::max)
}

/// The encoder's vector of a text, in plain loops.
fn expected(model: &Model, text: &str) -> Vec<f64> {
    naive::mean(&naive::last_layer(&model.numbers, &naive::marked(text, SIZES.n_places)))
}

#[test]
fn an_encoder_gives_the_vectors_of_the_plain_loops() {
    let model = encoder();
    let found = embed(&model, &TEXTS);
    for (found, text) in found.iter().zip(TEXTS) {
        let distance = distance(found, &expected(&model, text));
        assert!(distance < 1e-5, "{text}: {distance}");
    }
}

/// The control of the test before it: each number of the model counts, so that the loops would notice one that is read from elsewhere.
#[test]
fn each_tensor_of_an_encoder_counts() {
    let model = encoder();
    let found = embed(&model, &TEXTS[..1]);
    for name in model.numbers.keys() {
        // That which is added to all scores of a word is gone after the softmax.
        if name.ends_with("self.key.bias") {
            continue;
        }
        let mut other = Model { folder: tempfile::TempDir::new().unwrap(), numbers: model.numbers.clone() };
        // Not all by the same, since a constant would be taken out by a norm.
        for (place, number) in other.numbers.get_mut(name).unwrap().1.iter_mut().enumerate() {
            *number *= if place % 2 == 0 { 1.5 } else { 0.5 };
        }
        let distance = distance(&found[0], &expected(&other, TEXTS[0]));
        assert!(1e-4 < distance, "{name}: {distance}");
    }
}

#[test]
fn a_text_has_the_same_vector_whatever_it_is_sent_with() {
    let model = encoder();
    let embedder = opened(&model);
    // Far more words than are worked on at once.
    let many: Vec<&str> = TEXTS.iter().copied().cycle().take(300).collect();
    let together = embedder.embed(&many, PATIENCE).unwrap();
    assert_eq!(together.len(), many.len());
    for (found, text) in together.iter().zip(many) {
        let alone = &embedder.embed(&[text], PATIENCE).unwrap()[0];
        let alone: Vec<f64> = alone.iter().copied().map(f64::from).collect();
        assert!(distance(found, &alone) < 1e-6, "{text}");
    }
    assert_eq!(embedder.embed(&[], PATIENCE), Ok(Vec::new()));
}

#[test]
fn a_long_text_is_cut_where_the_model_ends_and_not_where_the_tokenizer_says() {
    let model = encoder();
    let long = "disk full ".repeat(500);
    assert!(distance(&embed(&model, &[&long])[0], &expected(&model, &long)) < 1e-5);
    model.write("sentence_bert_config.json", r#"{"max_seq_length":6,"do_lower_case":false}"#);
    let short = naive::mean(&naive::last_layer(&model.numbers, &naive::marked(&long, 6)));
    assert!(distance(&embed(&model, &[&long])[0], &short) < 1e-5);
    // The control: the two differ.
    assert!(1e-3 < distance(&embed(&model, &[&long])[0], &expected(&model, &long)));
    // No more than there are places for.
    model.write("sentence_bert_config.json", r#"{"max_seq_length":4096}"#);
    assert!(distance(&embed(&model, &[&long])[0], &expected(&model, &long)) < 1e-5);
}

#[test]
fn the_mark_at_the_begin_is_the_vector_where_the_model_says_so() {
    let model = encoder();
    model.write("1_Pooling/config.json", r#"{"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false}"#);
    let steps = ["Transformer", "Pooling", "Normalize"];
    let steps: Vec<Value> =
        steps.iter().map(|step| json!({ "type": format!("sentence_transformers.models.{step}") })).collect();
    model.write("modules.json", Value::from(steps).to_string());
    let rows = naive::last_layer(&model.numbers, &naive::marked(TEXTS[0], SIZES.n_places));
    let found = &embed(&model, &TEXTS[..1])[0];
    assert!(distance(found, &naive::unit(&rows[0])) < 1e-5);
    assert!(1e-3 < distance(found, &naive::mean(&rows)));
}

#[test]
fn numbers_of_half_the_size_and_names_with_a_prefix_are_read() {
    let mut model = encoder();
    for (_, numbers) in model.numbers.values_mut() {
        for number in numbers {
            *number = f32::from_bits(number.to_bits() & 0xffff_0000);
        }
    }
    model.write_numbers("BF16");
    assert!(distance(&embed(&model, &TEXTS[..1])[0], &expected(&model, TEXTS[0])) < 1e-5);
    let prefixed = model.numbers.iter().map(|(name, tensor)| (format!("bert.{name}"), tensor.clone())).collect();
    let prefixed = Model { numbers: prefixed, folder: model.folder };
    prefixed.write_numbers("BF16");
    assert!(distance(&embed(&prefixed, &TEXTS[..1])[0], &expected_of(model.numbers, TEXTS[0])) < 1e-5);
}

fn expected_of(numbers: crate::tiny::Numbers, text: &str) -> Vec<f64> {
    expected(&Model { numbers, folder: tempfile::TempDir::new().unwrap() }, text)
}

/// The sum of the words' rows in a table, each by a factor; words that are not known count nothing.
fn sum(model: &Model, text: &str, row_and_factor: impl Fn(usize) -> (usize, f64)) -> Vec<f64> {
    let mut sum = vec![0.0; 4];
    for word in naive::numbers(text).into_iter().filter(|word| *word != UNKNOWN) {
        let (row, factor) = row_and_factor(word);
        for (at, sum) in sum.iter_mut().enumerate() {
            *sum += factor * f64::from(model.numbers["embeddings"].1[row * 4 + at]);
        }
    }
    naive::unit(&sum)
}

#[test]
fn a_static_model_gives_the_mean_of_the_words_that_it_knows() {
    let model = table();
    let texts = ["the night backup failed again", "disk", "no zebra is full . the disk is full"];
    for (found, text) in embed(&model, &texts).iter().zip(texts) {
        assert!(distance(found, &sum(&model, text, |word| (word, 1.0))) < 1e-6, "{text}");
    }
    // The control: the word that is not known would count.
    let with_unknown = model.numbers["embeddings"].1[UNKNOWN * 4..][..4].iter().any(|number| *number != 0.0);
    assert!(with_unknown);
}

#[test]
fn weights_and_shared_rows_of_a_static_model_are_used() {
    let mut model = table();
    let factor = |word: usize| f64::from(u32::try_from(word).unwrap()) / 4.0;
    let weights = (0..WORDS.len()).map(|word| f32::from(u16::try_from(word).unwrap()) / 4.0).collect();
    model.numbers.insert("weights".to_owned(), (vec![WORDS.len()], weights));
    model.write_numbers("F32");
    let found = &embed(&model, &[TEXTS[0]])[0];
    assert!(distance(found, &sum(&model, TEXTS[0], |word| (word, factor(word)))) < 1e-6);
    assert!(1e-3 < distance(found, &sum(&model, TEXTS[0], |word| (word, 1.0))));

    // Each two words share a row, by whole numbers behind the others.
    let file = crate::tiny::safetensors(&model.numbers, "F32");
    model.write("model.safetensors", with_mapping(&file, |word| i64::try_from(word / 2).unwrap()));
    let found = &embed(&model, &[TEXTS[0]])[0];
    assert!(distance(found, &sum(&model, TEXTS[0], |word| (word / 2, factor(word)))) < 1e-6);

    for wrong in [-1, 20, i64::MAX] {
        model.write("model.safetensors", with_mapping(&file, |word| if word == 7 { wrong } else { 0 }));
        let error = open(&model.settings()).err().expect("there is no such row").to_string();
        assert!(error.contains("model.safetensors") && error.contains("`mapping`"), "{error}");
    }
}

/// A file with the tensor `mapping` behind what it holds.
fn with_mapping(file: &[u8], row: impl Fn(usize) -> i64) -> Vec<u8> {
    let n_header = usize::try_from(u64::from_le_bytes(file[..8].try_into().unwrap())).unwrap();
    let (header, numbers) = file[8..].split_at(n_header);
    let mut header: Value = serde_json::from_slice(header).unwrap();
    let rows: Vec<u8> = (0..WORDS.len()).flat_map(|word| row(word).to_le_bytes()).collect();
    let offsets = [numbers.len(), numbers.len() + rows.len()];
    header["mapping"] = json!({ "dtype": "I64", "shape": [WORDS.len()], "data_offsets": offsets });
    let header = header.to_string();
    [&u64::try_from(header.len()).unwrap().to_le_bytes()[..], header.as_bytes(), numbers, &rows].concat()
}

#[test]
fn a_text_without_a_known_word_is_refused_by_a_static_model_and_not_quoted() {
    for text in ["", "zebra"] {
        let failure = opened(&table()).embed(&["disk", text], PATIENCE).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.message.contains("the text at 1") && !failure.message.contains("zebra"), "{failure}");
    }
}

#[test]
fn without_time_nothing_is_computed() {
    for model in [encoder(), table()] {
        let embedder = opened(&model);
        assert_eq!(embedder.embed(&["disk"], Duration::ZERO).unwrap_err().kind, FailureKind::Unavailable);
        assert!(embedder.embed(&["disk"], Duration::MAX).is_ok());
    }
}

#[test]
fn a_model_is_named_by_its_directory_and_its_files() {
    let mut model = encoder();
    let name = |model: &Model| opened(model).model().to_owned();
    let first = name(&model);
    let folder = model.folder.path().file_name().unwrap().to_str().unwrap().to_owned();
    let (directory, digest) = first.rsplit_once('@').unwrap();
    assert_eq!((directory, digest.len()), (&*folder, 16));
    assert_eq!(name(&model), first);
    let dotted = Settings { model: Some(format!("{}/.", model.folder.path().display())), ..model.settings() };
    assert_eq!(open(&dotted).unwrap().unwrap().model(), first);

    model.numbers.get_mut("embeddings.LayerNorm.bias").unwrap().1[0] += 0.25;
    model.write_numbers("F32");
    let other_numbers = name(&model);
    model.change("tokenizer.json", |tokenizer| tokenizer["normalizer"]["lowercase"] = Value::Bool(false));
    let other_words = name(&model);
    model.write("sentence_bert_config.json", r#"{"max_seq_length":6}"#);
    let other_limit = name(&model);
    let mut all = vec![first, other_numbers, other_words, other_limit];
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 4, "{all:?}");
    // What has no say in the vectors is not in the name.
    model.write("README.md", "a model");
    assert!(all.contains(&name(&model)));
}

#[test]
fn the_dimension_is_that_of_the_files() {
    for (model, dimension) in [(encoder(), 8), (table(), 4)] {
        assert_eq!(opened(&model).dimension(), Some(dimension));
        assert!(open(&Settings { dimension: Some(dimension), ..model.settings() }).is_ok());
        let error = open(&Settings { dimension: Some(5), ..model.settings() }).err().unwrap();
        assert_eq!(error.setting, "dimension");
        assert!(error.message.contains(&format!("of {dimension} numbers, not of 5")), "{error}");
    }
}

#[test]
fn threads_that_ask_at_once_get_their_own_vectors() {
    let model = encoder();
    let embedder = opened(&model);
    let gate = Arc::new(Gate::new("all ask", TEXTS.len()));
    let asking = TEXTS.map(|text| {
        let (embedder, gate) = (Arc::clone(&embedder), Arc::clone(&gate));
        thread::spawn(move || {
            gate.wait();
            (0..20).map(|_| embedder.embed(&[text], PATIENCE).unwrap().remove(0)).collect::<Vec<_>>()
        })
    });
    for (asked, text) in asking.into_iter().zip(TEXTS) {
        let expected = expected(&model, text);
        assert!(asked.join().unwrap().iter().all(|found| distance(found, &expected) < 1e-5), "{text}");
    }
}
