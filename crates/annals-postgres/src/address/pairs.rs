//! The parameters in an address, as they stand there: a URL's parts and its query, or a list of `key=value`.
//!
//! The grammar is that of `libpq`. What is wrong with an address is told without a word of it, since any part may be the password.

/// What is no address at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct NoAddress;

/// A parameter's name and value. Of two with the same name the later counts.
pub(super) type Pair = (String, String);

/// Reads an address.
pub(super) fn read(address: &str) -> Result<Vec<Pair>, NoAddress> {
    match address.strip_prefix("postgresql://").or_else(|| address.strip_prefix("postgres://")) {
        Some(rest) => of_url(rest),
        // Another scheme. In a list it may be part of a value.
        None if address.split_once("://").is_some_and(|(scheme, _)| !scheme.contains('=')) => Err(NoAddress),
        None => of_list(address),
    }
}

fn of_url(rest: &str) -> Result<Vec<Pair>, NoAddress> {
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (server, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (who, hosts) = server.rsplit_once('@').unwrap_or(("", server));
    // Where a password holds one as it is, nobody knows where it ends.
    if who.contains('@') {
        return Err(NoAddress);
    }
    let (user, password) = match who.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (who, None),
    };
    let mut pairs = Vec::new();
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() {
            pairs.push((name.to_owned(), decoded(value)?));
        }
        Ok(())
    };
    add("user", user)?;
    add("password", password.unwrap_or_default())?;
    add("dbname", database)?;
    let hosts: Vec<(&str, &str)> = hosts.split(',').map(host_and_port).collect::<Result<_, _>>()?;
    let joined = |part: fn(&(&str, &str)) -> String| hosts.iter().map(part).collect::<Vec<_>>().join(",");
    if hosts.iter().any(|(host, _)| !host.is_empty()) {
        add("host", &joined(|host| host.0.to_owned()))?;
    }
    if hosts.iter().any(|(_, port)| !port.is_empty()) {
        add("port", &joined(|host| host.1.to_owned()))?;
    }
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').ok_or(NoAddress)?;
        pairs.push((decoded(name)?, decoded(value)?));
    }
    Ok(pairs)
}

/// A host may be an IPv6 address in brackets.
fn host_and_port(text: &str) -> Result<(&str, &str), NoAddress> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or(NoAddress)?;
        return match port.strip_prefix(':') {
            Some(port) => Ok((host, port)),
            None if port.is_empty() => Ok((host, "")),
            None => Err(NoAddress),
        };
    }
    Ok(text.split_once(':').unwrap_or((text, "")))
}

fn decoded(text: &str) -> Result<String, NoAddress> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (high, low) = (digit().ok_or(NoAddress)?, digit().ok_or(NoAddress)?);
        bytes.push(high << 4 | low);
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).ok_or(NoAddress)
}

/// `key=value key='a value'`, with a backslash before a quote or a backslash.
fn of_list(text: &str) -> Result<Vec<Pair>, NoAddress> {
    let (mut pairs, mut rest) = (Vec::new(), text.trim_start());
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or(NoAddress)?;
        let name = name.trim_end();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(NoAddress);
        }
        let mut letters = after.trim_start().chars();
        let is_quoted = letters.as_str().starts_with('\'');
        if is_quoted {
            letters.next();
        }
        let (mut value, mut is_closed) = (String::new(), !is_quoted);
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => value.push(letters.next().ok_or(NoAddress)?),
                '\'' if is_quoted => {
                    is_closed = true;
                    break;
                }
                '\0' => return Err(NoAddress),
                _ if !is_quoted && letter.is_whitespace() => break,
                _ => value.push(letter),
            }
        }
        if !is_closed {
            return Err(NoAddress);
        }
        pairs.push((name.to_owned(), value));
        rest = letters.as_str().trim_start();
    }
    if pairs.is_empty() { Err(NoAddress) } else { Ok(pairs) }
}

#[cfg(test)]
mod tests;
