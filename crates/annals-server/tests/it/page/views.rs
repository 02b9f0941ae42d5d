//! What the views show, and the questions in their URLs.

use annals::{Event, Outcome};

use crate::page::bench::{a_call, look, record, seen};
use crate::server::Server;

/// How many rows of events a document has.
fn n_rows(html: &str) -> usize {
    html.matches("data-seq=").count()
}

#[test]
fn the_timeline_shows_what_its_url_asks() {
    let server = Server::start();
    a_call(&server);
    record(&server, "default", Event::new("plan_applied").plan("P-7"));
    for (path, n) in [
        ("/events", 4),
        ("/events?tool=bash", 2),
        ("/events?type=tool.*,guard.allowed", 3),
        ("/events?outcome=failure", 1),
        ("/events?plan=P-7", 1),
        ("/events?text=no%20such", 1),
        ("/events?until=2020-01-01", 0),
        ("/events?limit=1", 1),
    ] {
        assert_eq!(n_rows(&seen(&server, path)), n, "{path}");
    }
}

#[test]
fn a_condition_can_be_taken_out_and_others_stay() {
    let server = Server::start();
    let html = seen(&server, "/events?tool=bash&outcome=failure&client=x%26y");
    assert!(html.contains("href=\"/events?outcome=failure&amp;client=x%26y\" aria-label=\"Take out tool\""), "{html}");
    // A condition without a field is carried along by the form.
    assert!(html.contains("<input type=\"hidden\" name=\"client\" value=\"x&amp;y\">"), "{html}");
    assert!(html.contains("name=\"tool\" value=\"bash\""), "{html}");
    assert!(html.contains("<option value=\"failure\" selected>"), "{html}");
}

#[test]
fn a_form_that_was_sent_leads_to_a_short_url() {
    let server = Server::start();
    let answer = look(&server, "/events?event_type=&tool=a+b%26&outcome=&since=");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/events?tool=a%20b%26")));
    assert_eq!(look(&server, "/histogram?tool=&width=1h").header("location"), Some("/histogram?width=1h"));
}

#[test]
fn a_wrong_question_is_answered_in_its_form() {
    let server = Server::start();
    a_call(&server);
    for (path, parts) in [
        (
            "/events?since=whenever",
            &["<b><bdi>since</bdi></b>", "is no time", "value=\"whenever\"", "aria-invalid=\"true\""][..],
        ),
        ("/events?tol=x", &["did you mean `tool`"]),
        ("/events?outcome=great", &["outcome", "value=\"great\" selected"]),
        ("/events?cursor=x&tool=bash", &["is no cursor", "value=\"bash\""]),
        ("/histogram?width=some", &["is no width"]),
    ] {
        let answer = look(&server, path);
        assert_eq!(answer.status, 400, "{path}");
        let html = answer.text();
        assert!(html.contains("role=\"alert\"") && n_rows(html) == 0, "{path}");
        for part in parts {
            assert!(html.contains(part), "{path}: `{part}` is missing in {html}");
        }
    }
}

#[test]
fn pages_follow_each_other_to_the_end() {
    let server = Server::start();
    for n in 0..7 {
        record(&server, "default", Event::new("tool.invoked").tool(format!("t{n}")));
    }
    for order in ["newest", "oldest"] {
        let mut path = format!("/events?limit=3&order={order}");
        let mut all = Vec::new();
        loop {
            let html = seen(&server, &path);
            let tools = html.split("<b><bdi>t").skip(1).map(|rest| rest[..1].parse::<u8>().expect("a digit"));
            all.extend(tools);
            let Some(next) =
                html.split("<a href=\"").find(|rest| rest.contains("rel=\"next\"") && rest.starts_with("/events?"))
            else {
                break;
            };
            path = next.split('"').next().expect("a link").replace("&amp;", "&");
        }
        if order == "newest" {
            all.reverse();
        }
        assert_eq!(all, [0, 1, 2, 3, 4, 5, 6], "{order}");
    }
}

#[test]
fn a_session_is_a_tree_with_its_failures() {
    let server = Server::start();
    a_call(&server);
    let html = seen(&server, "/sessions/S-1");
    let tree = html.split("<ul class=\"tree\">").nth(1).expect("a tree");
    // The call's end completes its line, and its guard hangs below it.
    assert_eq!(tree.matches("class=\"line").count(), 2, "{tree}");
    let (call, below) = tree.split_once("<ul>").expect("a level");
    assert!(call.contains("bash") && call.contains("failure") && call.contains("1.2 s"), "{call}");
    assert!(below.contains("guard.allowed") && below.contains("allow"), "{below}");
    assert_eq!(tree.matches("<ul>").count() + 1, tree.matches("</ul>").count(), "lists are closed");
    assert_eq!(tree.matches("<li>").count(), tree.matches("</li>").count(), "items are closed");
    assert_eq!(look(&server, "/sessions/S-2").status, 404);
}

#[test]
fn deep_trees_stay_a_document() {
    let server = Server::start();
    let mut parent = record(&server, "default", Event::new("tool.invoked").session("deep"));
    for _ in 0..60 {
        parent = record(&server, "default", Event::new("tool.invoked").session("deep").parent(parent.to_string()));
    }
    let html = seen(&server, "/sessions/deep");
    assert_eq!(html.matches("class=\"line").count(), 61);
    assert!(html.matches("<ul>").count() < 30, "deeper levels are drawn as the deepest");
}

#[test]
fn an_event_shows_its_operation_its_session_and_how_it_is_proved() {
    let server = Server::start();
    let guard = a_call(&server);
    let html = seen(&server, &format!("/events/{guard}"));
    assert!(html.contains(&guard.to_string()) && html.contains("guard.allowed"));
    let operation = html.split("id=\"operation\"").nth(1).expect("its operation");
    assert_eq!(n_rows(operation), 2, "the beginning and the end");
    assert!(html.contains("rel=\"prev\"") && html.contains("rel=\"next\""), "its neighbours in the session");
    assert!(html.contains(&format!("href=\"/v1/events/{guard}/proof?disclose=who,context,details\" download")));
    let proof = look(&server, &format!("/v1/events/{guard}/proof?disclose=who,context,details"));
    assert_eq!(proof.status, 200);
    annals::proof::verify_proof(proof.text(), None).expect("the link leads to a proof that holds");
}

#[test]
fn a_histogram_counts() {
    let server = Server::start();
    a_call(&server);
    record(&server, "default", Event::new("guard.denied").outcome(Outcome::Denied));
    let html = seen(&server, "/histogram?width=1d");
    assert!(html.contains("4 events, 1 failed, 1 denied, by a day"), "{html}");
    assert!(html.contains("<rect class=\"all\""), "{html}");
    assert!(html.contains("<table class=\"numbers\">"), "the numbers stand beside the picture");
}

#[test]
fn now_says_what_has_begun() {
    let server = Server::start();
    let begun = Event::new("tool.invoked").tool("deploy").operation("op-9").phase(annals::Phase::Intent);
    a_call(&server);
    record(&server, "default", begun);
    let html = seen(&server, "/");
    let open = html.split("id=\"open\"").nth(1).and_then(|rest| rest.split("</section>").next()).expect("a section");
    assert!(open.contains("deploy") && !open.contains("bash"), "{open}");
    assert!(html.contains("<b>4</b>"), "four events in the last hour: {html}");
}

#[test]
fn nothing_on_record_is_said() {
    let server = Server::start();
    for (path, words) in [
        ("/", "Nothing is on record yet"),
        ("/events", "Nothing is on record yet"),
        ("/events?tool=x", "No event fits"),
        ("/sessions", "No session"),
        ("/histogram", "No event fits"),
        ("/log", "Nothing is sealed yet"),
    ] {
        assert!(seen(&server, path).contains(words), "{path}");
    }
}

#[test]
fn an_export_has_all_that_the_filter_shows() {
    let server = Server::start();
    for n in 0..700 {
        let caller = annals::Caller::new("default", "somebody").expect("set up");
        let event = Event::new("tool.invoked").tool(if n % 2 == 0 { "even, \"so\"" } else { "odd" }).duration_ms(n);
        server.audit.accept(event, &caller).expect("set up");
    }
    server.audit.flush().expect("set up");
    let query = "tool=even%2C%20%22so%22&order=oldest";
    let lines = look(&server, &format!("/export.ndjson?{query}"));
    assert_eq!(lines.header("content-disposition"), Some("attachment; filename=\"events.ndjson\""));
    let durations: Vec<u64> = lines
        .text()
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).expect("an object")["duration_ms"]
                .as_u64()
                .expect("a number")
        })
        .collect();
    assert_eq!(durations, (0..700).step_by(2).collect::<Vec<_>>());
    let csv = look(&server, &format!("/export.csv?{query}"));
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    let mut rows = csv.text().lines();
    assert!(rows.next().expect("a head").starts_with("seq,id,event_type,"), "a head");
    let rows: Vec<&str> = rows.collect();
    assert_eq!(rows.len(), 350);
    assert!(rows.iter().all(|row| row.contains("\"even, \"\"so\"\"\"")), "{}", rows[0]);
    assert_eq!(look(&server, "/export.csv?tol=x").status, 400);
}
