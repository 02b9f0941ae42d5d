//! Which keys hold secrets, and which only look like it.

use serde_json::json;

use super::*;

fn check(key: &str, expected: Sensitivity) {
    assert_eq!(Keys::new::<&str>([]).sensitivity(key), expected, "{key}");
}

#[test]
fn keys_are_known_in_every_spelling() {
    for key in [
        "password",
        "PASSWORD",
        "db_password",
        "dbPassword",
        "Password2",
        "password_1",
        "new-password",
        "passwd",
        "user.pwd",
        "apiKey",
        "api_key",
        "API-KEY",
        "X-Api-Key",
        "x_api_keys",
        "Authorization",
        "proxy-authorization",
        "Cookie",
        "set-cookie",
        "Set-Cookie",
        "cookies",
        "client_secret",
        "clientSecret",
        "secrets",
        "access_token",
        "id_token",
        "csrfToken",
        "refresh_tokens",
        "private_key",
        "PRIVATE KEY",
        "aws_secret_access_key",
        "signing-key",
        "ssh_key",
        "credentials",
        "AccountKey",
        "Ocp-Apim-Subscription-Key",
        "X-Amz-Signature",
        "passphrase",
        "password_hash",
        "token_value",
        "api_key_base64",
        "auth_credential",
        "recovery_codes",
        "gh_token_",
        "token ",
        "$token",
        "--token",
    ] {
        check(key, Sensitivity::AnyValue);
    }
}

#[test]
fn keys_that_only_look_so_are_left_alone() {
    for key in [
        "",
        "a",
        "token_count",
        "max_tokens",
        "tokens",
        "input_tokens",
        "total_token_usage",
        "secretary",
        "passed",
        "bypass",
        "compass",
        "key",
        "keys",
        "public_key",
        "primary_key",
        "cache-key",
        "keyboard",
        "monkey",
        "author",
        "authority",
        "authored_by",
        "cookie_policy",
        "password_policy",
        "password_file",
        "secret_name",
        "next_page_token",
        "eos_token",
        "price_per_token",
        "lines",
        "status",
        "path",
        "ü",
        "密码",
        "tokenizer",
        "session_id",
        "signature",
    ] {
        check(key, Sensitivity::None);
    }
}

#[test]
fn some_keys_make_only_texts_secret() {
    for key in ["pass", "x_pass", "smtpPass", "smtp-pass", "auth", "_auth", "jwt", "user_jwt", "otp"] {
        check(key, Sensitivity::Text);
    }
    assert!(Sensitivity::Text.hides(&json!("x")) && !Sensitivity::Text.hides(&json!(12)));
    for key in ["pwd", "PWD", "OLDPWD"] {
        check(key, Sensitivity::TextButPath);
    }
    assert!(Sensitivity::TextButPath.hides_text("hunter2"));
    for directory in ["/home/x", "~/x", "C:\\x", "$HOME", "./x"] {
        assert!(!Sensitivity::TextButPath.hides_text(directory), "{directory}");
    }
}
