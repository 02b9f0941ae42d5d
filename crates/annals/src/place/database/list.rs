//! An address of PostgreSQL as a list of `key=value`, as `libpq` takes it: whether a text is one, and what of it may be shown.
//!
//! It is opened by whoever knows PostgreSQL. Here it is told from a file's name, which is why its first word has to be a parameter's name, and is shown without the password.

/// The parameters that may stand in an address, but for the password.
const SHOWN: [&str; 22] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "idle_in_transaction_session_timeout",
    "idle_timeout",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "options",
    "pool_size",
    "port",
    "sslmode",
    "sslrootcert",
    "statement_timeout",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// Whether it begins with a parameter's name and `=`.
pub(super) fn is_list(text: &str) -> bool {
    let Some((name, _)) = text.split_once('=') else { return false };
    let name = name.trim();
    name == "password" || SHOWN.contains(&name)
}

/// The list without the password, and without whatever may be a part of one that was not quoted.
pub(super) fn without_password(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let parameter =
            rest.split_once('=').and_then(|(name, after)| Some((name.trim_end(), end_of_value(after)?, after)));
        let Some((name, end, after)) = parameter.filter(|(name, ..)| *name == "password" || SHOWN.contains(name))
        else {
            return "[not shown]".to_owned();
        };
        let (value, others) = after.split_at(end);
        if name != "password" {
            if !shown.is_empty() {
                shown.push(' ');
            }
            shown.push_str(name);
            shown.push('=');
            shown.push_str(value.trim());
        }
        rest = others.trim_start();
    }
    shown
}

/// Where the value ends that this begins with; `None` for a quote that never ends.
fn end_of_value(text: &str) -> Option<usize> {
    let before = text.len() - text.trim_start().len();
    let is_quoted = text[before..].starts_with('\'');
    let mut letters = text.char_indices().skip_while(|(at, _)| *at < before + usize::from(is_quoted));
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                letters.next()?;
            }
            '\'' if is_quoted => return Some(at + 1),
            _ if !is_quoted && letter.is_whitespace() => return Some(at),
            _ => {}
        }
    }
    (!is_quoted).then_some(text.len())
}
