//! Models of a few words and numbers, which a test makes and may spoil.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use annals_embed::{Kind, Settings};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// The vocabulary; a word's number is its place.
pub(crate) const WORDS: [&str; 20] = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "night", "backup", "failed", "again", "disk", "is", "full", "who",
    "looks", "after", "it", "no", "##s", ".", "?",
];
pub(crate) const UNKNOWN: usize = 1;
pub(crate) const BEGIN: usize = 2;
pub(crate) const END: usize = 3;

/// Tensors by name, each with its shape.
pub(crate) type Numbers = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// The sizes of an encoder.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) hidden: usize,
    pub(crate) inner: usize,
    pub(crate) n_layers: usize,
    pub(crate) n_heads: usize,
    pub(crate) n_places: usize,
}

pub(crate) const SIZES: Sizes = Sizes { hidden: 8, inner: 16, n_layers: 2, n_heads: 2, n_places: 12 };

/// A model in a directory of its own.
pub(crate) struct Model {
    pub(crate) folder: TempDir,
    pub(crate) numbers: Numbers,
}

impl Model {
    pub(crate) fn settings(&self) -> Settings {
        settings(self.folder.path())
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Writes the numbers again, after a change or as another type.
    pub(crate) fn write_numbers(&self, dtype: &str) {
        self.write("model.safetensors", safetensors(&self.numbers, dtype));
    }

    /// Changes a value in a file of settings.
    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let text = fs::read(self.folder.path().join(name)).unwrap();
        let mut value = serde_json::from_slice(&text).unwrap();
        change(&mut value);
        self.write(name, value.to_string());
    }
}

pub(crate) fn settings(path: &Path) -> Settings {
    Settings { provider: Kind::Local, model: Some(path.to_str().unwrap().to_owned()), ..Settings::default() }
}

/// A sentence encoder with numbers that are drawn, always the same.
pub(crate) fn encoder() -> Model {
    let Sizes { hidden, inner, n_layers, n_heads, n_places } = SIZES;
    let mut draw = Draw(1);
    let mut numbers = Numbers::new();
    let mut add = |name: String, shape: &[usize], around: f32| {
        let drawn = (0..shape.iter().product()).map(|_| around + draw.next()).collect();
        numbers.insert(name, (shape.to_vec(), drawn));
    };
    add("embeddings.word_embeddings.weight".to_owned(), &[WORDS.len(), hidden], 0.0);
    add("embeddings.position_embeddings.weight".to_owned(), &[n_places, hidden], 0.0);
    add("embeddings.token_type_embeddings.weight".to_owned(), &[2, hidden], 0.0);
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for layer in (0..n_layers).map(|layer| format!("encoder.layer.{layer}")) {
        for (name, n_out, n_in) in [
            ("attention.self.query", hidden, hidden),
            ("attention.self.key", hidden, hidden),
            ("attention.self.value", hidden, hidden),
            ("attention.output.dense", hidden, hidden),
            ("intermediate.dense", inner, hidden),
            ("output.dense", hidden, inner),
        ] {
            add(format!("{layer}.{name}.weight"), &[n_out, n_in], 0.0);
            add(format!("{layer}.{name}.bias"), &[n_out], 0.0);
        }
        norms.extend(["attention.output", "output"].map(|name| format!("{layer}.{name}.LayerNorm")));
    }
    for norm in norms {
        add(format!("{norm}.weight"), &[hidden], 1.0);
        add(format!("{norm}.bias"), &[hidden], 0.0);
    }
    let model = Model { folder: TempDir::new().unwrap(), numbers };
    let config = json!({
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "hidden_size": hidden,
        "intermediate_size": inner, "layer_norm_eps": 1e-12, "max_position_embeddings": n_places,
        "num_attention_heads": n_heads, "num_hidden_layers": n_layers, "type_vocab_size": 2, "vocab_size": WORDS.len(),
        "position_embedding_type": "absolute",
    });
    model.write("config.json", config.to_string());
    model.write("tokenizer.json", tokenizer().to_string());
    model.write_numbers("F32");
    model
}

/// A static model: a vector for each word.
pub(crate) fn table() -> Model {
    let mut draw = Draw(2);
    let rows = (0..WORDS.len() * 4).map(|_| draw.next()).collect();
    let numbers = Numbers::from([("embeddings".to_owned(), (vec![WORDS.len(), 4], rows))]);
    let model = Model { folder: TempDir::new().unwrap(), numbers };
    let config =
        json!({ "model_type": "model2vec", "architectures": ["StaticModel"], "hidden_dim": 4, "normalize": true });
    model.write("config.json", config.to_string());
    model.write("tokenizer.json", tokenizer().to_string());
    model.write_numbers("F32");
    model
}

/// A tokenizer as BERT has it. It says that texts are cut after 4 words and padded to 16, which is meant for others.
fn tokenizer() -> Value {
    let vocabulary: Map<String, Value> =
        WORDS.iter().enumerate().map(|(number, word)| ((*word).to_owned(), Value::from(number))).collect();
    let added = |number: usize| {
        json!({
            "id": number, "content": WORDS[number], "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true,
        })
    };
    let mark = |number: usize| json!({ "SpecialToken": { "id": WORDS[number], "type_id": 0 } });
    let special = |number: usize| json!({ "id": WORDS[number], "ids": [number], "tokens": [WORDS[number]] });
    json!({
        "version": "1.0",
        "truncation": { "direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0 },
        "padding": {
            "strategy": { "Fixed": 16 }, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
            "pad_type_id": 0, "pad_token": "[PAD]",
        },
        "added_tokens": [added(0), added(1), added(2), added(3)],
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
            "lowercase": true,
        },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [mark(BEGIN), { "Sequence": { "id": "A", "type_id": 0 } }, mark(END)],
            "pair": [
                mark(BEGIN), { "Sequence": { "id": "A", "type_id": 0 } }, mark(END),
                { "Sequence": { "id": "B", "type_id": 1 } }, { "SpecialToken": { "id": "[SEP]", "type_id": 1 } },
            ],
            "special_tokens": { "[CLS]": special(BEGIN), "[SEP]": special(END) },
        },
        "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary,
        },
    })
}

/// A file in the format safetensors, with all numbers as F32 or BF16, or as U32 with the bits of F32.
pub(crate) fn safetensors(numbers: &Numbers, dtype: &str) -> Vec<u8> {
    let mut header = Map::new();
    let mut bytes = Vec::new();
    for (name, (shape, numbers)) in numbers {
        let begin = bytes.len();
        for number in numbers {
            let four = number.to_le_bytes();
            bytes.extend_from_slice(if dtype == "BF16" { &four[2..] } else { &four });
        }
        header.insert(name.clone(), json!({ "dtype": dtype, "shape": shape, "data_offsets": [begin, bytes.len()] }));
    }
    let header = Value::Object(header).to_string();
    [&u64::try_from(header.len()).unwrap().to_le_bytes()[..], header.as_bytes(), &bytes].concat()
}

/// Numbers between -0.5 and 0.5, by Marsaglia's xorshift.
struct Draw(u32);

impl Draw {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        f32::from(u16::try_from(self.0 >> 16).unwrap()) / 65_536.0 - 0.5
    }
}
