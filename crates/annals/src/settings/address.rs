//! A server's address as somebody gives it, in one form, so that the same server is known again whoever names it.

/// What an address looks like.
pub(crate) const SERVER: &str = "an address such as `https://audit.example:8420`, without a user or password in it";

/// The address without what means nothing: capitals of scheme and host, the scheme's own port, a slash at the end. `None` for what is no address of a server, or carries a user.
pub(crate) fn server(text: &str) -> Option<String> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let own_port = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    let rest = rest.trim_end_matches('/');
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_plain =
        rest.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'@' | b'?' | b'#' | b'\\' | b'"' | b'`'));
    let authority = authority.to_ascii_lowercase();
    let authority = authority.strip_suffix(own_port).unwrap_or(&authority);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0));
    (is_plain && !host.is_empty() && is_port).then(|| format!("{scheme}://{authority}{path}"))
}

#[cfg(test)]
mod tests {
    //! One form for one server, and none for what is no server.

    use super::*;

    #[test]
    fn one_server_has_one_form() {
        for (given, form) in [
            ("https://Audit.Example:8420/", "https://audit.example:8420"),
            ("HTTP://127.0.0.1:80", "http://127.0.0.1"),
            ("https://h:443/annals/", "https://h/annals"),
            (" http://[::1]:8420 ", "http://[::1]:8420"),
            ("http://[::1]", "http://[::1]"),
        ] {
            assert_eq!(server(given).as_deref(), Some(form), "{given}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_server_is_refused() {
        for given in [
            "",
            "audit.example",
            "ftp://h",
            "http://",
            "http:///x",
            "https://user:pass@h",
            "https://h?x=1",
            "https://h#x",
            "https://h:0",
            "https://h:x",
            "https://h:70000",
            "https://a b",
            "https://:8420",
            "sqlite:x",
        ] {
            assert_eq!(server(given), None, "{given}");
        }
    }
}
