//! Being told when a resource or the list of prompts is another.

use annals_server::Config;
use rmcp::model::{ServerNotification, SubscribeRequestParams, SubscriptionFilter, UnsubscribeRequestParams};
use rmcp::service::ServiceError;
use serde_json::{Value, json};

use super::{done, note};
use crate::client::Client;
use crate::mcp::over_http::{BOTH, JSON, LATE, early, late, message};
use crate::mcp::pipe::{Life, News, Pipe, in_both_lives};
use crate::server::Server;

const BRIEFING: &str = "awareness://briefing";
const STATUS: &str = "awareness://status/nas";

fn alert(message: &str) -> Value {
    json!({"source": "nas", "tags": [], "alert_id": "a", "level": "warning", "alert_type": "threshold", "message": message})
}

fn prompt(key: &str) -> Value {
    json!({"source": "custom-prompt", "tags": [], "description": "d", "content": "{{x}}", "logical_key": key})
}

/// Follows both and the list of prompts, each in the way of its era. What is told comes to the answer.
async fn follow(pipe: &Pipe) -> News {
    match pipe.life {
        Life::Handshake => {
            for address in [BRIEFING, STATUS] {
                #[expect(deprecated, reason = "the way of the early era")]
                pipe.client.subscribe(SubscribeRequestParams::new(address)).await.expect("as it should be");
            }
            pipe.client.list_all_prompts().await.expect("as it should be");
            pipe.told.1.clone()
        }
        Life::Stateless => {
            let wanted = SubscriptionFilter::builder()
                .resource_subscription(BRIEFING)
                .resource_subscription(STATUS)
                .resource_subscription("awareness://nothing")
                .prompts_list_changed()
                .build();
            let mut subscription = pipe.client.listen(wanted).await.expect("as it should be");
            let accepted = subscription.acknowledged().resource_subscriptions.clone().expect("as it should be");
            assert_eq!(accepted, [BRIEFING, STATUS], "what there is not can't be followed");
            let news = News::default();
            let told = news.clone();
            tokio::spawn(async move {
                while let Ok(Some(notification)) = subscription.next().await {
                    match notification {
                        ServerNotification::ResourceUpdatedNotification(updated) => told.push(updated.params.uri),
                        ServerNotification::PromptListChangedNotification(_) => told.push("prompts".to_owned()),
                        other => panic!("{other:?}"),
                    }
                }
            });
            news
        }
    }
}

#[test]
fn a_changed_briefing_is_told_of_and_so_is_a_new_prompt() {
    in_both_lives(&Config::default(), |pipe| async move {
        pipe.good("remember", note("before")).await;
        let news = follow(&pipe).await;
        pipe.good("report_alert", alert("full")).await;
        news.until(BRIEFING).await;
        pipe.good("report_status", json!({"source": "nas", "tags": [], "metrics": {}})).await;
        news.until(STATUS).await;
        pipe.good("remember", prompt("k")).await;
        news.until("prompts").await;
        // One that moves away is one less.
        let page = pipe.good("get_knowledge", json!({"source": "custom-prompt"})).await;
        news.taken();
        pipe.good("update_entry", json!({"entry_id": page["entries"][0]["id"], "source": "elsewhere"})).await;
        news.until("prompts").await;
        // A note is none of it: what is told next is the alert that comes after it.
        news.taken();
        pipe.good("remember", note("nothing to brief of")).await;
        pipe.good("report_alert", alert("fuller")).await;
        news.until(BRIEFING).await;
        assert!(!news.taken().iter().any(|what| what == "prompts" || what == STATUS));
    });
}

#[test]
fn who_follows_no_more_is_not_told() {
    in_both_lives(&Config::default(), |pipe| async move {
        if pipe.life == Life::Stateless {
            return;
        }
        let news = follow(&pipe).await;
        #[expect(deprecated, reason = "the way of the early era")]
        pipe.client.unsubscribe(UnsubscribeRequestParams::new(BRIEFING)).await.expect("as it should be");
        pipe.good("report_alert", alert("full")).await;
        pipe.good("report_status", json!({"source": "nas", "tags": [], "metrics": {}})).await;
        let mut told = Vec::new();
        while !told.iter().any(|what| what == STATUS) {
            tokio::task::yield_now().await;
            told.extend(news.taken());
        }
        assert!(!told.iter().any(|what| what == BRIEFING), "{told:?}");
        #[expect(deprecated, reason = "the way of the early era")]
        let nothing = pipe.client.subscribe(SubscribeRequestParams::new("awareness://nothing")).await;
        assert!(matches!(nothing, Err(ServiceError::McpError(_))), "{nothing:?}");
    });
}

/// Reads messages of a stream until one has this method.
fn until(client: &mut Client, method: &str) -> Value {
    loop {
        let piece = client.piece().expect("the stream goes on");
        for line in String::from_utf8(piece).expect("as it should be").lines() {
            let Some(data) = line.strip_prefix("data:") else { continue };
            let Ok(message) = serde_json::from_str::<Value>(data) else { continue };
            if message["method"] == method {
                return message;
            }
        }
    }
}

#[test]
fn over_http_the_later_era_listens_in_an_answer_of_its_own() {
    let mut server = Server::start();
    done(&server, "remember", &note("the log is open"));
    let body = late(
        "subscriptions/listen",
        json!({"notifications": {"resourceSubscriptions": [BRIEFING], "promptsListChanged": true}}),
    );
    let mut listener = Client::connect(server.address);
    let length = body.len().to_string();
    let headers = [BOTH, JSON, LATE, ("Mcp-Method", "subscriptions/listen"), ("Content-Length", length.as_str())];
    listener.head("POST", "/mcp", &headers);
    listener.write(body.as_bytes());
    let head = listener.answer_head();
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
    let accepted = until(&mut listener, "notifications/subscriptions/acknowledged");
    assert_eq!(accepted["params"]["notifications"]["resourceSubscriptions"], json!([BRIEFING]));
    done(&server, "report_alert", &alert("full"));
    let updated = until(&mut listener, "notifications/resources/updated");
    assert_eq!(updated["params"]["uri"], BRIEFING);
    done(&server, "remember", &prompt("k"));
    until(&mut listener, "notifications/prompts/list_changed");
    // It takes a place among the streams, and ends with the server.
    let (_, figures) = server.ask("GET", "/metrics", "");
    assert!(figures.contains("\nannals_streams_open 1\n"), "{figures}");
    server.stop();
    while let Some(piece) = listener.piece() {
        assert!(!String::from_utf8(piece).expect("as it should be").contains("list_changed"));
    }
}

#[test]
fn over_http_the_early_era_is_not_promised_what_it_can_not_have() {
    let server = Server::start();
    let hello =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}});
    let hello = early(&server, &[], &message("initialize", hello)).json();
    assert_eq!(hello["result"]["capabilities"]["resources"], json!({}));
    assert_eq!(hello["result"]["capabilities"]["prompts"], json!({}));
    let refused = early(&server, &[], &message("resources/subscribe", json!({"uri": BRIEFING}))).json();
    assert_eq!(refused["error"]["code"], -32601, "{refused}");
    // What is promised is there.
    for method in ["prompts/list", "resources/list", "resources/templates/list"] {
        let answer = early(&server, &[], &message(method, json!({}))).json();
        assert!(answer["result"].is_object(), "{method}: {answer}");
    }
}
