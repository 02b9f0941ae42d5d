//! What kind of encoder a directory holds, from its files of settings; what is not computed here is refused.

use serde_json::Value;

use super::super::directory::Directory;
use crate::SettingsError;
use crate::settings::{MAX_DIMENSION, shown};

const CONFIG: &str = "config.json";
const POOLING: &str = "1_Pooling/config.json";
const HINT: &str = "take the files that came with the model, of a kind as `all-MiniLM-L6-v2` is";
/// No encoder has nearly so many layers, words or places.
const MAX_SIZE: usize = 1 << 24;

/// The sizes of an encoder.
pub(super) struct Shape {
    /// How many words the vocabulary may have.
    pub(super) n_words: usize,
    /// How many numbers stand for a word between two layers.
    pub(super) hidden: usize,
    /// How many numbers stand for it within a layer.
    pub(super) inner: usize,
    pub(super) n_layers: usize,
    /// Divides `hidden`.
    pub(super) n_heads: usize,
    /// How many places the model has for words.
    pub(super) n_places: usize,
    /// How many kinds of text it tells apart; all of ours are of the first.
    pub(super) n_kinds: usize,
    /// A text is cut off behind so many words.
    pub(super) max_words: usize,
    /// What is added to a variance before it divides.
    pub(super) epsilon: f32,
    pub(super) pooling: Pooling,
}

/// What of the last layer is the text's vector.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    /// The mean over all words.
    Mean,
    /// That of the mark at the begin.
    First,
}

impl Shape {
    pub(super) fn read(directory: &mut Directory, config: &Value) -> Result<Self, SettingsError> {
        let parsed = Self::parse(config).map_err(|problem| directory.wrong(CONFIG, &problem, HINT))?;
        let max_words = match directory.json_if_there("sentence_bert_config.json")? {
            // It may be absent or null in there.
            Some(limits) => limits.get("max_seq_length").and_then(whole).unwrap_or(parsed.n_places),
            None => parsed.n_places,
        };
        if let Some(steps) = directory.json_if_there("modules.json")? {
            check_steps(&steps).map_err(|problem| directory.wrong("modules.json", &problem, HINT))?;
        }
        let pooling = match directory.json_if_there(POOLING)? {
            Some(pooling) => Pooling::parse(&pooling).map_err(|problem| directory.wrong(POOLING, &problem, HINT))?,
            None => Pooling::Mean,
        };
        Ok(Self { max_words: max_words.min(parsed.n_places), pooling, ..parsed })
    }

    fn parse(config: &Value) -> Result<Self, String> {
        let size = |name: &str, max: usize| match config.get(name).and_then(whole) {
            Some(size) if (1..=max).contains(&size) => Ok(size),
            Some(size) => Err(format!("has {size} as `{name}`, which is not within 1 and {max}")),
            None => Err(format!("has no whole number as `{name}`")),
        };
        // A name that is missing has the value with which BERT was made.
        for (name, known) in [("hidden_act", "gelu"), ("position_embedding_type", "absolute")] {
            match config.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::String(value)) if value == known => {}
                Some(value) => {
                    return Err(format!("has {} as `{name}`; `{known}` alone is known", shown(&value.to_string())));
                }
            }
        }
        let hidden = size("hidden_size", MAX_DIMENSION)?;
        let n_heads = size("num_attention_heads", hidden)?;
        if !hidden.is_multiple_of(n_heads) {
            return Err(format!(
                "has {n_heads} as `num_attention_heads`, which does not divide {hidden} (`hidden_size`)"
            ));
        }
        let n_places = size("max_position_embeddings", MAX_SIZE)?;
        Ok(Self {
            n_words: size("vocab_size", MAX_SIZE)?,
            hidden,
            inner: size("intermediate_size", MAX_SIZE)?,
            n_layers: size("num_hidden_layers", MAX_SIZE)?,
            n_heads,
            n_places,
            n_kinds: size("type_vocab_size", MAX_SIZE)?,
            max_words: n_places,
            epsilon: epsilon(config)?,
            pooling: Pooling::Mean,
        })
    }
}

impl Pooling {
    fn parse(pooling: &Value) -> Result<Self, String> {
        let prefix = "pooling_mode_";
        let chosen = pooling
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, value)| name.starts_with(prefix) && **value == Value::Bool(true));
        let chosen: Vec<&str> = chosen.map(|(name, _)| name.as_str()).collect();
        match chosen[..] {
            ["pooling_mode_mean_tokens"] => Ok(Self::Mean),
            ["pooling_mode_cls_token"] => Ok(Self::First),
            _ => Err(format!(
                "chooses {chosen:?}; one of `pooling_mode_mean_tokens` and `pooling_mode_cls_token` is known"
            )),
        }
    }
}

/// A further step would be left out in silence.
fn check_steps(steps: &Value) -> Result<(), String> {
    for step in steps.as_array().into_iter().flatten() {
        let name = step.get("type").and_then(Value::as_str).unwrap_or_default();
        let last = name.rsplit('.').next().unwrap_or_default();
        if !["Transformer", "Pooling", "Normalize"].contains(&last) {
            return Err(format!("has the step `{}`; `Transformer`, `Pooling` and `Normalize` are known", shown(name)));
        }
    }
    Ok(())
}

#[expect(clippy::cast_possible_truncation, reason = "the nearest number that fits is wanted")]
fn epsilon(config: &Value) -> Result<f32, String> {
    match config.get("layer_norm_eps") {
        None => Ok(1e-12),
        Some(value) => match value.as_f64() {
            Some(epsilon) if (0.0..1.0).contains(&epsilon) => Ok(epsilon as f32),
            _ => Err("has no number from 0 to 1 as `layer_norm_eps`".to_owned()),
        },
    }
}

fn whole(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok()
}
