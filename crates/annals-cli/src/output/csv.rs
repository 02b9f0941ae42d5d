//! Comma-separated values as RFC 4180 has them, with plain line feeds.

/// One line of these values, without its end.
pub(super) fn line<'v>(values: impl IntoIterator<Item = &'v str>) -> String {
    let mut line = String::new();
    for (index, value) in values.into_iter().enumerate() {
        if 0 < index {
            line.push(',');
        }
        if value.contains(['"', ',', '\n', '\r']) {
            line.push('"');
            line.push_str(&value.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(value);
        }
    }
    line
}

#[cfg(test)]
mod tests;
