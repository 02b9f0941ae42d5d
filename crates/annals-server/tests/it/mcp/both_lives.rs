//! Each tool in both lives of the protocol.

use annals::proof::verify_proof;
use annals_server::{Config, ToolProfile};
use rmcp::model::{ArgumentInfo, ErrorCode, Reference, RequestParamsMeta, Tool};
use rmcp::service::ServiceError;
use serde_json::{Value, json};

use super::pipe::{Life, Pipe, in_both_lives, params};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const OTHER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4737-00f067aa0ba902b8-01";

/// The most that the list of a profile may take, in bytes of compact JSON, and how many tools it has.
const LISTS: [(ToolProfile, usize, usize); 2] = [(ToolProfile::Full, 24_000, 38), (ToolProfile::Core, 6_000, 9)];
/// The tools that change something, and those that take something away.
const DESTROYS: [&str; 1] = ["delete_entry"];

fn compact(tools: &[Tool]) -> String {
    serde_json::to_string(tools).expect("tools are JSON")
}

#[test]
fn the_list_of_tools_is_short_and_always_the_same() {
    for (profile, most, n_tools) in LISTS {
        let mut config = Config::default();
        config.tools = profile;
        in_both_lives(&config, |pipe| async move {
            let first = pipe.client.list_tools(None).await.unwrap();
            assert_eq!(first.next_cursor, None);
            let again = pipe.client.list_all_tools().await.unwrap();
            assert_eq!(compact(&first.tools), compact(&again));
            assert!(compact(&again).len() <= most, "{} bytes", compact(&again).len());
            assert_eq!(again.len(), n_tools);
            for tool in &again {
                let hints = tool.annotations.as_ref().unwrap();
                let reads = tool.name.starts_with("get_")
                    || ["search", "semantic_search", "query_events", "event_stats", "verify_log"]
                        .contains(&&*tool.name);
                assert_eq!(hints.read_only_hint, Some(reads), "{}", tool.name);
                assert_eq!(hints.destructive_hint, Some(DESTROYS.contains(&&*tool.name)), "{}", tool.name);
                assert_eq!(hints.open_world_hint, Some(false));
                assert!(tool.title.is_some() && tool.description.is_some() && tool.output_schema.is_some());
            }
            let name = format!("tools-{}", profile.as_str());
            insta::assert_snapshot!(name, serde_json::to_string_pretty(&again).unwrap());
        });
    }
}

#[test]
fn the_server_says_who_it_is_and_what_it_is_for() {
    in_both_lives(&Config::default(), |pipe| async move {
        let peer = pipe.client.peer_info().unwrap();
        let info = peer.server_info.as_ref().unwrap();
        assert_eq!((info.name.as_str(), info.version.as_str()), ("annals", env!("CARGO_PKG_VERSION")));
        let instructions = peer.instructions.as_deref().unwrap();
        assert!(instructions.len() < 1_024 && instructions.contains("record_event"), "{}", instructions.len());
        assert!(instructions.contains("get_briefing"));
        assert_eq!(peer.capabilities.prompts.as_ref().unwrap().list_changed, Some(true));
        let resources = peer.capabilities.resources.as_ref().unwrap();
        assert_eq!((resources.subscribe, resources.list_changed), (Some(true), None));
        assert!(peer.capabilities.logging.is_none() && peer.capabilities.extensions.is_none());
    });
}

fn code(error: ServiceError) -> ErrorCode {
    match error {
        ServiceError::McpError(error) => error.code,
        other => panic!("{other}"),
    }
}

#[test]
fn an_event_goes_in_and_comes_back_with_its_proof() {
    in_both_lives(&Config::default(), |pipe| async move {
        let mut asked = params(
            "record_event",
            json!({"event_type": "decision.approved", "resource": "src/cart.rs", "details": {"lines": 12}, "wait": "sealed"}),
        );
        asked.set_traceparent(TRACEPARENT);
        let recorded = pipe.client.call_tool(asked).await.unwrap().structured_content.unwrap();
        assert_eq!((&recorded["state"], &recorded["seq"]), (&json!("sealed"), &json!(0)), "{recorded}");
        let id = json!({"id": recorded["id"]});
        let event = pipe.good("get_event", id.clone()).await;
        assert_eq!(event["client"], "probe/7.1");
        assert_eq!(event["traceparent"], TRACEPARENT);
        assert_eq!((&event["space"], &event["details"]), (&json!("default"), &json!({"lines": 12})));
        let receipt = pipe.good("get_receipt", id).await;
        assert_eq!((&receipt["state"], &receipt["seq"]), (&json!("sealed"), &json!(0)));
        let proven = verify_proof(receipt["proof"].as_str().unwrap(), None).unwrap();
        assert_eq!(proven.seq, 0);
        // What the caller says itself stands.
        let own = json!({"event_type": "tool.invoked", "client": "mine", "traceparent": OTHER, "wait": "durable"});
        let own = pipe.good("record_event", own).await;
        let own = pipe.good("get_event", json!({"id": own["id"]})).await;
        assert_eq!((&own["client"], &own["traceparent"]), (&json!("mine"), &json!(OTHER)));
    });
}

/// Records so many events and waits until they are durable.
async fn filled(pipe: &Pipe, n: usize) {
    for n in 0..n {
        let outcome = if n % 2 == 0 { "success" } else { "failure" };
        let event = json!({"event_type": "tool.invoked", "tool": format!("tool-{}", n % 3), "outcome": outcome,
            "details": {"n": n, "filler": "x".repeat(200)}});
        assert_eq!(pipe.good("record_event", event).await["state"], "accepted");
    }
    pipe.audit.flush_async().await.expect("set up");
}

#[test]
fn a_long_answer_is_cut_at_an_event_and_goes_on() {
    in_both_lives(&Config::default(), |pipe| async move {
        filled(&pipe, 30).await;
        for order in ["newest", "oldest"] {
            let mut seqs = Vec::new();
            let mut asked = json!({"event_type": ["tool.*"], "order": order, "max_bytes": 2_048, "limit": 20});
            loop {
                let page = pipe.good("query_events", asked.clone()).await;
                assert!(page.to_string().len() <= 2_048, "{}", page.to_string().len());
                let events = page["events"].as_array().unwrap();
                assert!(!events.is_empty());
                seqs.extend(events.iter().map(|event| event["seq"].as_u64().unwrap()));
                let Some(cursor) = page.get("cursor") else { break };
                assert!(page["truncated"] == true || events.len() == 20);
                asked["cursor"] = cursor.clone();
            }
            if order == "newest" {
                seqs.reverse();
            }
            assert_eq!(seqs, (0..30).collect::<Vec<_>>());
        }
        // Without a bound of the caller's all of it fits.
        let whole = pipe.good("query_events", json!({"tool": "tool-1", "since": "1h"})).await;
        assert_eq!((whole["events"].as_array().unwrap().len(), whole.get("cursor")), (10, None));
    });
}

#[test]
fn events_are_counted_and_words_completed() {
    in_both_lives(&Config::default(), |pipe| async move {
        filled(&pipe, 9).await;
        let sums = pipe.good("event_stats", json!({"event_type": "tool.*", "bucket": "1d"})).await;
        assert_eq!((&sums["n_events"], &sums["n_failed"], &sums["bucket_s"]), (&json!(9), &json!(4), &json!(86_400)));
        assert_eq!(pipe.good("event_stats", json!({"tool": "tool-0"})).await["n_events"], 3);
        let completed = async |name: &str, value: &str| {
            let argument = ArgumentInfo::new(name, value);
            let asked = rmcp::model::CompleteRequestParams::new(Reference::for_prompt("any"), argument);
            pipe.client.complete(asked).await.unwrap().completion
        };
        assert_eq!(completed("tool", "tool-").await.values, ["tool-0", "tool-1", "tool-2"]);
        let types = completed("event_type", "approval.").await;
        assert_eq!(types.values, ["approval.granted", "approval.refused", "approval.requested"]);
        assert_eq!((types.total, types.has_more), (Some(3), Some(false)));
        assert_eq!(completed("outcome", "t").await.values, ["timeout"]);
        assert!(completed("nothing", "").await.values.is_empty());
    });
}

#[test]
fn the_log_is_verified_with_progress_for_who_wants_it() {
    in_both_lives(&Config::default(), |pipe| async move {
        filled(&pipe, 3).await;
        let quiet = pipe.good("verify_log", json!({})).await;
        assert_eq!(
            (&quiet["verdict"], &quiet["n_events"], &quiet["n_findings"]),
            (&json!("sound"), &json!(3), &json!(0))
        );
        assert!(!quiet.to_string().contains("filler"));
        let _ = pipe.told.0.lock().map(|told| told.len());
        let result = pipe.call("verify_log", json!({})).await;
        assert_eq!(result.is_error, Some(false));
        // This client gives a token with each request, so it was told.
        let told = pipe.told.0.lock().unwrap().clone();
        assert!(told.windows(2).all(|pair| pair[0].0 <= pair[1].0 || pair[1].0 == 0.0), "{told:?}");
        assert!(told.iter().all(|(done, total)| total.is_none_or(|total| *done <= total)), "{told:?}");
    });
}

#[test]
fn what_a_model_can_mend_is_told_so_that_it_can() {
    // Tool, arguments, the error's code and parameter, and what its text must name.
    let cases: &[(&'static str, Value, &str, &str, &str)] = &[
        ("record_event", json!({"event_type": "tool.invokd"}), "invalid", "event_type", "did you mean `tool.invoked`?"),
        ("record_event", json!({}), "invalid", "event_type", "needs a type"),
        ("record_event", json!({"event_type": "tool.invoked", "tol": "x"}), "invalid", "tol", "did you mean `tool`?"),
        ("record_event", json!({"event_type": "tool.invoked", "seq": 4}), "invalid", "seq", "is set by Annals"),
        ("record_event", json!({"event_type": "tool.invoked", "space": "b"}), "invalid", "space", "is set by Annals"),
        ("record_event", json!({"event_type": "audit.gap"}), "invalid", "event_type", "audit"),
        ("record_event", json!({"event_type": "tool.invoked", "wait": "soon"}), "invalid", "wait", "sealed"),
        ("record_event", json!({"event_type": "tool.invoked", "tool": 5}), "invalid", "tool", "must be a string"),
        ("record_event", json!({"event_type": "tool.invoked", "details": [1]}), "invalid", "details", "object"),
        ("query_events", json!({"tol": "x"}), "invalid", "tol", "did you mean `tool`?"),
        ("query_events", json!({"since": "yesteryear"}), "invalid", "since", "2h"),
        ("query_events", json!({"cursor": "zzz"}), "invalid", "cursor", "no cursor"),
        ("query_events", json!({"cursor": "n5", "order": "oldest"}), "invalid", "cursor", "order"),
        ("query_events", json!({"limit": 5_000}), "invalid", "limit", "1 to 1000"),
        ("query_events", json!({"max_bytes": 10}), "invalid", "max_bytes", "1024 to 1048576"),
        ("query_events", json!({"tool": {"a": 1}}), "invalid", "tool", "must be a string"),
        ("query_events", json!({"space": "other"}), "invalid", "space", "no parameter"),
        ("get_event", json!({"id": "x"}), "invalid", "id", "UUID"),
        ("get_event", json!({}), "invalid", "id", "missing"),
        ("get_event", json!({"id": "01a1fdc7-c96a-7dad-b30f-f9b31d1d5b78"}), "not_found", "id", "no such event"),
        ("get_event", json!({"idd": "x"}), "invalid", "idd", "did you mean `id`?"),
        ("get_receipt", json!({"id": "01a1fdc7-c96a-7dad-b30f-f9b31d1d5b78"}), "not_found", "id", "no such event"),
        ("event_stats", json!({"bucket": "tiny"}), "invalid", "bucket", "1h"),
        ("event_stats", json!({"limit": 5}), "invalid", "limit", "no argument"),
        ("verify_log", json!({"fast": true}), "invalid", "fast", "no argument"),
    ];
    in_both_lives(&Config::default(), |pipe| async move {
        for (tool, arguments, code, param, part) in cases {
            let error = pipe.bad(tool, arguments.clone()).await;
            let told = error.to_string();
            assert_eq!((&error["code"], &error["param"]), (&json!(code), &json!(param)), "{arguments}: {told}");
            assert_eq!(error["retryable"], false, "{told}");
            assert!(told.contains(part), "{arguments}: {told}");
        }
        assert_eq!(pipe.audit.head().unwrap().n_events, 0, "nothing of it was recorded");
    });
}

#[test]
fn a_call_of_nothing_is_an_error_of_the_protocol() {
    in_both_lives(&Config::default(), |pipe| async move {
        match pipe.client.call_tool(params("querry_events", json!({}))).await {
            Err(ServiceError::McpError(error)) => {
                assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
                assert!(error.message.contains("did you mean `query_events`?"), "{}", error.message);
            }
            other => panic!("{other:?}"),
        }
        let page = rmcp::model::PaginatedRequestParams::default().with_cursor(Some("x".to_owned()));
        assert_eq!(pipe.client.list_tools(Some(page)).await.map(|_| ()).map_err(code), Err(ErrorCode::INVALID_PARAMS));
        assert!(matches!(pipe.life, Life::Handshake | Life::Stateless));
    });
}

#[test]
fn an_event_under_a_key_is_recorded_once() {
    in_both_lives(&Config::default(), |pipe| async move {
        let event = json!({"event_type": "plan.applied", "plan_id": "P-7", "idempotency_key": "k-1"});
        let mut asked = params("record_event", event.clone());
        asked.set_traceparent(TRACEPARENT);
        let first = pipe.client.call_tool(asked).await.unwrap().structured_content.unwrap();
        assert_eq!((&first["state"], &first["seq"]), (&json!("durable"), &json!(0)), "{first}");
        // The next try has another trace, and is the same event.
        let mut asked = params("record_event", event.clone());
        asked.set_traceparent(OTHER);
        assert_eq!(pipe.client.call_tool(asked).await.unwrap().structured_content.unwrap(), first);
        let mut other = event.clone();
        other["plan_id"] = json!("P-8");
        let error = pipe.bad("record_event", other).await;
        assert_eq!((&error["code"], &error["param"]), (&json!("conflict"), &json!("idempotency_key")), "{error}");
        let mut bad = event;
        bad["idempotency_key"] = json!("a b");
        let error = pipe.bad("record_event", bad).await;
        assert_eq!((&error["code"], &error["param"]), (&json!("invalid"), &json!("idempotency_key")), "{error}");
        assert_eq!(pipe.audit.head().unwrap().n_events, 1);
    });
}
