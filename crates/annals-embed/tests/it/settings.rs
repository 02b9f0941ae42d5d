//! Settings: what opens nothing, and what is said of a wrong one.

use annals_embed::{Key, Kind, Settings, open};

#[test]
fn a_provider_is_one_of_three_words() {
    for (text, kind) in [("none", Kind::None), ("openai", Kind::OpenAi), ("local", Kind::Local)] {
        assert_eq!(text.parse(), Ok(kind));
    }
    for text in ["", "OpenAI", "ollama\u{1b}[2J"] {
        let error = text.parse::<Kind>().unwrap_err();
        assert_eq!(error.setting, "provider");
        assert!(error.message.contains("one of `none`, `openai`, `local`"), "{error}");
        assert!(!error.message.contains('\u{1b}'), "{error:?}");
    }
}

#[test]
fn none_opens_nothing() {
    assert!(open(&Settings::default()).unwrap().is_none());
}

#[test]
fn a_key_is_never_printed() {
    let settings = Settings { key: Some(Key::new("sk-secret")), ..Settings::default() };
    let printed = format!("{settings:?} {settings:#?}");
    assert!(!printed.contains("secret") && printed.contains("Key([set])"), "{printed}");
    assert_eq!(format!("{:?}", Key::new(" ")), "Key([empty])");
}

#[cfg(feature = "openai")]
#[test]
fn what_can_not_be_opened_is_named_with_what_would_be_right() {
    let good = Settings {
        provider: Kind::OpenAi,
        url: Some("https://example.com/v1".to_owned()),
        model: Some("small".to_owned()),
        key: Some(Key::new("sk-secret")),
        dimension: Some(384),
    };
    assert!(open(&good).unwrap().is_some());
    let url = |url: &str| Settings { url: Some(url.to_owned()), ..good.clone() };
    let model = |model: &str| Settings { model: Some(model.to_owned()), ..good.clone() };
    let key = |key: &str| Settings { key: Some(Key::new(key)), ..good.clone() };
    let dimension = |dimension| Settings { dimension: Some(dimension), ..good.clone() };
    let cases = [
        ("url", "is empty", Settings { url: None, ..good.clone() }),
        ("url", "is empty", url(" ")),
        ("url", "http://", url("localhost:11434")),
        ("url", "http://", url("ftp://example.com/v1")),
        ("url", "http://", url("/v1")),
        ("url", "is no URL", url("http://exa mple.com")),
        ("url", "password", url("https://me:sk-secret@example.com/v1")),
        ("url", "`?`", url("https://example.com/v1?key=sk-secret")),
        ("model", "is missing", Settings { model: None, ..good.clone() }),
        ("model", "is missing", model("  ")),
        ("model", "control character", model("a\nb")),
        ("key", "visible ASCII", key("Bearer sk-secret")),
        ("key", "visible ASCII", key("sk-secret\r\nX-Evil: 1")),
        ("key", "visible ASCII", key("sk-secret-schlüssel")),
        ("key", "visible ASCII", key(&"sk-secret".repeat(2000))),
        ("dimension", "at least one", dimension(0)),
        ("dimension", "at most", dimension(1_000_000)),
    ];
    for (setting, problem, settings) in cases {
        let error = open(&settings).err().expect("it can't be opened");
        assert_eq!(error.setting, setting, "{error}");
        assert!(error.message.contains(problem) && error.message.contains("hint: "), "{error}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }
}
