//! A model in a directory, computed in this process: files in the layout of sentence-transformers and model2vec, and nothing that is not in them.
//!
//! Two families are known. A static model has a vector for each word and takes their mean; it is a thousand times faster, and knows no order of words. A sentence encoder of
//! BERT's build reads the whole text. What a file says and is not done here (another activation, a further step, another kind of pooling) is an error when it is opened, since a
//! vector that is almost right would be found out by nobody.
//!
//! The forward pass is ours, on a matrix product of somebody else's (decision 27).

mod bert;
mod directory;
mod table;
mod tensors;
mod words;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use self::bert::Bert;
use self::directory::Directory;
use self::table::Table;
use crate::settings::{check_dimension, model_of, shown};
use crate::unit::bring_to_unit;
use crate::{Embedder, Failure, FailureKind, Settings, SettingsError};

/// A model of either family.
struct Local {
    /// Where it lies.
    path: PathBuf,
    model: String,
    dimension: usize,
    family: Family,
}

enum Family {
    Table(Box<Table>),
    Bert(Box<Bert>),
}

/// Reads the model in the directory that the settings name.
pub(crate) fn open(settings: &Settings) -> Result<Arc<dyn Embedder>, SettingsError> {
    let example = "the path of a directory with `config.json`, `tokenizer.json` and `model.safetensors`";
    let path = Path::new(model_of(settings.model.as_deref(), example)?);
    check_dimension(settings.dimension)?;
    let mut directory = Directory::open(path)?;
    let config = directory.json("config.json")?;
    let (family, dimension) = match family_name(&config) {
        Some("model2vec") => {
            let table = Table::read(&mut directory)?;
            let dimension = table.dimension();
            (Family::Table(Box::new(table)), dimension)
        }
        Some("bert") => {
            let bert = Bert::read(&mut directory, &config)?;
            let dimension = bert.dimension();
            (Family::Bert(Box::new(bert)), dimension)
        }
        Some(other) => {
            return Err(directory.wrong(
                "config.json",
                &format!("has the `model_type` `{}`, which is not known here", shown(other)),
                "`bert` and `model2vec` are",
            ));
        }
        None => {
            return Err(directory.wrong(
                "config.json",
                "has no `model_type`",
                "give the directory of a model, `bert` or `model2vec`",
            ));
        }
    };
    if let Some(wanted) = settings.dimension
        && wanted != dimension
    {
        let message = format!(
            "the model makes vectors of {dimension} numbers, not of {wanted} (hint: {dimension}, or leave it out)"
        );
        return Err(SettingsError::new("dimension", message));
    }
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    Ok(Arc::new(Local { path, model: directory.identity(), dimension, family }))
}

fn family_name(config: &Value) -> Option<&str> {
    let architecture = || match config.get("architectures")?.get(0)?.as_str()? {
        "BertModel" => Some("bert"),
        "StaticModel" => Some("model2vec"),
        other => Some(other),
    };
    config.get("model_type").and_then(Value::as_str).or_else(architecture)
}

impl Embedder for Local {
    fn model(&self) -> &str {
        &self.model
    }

    fn dimension(&self) -> Option<usize> {
        Some(self.dimension)
    }

    /// One beside it, under the name of its directory and with the files that it had.
    fn other(&self, model: &str) -> Option<Arc<dyn Embedder>> {
        let (name, _) = model.rsplit_once('@')?;
        // A name is no path.
        let name = Path::new(name).file_name().filter(|own| *own == name)?;
        let beside = self.path.parent()?.join(name);
        let settings = Settings { model: Some(beside.to_str()?.to_owned()), ..Settings::default() };
        open(&settings).ok().filter(|opened| opened.model() == model)
    }

    fn embed(&self, texts: &[&str], patience: Duration) -> Result<Vec<Vec<f32>>, Failure> {
        let deadline = Deadline::after(patience);
        let mut vectors = match &self.family {
            Family::Table(table) => table.embed(texts, deadline)?,
            Family::Bert(bert) => bert.embed(texts, deadline)?,
        };
        for (place, vector) in vectors.iter_mut().enumerate() {
            if !bring_to_unit(vector) {
                return Err(Failure::new(
                    FailureKind::Malformed,
                    format!(
                        "the model `{}` makes no vector of the text at {place} (hint: are its files whole?)",
                        self.model
                    ),
                ));
            }
        }
        Ok(vectors)
    }
}

/// When somebody's patience ends.
#[derive(Clone, Copy)]
struct Deadline(Option<Instant>);

impl Deadline {
    /// No moment is so far away that it can't be told: then there is none.
    fn after(patience: Duration) -> Self {
        Self(Instant::now().checked_add(patience))
    }

    /// Asked between two pieces of work, of some milliseconds each.
    fn check(self) -> Result<(), Failure> {
        match self.0 {
            Some(end) if end <= Instant::now() => Err(Failure::new(
                FailureKind::Unavailable,
                "the local model was not done in time (hint: fewer texts a call)",
            )),
            _ => Ok(()),
        }
    }
}
