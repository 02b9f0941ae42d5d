//! The shape of a W3C `traceparent` (Trace Context, section 3.2).

/// Whether the text is a W3C trace context, which is what the column `traceparent` takes: `00-<32 hex>-<16 hex>-<2 hex>` in lower case, neither id all zeros. A later
/// version than 00 may be longer; `ff` is no version.
pub fn is_traceparent(text: &str) -> bool {
    is_valid(text.as_bytes())
}

pub(super) fn is_valid(text: &[u8]) -> bool {
    let Some((head, tail)) = text.split_at_checked(55) else { return false };
    let shaped = head.iter().enumerate().all(|(at, &byte)| match at {
        2 | 35 | 52 => byte == b'-',
        _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
    });
    let (version, trace, span) = (&head[..2], &head[3..35], &head[36..52]);
    let zeros = |id: &[u8]| id.iter().all(|&byte| byte == b'0');
    let tail_fits = tail.is_empty() || (version != b"00" && tail[0] == b'-');
    shaped && tail_fits && version != b"ff" && !zeros(trace) && !zeros(span)
}
