//! Details as they are stored, with line breaks.
//!
//! Only white space is added: what was parsed and written again could show another number or another order than the one on record.

/// The JSON text in lines, indented by two spaces a level.
pub fn pretty(json: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut depth = 0_usize;
    let mut is_string = false;
    let mut is_escaped = false;
    let mut rest = json.chars().peekable();
    while let Some(character) = rest.next() {
        if is_string {
            push(&mut lines, character);
            is_string = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
            continue;
        }
        match character {
            '{' | '[' => {
                push(&mut lines, character);
                if let Some(end) = rest.next_if(|next| matches!(next, '}' | ']')) {
                    push(&mut lines, end);
                } else {
                    depth += 1;
                    lines.push("  ".repeat(depth));
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                lines.push("  ".repeat(depth));
                push(&mut lines, character);
            }
            ',' => {
                push(&mut lines, character);
                lines.push("  ".repeat(depth));
            }
            ':' => {
                push(&mut lines, character);
                push(&mut lines, ' ');
            }
            ' ' | '\n' | '\r' | '\t' => {}
            other => {
                is_string = other == '"';
                push(&mut lines, other);
            }
        }
    }
    lines
}

fn push(lines: &mut [String], character: char) {
    if let Some(line) = lines.last_mut() {
        line.push(character);
    }
}

#[cfg(test)]
mod tests;
