//! A static model, as model2vec makes them: each word has a vector and perhaps a weight, and a text has the mean of its words'.

use super::Deadline;
use super::directory::Directory;
use super::tensors::Tensors;
use super::words::{Marks, Words};
use crate::settings::MAX_DIMENSION;
use crate::{Failure, FailureKind, SettingsError};

const NAME: &str = "model.safetensors";
/// What these models are made for: a mean over more is everything and nothing.
const MAX_WORDS: usize = 512;

/// A vector for each word.
pub(super) struct Table {
    words: Words,
    /// Row after row.
    rows: Vec<f32>,
    dimension: usize,
    /// By the number of a word; 1 where it is missing.
    weights: Option<Vec<f32>>,
    /// By the number of a word, its row, where several words share one; else the number itself is the row.
    mapping: Option<Vec<usize>>,
}

impl Table {
    pub(super) fn read(directory: &mut Directory) -> Result<Self, SettingsError> {
        let mut tensors = directory.tensors(NAME)?;
        let parts = Parts::take(&mut tensors)
            .map_err(|problem| directory.wrong(NAME, &problem, "take the file that came with the model"))?;
        let words = Words::read(directory, Marks::LeftOut, MAX_WORDS, parts.n_words)?;
        Ok(Self { words, rows: parts.rows, dimension: parts.dimension, weights: parts.weights, mapping: parts.mapping })
    }

    pub(super) fn dimension(&self) -> usize {
        self.dimension
    }

    /// A vector for each text, of any length but 0.
    pub(super) fn embed(&self, texts: &[&str], deadline: Deadline) -> Result<Vec<Vec<f32>>, Failure> {
        let mut vectors = Vec::with_capacity(texts.len());
        for (place, text) in texts.iter().enumerate() {
            deadline.check()?;
            let numbers = self.words.numbers(text)?;
            let mut known = numbers.into_iter().filter(|number| !self.words.is_unknown(*number)).peekable();
            if known.peek().is_none() {
                let message = format!("the local model knows no word of the text at {place}");
                return Err(Failure::new(FailureKind::Refused, message));
            }
            // The sum has the mean's direction, and the length is brought to 1 in any case.
            let mut sum = vec![0.0; self.dimension];
            known.for_each(|number| self.add(number, &mut sum));
            vectors.push(sum);
        }
        Ok(vectors)
    }

    fn add(&self, number: u32, sum: &mut [f32]) {
        let number = usize::try_from(number).expect("a word's number was checked against the rows");
        let weight = self.weights.as_ref().map_or(1.0, |weights| weights[number]);
        let row = self.mapping.as_ref().map_or(number, |mapping| mapping[number]);
        let row = &self.rows[row * self.dimension..(row + 1) * self.dimension];
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += weight * value;
        }
    }
}

/// What a file holds, checked against itself.
struct Parts {
    rows: Vec<f32>,
    dimension: usize,
    weights: Option<Vec<f32>>,
    mapping: Option<Vec<usize>>,
    /// Every word's number is below.
    n_words: usize,
}

impl Parts {
    fn take(tensors: &mut Tensors) -> Result<Self, String> {
        // Under the second name, sentence-transformers keeps the same.
        let name = if tensors.has("embeddings") { "embeddings" } else { "embedding.weight" };
        let (n_rows, dimension) = match tensors.shape(name) {
            Some(&[n_rows, dimension]) if (1..=MAX_DIMENSION).contains(&dimension) => (n_rows, dimension),
            Some(shape) => return Err(format!("has the tensor `{name}` in the shape {shape:?}, not [words, numbers]")),
            None => return Err("has no tensor `embeddings`".to_owned()),
        };
        let rows = tensors.take(name, &[n_rows, dimension])?;
        let n_words = tensors.shape("mapping").and_then(<[usize]>::first).copied().unwrap_or(n_rows);
        let mapping = if tensors.has("mapping") {
            let whole = tensors.take_whole("mapping", &[n_words])?;
            let row = |row: i64| usize::try_from(row).ok().filter(|row| *row < n_rows);
            let mapping = whole.into_iter().map(row).collect::<Option<Vec<usize>>>();
            Some(mapping.ok_or_else(|| format!("has rows in the tensor `mapping` that are none of its {n_rows}"))?)
        } else {
            None
        };
        let weights = tensors.has("weights").then(|| tensors.take("weights", &[n_words])).transpose()?;
        Ok(Self { rows, dimension, weights, mapping, n_words })
    }
}
