//! The flags that say which part of an answer is wanted.

use annals::{Cursor, Limit, Order, PageRequest};
use clap::{Args, ValueEnum};

use crate::failure::Failure;

/// How many rows, from which end, and where to go on.
#[derive(Args, Debug)]
#[command(next_help_heading = "More")]
pub(crate) struct Paging {
    /// Which end of the log comes first (newest)
    #[arg(long, value_name = "newest|oldest", hide_possible_values = true)]
    order: Option<OrderName>,
    /// At most so many rows, 1 to 1000 (100)
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = limit)]
    limit: Option<Limit>,
    /// Go on after this row, as it was printed
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<Cursor>,
}

/// Which end comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum OrderName {
    Newest,
    Oldest,
}

impl Paging {
    /// The page that is wanted. A cursor knows its order, so that nobody needs to repeat it.
    pub(crate) fn request(&self) -> Result<PageRequest, Failure> {
        let named = self.order.map(|order| match order {
            OrderName::Newest => Order::Newest,
            OrderName::Oldest => Order::Oldest,
        });
        let order = named.or(self.cursor.map(Cursor::order)).unwrap_or_default();
        Ok(PageRequest { order, limit: self.limit.unwrap_or_default(), cursor: self.cursor }.checked()?)
    }
}

fn limit(text: &str) -> Result<Limit, String> {
    let right = || format!("`{text}` is no number of rows (hint: give 1 to 1000, and page on with `--cursor`)");
    let number = text.parse().map_err(|_| right())?;
    Limit::new(number).map_err(|_| right())
}
