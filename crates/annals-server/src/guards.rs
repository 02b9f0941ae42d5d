//! From which names and pages a request may come, decided before anything else about it.
//!
//! A page of any site can make a browser on this machine send requests here. Its `Origin` tells it apart, and one that is not ours is refused, `null` too. A site may also give its own
//! name our address for a moment, after which the browser takes us for that site; then the name in `Host` is not one of ours. Either alone is refused, on every path.
//!
//! Ours are the names of the loopback, the address at which the connection arrived, and what the configuration adds. Ports are not compared in `Host`, since a tunnel changes them; an
//! origin must have that of the `Host` or of the connection, since another port of this machine is another program.

use std::net::{IpAddr, SocketAddr};

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Version, header};

use crate::app::App;
use crate::connections::Reached;
use crate::failure::{Code, Failure};

/// Headers of which a request has one at most: with two, what stands in front of the server may have looked at the other one.
const SINGLE: [&str; 6] =
    ["content-type", "last-event-id", "mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id"];

/// Lets the request pass, or refuses it.
pub(crate) fn check(app: &App, request: &Request) -> Result<(), Failure> {
    is_one_way_to_read(request.headers())?;
    let at = request.extensions().get::<Reached>().map(|reached| reached.at);
    let names = Names { hosts: &app.config.allowed_hosts, origins: &app.config.allowed_origins, at };
    let host = host(request)?;
    // A target in absolute form names the host once more, and is what counts.
    for named in host.iter().chain(request.uri().authority()) {
        if !names.has_host(named.host()) {
            return Err(Failure::new(Code::Forbidden, "`Host` is not a name of this server")
                .at("Host")
                .with_hint("whoever runs the server can allow it, `annals serve --allow-host NAME`"));
        }
    }
    match only(request.headers(), &header::ORIGIN)? {
        None => Ok(()),
        Some(origin) if names.has_origin(origin, host.as_ref()) => Ok(()),
        Some(_) => Err(Failure::new(Code::Forbidden, "`Origin` is not a page that may call this server")
            .at("Origin")
            .with_hint("whoever runs the server can allow it, `annals serve --allow-origin ORIGIN`")),
    }
}

/// Whether everybody who passes the request on reads the same in it: where it ends, and what its body is.
fn is_one_way_to_read(headers: &HeaderMap) -> Result<(), Failure> {
    // Beside it a length says nothing: the library takes it out, and ends the connection with the answer.
    if only(headers, &header::TRANSFER_ENCODING)?.is_some_and(|coding| !coding.trim().eq_ignore_ascii_case("chunked")) {
        return Err(Failure::new(Code::Invalid, "`chunked` is the only coding that is read here")
            .at(header::TRANSFER_ENCODING.as_str()));
    }
    for name in SINGLE {
        only(headers, &header::HeaderName::from_static(name))?;
    }
    match only(headers, &header::CONTENT_ENCODING)? {
        Some(coding) if !coding.trim().eq_ignore_ascii_case("identity") => {
            Err(Failure::new(Code::UnsupportedMedia, "a compressed body is not read here")
                .at(header::CONTENT_ENCODING.as_str())
                .with_hint("send it as it is"))
        }
        _ => Ok(()),
    }
}

/// The host that the request names. HTTP/1.1 demands one; what speaks 1.0 is no browser.
fn host(request: &Request) -> Result<Option<Authority>, Failure> {
    let malformed = || Failure::new(Code::Invalid, "`Host` is missing or malformed").at("Host");
    match only(request.headers(), &header::HOST)? {
        // A name in front of the host would be read as the host by some and not by others.
        Some(host) if host.contains('@') => Err(malformed()),
        Some(host) => host.parse().map(Some).map_err(|_| malformed()),
        None if request.version() == Version::HTTP_10 => Ok(None),
        None => Err(malformed()),
    }
}

/// The header's one value.
fn only<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Result<Option<&'h str>, Failure> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let wrong = || Failure::new(Code::Invalid, format!("`{name}` is given twice or is no text")).at(name.as_str());
    if values.next().is_some() {
        return Err(wrong());
    }
    value.to_str().map(Some).map_err(|_| wrong())
}

/// The names of this server.
struct Names<'a> {
    hosts: &'a [String],
    origins: &'a [String],
    at: Option<SocketAddr>,
}

impl Names<'_> {
    /// Whether the host is one of them, whatever the port.
    fn has_host(&self, host: &str) -> bool {
        is_loopback(host)
            || self.at.is_some_and(|at| address(host) == Some(at.ip().to_canonical()))
            || self.hosts.iter().any(|allowed| without_port(allowed).eq_ignore_ascii_case(host))
    }

    /// Whether pages of this origin may call: it is the server's own, or is listed.
    fn has_origin(&self, origin: &str, host: Option<&Authority>) -> bool {
        if self.origins.iter().any(|allowed| allowed.trim_end_matches('/').eq_ignore_ascii_case(origin)) {
            return true;
        }
        let Some((scheme, authority)) = origin.split_once("://") else { return false };
        let default_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return false,
        };
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        let port = authority.port_u16().unwrap_or(default_port);
        let is_host = host.is_some_and(|host| {
            host.host().eq_ignore_ascii_case(authority.host()) && host.port_u16().unwrap_or(default_port) == port
        });
        // `http://localhost:8420` and `http://127.0.0.1:8420` are the same server.
        let is_here = self.at.is_some_and(|at| at.port() == port) && self.has_host(authority.host());
        is_host || is_here
    }
}

/// Whether the name is this machine's own for itself.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || address(host).is_some_and(|address| address.is_loopback())
}

/// The address that a host names by its digits.
fn address(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// A name that may have been written with a port.
fn without_port(name: &str) -> &str {
    name.parse::<Authority>().ok().and_then(|authority| name.get(..authority.host().len())).unwrap_or(name)
}

#[cfg(test)]
mod tests;
