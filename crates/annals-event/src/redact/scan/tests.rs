//! Which texts look like secrets, and which harmless ones must stay as they are.

use crate::redact::{Redactor, screen};

/// `secret` marks, between `«` and `»`, what must be taken; everything else must stay.
fn check(marked: &str) {
    let text = marked.replace(['«', '»'], "");
    let mut expected = String::new();
    let mut n_secrets = 0;
    for (n, part) in marked.split(['«', '»']).enumerate() {
        if n % 2 == 1 {
            n_secrets += 1;
            expected.push_str("[REDACTED]");
        } else {
            expected.push_str(part);
        }
    }
    let redactor = Redactor::standard();
    let (clean, n_redacted) = redactor.clean(&text);
    assert_eq!((clean.as_ref(), n_redacted), (expected.as_str(), n_secrets), "{text}");
    assert!(n_secrets == 0 || redactor.suspects(text.as_bytes()), "the screen passed {text}");
}

#[test]
fn every_pattern_has_a_stem_that_the_screen_knows() {
    for pattern in super::patterns() {
        assert!(screen::covers(pattern), "{pattern}");
    }
}

#[test]
fn providers_keys() {
    for marked in [
        "use «sk-ant-api03-AbC123xyz_-9» now",
        "«sk-abcdefghijklmnopqrstuvwx»",
        "«sk-proj-abc12345»,«sk-proj-abc12346»",
        "key «sk_live_4eC39HqLyjWDarjtT1»",
        "(«ghp_0123456789abcdefghij»)",
        "«github_pat_11ABCDEFG0_abcdefgh»",
        "«glpat-abcdefghij0123456789»",
        "«dckr_pat_abcdefghij0123456789ABCD»",
        "«xoxb-123456789012-abcdef»",
        "id «AKIAIOSFODNN7EXAMPLE» end",
        "«AIzaSyA1234567890abcdefghijklmnopqrstu»",
        "«eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P»!",
        "«hf_abcdefghijklmnopqrstuvwxyz»",
        "«AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ»",
        "https://hooks.slack.com/services/«T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX»",
        "x\\n«ghp_0123456789abcdefghij»",
    ] {
        check(marked);
    }
}

#[test]
fn what_looks_like_a_providers_key_and_is_none() {
    for text in [
        "sk-learn",
        "task-12345678 disk-abcdefghijklmnopqrst",
        "sk-learn-contrib",
        "ghp_short",
        "AKIAIOSFODNN7EXAMPLEX",
        "EURASIA1234567890123456",
        "eyJhbGciOiJIUzI1NiJ9",
        "sk-12",
        "glpat-",
        "0192f0c1-2b3d-7e4f-8a5b-6c7d8e9f0a1b",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ] {
        check(text);
    }
}

#[test]
fn private_keys() {
    check("a «-----BEGIN PRIVATE KEY-----\nMIIE\nvQIB\n-----END PRIVATE KEY-----» b");
    check("«-----BEGIN RSA PRIVATE KEY-----\\nMIIE\\n-----END RSA PRIVATE KEY-----»\\nb");
    check("«-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA»");
    check("«MIIEvQIB\nvQIB\n-----END PRIVATE KEY-----»\nafter");
    check("«-----BEGIN PGP PRIVATE KEY BLOCK-----\nx\n-----END PGP PRIVATE KEY BLOCK-----»");
    check("-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----");
    check("-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----");
    check("key=«-----BEGIN EC PRIVATE KEY-----\nMIIE\n-----END EC PRIVATE KEY-----»");
}

#[test]
fn urls() {
    check("postgres://«bob:hunter2»@db.example.com:5432/x?sslmode=on");
    check("git clone https://«x-access-token:abc»@github.com/a/b.git");
    check("https://«0123456789abcdef0123»@github.com/a");
    check("amqp://«u:p@ss»@host/ and redis://«:pw»@host");
    check("postgres://«u:pa/ss»@host/db");
    check("https://«u%3Ap»@host/");
    check("https://api.example.com/v1?a=b&access_token=«abc123»&c=d");
    check("GET /x?api_key=«abc»&sig=«0123456789abcdef0123456789#f»");
    check("r=https%3A%2F%2Fx%3Ftoken%3D«abc»%26y%3D1");
    for text in [
        "https://example.com/a@b",
        "ssh://git@github.com/a/b",
        "http://[::1]:80/x@y",
        "http://host:8080/@scope/pkg",
        "mailto:alice@example.com",
        "https://x.y/?page=2&key=name",
        "see https://a.b and alice@example.com",
    ] {
        check(text);
    }
}

#[test]
fn headers() {
    check("Authorization: «Bearer abc.def»\nAccept: */*");
    check("curl -H 'Authorization: «Bearer abc»' https://x.y");
    check("curl -H \"X-Api-Key: «abc»\" https://x.y");
    check("authorization: «Basic dXNlcjpwYXNz»\\r\\nHost: x");
    check("Cookie: «sid=1; theme=dark»\nX: y");
    check("sent Bearer «abcdef123456» to it");
    check("BEARER   «ABCDEF123456»");
    check("sent basic «dXNlcjpwYXNzd29yZA==» to it");
    for text in ["bearer of bad news", "Bearer authentication", "a basic functionality", "Basic TypeScript types"] {
        check(text);
    }
}

#[test]
fn environments_and_command_lines() {
    check("FOO_TOKEN=«abc» BAR=1 cmd");
    check("export API_KEY='«a b c»'; run");
    check("export DB_PASSWORD=\"«a\\\"b»\" x");
    check("$env:GITHUB_TOKEN = \"«abc»\"");
    check("login --password «hunter2» --verbose");
    check("login --password=«hunter2» -v");
    check("login --api-key '«hunter2»' -v");
    check("[\"login\",\"--password\",\"«hunter2»\",\"-v\"]");
    check("psql PGPASSWORD=«x» && curl -u «bob:hunter2» https://x");
    check("curl -u «bob:hunter2» -U «proxy:hunter3» https://x && curl -u «a:b» --proxy-user=«c:d» https://y");
    check("curl -url https://x -u «bob:hunter2»");
    check("mysql -u root -p«hunter2» shop");
    check("sshpass -p «hunter2» ssh host");
    check("PASSWORD=«a» PASSWORD=«b»");
    for text in [
        "login --password --verbose",
        "curl -u $USER https://x",
        "mysql -u root -p shop",
        "TOKEN=$GITHUB_TOKEN run",
        "TOKEN=${X} run",
        "PWD=/home/bob ls",
        "OLDPWD=/x",
        "mkdir -p src",
        "--token-count 5",
    ] {
        check(text);
    }
}

#[test]
fn json_yaml_and_code_in_text() {
    check("{\"password\": \"«hunter2»\", \"n\": 1}");
    check("{\"token\":«12345»,\"n\":1}");
    check("{\\\"apiKey\\\": \\\"«x\\\\\\\"y»\\\", \\\"n\\\": 1}");
    check("{\\\\\\\"secret\\\\\\\":\\\\\\\"«abc»\\\\\\\"}");
    check("{\"credentials\": «{\"user\": \"u\", \"x\": [1]}», \"n\": 1}");
    check("db:\n  password: «correct horse»\n  host: x");
    check("password = '«hunter2»'");
    check("config[\"api_key\"] = \"«abc»\"");
    check("'token' => '«abc»',");
    check("<password>«hunter2»</password><user>u</user>");
    check("<db password=\"«x y»\" user=\"u\"/>");
    check("ALTER USER bob WITH PASSWORD '«x»';");
    check("the api key: «abc123», thanks");
    check("passwörter; password=«pässwörd» ü");
    check("Server=x;User=y;Password=«z»;Encrypt=1");
    check("token: «abc»");
    check("log token=«abc», user=bob");
    for text in [
        "unexpected token: `}`",
        "expected token = in line 3",
        "let token: String = x",
        "password: Option<String>,",
        "token = self.token",
        "fn token::next()",
        "tokens: 5",
        "token_count: 12",
        "max_tokens=100",
        "secretary: Ann",
        "3 tests passed: ok",
        "token = get_token()",
        "password: null",
        "the token is valid",
        "keyboard: us",
        "a key: b",
        "password=[REDACTED]",
        "password: ****",
        "token://x",
        "if token == null",
    ] {
        check(text);
    }
}

#[test]
fn letters_written_as_escapes_are_read() {
    let redactor = Redactor::standard();
    for text in [r#"{"\u0070assword":"hunter2"}"#, r#"{\"p\u0061ssword\":\"hunter2\"}"#, r"tok\u0065n\u003dhunter2"] {
        let (clean, n_redacted) = redactor.clean(text);
        assert!(!clean.contains("hunter2") && n_redacted == 1, "{clean}");
        assert!(redactor.suspects(text.as_bytes()));
    }
    assert_eq!(redactor.redact(r"\u001b[31mred \u0041"), r"\u001b[31mred \u0041");
}

#[test]
fn hostile_text_takes_no_quadratic_time() {
    for part in [
        "://",
        "token:[",
        "token={",
        "token=${",
        "token=*",
        "token='",
        "pwd=/",
        "eyJa-",
        "sk-",
        "-----END PRIVATE KEY",
        "token=\\\"",
        "bearer ",
        "curl -u",
        "\\u0041",
    ] {
        let text = part.repeat(16 * 1024 / part.len());
        let start = std::time::Instant::now();
        let _ = Redactor::standard().redact(&text);
        assert!(start.elapsed().as_secs() < 10, "{part} took {:?}", start.elapsed());
    }
}
