//! Which kind of answer a client wants.

use axum::http::{HeaderMap, header};

use crate::failure::{Code, Failure};

/// The first of the kinds on offer that the client likes best; the first of all where it doesn't say.
pub(crate) fn choose<T: Copy>(headers: &HeaderMap, offers: &[(&'static str, T)]) -> Result<T, Failure> {
    let said: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let said = said.join(",");
    if said.trim().is_empty()
        && let Some((_, first)) = offers.first()
    {
        return Ok(*first);
    }
    let mut best: Option<(u16, T)> = None;
    for (name, offer) in offers {
        let liking = liking(&said, name);
        if 0 < liking && best.is_none_or(|(most, _)| most < liking) {
            best = Some((liking, *offer));
        }
    }
    best.map(|(_, offer)| offer).ok_or_else(|| {
        let known: Vec<String> = offers.iter().map(|(name, _)| format!("`{name}`")).collect();
        Failure::new(Code::NotAcceptable, "none of the kinds in `Accept` is given here")
            .at("accept")
            .with_hint(format!("there is {}", known.join(", ")))
    })
}

/// How much the header likes this media type, in thousandths: what names it most exactly decides.
fn liking(said: &str, name: &str) -> u16 {
    let kind = name.split('/').next().unwrap_or_default();
    let mut found = (0, 0);
    for range in said.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let pattern = parts.next().unwrap_or_default();
        let exactness = if pattern.eq_ignore_ascii_case(name) {
            3
        } else if pattern.strip_suffix("/*").is_some_and(|prefix| prefix.eq_ignore_ascii_case(kind)) {
            2
        } else if pattern == "*/*" {
            1
        } else {
            continue;
        };
        let quality = parts.find_map(|parameter| parameter.strip_prefix("q=")).map_or(1000, thousandths);
        if found.0 < exactness {
            found = (exactness, quality);
        }
    }
    found.1
}

/// A quality such as `0.8`; what is none counts as 1, as if it were not there.
fn thousandths(text: &str) -> u16 {
    match text.split_once('.') {
        Some(("0", digits)) if digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{digits:0<3}").parse().unwrap_or(1000)
        }
        None if text == "0" => 0,
        _ => 1000,
    }
}

#[cfg(test)]
mod tests;
