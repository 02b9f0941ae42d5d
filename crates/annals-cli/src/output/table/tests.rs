//! Tables keep within the screen, whatever stands in them.

use super::{Cell, Column, Layout, width};

const COLUMNS: &[Column] = &[Column::words("name", 4), Column::words("what", 6), Column::numbers("ms", 3)];

fn lines(rows: &[[&str; 3]], screen_width: usize) -> Vec<String> {
    let rows: Vec<Vec<Cell>> = rows.iter().map(|row| row.iter().map(|text| Cell::new(text)).collect()).collect();
    let layout = Layout::fit(COLUMNS, &rows, screen_width);
    [layout.head(false)].into_iter().chain(rows.iter().map(|row| layout.line(row, false))).collect()
}

#[test]
fn columns_are_as_wide_as_needed() {
    let found = lines(&[["a", "bb", "7"], ["cc", "d", "123"]], 80);
    assert_eq!(found, ["name  what   ms", "a     bb      7", "cc    d     123"]);
}

#[test]
fn the_widest_gives_way_first() {
    let found = lines(&[["abcdefgh", "a long sentence of words", "12345"]], 30);
    assert_eq!(found[1], "abcdefgh  a long sente…  12345");
}

#[test]
fn no_line_is_ever_wider_than_the_screen() {
    let hostile = "日本\u{1b}[2J\u{202e}語".repeat(9);
    for screen_width in 1..100 {
        for line in lines(&[[&hostile, &hostile, "123456"], ["", "", ""]], screen_width) {
            assert!(width(&line) <= screen_width, "{screen_width}: {line}");
        }
    }
}

#[test]
fn lines_have_no_spaces_at_their_end() {
    for line in lines(&[["a", "", ""], ["a", "b", ""], ["", "", ""]], 80) {
        assert_eq!(line, line.trim_end());
    }
}

#[test]
fn colours_change_no_width() {
    let rows = vec![vec![Cell::new("abc").toned(super::Tone::Bad), Cell::new("d"), Cell::new("1")]];
    let layout = Layout::fit(COLUMNS, &rows, 80);
    let coloured = layout.line(&rows[0], true);
    assert_ne!(coloured, layout.line(&rows[0], false));
    assert_eq!(coloured.replace("\u{1b}[31m", "").replace("\u{1b}[0m", ""), layout.line(&rows[0], false));
}
