//! `cargo xtask eval FILE`: how well questions find what answers them, by a dataset of conversations that the user has.
//!
//! Everything goes the way of an agent: entries are kept by `remember` and asked for by `search`, over HTTP, of a server in a process of its own. So whatever the
//! server does with a text or a question is in the figures, and nothing here knows how it searches.
//! What is measured is retrieval alone: no model writes an answer or judges one, so that a run costs nothing and comes out the same again.

mod ask;
mod dataset;
#[cfg(test)]
mod fake;
mod figures;
mod fill;
mod home;
mod interrupt;
mod measures;
mod off_topic;
mod plan;
#[cfg(test)]
mod sample;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::{Map, Value, json};

use self::ask::{Abstain, Asking, tasks};
use self::dataset::{Dataset, Each, Shape};
use self::figures::Figures;
use self::fill::Filling;
use self::home::{Embedding, Home};
use self::interrupt::Interrupt;
use self::plan::{Owner, Plan};
use crate::binary;

/// What to ask of whom.
#[derive(Args)]
pub(crate) struct Options {
    /// A file of the shape of `LoCoMo` or `LongMemEval`
    file: PathBuf,
    /// What becomes an entry
    #[arg(long, value_enum, default_value_t = Each::Turn)]
    each: Each,
    /// How many entries a search may find
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(20..=100))]
    limit: u64,
    /// Ask only so many questions, spread evenly over the file
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    questions: Option<u32>,
    /// Ask each question where its answer was left out, too, and sixty others that nothing there answers
    #[arg(long)]
    abstain: bool,
    /// Write each question with what was found as a line of JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// A server that runs, `http://HOST:PORT`, and has a space for this alone; without it one is started
    #[arg(long, value_name = "URL", conflicts_with_all = ["exe", "keep", "embedding_url", "embedding_dir"])]
    server: Option<String>,
    /// The token for that server
    #[arg(long, value_name = "TOKEN", requires = "server")]
    token: Option<String>,
    /// The program `annals`, instead of building it
    #[arg(long, value_name = "PATH")]
    exe: Option<PathBuf>,
    /// Keep the database in this data directory; a second run finds its entries there
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// A service that makes vectors; its key is read from `ANNALS_EMBEDDING_KEY`
    #[arg(long, value_name = "URL", requires = "embedding_model", conflicts_with = "embedding_dir")]
    embedding_url: Option<String>,
    /// The model of that service
    #[arg(long, value_name = "NAME", requires = "embedding_url")]
    embedding_model: Option<String>,
    /// The folder of a model that makes vectors
    #[arg(long, value_name = "DIR")]
    embedding_dir: Option<PathBuf>,
}

impl Options {
    fn embedding(&self) -> Option<Embedding> {
        let service = self.embedding_url.clone().zip(self.embedding_model.clone());
        let folder = self.embedding_dir.clone().map(Embedding::Folder);
        service.map(|(url, model)| Embedding::Service { url, model }).or(folder)
    }
}

/// Fills, asks and prints.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let interrupt = Interrupt::watch()?;
    let mut dataset = Dataset::load(&options.file)?;
    let n_turns = dataset.n_turns();
    if let Some(n) = options.questions {
        dataset.keep_questions(usize::try_from(n)?);
    }
    let owner = if options.server.is_some() { Owner::Them } else { Owner::Us };
    let abstain = if options.abstain { Abstain::Ask } else { Abstain::Skip };
    ensure!(
        !(options.abstain && owner == Owner::Them && dataset.shape == Shape::LoCoMo),
        "`--abstain` needs spaces without one of the conversations, and a token leads to one space (hint: leave `--server` out)"
    );
    let mut plan = Plan::of(&dataset, options.each, owner);
    if abstain == Abstain::Skip {
        plan = plan.without_elsewhere();
    }
    let (tasks, n_unscored) = tasks(&dataset, &plan, options.each, abstain);
    ensure!(!tasks.is_empty(), "no question of `{}` has evidence that exists", options.file.display());
    // Before anything is written, so that a name that can't be had is told at once.
    let mut out = options
        .out
        .as_ref()
        .map(|path| File::create(path).with_context(|| format!("could not make `{}` of `--out`", path.display())));
    let mut out = out.take().transpose()?;

    let home = start(options, &plan)?;
    let filling = Filling {
        dataset: &dataset,
        plan: &plan,
        each: options.each,
        peers: &home.peers,
        time_argument: home.time_argument()?,
    };
    let n_tasks = tasks.len();
    say(&format!("{n_turns} turns, {n_tasks} questions, {} spaces", plan.spaces.len()));
    // Questions with an answer are asked before the spaces are there in which others have none, so that these change no figure.
    let n_homes = plan.n_homes();
    let (at_home, elsewhere): (Vec<_>, Vec<_>) = tasks.into_iter().partition(|task| task.place.space < n_homes);
    let (mut labels, mut asked, mut makes_vectors) = (HashMap::new(), Vec::new(), false);
    for (spaces, tasks) in [(0..n_homes, at_home), (n_homes..plan.spaces.len(), elsewhere)] {
        if tasks.is_empty() || interrupt.is_pressed() {
            continue;
        }
        say("writing");
        labels.extend(filling.write(spaces, &interrupt, &say)?);
        makes_vectors = home.wait_for_vectors(&interrupt, &say)?;
        ensure!(
            makes_vectors || options.embedding().is_none(),
            "this server makes no vectors, so that its figures would be those of words alone (hint: leave the options of embedding out, or give a newer `annals` by `--exe`)"
        );
        tell_of_others(&home, &dataset, &plan, options.each)?;
        say("asking");
        let asking = Asking { peers: &home.peers, labels: &labels, limit: options.limit };
        let out = out.as_mut().map(|out| out as &mut dyn Write);
        asking.ask(tasks, out, &interrupt, &say, &mut asked)?;
    }
    let mut parameters = Map::new();
    let mut tell = |name: &str, value: Value| parameters.insert(name.to_owned(), value);
    tell("dataset", json!(dataset.shape.as_str()));
    tell("each", json!(options.each.as_str()));
    tell("haystacks", json!(dataset.haystacks.len()));
    tell("turns", json!(n_turns));
    tell("entries", json!(labels.len()));
    tell("limit", json!(options.limit));
    tell("without evidence, not asked", json!(n_unscored));
    tell("vectors", json!(makes_vectors));
    let figures = Figures::of(&asked, parameters);
    if options.json {
        println!("{:#}", figures.json());
    } else {
        print!("{}", figures.text());
    }
    home.stop()?;
    if options.embedding().is_some() && !figures.has_other_lanes() {
        say("no search used vectors, although there are some: the figures are those of words alone");
    }
    ensure!(asked.len() == n_tasks, "interrupted: {} of {n_tasks} questions were asked", asked.len());
    Ok(())
}

fn start(options: &Options, plan: &Plan) -> anyhow::Result<Home> {
    if let Some(url) = &options.server {
        return Home::given(url, options.token.clone());
    }
    let annals = options.exe.clone().map_or_else(binary::built, Ok)?;
    Home::own(&annals, options.keep.as_deref(), options.embedding().as_ref(), &plan.spaces)
}

/// Says if the first space has more entries than were written: searches find these, too.
fn tell_of_others(home: &Home, dataset: &Dataset, plan: &Plan, each: Each) -> anyhow::Result<()> {
    let filled = plan.spaces.first().into_iter().flat_map(|space| &space.haystacks);
    let sessions = filled.flat_map(|haystack| &dataset.haystacks[*haystack].sessions);
    let n_written: usize = sessions.map(|session| if each == Each::Turn { session.turns.len() } else { 1 }).sum();
    let n_others = home.n_entries()?.saturating_sub(n_written as u64);
    if n_others > 0 {
        say(&format!("the space has {n_others} entries that are none of the dataset's, and searches may find them"));
    }
    Ok(())
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Says on stderr what is being done, since some of it takes minutes.
fn say(what: &str) {
    eprintln!("{what}");
}
