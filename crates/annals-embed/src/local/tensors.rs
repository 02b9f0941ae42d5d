//! The numbers of a model, from a file in the format safetensors: the length of a header as 8 bytes, little-endian, the header as JSON with each tensor's type, shape and
//! place, and then the numbers one after the other, little-endian.
//!
//! Read here, from front to back and tensor by tensor, since the format is a page, and a file that is held in memory whole beside its numbers takes twice the memory.

use std::collections::HashMap;
use std::io::{ErrorKind, Read};

use serde_json::Value;

/// What the format itself sets as the longest header.
const MAX_HEADER: u64 = 100_000_000;
/// The length of the header stands in so many bytes.
const N_LENGTH: u64 = 8;

/// Why there are no tensors.
pub(super) enum BadTensors {
    /// The file can't be read.
    Unreadable(std::io::Error),
    /// What is wrong with it, as the rest of a sentence.
    Wrong(String),
}

/// All tensors of a file, by name.
pub(super) struct Tensors(HashMap<String, Tensor>);

struct Tensor {
    shape: Vec<usize>,
    numbers: Numbers,
}

enum Numbers {
    /// From F64, F32, F16 or BF16.
    Real(Vec<f32>),
    /// From I64 or I32.
    Whole(Vec<i64>),
    /// Of another type, which was not kept.
    Other(String),
}

impl Tensors {
    /// Reads a file of so many bytes.
    pub(super) fn read(reader: &mut impl Read, n_bytes: u64) -> Result<Self, BadTensors> {
        let mut length = [0; 8];
        fill(reader, &mut length)?;
        let n_header = u64::from_le_bytes(length);
        if MAX_HEADER < n_header || n_bytes.saturating_sub(N_LENGTH) < n_header {
            return wrong(format!("claims a header of {n_header} bytes in a file of {n_bytes}"));
        }
        let mut header = vec![0; usize::try_from(n_header).expect("it is at most 100 MB")];
        fill(reader, &mut header)?;
        let header: Value = match serde_json::from_slice(&header) {
            Ok(header) => header,
            Err(error) => return wrong(format!("has a header that is no JSON: {error}")),
        };
        let Value::Object(header) = header else { return wrong("has a header that is no object") };
        let mut places = Vec::with_capacity(header.len());
        for (name, value) in header.iter().filter(|(name, _)| *name != "__metadata__") {
            match Place::parse(value) {
                Some(place) => places.push((name, place)),
                None => return wrong(format!("describes the tensor `{name}` in a way that makes no sense")),
            }
        }
        places.sort_by_key(|(_, place)| (place.begin, place.end));
        let mut tensors = HashMap::with_capacity(places.len());
        let mut at = 0;
        let n_numbers = n_bytes - N_LENGTH - n_header;
        for (name, place) in places {
            if place.begin != at || n_numbers < place.end {
                return wrong(format!("has the tensor `{name}` at a place where it can't be; the file may be cut off"));
            }
            at = place.end;
            let mut bytes = vec![0; usize::try_from(place.end - place.begin).unwrap_or(usize::MAX)];
            fill(reader, &mut bytes)?;
            let numbers = decode(place.dtype, &bytes);
            tensors.insert(name.clone(), Tensor { shape: place.shape, numbers });
        }
        if at != n_numbers {
            return wrong(format!("has {} bytes behind its last tensor", n_numbers - at));
        }
        Ok(Self(tensors))
    }

    /// Whether there is one of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The shape of the tensor of this name.
    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.0.get(name).map(|tensor| tensor.shape.as_slice())
    }

    /// Takes out the tensor of this name, which has to be of this shape; otherwise says what is wrong, as the rest of a sentence about the file.
    pub(super) fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        match self.take_shaped(name, shape)? {
            Numbers::Real(numbers) => Ok(numbers),
            Numbers::Whole(_) => Err(format!("has whole numbers in the tensor `{name}`, not F32, F16 or BF16")),
            Numbers::Other(dtype) => Err(format!("has the tensor `{name}` as {dtype}, not as F32, F16 or BF16")),
        }
    }

    /// The same for whole numbers.
    pub(super) fn take_whole(&mut self, name: &str, shape: &[usize]) -> Result<Vec<i64>, String> {
        match self.take_shaped(name, shape)? {
            Numbers::Whole(numbers) => Ok(numbers),
            Numbers::Real(_) | Numbers::Other(_) => Err(format!("has the tensor `{name}` not as I64 or I32")),
        }
    }

    fn take_shaped(&mut self, name: &str, shape: &[usize]) -> Result<Numbers, String> {
        let tensor = self.0.remove(name).ok_or_else(|| format!("has no tensor `{name}`"))?;
        if tensor.shape == shape {
            Ok(tensor.numbers)
        } else {
            Err(format!("has the tensor `{name}` in the shape {:?} instead of {shape:?}", tensor.shape))
        }
    }
}

/// Where a tensor lies, in bytes behind the header.
struct Place<'a> {
    dtype: &'a str,
    shape: Vec<usize>,
    begin: u64,
    end: u64,
}

impl<'a> Place<'a> {
    fn parse(value: &'a Value) -> Option<Self> {
        let dtype = value.get("dtype")?.as_str()?;
        let whole = |value: &Value| usize::try_from(value.as_u64()?).ok();
        let shape: Vec<usize> = value.get("shape")?.as_array()?.iter().map(whole).collect::<Option<_>>()?;
        let offsets = value.get("data_offsets")?.as_array()?;
        let [begin, end] = offsets.as_slice() else { return None };
        let (begin, end) = (begin.as_u64()?, end.as_u64()?);
        let n_bytes = end.checked_sub(begin)?;
        if let Some(width) = width(dtype) {
            let n_numbers = shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size))?;
            if u64::try_from(n_numbers.checked_mul(width)?).ok()? != n_bytes {
                return None;
            }
        }
        Some(Self { dtype, shape, begin, end })
    }
}

/// How many bytes a number of this type has, of the types that are read.
fn width(dtype: &str) -> Option<usize> {
    match dtype {
        "F64" | "I64" => Some(8),
        "F32" | "I32" => Some(4),
        "F16" | "BF16" => Some(2),
        _ => None,
    }
}

fn decode(dtype: &str, bytes: &[u8]) -> Numbers {
    let pairs = || bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    let fours = bytes.as_chunks::<4>().0;
    let eights = bytes.as_chunks::<8>().0;
    match dtype {
        "F32" => Numbers::Real(fours.iter().map(|four| f32::from_le_bytes(*four)).collect()),
        "F16" => Numbers::Real(pairs().map(from_half).collect()),
        "BF16" => Numbers::Real(pairs().map(|bits| f32::from_bits(u32::from(bits) << 16)).collect()),
        "F64" => Numbers::Real(eights.iter().map(|eight| narrow(f64::from_le_bytes(*eight))).collect()),
        "I64" => Numbers::Whole(eights.iter().map(|eight| i64::from_le_bytes(*eight)).collect()),
        "I32" => Numbers::Whole(fours.iter().map(|four| i64::from(i32::from_le_bytes(*four))).collect()),
        other => Numbers::Other(other.to_owned()),
    }
}

/// The number that IEEE 754 writes in these 16 bits: a sign, 5 bits of exponent, 10 of fraction.
fn from_half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let fraction = f32::from(bits & 0x3ff);
    let magnitude = match i32::from(bits >> 10 & 0x1f) {
        0 => fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        exponent => (1024.0 + fraction) * 2_f32.powi(exponent - 25),
    };
    sign * magnitude
}

#[expect(clippy::cast_possible_truncation, reason = "the nearest number that fits is wanted")]
fn narrow(number: f64) -> f32 {
    number as f32
}

fn fill(reader: &mut impl Read, bytes: &mut [u8]) -> Result<(), BadTensors> {
    reader.read_exact(bytes).map_err(|error| {
        if error.kind() == ErrorKind::UnexpectedEof {
            BadTensors::Wrong("ends too early".to_owned())
        } else {
            BadTensors::Unreadable(error)
        }
    })
}

fn wrong<T>(problem: impl Into<String>) -> Result<T, BadTensors> {
    Err(BadTensors::Wrong(problem.into()))
}

#[cfg(test)]
mod tests;
