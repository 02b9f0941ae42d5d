//! Which tokens are good.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::Jwt;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn signed(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

/// Credential and space, or nothing.
fn check(token: &str) -> Option<(String, String)> {
    let (caller, _) = Jwt::with_secret(SECRET).unwrap().caller(token)?;
    Some((caller.credential().to_owned(), caller.space().to_owned()))
}

#[test]
fn the_subject_is_the_credential_and_the_space_unless_a_claim_names_one() {
    let hour = now() + 3_600;
    let token = signed(Algorithm::HS256, SECRET, &json!({"sub": "alice", "exp": hour}));
    assert_eq!(check(&token), Some(("alice".into(), "alice".into())));
    let token = signed(
        Algorithm::HS256,
        SECRET,
        &json!({"sub": "alice", "space": "team", "exp": hour, "nbf": now(), "aud": "x"}),
    );
    assert_eq!(check(&token), Some(("alice".into(), "team".into())));
}

#[test]
fn everything_else_is_refused() {
    let hour = now() + 3_600;
    let good = json!({"sub": "alice", "exp": hour});
    let token = signed(Algorithm::HS256, SECRET, &good);
    let (head, rest) = token.split_once('.').unwrap();
    for (what, token) in [
        ("another secret", signed(Algorithm::HS256, &SECRET.replace('0', "1"), &good)),
        ("another algorithm", signed(Algorithm::HS512, SECRET, &good)),
        ("over", signed(Algorithm::HS256, SECRET, &json!({"sub": "alice", "exp": now() - 60}))),
        ("without an end", signed(Algorithm::HS256, SECRET, &json!({"sub": "alice"}))),
        ("not yet", signed(Algorithm::HS256, SECRET, &json!({"sub": "alice", "exp": hour, "nbf": now() + 600}))),
        ("of nobody", signed(Algorithm::HS256, SECRET, &json!({"exp": hour}))),
        ("of a number", signed(Algorithm::HS256, SECRET, &json!({"sub": 7, "exp": hour}))),
        ("of no name", signed(Algorithm::HS256, SECRET, &json!({"sub": "a\nb", "exp": hour}))),
        (
            "a space that is none",
            signed(Algorithm::HS256, SECRET, &json!({"sub": "alice", "space": ["team"], "exp": hour})),
        ),
        ("unsigned", format!("eyJhbGciOiJub25lIn0.{}.", rest.split_once('.').unwrap().0)),
        ("a part", head.to_owned()),
        ("nothing", String::new()),
    ] {
        assert_eq!(check(&token), None, "{what}");
    }
}

#[test]
fn a_short_secret_is_none() {
    assert!(Jwt::with_secret(&SECRET[1..]).is_none());
}
