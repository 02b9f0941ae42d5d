//! A sentence encoder of BERT's build (Devlin et al., 2019), from the words of a text to its vector.
//!
//! The words of several texts lie in one matrix, one below the other, and only the step in which words look at each other goes text by text. So nothing is padded, no mask is
//! needed, and a text has the same vector whatever it is sent with.

mod math;
mod shape;

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};
use serde_json::Value;

use self::math::{Linear, Norm, count, gelu, softmax};
use self::shape::{Pooling, Shape};
use super::Deadline;
use super::directory::Directory;
use super::tensors::Tensors;
use super::words::{Marks, Words};
use crate::{Failure, SettingsError};

const NAME: &str = "model.safetensors";
/// How many words are worked on at once: enough that the matrix product is at its fastest, and so few that what is between two layers stays near the processor.
const MAX_AT_ONCE: usize = 512;

/// An encoder with its numbers.
pub(super) struct Bert {
    words: Words,
    shape: Shape,
    /// A row for each word.
    word_rows: Array2<f32>,
    /// A row for each place in a text, and in it already what all texts of the first kind have.
    place_rows: Array2<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

struct Layer {
    /// What a word asks, what it answers to, and what it tells, side by side.
    look: Linear,
    look_out: Linear,
    look_norm: Norm,
    widen: Linear,
    narrow: Linear,
    norm: Norm,
}

impl Bert {
    pub(super) fn read(directory: &mut Directory, config: &Value) -> Result<Self, SettingsError> {
        let shape = Shape::read(directory, config)?;
        let words = Words::read(directory, Marks::Added, shape.max_words, shape.n_words)?;
        let mut tensors = directory.tensors(NAME)?;
        Self::take(&mut tensors, shape, words).map_err(|problem| {
            directory.wrong(
                NAME,
                &problem,
                "take it and `config.json` from the same model, of a kind as `all-MiniLM-L6-v2` is",
            )
        })
    }

    fn take(tensors: &mut Tensors, shape: Shape, words: Words) -> Result<Self, String> {
        // Some files hold the encoder as a part of something larger.
        let prefix = if tensors.has("bert.embeddings.word_embeddings.weight") { "bert." } else { "" };
        let mut source = Source { tensors, prefix, epsilon: shape.epsilon };
        let hidden = shape.hidden;
        let word_rows = source.matrix("embeddings.word_embeddings.weight", shape.n_words, hidden)?;
        let mut place_rows = source.matrix("embeddings.position_embeddings.weight", shape.n_places, hidden)?;
        let kind_rows = source.matrix("embeddings.token_type_embeddings.weight", shape.n_kinds, hidden)?;
        place_rows.rows_mut().into_iter().for_each(|mut row| row += &kind_rows.row(0));
        let norm = source.norm("embeddings.LayerNorm", hidden)?;
        let layers = (0..shape.n_layers)
            .map(|number| source.layer(&format!("encoder.layer.{number}"), hidden, shape.inner))
            .collect::<Result<_, _>>()?;
        Ok(Self { words, shape, word_rows, place_rows, norm, layers })
    }

    pub(super) fn dimension(&self) -> usize {
        self.shape.hidden
    }

    /// A vector for each text, of any length.
    pub(super) fn embed(&self, texts: &[&str], deadline: Deadline) -> Result<Vec<Vec<f32>>, Failure> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut pile: Vec<u32> = Vec::new();
        let mut spans: Vec<Range<usize>> = Vec::new();
        for text in texts {
            deadline.check()?;
            let numbers = self.words.numbers(text)?;
            if MAX_AT_ONCE < pile.len() + numbers.len() && !spans.is_empty() {
                self.forward(&pile, &spans, deadline, &mut vectors)?;
                pile.clear();
                spans.clear();
            }
            spans.push(pile.len()..pile.len() + numbers.len());
            pile.extend(numbers);
        }
        if !spans.is_empty() {
            self.forward(&pile, &spans, deadline, &mut vectors)?;
        }
        Ok(vectors)
    }

    /// Appends a vector for each span of the pile.
    fn forward(
        &self,
        pile: &[u32],
        spans: &[Range<usize>],
        deadline: Deadline,
        vectors: &mut Vec<Vec<f32>>,
    ) -> Result<(), Failure> {
        let mut states = Array2::zeros((pile.len(), self.shape.hidden));
        for span in spans {
            for (place, index) in span.clone().enumerate() {
                let number = usize::try_from(pile[index]).expect("a word's number was checked against the rows");
                let mut row = states.row_mut(index);
                row.assign(&self.word_rows.row(number));
                row += &self.place_rows.row(place);
            }
        }
        self.norm.apply(&mut states);
        for layer in &self.layers {
            deadline.check()?;
            states = layer.apply(&states, spans, self.shape.n_heads);
        }
        for span in spans {
            let rows = part(&states.view(), 0, span.clone());
            vectors.push(match self.shape.pooling {
                // A text without a mark and a word has no vector, which is found out by its length.
                _ if rows.is_empty() => vec![0.0; self.shape.hidden],
                Pooling::Mean => (rows.sum_axis(Axis(0)) / count(rows.nrows())).to_vec(),
                Pooling::First => rows.row(0).to_vec(),
            });
        }
        Ok(())
    }
}

impl Layer {
    fn apply(&self, states: &Array2<f32>, spans: &[Range<usize>], n_heads: usize) -> Array2<f32> {
        let looked = self.look(states, spans, n_heads);
        let mut middle = self.look_out.apply(&looked);
        middle += states;
        self.look_norm.apply(&mut middle);
        let mut wide = self.widen.apply(&middle);
        gelu(&mut wide);
        let mut out = self.narrow.apply(&wide);
        out += &middle;
        self.norm.apply(&mut out);
        out
    }

    /// Has each word look at all words of its text.
    fn look(&self, states: &Array2<f32>, spans: &[Range<usize>], n_heads: usize) -> Array2<f32> {
        let all = self.look.apply(states);
        let hidden = states.ncols();
        let width = hidden / n_heads;
        let scale = 1.0 / count(width).sqrt();
        let mut out = Array2::zeros(states.raw_dim());
        for span in spans {
            let rows = part(&all.view(), 0, span.clone());
            let mut out_rows = out.slice_axis_mut(Axis(0), Slice::from(span.clone()));
            for head in 0..n_heads {
                let columns = |third: usize| {
                    let begin = third * hidden + head * width;
                    part(&rows, 1, begin..begin + width)
                };
                let mut scores = Array2::zeros((span.len(), span.len()));
                general_mat_mul(scale, &columns(0), &columns(1).t(), 0.0, &mut scores);
                softmax(&mut scores);
                let mut head_out = out_rows.slice_axis_mut(Axis(1), Slice::from(head * width..(head + 1) * width));
                general_mat_mul(1.0, &scores, &columns(2), 0.0, &mut head_out);
            }
        }
        out
    }
}

/// Some rows (axis 0) or columns (axis 1) of a matrix.
fn part<'a>(matrix: &ArrayView2<'a, f32>, axis: usize, range: Range<usize>) -> ArrayView2<'a, f32> {
    (*matrix).slice_axis_move(Axis(axis), Slice::from(range))
}

/// Where the numbers come from.
struct Source<'a> {
    tensors: &'a mut Tensors,
    prefix: &'static str,
    epsilon: f32,
}

impl Source<'_> {
    fn layer(&mut self, name: &str, hidden: usize, inner: usize) -> Result<Layer, String> {
        let mut weight = Vec::new();
        let mut bias = Vec::new();
        for third in ["query", "key", "value"] {
            weight.extend(self.numbers(&format!("{name}.attention.self.{third}.weight"), &[hidden, hidden])?);
            bias.extend(self.numbers(&format!("{name}.attention.self.{third}.bias"), &[hidden])?);
        }
        Ok(Layer {
            look: Linear { weight: shaped(3 * hidden, hidden, weight), bias: Array1::from(bias) },
            look_out: self.linear(&format!("{name}.attention.output.dense"), hidden, hidden)?,
            look_norm: self.norm(&format!("{name}.attention.output.LayerNorm"), hidden)?,
            widen: self.linear(&format!("{name}.intermediate.dense"), inner, hidden)?,
            narrow: self.linear(&format!("{name}.output.dense"), hidden, inner)?,
            norm: self.norm(&format!("{name}.output.LayerNorm"), hidden)?,
        })
    }

    fn linear(&mut self, name: &str, n_out: usize, n_in: usize) -> Result<Linear, String> {
        let weight = self.matrix(&format!("{name}.weight"), n_out, n_in)?;
        Ok(Linear { weight, bias: Array1::from(self.numbers(&format!("{name}.bias"), &[n_out])?) })
    }

    fn norm(&mut self, name: &str, n_numbers: usize) -> Result<Norm, String> {
        let weight = self.numbers(&format!("{name}.weight"), &[n_numbers])?;
        let bias = self.numbers(&format!("{name}.bias"), &[n_numbers])?;
        Ok(Norm { weight, bias, epsilon: self.epsilon })
    }

    fn matrix(&mut self, name: &str, n_rows: usize, n_columns: usize) -> Result<Array2<f32>, String> {
        Ok(shaped(n_rows, n_columns, self.numbers(name, &[n_rows, n_columns])?))
    }

    fn numbers(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        self.tensors.take(&format!("{}{name}", self.prefix), shape)
    }
}

fn shaped(n_rows: usize, n_columns: usize, numbers: Vec<f32>) -> Array2<f32> {
    Array2::from_shape_vec((n_rows, n_columns), numbers).expect("the tensor's shape was checked")
}
