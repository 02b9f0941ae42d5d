//! The words by which a text is found, and those that a query asks for.
//!
//! Both go through the same cutting and the same stems, so that a store has nothing to do but compare. A text's words are stemmed in its own language, each to one form ([`indexed`]); a query's
//! word is asked for in every form that it may have ([`ask`]), as it was typed and by its stems, since a few typed words seldom tell their language.
//!
//! Refused was one stem for everything: a question then finds no word that a stemmer has changed.
//! Nothing here knows what the texts are of, or how words are stored, counted or ranked.

mod asked;
mod indexed;
mod language;
mod query;
mod stems;
mod stop;
mod tokens;

pub use asked::{Asked, Forms, Phrase, ask, ask_all};
pub use indexed::{indexed, names};
pub use language::{LANGUAGES, detect, known, language_of, unsupported};
pub use query::{Field, Query};
pub use stems::STEMMED;
