//! Who is let in, and into which space.

use std::time::{Duration, Instant};

use annals_server::{Access, Config};
use jsonwebtoken::{Algorithm, EncodingKey, Header};

use crate::client::{Answer, Client};
use crate::server::Server;

const ALICE: &str = "alice-token-0123456789";
const BOB: &str = "bob-token-0123456789ab";
const SECRET: &str = "a secret of more than thirty-two bytes";

/// A server with the tokens of two people in two spaces, and a secret for signed ones.
struct Bed {
    server: Server,
    access: Access,
    folder: tempfile::TempDir,
}

impl Bed {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("set up");
        let path = folder.path().join("tokens");
        std::fs::write(&path, format!("# two people\n{ALICE} alice red\n{BOB} bob blue\n")).expect("set up");
        let access = Access::new(Some(&path), Some(SECRET)).expect("set up");
        let mut config = Config::default();
        config.access = access.clone();
        Self { server: Server::start_as_it_is(config), access, folder }
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        Client::connect(self.server.address).ask(method, path, headers, body.as_bytes())
    }

    fn with(&self, token: &str, path: &str) -> Answer {
        self.ask("GET", path, &[("Authorization", &format!("Bearer {token}"))], "")
    }

    fn post(&self, token: &str, body: &str) -> Answer {
        let authorization = format!("Bearer {token}");
        let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
        self.ask("POST", "/v1/events?wait=durable", &headers, body)
    }

    /// Logs in and answers the cookie.
    fn log_in(&self, token: &str) -> String {
        let origin = format!("http://{}", self.server.address);
        let headers = [("Origin", origin.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
        let answer = self.ask("POST", "/login", &headers, &format!("token={token}"));
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{}", answer.text());
        let cookie = answer.header("set-cookie").expect("a login gives a cookie").to_owned();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains(token), "{cookie}");
        cookie.split(';').next().expect("a cookie has a first part").to_owned()
    }
}

fn jwt(claims: &serde_json::Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).expect("claims are JSON")
}

fn in_an_hour() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).expect("after 1970");
    now.as_secs() + 3_600
}

#[test]
fn nothing_but_life_is_told_without_a_credential() {
    let bed = Bed::new();
    let headers = |authorization| match authorization {
        "" => vec![],
        other => vec![("Authorization", other)],
    };
    for path in [
        "/",
        "/v1/events",
        "/v1/events/stream",
        "/v1/stats",
        "/log/checkpoint",
        "/metrics",
        "/mcp",
        "/openapi.json",
        "/events",
        "/export.ndjson",
    ] {
        for authorization in ["", "Bearer", "Bearer wrong", "Basic YWxpY2U6eA==", ALICE, "Bearer alice-token-012345678"]
        {
            let answer = bed.ask("GET", path, &headers(authorization), "");
            assert_eq!(answer.status, 401, "{path} `{authorization}`: {}", answer.text());
            assert!(answer.header("www-authenticate").is_some_and(|told| told.starts_with("Bearer")), "{path}");
            assert_eq!(answer.json()["code"], "unauthorized");
        }
    }
    let twice = format!("Bearer {ALICE}");
    assert_eq!(bed.ask("GET", "/v1/events", &[("Authorization", &twice), ("Authorization", &twice)], "").status, 401);
    assert_eq!(bed.ask("GET", "/healthz", &[], "").status, 200);
    let deadline = Instant::now() + Duration::from_secs(30);
    while bed.ask("GET", "/readyz", &[], "").status != 200 {
        assert!(Instant::now() < deadline, "it is never ready");
    }
    assert_eq!(bed.with(ALICE, "/v1/events").status, 200);
    assert_eq!(bed.ask("GET", "/v1/events", &[("Authorization", &format!("bearer {BOB}"))], "").status, 200);
}

#[test]
fn one_space_sees_nothing_of_another() {
    let bed = Bed::new();
    let event = |tool: &str| format!(r#"{{"event_type":"tool.invoked","tool":"{tool}","session_id":"s-{tool}"}}"#);
    let of_alice = bed.post(ALICE, &event("hers"));
    assert_eq!(of_alice.status, 201, "{}", of_alice.text());
    let id = of_alice.json()["id"].as_str().expect("an answer has the id").to_owned();
    // What somebody else's event would show: its id, tool or session.
    let paths = [
        "/v1/events".to_owned(),
        "/v1/events?type=tool.invoked".to_owned(),
        "/v1/events?space=red".to_owned(),
        format!("/v1/events/{id}"),
        format!("/v1/events/{id}/proof"),
        "/v1/sessions".to_owned(),
        "/events".to_owned(),
        format!("/events/{id}"),
        "/sessions".to_owned(),
        "/sessions/s-hers".to_owned(),
        "/".to_owned(),
        "/export.ndjson".to_owned(),
        "/export.csv".to_owned(),
    ];
    let shows = |answer: &Answer| answer.text().contains("hers");
    let signed = |claims: serde_json::Value| jwt(&claims);
    let same_space = signed(serde_json::json!({"sub": "carol", "space": "red", "exp": in_an_hour()}));
    let own_space = signed(serde_json::json!({"sub": "carol", "exp": in_an_hour()}));
    for path in &paths {
        for stranger in [BOB, own_space.as_str()] {
            let answer = bed.with(stranger, path);
            assert!(!shows(&answer) && answer.status != 500, "{path} as a stranger: {}", answer.text());
        }
    }
    // The control: whoever is of the space sees it there.
    for friend in [ALICE, same_space.as_str()] {
        for path in ["/v1/events", "/v1/sessions", "/events", "/export.ndjson"] {
            assert!(shows(&bed.with(friend, path)), "{path}");
        }
        assert_eq!(bed.with(friend, &format!("/v1/events/{id}")).status, 200);
    }
    let found = bed.with(ALICE, &format!("/v1/events/{id}")).json();
    assert_eq!((found["credential"].as_str(), found["space"].as_str()), (Some("alice"), Some("red")));
    assert_eq!(bed.with(BOB, "/v1/events?type=tool.invoked").json()["events"], serde_json::json!([]));
    // Nobody says for themselves who they are.
    let claimed = bed.post(BOB, r#"{"event_type":"tool.invoked","space":"red"}"#);
    assert_eq!(claimed.status, 400, "{}", claimed.text());
}

#[test]
fn a_login_is_a_cookie_without_the_token() {
    let bed = Bed::new();
    let cookie = bed.log_in(ALICE);
    let with_cookie = |cookie: &str, path: &str| bed.ask("GET", path, &[("Cookie", cookie)], "");
    assert_eq!(with_cookie(&format!("other=1; {cookie}"), "/v1/events").status, 200);
    assert_eq!(with_cookie("annals_login=0000", "/v1/events").status, 401);
    // A change needs a page of ours.
    let body = r#"{"event_type":"tool.invoked"}"#;
    let post = |extra: &[(&str, &str)]| {
        let mut headers = vec![("Cookie", cookie.as_str()), ("Content-Type", "application/json")];
        headers.extend_from_slice(extra);
        bed.ask("POST", "/v1/events", &headers, body).status
    };
    let own = format!("http://{}", bed.server.address);
    assert_eq!(post(&[]), 403);
    assert_eq!(post(&[("Sec-Fetch-Site", "cross-site")]), 403);
    assert_eq!(post(&[("Origin", "http://evil.example")]), 403);
    assert_eq!(post(&[("Origin", "null")]), 403);
    assert_eq!(post(&[("Origin", &own)]), 202);
    // The end of it.
    let left = bed.ask("POST", "/logout", &[("Cookie", &cookie), ("Origin", &own)], "");
    assert_eq!((left.status, left.header("location")), (303, Some("/login")));
    assert_eq!(with_cookie(&cookie, "/v1/events").status, 401);
    // A wrong token gives none, and a login from elsewhere is refused.
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let wrong = bed.ask("POST", "/login", &[("Origin", &own), form], "token=wrong");
    assert_eq!(
        (wrong.status, wrong.header("location"), wrong.header("set-cookie")),
        (303, Some("/login?failed"), None)
    );
    let elsewhere = bed.ask("POST", "/login", &[("Origin", "http://evil.example"), form], &format!("token={ALICE}"));
    assert_eq!((elsewhere.status, elsewhere.header("set-cookie")), (403, None));
}

#[test]
fn a_token_that_is_taken_out_ends_its_logins() {
    let bed = Bed::new();
    let cookie = bed.log_in(ALICE);
    let path = bed.folder.path().join("tokens");
    std::fs::write(&path, "half a-line\n").expect("set up");
    let error = bed.access.reload().expect_err("the file is bad").to_string();
    assert!(error.contains("line 1"), "{error}");
    assert_eq!(bed.with(ALICE, "/v1/events").status, 200);
    std::fs::write(&path, format!("{BOB} bob blue\n")).expect("set up");
    bed.access.reload().expect("it is good");
    assert_eq!(bed.with(ALICE, "/v1/events").status, 401);
    assert_eq!(bed.with(BOB, "/v1/events").status, 200);
    assert_eq!(bed.ask("GET", "/v1/events", &[("Cookie", &cookie)], "").status, 401);
}

/// What comes of a stream until it ends.
fn rest(client: &mut Client) -> String {
    let mut all = Vec::new();
    while let Ok(Some(piece)) = client.try_piece() {
        all.extend_from_slice(&piece);
    }
    String::from_utf8(all).expect("a stream is text here")
}

#[test]
fn a_credential_that_is_taken_back_ends_its_streams() {
    let bed = Bed::new();
    let cookie = bed.log_in(ALICE);
    let (alices, bobs) = (format!("Bearer {ALICE}"), format!("Bearer {BOB}"));
    let open = |path: &str, header: (&str, &str)| {
        let mut client = Client::connect(bed.server.address);
        client.head("GET", path, &[header]);
        assert_eq!(client.answer_head().status, 200, "{path}");
        client.piece().expect("a stream begins");
        client
    };
    let mut hers = [
        open("/v1/events/stream", ("Authorization", &alices)),
        open("/live", ("Authorization", &alices)),
        open("/live", ("Cookie", &cookie)),
    ];
    let mut his = open("/v1/events/stream", ("Authorization", &bobs));
    // One who is in the middle of sending.
    let mut sender = Client::connect(bed.server.address);
    let headers = [
        ("Authorization", alices.as_str()),
        ("Content-Type", "application/x-ndjson"),
        ("Transfer-Encoding", "chunked"),
    ];
    sender.head("POST", "/v1/events", &headers);
    sender.chunk(b"{\"event_type\":\"tool.invoked\",\"tool\":\"in-time\"}\n");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !bed.with(ALICE, "/v1/events").text().contains("in-time") {
        assert!(Instant::now() < deadline, "the first line does not arrive");
    }

    std::fs::write(bed.folder.path().join("tokens"), format!("{BOB} bob blue\n")).expect("set up");
    bed.access.reload().expect("it is good");
    sender.chunk(b"{\"event_type\":\"tool.invoked\",\"tool\":\"too-late\"}\n");
    assert_eq!(sender.answer("POST").status, 401);
    // Of a space that the streams are of, by somebody who may.
    let of_red = jwt(&serde_json::json!({"sub": "carol", "space": "red", "exp": in_an_hour()}));
    assert_eq!(bed.post(&of_red, r#"{"event_type":"tool.invoked","tool":"secret"}"#).status, 201);
    for stream in &mut hers {
        let told = rest(stream);
        assert!(!told.contains("secret"), "{told}");
    }
    // The control: who may still listen hears, and the lines that came in time are there.
    assert_eq!(bed.post(BOB, r#"{"event_type":"tool.invoked","tool":"his"}"#).status, 201);
    let mut heard = String::new();
    while !heard.contains("his") {
        heard.push_str(&String::from_utf8(his.piece().expect("it goes on")).expect("a stream is text"));
    }
    let of_red = bed.with(&of_red, "/v1/events").text().to_owned();
    assert!(of_red.contains("in-time") && of_red.contains("secret") && !of_red.contains("too-late"), "{of_red}");
}

#[test]
fn leaves_are_shown_to_those_of_whose_space_they_are() {
    let bed = Bed::new();
    let owner = jwt(&serde_json::json!({"sub": "owner", "space": "default", "exp": in_an_hour()}));
    let own = || bed.with(&owner, "/v1/events?type=audit.*&order=oldest").json();
    // The server says beside its first requests that it began; here its event is to be the log's first.
    let deadline = Instant::now() + Duration::from_secs(30);
    while own()["events"].as_array().is_none_or(Vec::is_empty) {
        assert!(Instant::now() < deadline, "it does not say that it began");
    }
    for token in [ALICE, BOB] {
        assert_eq!(bed.post(token, r#"{"event_type":"tool.invoked"}"#).status, 201);
    }
    bed.server.audit.checkpoint().expect("set up");
    let size = bed.with(ALICE, "/log/checkpoint").text().lines().nth(1).expect("a size").to_owned();
    assert_eq!(bed.with(ALICE, &format!("/log/tile/0/000.p/{size}")).status, 200, "hashes are for all");
    let mixed = bed.with(ALICE, &format!("/log/tile/entries/000.p/{size}"));
    assert_eq!((mixed.status, mixed.json()["code"].as_str()), (403, Some("forbidden")));
    // The control: the first event is the server's own, of the space of those who run it.
    let first = own();
    assert_eq!(first["events"][0]["seq"], 0, "{first}");
    assert_eq!(bed.with(&owner, "/log/tile/entries/000.p/1").status, 200);
    assert_eq!(bed.with(ALICE, "/log/tile/entries/000.p/1").status, 403);
}

#[test]
fn the_server_says_what_it_does_and_whom_it_turns_away() {
    let bed = Bed::new();
    for _ in 0..50 {
        assert_eq!(bed.with("wrong", "/v1/events").status, 401);
    }
    bed.log_in(ALICE);
    bed.server.audit.flush().expect("set up");
    let told = |event_type: &str| {
        let filter = annals::Filter::new().event_type(event_type);
        bed.server.audit.query(&filter, &annals::PageRequest::default()).expect("set up").events
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while told("audit.configured").is_empty() {
        assert!(Instant::now() < deadline, "it does not say how it is set up");
    }
    assert_eq!(told("audit.started").len(), 1);
    let denials = told("auth_failure");
    // Bounded in rate: fifty in a row are far fewer events than fifty.
    assert!(!denials.is_empty() && denials.len() < 25, "{}", denials.len());
    assert!(denials.iter().all(|denial| denial.space == "default"));
    let logins = told("auth_success");
    assert_eq!((logins.len(), logins[0].space.as_str()), (1, "red"));
    // No token stands in anything of it.
    let all = bed.server.audit.query(&annals::Filter::new(), &annals::PageRequest::default()).expect("set up").events;
    let mut text = String::new();
    for event in &all {
        annals_event::json::write(event, &mut text);
    }
    assert!(!text.contains(ALICE) && !text.contains("wrong\"token") && !text.contains(SECRET), "{text}");
}
