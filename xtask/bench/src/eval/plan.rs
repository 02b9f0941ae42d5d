//! Which spaces are filled with what, and in which place each question is asked.
//!
//! `LoCoMo`'s conversations lie in one space together, as a team's memory does, and one space a conversation holds all others, where its questions have no answer.
//! `LongMemEval`'s haystacks have a space each. On a server of somebody else there is one space, and a haystack is the entries of one source.

use std::sync::Arc;

use super::dataset::{Dataset, Each, Haystack, Shape};

/// Whose server it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Owner {
    /// It is started for this, and has as many spaces as are wanted.
    Us,
    /// It runs already, and a token of it leads to one space.
    Them,
}

/// All that is filled and asked.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) spaces: Vec<Space>,
    /// Where a haystack's questions are asked, by the haystack; `None` where it has none.
    pub(super) homes: Vec<Option<Place>>,
    /// Where a haystack's questions have no answer; `None` where there is no such place.
    pub(super) elsewhere: Vec<Option<Place>>,
}

/// One space.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Space {
    /// Its name, by which a kept database knows it again.
    pub(super) name: String,
    /// What lies in it.
    pub(super) haystacks: Vec<usize>,
}

/// Where a question is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) space: usize,
    /// The one source that it is asked about, if it is not all.
    pub(super) source: Option<String>,
}

impl Plan {
    /// For the questions that the dataset has.
    pub(super) fn of(dataset: &Dataset, each: Each, owner: Owner) -> Self {
        let all = 0..dataset.haystacks.len();
        let is_asked = |haystack: &usize| dataset.questions.iter().any(|question| question.haystack == *haystack);
        let asked: Vec<usize> = all.clone().filter(is_asked).collect();
        let name = |what: String| format!("{}-{}-{}-{what}", dataset.shape.as_str(), each.as_str(), dataset.digest);
        let none = || all.clone().map(|_| None).collect::<Vec<Option<Place>>>();
        let (mut spaces, mut homes, mut elsewhere) = (Vec::new(), none(), none());
        match (dataset.shape, owner) {
            (Shape::LoCoMo, _) => {
                spaces.push(Space { name: name("all".to_owned()), haystacks: all.clone().collect() });
                for haystack in asked {
                    homes[haystack] = Some(Place { space: 0, source: None });
                    if owner == Owner::Us && dataset.haystacks.len() > 1 {
                        elsewhere[haystack] = Some(Place { space: spaces.len(), source: None });
                        let others = all.clone().filter(|other| *other != haystack).collect();
                        spaces.push(Space { name: name(format!("but-{haystack}")), haystacks: others });
                    }
                }
            }
            (Shape::LongMemEval, Owner::Us) => {
                for haystack in &asked {
                    homes[*haystack] = Some(Place { space: spaces.len(), source: None });
                    spaces.push(Space { name: name(format!("haystack-{haystack}")), haystacks: vec![*haystack] });
                }
            }
            (Shape::LongMemEval, Owner::Them) => {
                spaces.push(Space { name: name("all".to_owned()), haystacks: asked.clone() });
                for haystack in &asked {
                    let source = dataset.haystacks[*haystack].name.clone();
                    homes[*haystack] = Some(Place { space: 0, source: Some(source) });
                }
            }
        }
        if dataset.shape == Shape::LongMemEval {
            for haystack in all {
                elsewhere[haystack] = stranger(dataset, &homes, haystack);
            }
        }
        Self { spaces, homes, elsewhere }
    }

    /// How many of the spaces have questions with an answer; the others come after them.
    pub(super) fn n_homes(&self) -> usize {
        self.homes.iter().flatten().map(|place| place.space + 1).max().unwrap_or_default()
    }

    /// The same without the places that only questions without an answer need.
    pub(super) fn without_elsewhere(mut self) -> Self {
        self.spaces.truncate(self.n_homes());
        self.elsewhere.fill(None);
        self
    }
}

/// The next haystack that holds nothing of what answers this one's questions.
fn stranger(dataset: &Dataset, homes: &[Option<Place>], haystack: usize) -> Option<Place> {
    let own = &dataset.haystacks[haystack];
    let questions = dataset.questions.iter().filter(|question| question.haystack == haystack);
    let answering: Vec<usize> = questions
        .flat_map(|question| {
            question.sessions.iter().copied().chain(question.turns.iter().map(|(session, _)| *session))
        })
        .collect();
    let holds = |other: &Haystack| {
        let is_there = |session: &usize| {
            let said = &own.sessions[*session].turns;
            other.sessions.iter().any(|other| Arc::ptr_eq(&other.turns, said))
        };
        answering.iter().any(is_there)
    };
    let n = dataset.haystacks.len();
    let mut others = (1..n).map(|step| (haystack + step) % n);
    others.find_map(|other| homes[other].clone().filter(|_| !holds(&dataset.haystacks[other])))
}

#[cfg(test)]
mod tests;
