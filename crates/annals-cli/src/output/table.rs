//! Tables that are never wider than the screen.
//!
//! Each column is as wide as its widest cell where there is room; where there isn't, those above their usual width and then the widest give way first,
//! and none falls below its least width.
//! A crate for tables would draw more and fit less: the whole of it is a layout and a line.

use super::cells::{Cell, Tone, width};

/// Between two columns.
const GAP: &str = "  ";

/// Which side of its column a cell stands at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// What stands above it.
    pub(crate) title: &'static str,
    /// Its side.
    pub(crate) align: Align,
    /// It gives way down to this width.
    pub(crate) least: usize,
    /// Above this width it gives way before all others.
    usual: usize,
}

impl Column {
    /// A column of words.
    pub(crate) const fn words(title: &'static str, least: usize) -> Self {
        Self { title, align: Align::Left, least, usual: usize::MAX }
    }

    /// A column of numbers, which are never cut while there is anything else to cut.
    pub(crate) const fn numbers(title: &'static str, least: usize) -> Self {
        Self { title, align: Align::Right, least, usual: usize::MAX }
    }

    /// The same, but where there is too little room no wider than this.
    pub(crate) const fn usually(self, usual: usize) -> Self {
        Self { usual, ..self }
    }
}

/// The widths of a table's columns.
#[derive(Clone, Debug)]
pub(crate) struct Layout<'a> {
    columns: &'a [Column],
    widths: Vec<usize>,
    screen_width: usize,
}

impl<'a> Layout<'a> {
    /// Columns for these rows, on a screen of this width.
    pub(crate) fn fit(columns: &'a [Column], rows: &[Vec<Cell>], screen_width: usize) -> Self {
        let natural = |(index, column): (usize, &Column)| {
            let cells = rows.iter().filter_map(|row| row.get(index)).map(Cell::width);
            cells.chain([width(column.title)]).max().unwrap_or(0)
        };
        Self::of(columns, columns.iter().enumerate().map(natural).collect(), screen_width)
    }

    /// Columns of these widths, or less where the screen has no room.
    pub(crate) fn of(columns: &'a [Column], mut widths: Vec<usize>, screen_width: usize) -> Self {
        let gaps = GAP.len() * columns.len().saturating_sub(1);
        while screen_width < gaps + widths.iter().sum::<usize>() {
            let widest = (0..widths.len())
                .filter(|index| columns[*index].least < widths[*index])
                .max_by_key(|index| (columns[*index].usual < widths[*index], widths[*index]));
            match widest {
                Some(index) => widths[index] -= 1,
                None => break,
            }
        }
        Self { columns, widths, screen_width }
    }

    /// The line of titles.
    pub(crate) fn head(&self, is_coloured: bool) -> String {
        let titles: Vec<Cell> = self.columns.iter().map(|column| Cell::new(column.title).toned(Tone::Strong)).collect();
        self.line(&titles, is_coloured)
    }

    /// One row.
    pub(crate) fn line(&self, cells: &[Cell], is_coloured: bool) -> String {
        let mut line = String::new();
        let mut room = self.screen_width;
        let last = cells.iter().rposition(|cell| !cell.text.is_empty());
        for (index, (cell, column)) in cells.iter().zip(self.columns).enumerate().take(last.map_or(0, |last| last + 1))
        {
            let gap = if index == 0 { "" } else { GAP };
            // A screen that is narrower than all least widths together is cut at its edge.
            let columns = self.widths[index].min(room.saturating_sub(gap.len()));
            if columns == 0 {
                break;
            }
            room -= gap.len() + columns;
            line.push_str(gap);
            let text = cell.cut(columns);
            let padding = " ".repeat(columns - width(&text));
            let (before, after) = match column.align {
                Align::Right => (padding.as_str(), ""),
                Align::Left if Some(index) == last => ("", ""),
                Align::Left => ("", padding.as_str()),
            };
            line.push_str(before);
            push_toned(&mut line, &text, if is_coloured { cell.tone } else { Tone::Plain });
            line.push_str(after);
        }
        line
    }
}

fn push_toned(line: &mut String, text: &str, tone: Tone) {
    line.push_str(tone.begin());
    line.push_str(text);
    if tone != Tone::Plain {
        line.push_str("\u{1b}[0m");
    }
}

#[cfg(test)]
mod tests;
