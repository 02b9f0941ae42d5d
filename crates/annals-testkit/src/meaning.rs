//! What a text means, as far as a test goes: a vector from its words, in which words that mean the same are one.

/// Words that mean the same.
const SAME: [&[&str]; 4] = [
    &["car", "automobile", "vehicle"],
    &["trout", "salmon", "fish"],
    &["boat", "ship", "vessel"],
    &["doctor", "physician", "surgeon"],
];

/// A vector of length 1 and of so many numbers, the same for the same words wherever it is made. Texts that share no word, nor any that mean the same, point nearly across each other.
pub fn meaning(text: &str, dimension: usize) -> Vec<f32> {
    let mut vector = vec![0.0_f32; dimension];
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase);
    for word in words {
        let known = SAME.iter().find(|same| same.contains(&word.as_str()));
        vector[place(known.map_or(word.as_str(), |same| same[0]), dimension)] += 1.0;
    }
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length == 0.0 {
        // A text of no words means something too.
        vector[0] = 1.0;
        return vector;
    }
    vector.iter().map(|number| number / length).collect()
}

/// Where a word counts: its FNV-1a hash, brought within the dimension.
fn place(word: &str, dimension: usize) -> usize {
    let hash = word
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    usize::try_from((hash >> 17) % dimension as u64).expect("it is below a `usize`")
}

#[cfg(test)]
mod tests;
