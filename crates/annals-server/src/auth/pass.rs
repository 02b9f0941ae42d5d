//! What a request showed to be let in, kept for as long as it lasts: a stream may outlive the credential that it began with.

use std::fmt;

/// It holds nothing that could be shown again by somebody else.
#[derive(Clone, Default)]
pub(crate) enum Pass {
    /// Nothing, where everybody is let in.
    #[default]
    Open,
    /// The digest of a token of the file.
    Token([u8; 32]),
    /// A signed token, which is good until then, as seconds since 1970.
    Signed(u64),
    /// A login, by the name in its cookie.
    Login([u8; 32]),
}

impl fmt::Debug for Pass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Open => "Open",
            Self::Token(_) => "Token",
            Self::Signed(_) => "Signed",
            Self::Login(_) => "Login",
        })
    }
}
