//! Directories that hold no model, or half of one: what is said names the file and what is wrong, and nothing panics.

use std::fs;

use annals_embed::{FailureKind, open};
use annals_testkit::PATIENCE;
use serde_json::{Value, json};

use crate::tiny::{Model, encoder, settings, table};

/// Spoils a model, and expects an error that names the file and the problem.
#[track_caller]
fn refused(mut model: Model, file: &str, problem: &str, spoil: impl FnOnce(&mut Model)) {
    assert!(open(&model.settings()).is_ok(), "it is good at first");
    spoil(&mut model);
    let error = open(&model.settings()).err().expect("it was spoilt");
    assert_eq!(error.setting, "model");
    let message = &error.message;
    assert!(message.contains(&format!("/{file}` ")), "{message}");
    assert!(message.contains(problem) && message.contains("(hint: "), "{message}");
}

fn remove(file: &'static str) -> impl FnOnce(&mut Model) {
    move |model| fs::remove_file(model.folder.path().join(file)).unwrap()
}

fn set(file: &'static str, name: &'static str, value: Value) -> impl FnOnce(&mut Model) {
    move |model| model.change(file, |file| file[name] = value)
}

#[test]
fn a_path_that_leads_nowhere_or_to_a_file() {
    let model = table();
    for (path, problem) in [("absent", "nothing is downloaded"), ("config.json", "is a file")] {
        let error = open(&settings(&model.folder.path().join(path))).err().expect("there is no directory");
        assert!(error.message.contains(path) && error.message.contains(problem), "{error}");
    }
}

#[test]
fn a_file_that_is_missing_or_something_else() {
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        for make in [encoder, table] {
            refused(make(), file, "is missing", remove(file));
            refused(make(), file, "", |model| model.write(file, b""));
            refused(make(), file, "", |model| model.write(file, b"\xff\xfe and so on"));
            refused(make(), file, "is no file", |model| {
                remove(file)(model);
                fs::create_dir(model.folder.path().join(file)).unwrap();
            });
        }
    }
}

#[test]
fn a_file_that_was_cut_off() {
    for make in [encoder, table] {
        let length = fs::metadata(make().folder.path().join("model.safetensors")).unwrap().len();
        for keep in [0, 7, 8, 20, length / 2, length - 1] {
            refused(make(), "model.safetensors", "", |model| {
                let path = model.folder.path().join("model.safetensors");
                fs::OpenOptions::new().write(true).open(path).unwrap().set_len(keep).unwrap();
            });
        }
    }
}

#[test]
fn settings_of_another_kind_of_model() {
    let file = "config.json";
    refused(encoder(), file, "`llama`, which is not known here", set(file, "model_type", json!("llama")));
    refused(encoder(), file, "no `model_type`", |model| model.write(file, b"{}"));
    refused(encoder(), file, "\"relu\" as `hidden_act`", set(file, "hidden_act", json!("relu")));
    refused(encoder(), file, "`position_embedding_type`", set(file, "position_embedding_type", json!("relative_key")));
    refused(encoder(), file, "no whole number as `hidden_size`", set(file, "hidden_size", json!("8")));
    refused(encoder(), file, "`hidden_size`", set(file, "hidden_size", json!(0)));
    refused(encoder(), file, "`num_hidden_layers`", set(file, "num_hidden_layers", json!(u64::MAX)));
    refused(encoder(), file, "does not divide 8", set(file, "num_attention_heads", json!(3)));
    refused(encoder(), file, "`layer_norm_eps`", set(file, "layer_norm_eps", json!(-1)));
}

#[test]
fn a_step_or_a_pooling_that_is_not_done_here() {
    refused(encoder(), "modules.json", "`sentence_transformers.models.Dense`", |model| {
        model.write("modules.json", r#"[{"type":"sentence_transformers.models.Dense","path":"2_Dense"}]"#);
    });
    let file = "1_Pooling/config.json";
    for modes in [
        r#"{"pooling_mode_max_tokens":true}"#,
        r#"{"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":true}"#,
        r#"{"pooling_mode_mean_tokens":false}"#,
    ] {
        refused(encoder(), file, "`pooling_mode_mean_tokens`", |model| model.write(file, modes));
    }
}

#[test]
fn tensors_that_are_missing_or_of_another_shape_or_type() {
    let file = "model.safetensors";
    for name in encoder().numbers.keys() {
        refused(encoder(), file, &format!("has no tensor `{name}`"), |model| {
            model.numbers.remove(name);
            model.write_numbers("F32");
        });
        refused(encoder(), file, &format!("has the tensor `{name}` in the shape [1] instead of"), |model| {
            model.numbers.insert(name.clone(), (vec![1], vec![0.0]));
            model.write_numbers("F32");
        });
    }
    for make in [encoder, table] {
        refused(make(), file, "as U32, not as F32, F16 or BF16", |model| model.write_numbers("U32"));
    }
    refused(table(), file, "has no tensor `embeddings`", |model| {
        model.numbers.clear();
        model.write_numbers("F32");
    });
    refused(table(), file, "not [words, numbers]", |model| {
        model.numbers.get_mut("embeddings").unwrap().0 = vec![80];
        model.write_numbers("F32");
    });
    refused(table(), file, "`weights` in the shape [1] instead of [20]", |model| {
        model.numbers.insert("weights".to_owned(), (vec![1], vec![0.0]));
        model.write_numbers("F32");
    });
}

#[test]
fn words_beyond_the_rows() {
    let file = "tokenizer.json";
    for make in [encoder, table] {
        refused(make(), file, "the number 20, but `model.safetensors` has only 20", |model| {
            model.change(file, |tokenizer| tokenizer["model"]["vocab"]["zebra"] = json!(20));
        });
    }
    refused(encoder(), file, "adds marks with numbers", |model| {
        model.change(file, |tokenizer| tokenizer["post_processor"]["special_tokens"]["[CLS]"]["ids"] = json!([99]));
    });
    refused(encoder(), file, "has no words", |model| {
        model.change(file, |tokenizer| {
            tokenizer["model"]["vocab"] = json!({});
            tokenizer["added_tokens"] = json!([]);
        });
    });
    refused(encoder(), file, "adds 2 marks to a text, and the model takes 2 words", |model| {
        model.write("sentence_bert_config.json", r#"{"max_seq_length":2}"#);
    });
}

#[test]
fn numbers_that_are_none_give_no_vector() {
    for (mut model, name) in [(encoder(), "embeddings.LayerNorm.weight"), (table(), "embeddings")] {
        for number in &mut model.numbers.get_mut(name).unwrap().1 {
            *number = f32::NAN;
        }
        model.write_numbers("F32");
        let embedder = open(&model.settings()).unwrap().unwrap();
        let failure = embedder.embed(&["the disk is full"], PATIENCE).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Malformed);
        assert!(failure.message.contains("the text at 0") && !failure.message.contains("disk"), "{failure}");
    }
}
