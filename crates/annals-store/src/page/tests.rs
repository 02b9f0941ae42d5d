//! Cursors and limits are read back as they were written, and nothing else is taken.

use super::{Cursor, Limit, Order};

#[test]
fn a_cursor_is_read_back() {
    for cursor in [
        Cursor::after(Order::Newest, 0),
        Cursor::after(Order::Oldest, 20_000),
        Cursor::after(Order::Newest, i64::MAX as u64),
        Cursor::after(Order::Newest, 26).ending_at(20_000),
        Cursor::after(Order::Oldest, 0).ending_at(i64::MAX as u64),
    ] {
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
    }
}

#[test]
fn a_cursor_without_an_end_is_read_as_ever() {
    assert_eq!("n1a".parse::<Cursor>().unwrap(), Cursor::after(Order::Newest, 26));
    assert_eq!("o0".parse::<Cursor>().unwrap(), Cursor::after(Order::Oldest, 0));
}

#[test]
fn anything_else_is_no_cursor() {
    for text in [
        "",
        "n",
        "x1",
        "n-1",
        "o+1",
        "nFF",
        "nffffffffffffffff",
        "é1",
        "n1 ",
        "n1-",
        "n-1-2",
        "n1-2-3",
        "n1-ffffffffffffffff",
        "DROP TABLE event",
    ] {
        let error = text.parse::<Cursor>().unwrap_err();
        assert!(error.to_string().starts_with("`cursor`"), "{text}: {error}");
    }
}

#[test]
fn a_limit_is_between_one_and_a_thousand() {
    assert!(Limit::new(0).is_err());
    assert!(Limit::new(1_001).is_err());
    assert_eq!(Limit::new(1_000).unwrap(), Limit::MAX);
    assert_eq!(Limit::default().get(), 100);
    assert_eq!(Limit::default().n_bytes(), 1 << 20);
    assert_eq!(Limit::default().with_bytes(5_000).n_bytes(), 5_000);
    assert_eq!(Limit::default().with_bytes(usize::MAX), Limit::default());
}
