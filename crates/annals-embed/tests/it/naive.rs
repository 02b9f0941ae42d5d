//! The same models a second time, in plain loops over 64-bit numbers, as the papers write them: nothing is shared with what is tested.

use crate::tiny::{BEGIN, END, Numbers, SIZES, Sizes, UNKNOWN, WORDS};

type Row = Vec<f64>;

/// The numbers of a text's words, where all are words between spaces.
pub(crate) fn numbers(text: &str) -> Vec<usize> {
    let number = |word: &str| WORDS.iter().position(|known| *known == word).unwrap_or(UNKNOWN);
    text.split_whitespace().map(number).collect()
}

/// A text between the marks, cut so that it fits into so many.
pub(crate) fn marked(text: &str, max_words: usize) -> Vec<usize> {
    let mut words = numbers(text);
    words.truncate(max_words - 2);
    [vec![BEGIN], words, vec![END]].concat()
}

pub(crate) fn unit(row: &[f64]) -> Row {
    let length = row.iter().map(|number| number * number).sum::<f64>().sqrt();
    row.iter().map(|number| number / length).collect()
}

/// The mean of the last layer, of length 1.
pub(crate) fn mean(rows: &[Row]) -> Row {
    unit(&(0..rows[0].len()).map(|column| rows.iter().map(|row| row[column]).sum()).collect::<Row>())
}

/// The last layer of an encoder, a row for each word.
pub(crate) fn last_layer(numbers: &Numbers, words: &[usize]) -> Vec<Row> {
    let get = |name: &str, at: usize| f64::from(numbers[name].1[at]);
    let Sizes { hidden, inner, n_layers, n_heads, .. } = SIZES;
    let linear = |name: &str, row: &Row, n_out: usize| -> Row {
        let product = |out: usize| -> f64 {
            (0..row.len()).map(|at| row[at] * get(&format!("{name}.weight"), out * row.len() + at)).sum()
        };
        (0..n_out).map(|out| product(out) + get(&format!("{name}.bias"), out)).collect()
    };
    let norm = |name: &str, row: &Row| -> Row {
        let mean = row.iter().sum::<f64>() / size(hidden);
        let variance = row.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / size(hidden);
        let normal = |at: usize| (row[at] - mean) / (variance + 1e-12).sqrt();
        (0..hidden)
            .map(|at| normal(at) * get(&format!("{name}.weight"), at) + get(&format!("{name}.bias"), at))
            .collect()
    };
    let sum = |a: &Row, b: &Row| -> Row { a.iter().zip(b).map(|(a, b)| a + b).collect() };
    let mut states: Vec<Row> = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let row = |name: &str, row: usize| -> Row { (0..hidden).map(|at| get(name, row * hidden + at)).collect() };
        let word = row("embeddings.word_embeddings.weight", *word);
        let place = row("embeddings.position_embeddings.weight", place);
        let kind = row("embeddings.token_type_embeddings.weight", 0);
        states.push(norm("embeddings.LayerNorm", &sum(&sum(&word, &place), &kind)));
    }
    for layer in (0..n_layers).map(|layer| format!("encoder.layer.{layer}")) {
        let all = |part: &str| -> Vec<Row> {
            states.iter().map(|row| linear(&format!("{layer}.attention.self.{part}"), row, hidden)).collect()
        };
        let (asks, answers, tells) = (all("query"), all("key"), all("value"));
        let width = hidden / n_heads;
        let mut next = Vec::new();
        for word in 0..states.len() {
            let mut looked = vec![0.0; hidden];
            for head in 0..n_heads {
                let columns = head * width..(head + 1) * width;
                let score = |other: usize| -> f64 {
                    let product: f64 = columns.clone().map(|at| asks[word][at] * answers[other][at]).sum();
                    (product / size(width).sqrt()).exp()
                };
                let all: f64 = (0..states.len()).map(score).sum();
                for at in columns.clone() {
                    looked[at] = (0..states.len()).map(|other| score(other) / all * tells[other][at]).sum();
                }
            }
            let out = linear(&format!("{layer}.attention.output.dense"), &looked, hidden);
            let middle = norm(&format!("{layer}.attention.output.LayerNorm"), &sum(&out, &states[word]));
            let wide = linear(&format!("{layer}.intermediate.dense"), &middle, inner);
            let wide = wide.iter().map(|number| gelu(*number)).collect();
            let out = linear(&format!("{layer}.output.dense"), &wide, hidden);
            next.push(norm(&format!("{layer}.output.LayerNorm"), &sum(&out, &middle)));
        }
        states = next;
    }
    states
}

fn gelu(number: f64) -> f64 {
    let x = number / 2_f64.sqrt();
    // The series of the error function, whose terms shrink quickly for what is as small as here.
    let (mut term, mut sum) = (x, x);
    for n in 1..100 {
        let n = f64::from(n);
        term *= -x * x / n;
        sum += term / (2.0 * n + 1.0);
    }
    number / 2.0 * (1.0 + sum * 2.0 / std::f64::consts::PI.sqrt())
}

fn size(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap())
}
