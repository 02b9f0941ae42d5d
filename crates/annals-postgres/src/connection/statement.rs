//! Statements on their way to the server: what is sent, what comes back, and what stays prepared.

use std::borrow::Cow;
use std::pin::{Pin, pin};
use std::task::Poll;

use deadpool_postgres::ClientWrapper;
use futures_core::Stream as _;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};

use super::Connection;
use crate::failure::Trouble;

/// A value of a statement's parameter, with the type that it is sent as.
pub(crate) trait Parameter: Sync {
    fn bound(&self) -> (&(dyn ToSql + Sync), Type);
}

macro_rules! parameters {
    ($($kind:ty => $type:ident),+ $(,)?) => {
        $(impl Parameter for $kind {
            fn bound(&self) -> (&(dyn ToSql + Sync), Type) {
                (self, Type::$type)
            }
        })+
    };
}

parameters! {
    bool => BOOL,
    i32 => INT4,
    i64 => INT8,
    Option<i64> => INT8,
    &str => TEXT,
    Option<&str> => TEXT,
    Option<String> => TEXT,
    String => TEXT,
    &[u8] => BYTEA,
    Option<&[u8]> => BYTEA,
    Vec<u8> => BYTEA,
    Option<Vec<u8>> => BYTEA,
    Vec<bool> => BOOL_ARRAY,
    Vec<f32> => FLOAT4_ARRAY,
    Vec<i64> => INT8_ARRAY,
    Vec<i32> => INT4_ARRAY,
    Vec<Option<i64>> => INT8_ARRAY,
    Vec<&str> => TEXT_ARRAY,
    Vec<String> => TEXT_ARRAY,
    Vec<Option<&str>> => TEXT_ARRAY,
    Vec<Option<String>> => TEXT_ARRAY,
    Vec<&[u8]> => BYTEA_ARRAY,
    Vec<Option<&[u8]>> => BYTEA_ARRAY,
    Vec<Vec<u8>> => BYTEA_ARRAY,
    Vec<Option<Vec<u8>>> => BYTEA_ARRAY,
}

/// A statement with its values.
#[derive(Clone, Copy)]
pub(crate) struct Statement<'a> {
    pub(super) text: &'a str,
    values: &'a [&'a dyn Parameter],
    pub(super) keeping: Keeping,
    /// Puts rows into tables, which the database may refuse for themselves.
    is_of_rows: bool,
}

/// Whether a statement stays prepared on its connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keeping {
    /// One of a number that is known, whose plan does not depend on the values.
    Always,
    /// Put together so that its plan does not depend on the values: as long as there are few such.
    AsForm,
    /// Planned for its values.
    Never,
}

impl<'a> Statement<'a> {
    /// One that stays prepared.
    pub(crate) fn kept(text: &'static str, values: &'a [&'a dyn Parameter]) -> Self {
        Self { text, values, keeping: Keeping::Always, is_of_rows: false }
    }

    /// One that was put together and is planned alike for all values.
    pub(crate) fn form(text: &'a str, values: &'a [&'a dyn Parameter]) -> Self {
        Self { text, values, keeping: Keeping::AsForm, is_of_rows: false }
    }

    /// One that is planned for these values.
    pub(crate) fn once(text: &'a str, values: &'a [&'a dyn Parameter]) -> Self {
        Self { text, values, keeping: Keeping::Never, is_of_rows: false }
    }
}

/// Statements with values of their own, which go together.
#[derive(Default)]
pub(crate) struct Bundle<'a>(Vec<Bundled<'a>>);

struct Bundled<'a> {
    text: Cow<'static, str>,
    values: Vec<Box<dyn Parameter + 'a>>,
    is_of_rows: bool,
}

impl<'a> Bundle<'a> {
    /// One more statement.
    pub(crate) fn push(&mut self, text: &'static str, values: Vec<Box<dyn Parameter + 'a>>) {
        self.0.push(Bundled { text: text.into(), values, is_of_rows: false });
    }

    /// One more that puts rows into a table, which the database may refuse for themselves.
    pub(crate) fn push_rows(&mut self, text: impl Into<Cow<'static, str>>, values: Vec<Box<dyn Parameter + 'a>>) {
        self.0.push(Bundled { text: text.into(), values, is_of_rows: true });
    }

    /// Sends them all.
    pub(crate) fn carry_out(&self, connection: &Connection) -> Result<(), Trouble> {
        self.with(|statements| connection.together(statements).map(drop))
    }

    /// Sends them all, and the commit behind them.
    pub(crate) fn commit(&self, connection: &Connection) -> Result<(), Trouble> {
        self.with(|statements| connection.commit(statements))
    }

    fn with<T>(&self, send: impl FnOnce(&[Statement<'_>]) -> T) -> T {
        let values: Vec<Vec<&dyn Parameter>> =
            self.0.iter().map(|one| one.values.iter().map(AsRef::as_ref).collect()).collect();
        let statements = self.0.iter().zip(&values).map(|(one, values)| {
            // What is not a constant was put together.
            let keeping = if matches!(one.text, Cow::Borrowed(_)) { Keeping::Always } else { Keeping::AsForm };
            Statement { text: &one.text, values, keeping, is_of_rows: one.is_of_rows }
        });
        send(&statements.collect::<Vec<_>>())
    }
}

/// What a statement answers.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<Row>,
    pub(crate) n_changed: u64,
}

impl Answer {
    /// The row of a statement that always has one.
    pub(crate) fn one(self) -> Result<Row, Trouble> {
        self.rows.into_iter().next().ok_or_else(|| Trouble::Damaged("a row is missing".to_owned()))
    }
}

/// What failed first.
pub(super) enum Failed {
    /// The server says nothing any more.
    Silent,
    Told(Error, What),
}

/// What was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// Statements that were waiting to be sent.
    Pending,
    /// A statement that puts rows into a table.
    Rows,
    Other,
}

/// Sends `pending`, the statements and `last`, all without parameters but the statements, and waits for every answer. Those stay prepared of which `is_kept` says so.
///
/// Row security compares nothing in a plan that was made while all spaces are seen; so what is planned for all of them and what is planned for one are two statements.
pub(super) async fn send(
    client: &ClientWrapper,
    pending: &str,
    statements: &[Statement<'_>],
    last: &str,
    is_kept: impl Fn(&Statement<'_>) -> bool,
    sees_all: bool,
) -> Result<Vec<Answer>, Failed> {
    let other = |error| Failed::Told(error, What::Other);
    let mut prepared = Vec::with_capacity(statements.len());
    for statement in statements {
        if !is_kept(statement) {
            prepared.push(None);
            continue;
        }
        let types: Vec<Type> = statement.values.iter().map(|value| value.bound().1).collect();
        let text = if sees_all { &format!("{}\n-- all", statement.text) } else { statement.text };
        prepared.push(Some(client.prepare_typed_cached(text, &types).await.map_err(other)?));
    }
    let mut before = pin!(batch(client, pending));
    let mut between: Vec<Pin<Box<_>>> = statements
        .iter()
        .zip(prepared)
        .map(|(statement, prepared)| Box::pin(carry_out(client, *statement, prepared)))
        .collect();
    let mut behind = pin!(batch(client, last));
    // Each is sent when it is polled for the first time, so the first round sends all of them in their order.
    let (mut begun, mut ended) = (None, None);
    let mut answers: Vec<Option<Result<Answer, Error>>> = between.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        poll_once(before.as_mut(), &mut begun, context);
        for (one, answer) in between.iter_mut().zip(&mut answers) {
            poll_once(one.as_mut(), answer, context);
        }
        poll_once(behind.as_mut(), &mut ended, context);
        let is_done = begun.is_some() && ended.is_some() && answers.iter().all(Option::is_some);
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    begun.transpose().map_err(|error| Failed::Told(error, What::Pending))?;
    let whats = statements.iter().map(|statement| if statement.is_of_rows { What::Rows } else { What::Other });
    let answers = answers.into_iter().flatten().zip(whats);
    let answers = answers.map(|(answer, what)| answer.map_err(|error| Failed::Told(error, what)));
    let answers = answers.collect::<Result<_, _>>()?;
    ended.transpose().map_err(other)?;
    Ok(answers)
}

/// Takes the next step of a future that is not done yet.
fn poll_once<F: Future>(future: Pin<&mut F>, output: &mut Option<F::Output>, context: &mut std::task::Context<'_>) {
    if output.is_none()
        && let Poll::Ready(done) = future.poll(context)
    {
        *output = Some(done);
    }
}

async fn batch(client: &ClientWrapper, statements: &str) -> Result<(), Error> {
    if statements.is_empty() { Ok(()) } else { client.batch_execute(statements).await }
}

async fn carry_out(
    client: &ClientWrapper,
    statement: Statement<'_>,
    prepared: Option<tokio_postgres::Statement>,
) -> Result<Answer, Error> {
    let bound = statement.values.iter().map(|value| value.bound());
    let stream = match &prepared {
        Some(prepared) => client.query_raw(prepared, bound.map(|(value, _)| value).collect::<Vec<_>>()).await?,
        None => client.query_typed_raw(statement.text, bound.collect::<Vec<_>>()).await?,
    };
    let mut stream = pin!(stream);
    let mut rows = Vec::new();
    while let Some(row) = std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await {
        rows.push(row?);
    }
    Ok(Answer { rows, n_changed: stream.rows_affected().unwrap_or_default() })
}
