//! Sentences that look like a home's: few words in most of them, and many words in hardly any.
//!
//! The common words are real ones and the rest is put together from syllables, so that nothing is copied from anywhere. How often a word comes falls with its rank as in any language (Zipf, with
//! Mandelbrot's shift). Which words an index meets how often decides what a search costs, so that even throws would measure nothing.

use std::collections::{HashMap, HashSet};

use crate::sample::Random;

/// How many words there are beside the small ones.
const N_WORDS: usize = 4_000;
/// Mandelbrot's shift: the first words are not as far apart as their ranks.
const SHIFT: u64 = 6;
/// One word in three is a small one.
const SMALL: &[&str] = &["the", "a", "of", "in", "on", "is", "and", "to", "for", "with", "was", "at", "by", "from"];

/// What a house is full of, the commonest first.
const HOME: &str = "kitchen backup router garden heating camera battery server window boiler printer freezer network light door disk update sensor garage cellar \
    pump filter solar charger meter alarm lamp curtain thermostat humidity pressure moisture bedroom office laundry kettle oven dishwasher dryer doorbell lock fence gate roof \
    chimney stove firewall switch cable antenna speaker television remote scene timer schedule morning evening weekend holiday guest child cat dog plant tomato lawn hedge sprinkler leak \
    smoke carbon dust noise motion vibration voltage current power energy tariff grid inverter panel storage snapshot archive photo music film calendar invoice delivery parcel recipe \
    shopping medicine glasses bicycle car tyre service insurance contract password account certificate domain mailbox calibration firmware reboot outage failure delay warning repair \
    replacement spare warranty manual workshop ladder paint drill";

const HEADS: &[&str] =
    &["ba", "cor", "del", "fin", "gra", "hol", "jun", "kel", "lum", "mar", "nor", "pel", "qui", "ros", "sol", "tam"];
const MIDDLES: &[&str] =
    &["a", "eri", "ino", "olu", "abe", "ede", "ifi", "ogo", "ula", "emi", "opa", "aru", "esi", "ito", "uve", "ax"];
const TAILS: &[&str] = &["n", "st", "rd", "lt", "m", "nd", "ck", "th", "sh", "rn", "p", "lk", "ff", "mp", "nt", "x"];

/// All words, by rank.
pub(crate) struct Vocabulary {
    words: Vec<String>,
    ranks: HashMap<String, usize>,
    /// How much all words up to this one weigh together.
    weights: Vec<u64>,
}

impl Vocabulary {
    pub(super) fn new() -> Self {
        let mut seen = HashSet::new();
        let made = (0_usize..).map(|n| {
            // The stride is prime to the number of combinations, so that neighbours in rank have little in common.
            let n = n * 1_013 % (HEADS.len() * MIDDLES.len() * TAILS.len());
            let (head, rest) = (n % HEADS.len(), n / HEADS.len());
            format!("{}{}{}", HEADS[head], MIDDLES[rest % MIDDLES.len()], TAILS[rest / MIDDLES.len()])
        });
        let words: Vec<String> = HOME
            .split_ascii_whitespace()
            .map(str::to_owned)
            .chain(made)
            .filter(|word| seen.insert(word.clone()))
            .take(N_WORDS)
            .collect();
        let ranks = words.iter().enumerate().map(|(rank, word)| (word.clone(), rank)).collect();
        let mut total = 0;
        let weights = (1..=words.len() as u64)
            .map(|rank| {
                total += 1_000_000 / (rank + SHIFT);
                total
            })
            .collect();
        Self { words, ranks, weights }
    }

    /// One word, the first ones more often.
    pub(super) fn word(&self, random: &mut Random) -> &str {
        let throw = random.below(self.weights.last().copied().unwrap_or_default());
        self.words.get(self.weights.partition_point(|weight| *weight <= throw)).map_or("", String::as_str)
    }

    /// So many words.
    pub(super) fn sentence(&self, random: &mut Random, n_words: u64) -> String {
        let words: Vec<&str> =
            (0..n_words).map(|_| if random.below(3) == 0 { random.pick(SMALL) } else { self.word(random) }).collect();
        words.join(" ")
    }

    /// One of the commonest words.
    pub(super) fn tag(&self, random: &mut Random, n_tags: u64) -> &str {
        self.words.get(usize::try_from(random.skewed(n_tags)).unwrap_or_default()).map_or("", String::as_str)
    }

    /// So many different words of a text, from its rarest to its commonest in even steps; fewer where it has no more. The small words don't count.
    pub(super) fn spread<'t>(&self, text: &'t str, n_words: usize) -> Vec<&'t str> {
        let mut found: Vec<(usize, &str)> =
            text.split(' ').filter_map(|word| Some((*self.ranks.get(word)?, word))).collect();
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.dedup();
        let last = found.len().saturating_sub(1);
        let n_words = n_words.min(found.len());
        (0..n_words).map(|step| found[step * last / n_words.saturating_sub(1).max(1)].1).collect()
    }
}

#[cfg(test)]
mod tests;
