//! The tools that are called, by which requests, and what a right answer of each is.

use std::net::SocketAddr;

use anyhow::ensure;
use serde_json::{Value, json};

use super::home::{Home, N_SOURCES, note, source};
use crate::mcp;
use crate::sample::Random;

/// How many notes are made before the clock runs. All clients go through them in turn.
const N_NOTES: usize = 4_096;
/// How many words a question has.
const N_WORDS: [usize; 3] = [1, 3, 6];
/// How many entries a page has.
const N_LISTED: usize = 10;

/// A tool, as it is called here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tool {
    GetStats,
    GetBriefing,
    GetKnowledge,
    Search,
    Remember,
}

impl Tool {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::GetStats => "get_stats",
            Self::GetBriefing => "get_briefing",
            Self::GetKnowledge => "get_knowledge",
            Self::Search => "search",
            Self::Remember => "remember",
        }
    }

    /// Twenty times the calls a second that the original answers on a machine of two cores, with 10 000 entries, however many ask.
    pub(crate) const fn least_per_second(self) -> f64 {
        match self {
            Self::GetStats => 4_500.0,
            Self::GetBriefing => 2_000.0,
            Self::GetKnowledge => 1_160.0,
            Self::Remember => 1_500.0,
            Self::Search => 720.0,
        }
    }

    /// One call.
    pub(crate) fn request(self, address: SocketAddr, arguments: &Value) -> Vec<u8> {
        mcp::call(address, "2026-07-28", self.as_str(), arguments)
    }

    /// The requests, among which are no two questions or notes alike.
    pub(crate) fn requests(self, address: SocketAddr, home: &Home) -> Vec<Vec<u8>> {
        let ask = |all: Vec<Value>| all.iter().map(|arguments| self.request(address, arguments)).collect();
        match self {
            Self::GetStats | Self::GetBriefing => ask(vec![json!({})]),
            Self::GetKnowledge => {
                let sourced = |n| json!({ "mode": "list", "limit": N_LISTED, "source": source(n) });
                let all = || json!({ "mode": "list", "limit": N_LISTED });
                ask((0..N_SOURCES).flat_map(|n| [sourced(n), all()]).collect())
            }
            Self::Search => {
                let ask_for = |query: String| json!({ "query": query, "limit": N_LISTED });
                ask(home.texts.iter().enumerate().map(|(n, text)| ask_for(question(home, n, text))).collect())
            }
            Self::Remember => {
                let mut random = Random::seeded(u64::from(home.n_entries) + 1);
                ask((0..N_NOTES).map(|_| note(&home.vocabulary, &mut random)).collect())
            }
        }
    }

    /// Looks at an answer closely.
    pub(crate) fn look_at(self, body: &[u8]) -> anyhow::Result<()> {
        let answer = mcp::content(body)?;
        let n_entries = || answer["entries"].as_array().map_or(0, Vec::len);
        let is_right = match self {
            Self::GetStats => answer["total"].as_u64().is_some_and(|total| total > 0),
            Self::GetBriefing => {
                answer["sources"].as_object().is_some_and(|sources| sources.len() == N_SOURCES as usize)
            }
            Self::GetKnowledge => n_entries() == N_LISTED,
            Self::Search => n_entries() > 0,
            Self::Remember => answer["status"] == "ok",
        };
        ensure!(is_right, "`{}` answers {:.500}", self.as_str(), answer.to_string());
        Ok(())
    }
}

/// Words of a text that somebody kept: of one, three and six in turn, and where it is one, a rare, a middling and a common one in turn.
pub(crate) fn question(home: &Home, n: usize, text: &str) -> String {
    let n_words = N_WORDS[n % N_WORDS.len()];
    let words = home.vocabulary.spread(text, n_words.max(3));
    if n_words == 1 {
        let at = n / N_WORDS.len() % words.len().max(1);
        return words.get(at).copied().unwrap_or_default().to_owned();
    }
    words.join(" ")
}
