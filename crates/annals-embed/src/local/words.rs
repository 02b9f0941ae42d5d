//! From a text to the numbers of its words, or of parts of words, as `tokenizer.json` has them.

use serde_json::Value;
use tokenizers::{PostProcessor, Tokenizer, TruncationParams};

use super::directory::Directory;
use crate::{Failure, FailureKind, SettingsError};

const NAME: &str = "tokenizer.json";

/// A model's vocabulary and its rules of cutting.
pub(super) struct Words {
    tokenizer: Tokenizer,
    marks: Marks,
    /// The number of what is not in the vocabulary, if the vocabulary has one.
    unknown: Option<u32>,
    /// A text is cut off behind so many.
    longest: usize,
    n_rows: usize,
}

/// Whether a text gets the marks of its begin and end that a model was trained with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// It gets them.
    Added,
    /// It stays as it is.
    LeftOut,
}

impl Words {
    /// Reads them from a directory. A text is cut off behind so many words, and no word has a number of `n_rows` or more.
    pub(super) fn read(
        directory: &mut Directory,
        marks: Marks,
        max_words: usize,
        n_rows: usize,
    ) -> Result<Self, SettingsError> {
        let bytes = directory.bytes(NAME)?;
        let mut tokenizer = Tokenizer::from_bytes(&bytes).map_err(|error| {
            directory.wrong(
                NAME,
                &format!("is no tokenizer that can be used: {error}"),
                "take the file that came with the model",
            )
        })?;
        let vocabulary = tokenizer.get_vocab(true);
        let Some(largest) = vocabulary.values().max() else {
            return Err(directory.wrong(NAME, "has no words", "take the file that came with the model"));
        };
        if usize::try_from(*largest).map_or(true, |largest| n_rows <= largest) {
            return Err(directory.wrong(
                NAME,
                &format!("has a word with the number {largest}, but `model.safetensors` has only {n_rows}"),
                "take both files from the same model",
            ));
        }
        let n_marks = match marks {
            Marks::Added => tokenizer.get_post_processor().map_or(0, |marks| marks.added_tokens(false)),
            Marks::LeftOut => 0,
        };
        if max_words <= n_marks {
            return Err(directory.wrong(
                NAME,
                &format!("adds {n_marks} marks to a text, and the model takes {max_words} words in all"),
                "take it and the other files from the same model",
            ));
        }
        // The file's own rules are for another program, which pads all texts of a batch to one length.
        tokenizer.with_padding(None);
        let truncation = TruncationParams { max_length: max_words, ..TruncationParams::default() };
        tokenizer
            .with_truncation(Some(truncation))
            .map_err(|error| directory.wrong(NAME, &format!("can't cut a text: {error}"), "take another model"))?;
        let unknown = unknown(&bytes, &tokenizer);
        let words = Self { tokenizer, marks, unknown, longest: max_words, n_rows };
        // The marks have numbers of their own, which stand elsewhere in the file.
        if words.numbers("").is_err() {
            return Err(directory.wrong(
                NAME,
                &format!("adds marks with numbers that `model.safetensors` does not have; it has {n_rows}"),
                "take both files from the same model",
            ));
        }
        Ok(words)
    }

    /// The numbers of a text's words, no more than were said to be taken and none without a row.
    pub(super) fn numbers(&self, text: &str) -> Result<Vec<u32>, Failure> {
        // What the tokenizer says could quote the text.
        let refused =
            || Failure::new(FailureKind::Refused, "the local model's tokenizer can't cut a text into its words");
        let cut = self.tokenizer.encode_fast(text, self.marks == Marks::Added).map_err(|_| refused())?;
        let numbers = cut.get_ids();
        let numbers = &numbers[..numbers.len().min(self.longest)];
        if numbers.iter().any(|number| usize::try_from(*number).map_or(true, |number| self.n_rows <= number)) {
            return Err(refused());
        }
        Ok(numbers.to_vec())
    }

    /// Whether this is the number of what is not in the vocabulary.
    pub(super) fn is_unknown(&self, number: u32) -> bool {
        self.unknown == Some(number)
    }
}

/// The number of what is not in the vocabulary: most files give it by its text, some by its number.
fn unknown(bytes: &[u8], tokenizer: &Tokenizer) -> Option<u32> {
    let file: Value = serde_json::from_slice(bytes).ok()?;
    let model = file.get("model")?;
    let by_number = || u32::try_from(model.get("unk_id")?.as_u64()?).ok();
    model.get("unk_token").and_then(Value::as_str).and_then(|text| tokenizer.token_to_id(text)).or_else(by_number)
}
