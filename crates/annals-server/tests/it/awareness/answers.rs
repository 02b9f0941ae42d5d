//! The shape of answers, in both lives of the protocol.

use annals::{Column, Filter, PageRequest};
use annals_server::Config;
use rmcp::model::{
    ArgumentInfo, CallToolResult, CompleteRequestParams, ErrorCode, GetPromptRequestParams, ReadResourceRequestParams,
    Reference, RequestParamsMeta, ResourceContents,
};
use rmcp::service::ServiceError;
use serde_json::{Value, json};

use super::note;
use crate::mcp::pipe::{Pipe, in_both_lives, params};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The one text of a result, read as the JSON that it is, and the object.
fn both(result: &CallToolResult) -> (Value, Value) {
    let [block] = result.content.as_slice() else { panic!("one block: {result:?}") };
    let text = &block.as_text().expect("as it should be").text;
    let read: Value = serde_json::from_str(text).expect("as it should be");
    assert_eq!(*text, read.to_string(), "the text is compact");
    (read, result.structured_content.clone().expect("as it should be"))
}

#[test]
fn an_object_is_itself_and_a_bare_list_stands_in_one() {
    in_both_lives(&Config::default(), |pipe| async move {
        let kept = pipe.good("remember", note("Dune is on the second shelf")).await;
        assert_eq!(kept["status"], "ok");
        assert_eq!(kept.as_object().expect("as it should be").len(), 2, "nothing that was written is echoed: {kept}");
        let (text, object) = both(&pipe.call("get_tags", json!({})).await);
        assert_eq!(text, json!([{"tag": "books", "count": 1}]));
        assert_eq!(object, json!({"result": text}));
        let (text, object) = both(&pipe.call("get_knowledge", json!({"limit": "1"})).await);
        assert_eq!(text, object);
        assert_eq!((&text["entries"][0]["id"], &text["has_more"]), (&kept["id"], &json!(false)));
    });
}

#[test]
fn what_was_ignored_is_named_beside_the_answer() {
    in_both_lives(&Config::default(), |pipe| async move {
        let (text, object) = both(&pipe.call("get_stats", json!({"sorce": "x"})).await);
        assert_eq!(text, object);
        assert!(object["warnings"][0].as_str().expect("as it should be").contains("`sorce`"), "{object}");
        // A bare list has no room for it.
        let (text, object) = both(&pipe.call("get_tags", json!({"limit": 3})).await);
        assert_eq!((&text, &object["result"]), (&json!([]), &json!([])));
        assert!(object["warnings"][0].as_str().expect("as it should be").contains("`limit`"), "{object}");
        let (_, object) = both(&pipe.call("get_stats", json!({})).await);
        assert_eq!(object.get("warnings"), None);
    });
}

#[test]
fn what_a_model_can_mend_is_told_as_the_contract_has_it() {
    in_both_lives(&Config::default(), |pipe| async move {
        let result = pipe.call("get_status", json!({"source": "nas"})).await;
        assert_eq!(result.is_error, Some(true));
        let (text, object) = both(&result);
        assert_eq!(text, object);
        let error = &object["error"];
        assert_eq!(
            (&object["status"], &error["code"], &error["retryable"]),
            (&json!("error"), &json!("not_found"), &json!(false))
        );
        let alert = json!({"source": "nas", "tags": [], "alert_id": "a", "level": "criticall", "alert_type": "threshold", "message": "m"});
        let error = pipe.bad("report_alert", alert).await;
        assert_eq!((&error["param"], &error["suggestion"]), (&json!("level"), &json!("critical")), "{error}");
        assert_eq!(error["valid"], json!(["critical", "warning"]));
        assert_eq!(pipe.bad("remember", json!({"source": "x"})).await["code"], "invalid_parameter");
        // What is answered about an entry that is not there is no error on the wire.
        let missing = json!({"entry_id": "3f2b7d8e-3c1a-4f6e-9a7d-111111111111", "action": "done"});
        let result = pipe.call("acted_on", missing).await;
        assert_eq!((result.is_error, &both(&result).1["status"]), (Some(false), &json!("error")));
    });
}

#[test]
fn nobody_can_call_what_is_not_there() {
    in_both_lives(&Config::default(), |pipe| async move {
        match pipe.client.call_tool(params("get_breifing", json!({}))).await {
            Err(ServiceError::McpError(error)) => {
                assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
                assert!(error.message.contains("did you mean `get_briefing`?"), "{}", error.message);
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn reading_and_changing_is_on_record_with_who_did_it() {
    in_both_lives(&Config::default(), |pipe| async move {
        let mut asked = params("remember", note("Dune"));
        asked.set_traceparent(TRACEPARENT);
        let id = pipe
            .client
            .call_tool(asked)
            .await
            .expect("as it should be")
            .structured_content
            .expect("as it should be")["id"]
            .clone();
        let mut asked = params("get_knowledge", json!({}));
        asked.set_traceparent(TRACEPARENT);
        pipe.client.call_tool(asked).await.expect("as it should be");
        pipe.audit.flush_async().await.expect("as it should be");
        let events = pipe.audit.query(&Filter::new(), &PageRequest::default()).expect("as it should be").events;
        let told: Vec<_> = events.iter().map(|event| (event.event_type.as_str(), event.get(Column::Tool))).collect();
        assert_eq!(told, [("context.query_executed", Some("get_knowledge")), ("resource.modified", Some("remember"))]);
        for event in &events {
            assert_eq!(
                (event.get(Column::Client), event.get(Column::Traceparent)),
                (Some("probe/7.1"), Some(TRACEPARENT))
            );
            assert_eq!(
                (event.space.as_str(), event.credential.as_deref()),
                ("default", Some(annals::system_user().as_ref()))
            );
        }
        let reads = pipe.good("get_reads", json!({"entry_id": id, "platform": "probe"})).await;
        assert_eq!(reads["entries"].as_array().expect("as it should be").len(), 1, "{reads}");
        assert_eq!(
            (&reads["entries"][0]["tool_used"], &reads["entries"][0]["platform"]),
            (&json!("get_knowledge"), &json!("probe"))
        );
    });
}

/// The text of a resource, as the JSON that it is.
async fn read(pipe: &Pipe, address: &str) -> Value {
    let read = pipe.client.read_resource(ReadResourceRequestParams::new(address)).await.expect("as it should be");
    let [ResourceContents::TextResourceContents { uri, mime_type, text, .. }] = read.contents.as_slice() else {
        panic!("one text: {read:?}")
    };
    assert_eq!((uri.as_str(), mime_type.as_deref()), (address, Some("text/plain")));
    serde_json::from_str(text).expect("as it should be")
}

#[test]
fn resources_show_what_the_tools_answer() {
    in_both_lives(&Config::default(), |pipe| async move {
        let listed = pipe.client.list_all_resources().await.expect("as it should be");
        let addresses: Vec<&str> = listed.iter().map(|resource| resource.uri.as_str()).collect();
        assert_eq!(
            addresses,
            ["awareness://briefing", "awareness://alerts", "awareness://knowledge", "awareness://suppressions"]
        );
        let templates = pipe.client.list_all_resource_templates().await.expect("as it should be");
        let templates: Vec<&str> = templates.iter().map(|template| template.uri_template.as_str()).collect();
        assert_eq!(templates, ["awareness://alerts/{source}", "awareness://status/{source}"]);
        let kept = pipe.good("remember", note("Dune")).await;
        let alert = json!({"source": "my nas", "tags": [], "alert_id": "a", "level": "critical", "alert_type": "threshold", "message": "full"});
        pipe.good("report_alert", alert).await;
        pipe.good("report_status", json!({"source": "my nas", "tags": [], "metrics": {"cpu": 1}})).await;
        assert_eq!(read(&pipe, "awareness://knowledge").await[0]["id"], kept["id"]);
        assert_eq!(read(&pipe, "awareness://alerts").await[0]["data"]["message"], "full");
        assert_eq!(read(&pipe, "awareness://alerts/my%20nas").await.as_array().expect("as it should be").len(), 1);
        assert_eq!(read(&pipe, "awareness://alerts/other").await, json!([]));
        assert_eq!(read(&pipe, "awareness://status/my%20nas").await["data"]["metrics"], json!({"cpu": 1}));
        assert_eq!(read(&pipe, "awareness://status/other").await["error"]["code"], "not_found");
        assert_eq!(read(&pipe, "awareness://suppressions").await, json!([]));
        assert_eq!(read(&pipe, "awareness://briefing").await["attention_needed"], true);
        match pipe.client.read_resource(ReadResourceRequestParams::new("awareness://nothing")).await {
            Err(ServiceError::McpError(error)) => {
                assert!(error.message.contains("awareness://nothing"), "{}", error.message);
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn prompts_are_composed_and_those_of_somebody_are_there_at_once() {
    in_both_lives(&Config::default(), |pipe| async move {
        let names = async || -> Vec<String> {
            pipe.client
                .list_all_prompts()
                .await
                .expect("as it should be")
                .into_iter()
                .map(|prompt| prompt.name)
                .collect()
        };
        let ours = ["agent_instructions", "project_context", "system_status", "write_guide", "catchup"];
        assert_eq!(names().await, ours);
        let template = json!({"source": "custom-prompt", "tags": [], "description": "Greets", "content": "Hello {{who}}", "logical_key": "greet"});
        pipe.good("remember", template).await;
        assert_eq!(names().await[5..], ["user/greet"]);
        let listed = pipe.client.list_all_prompts().await.expect("as it should be");
        let argument = &listed[5].arguments.as_ref().expect("as it should be")[0];
        assert_eq!((argument.name.as_str(), argument.required), ("who", Some(true)));
        let get = async |name: &str, arguments: Value| {
            let asked = GetPromptRequestParams::new(name)
                .with_arguments(arguments.as_object().expect("as it should be").clone());
            pipe.client.get_prompt(asked).await
        };
        let greeting = get("user/greet", json!({"who": "Ada"})).await.expect("as it should be");
        assert_eq!(greeting.description.as_deref(), Some("Greets"));
        assert_eq!(greeting.messages[0].content.as_text().expect("as it should be").text, "Hello Ada");
        for (name, arguments, part) in [
            ("user/greet", json!({}), "who"),
            ("user/great", json!({}), "user/great"),
            ("project_context", json!({}), "repo_name"),
        ] {
            match get(name, arguments).await {
                Err(ServiceError::McpError(error)) => {
                    assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
                    assert!(error.message.contains(part), "{}", error.message);
                }
                other => panic!("{other:?}"),
            }
        }
        let guide = get("write_guide", json!({})).await.expect("as it should be");
        assert!(guide.messages[0].content.as_text().expect("as it should be").text.contains("custom-prompt"));
    });
}

#[test]
fn sources_and_tags_are_completed() {
    in_both_lives(&Config::default(), |pipe| async move {
        pipe.good("remember", note("Dune")).await;
        let completed = async |name: &str, value: &str| {
            let asked = CompleteRequestParams::new(Reference::for_prompt("any"), ArgumentInfo::new(name, value));
            pipe.client.complete(asked).await.expect("as it should be").completion.values
        };
        assert_eq!(completed("source", "sh").await, ["shelf"]);
        assert_eq!(completed("repo_name", "").await, ["books"]);
        assert!(completed("source", "x").await.is_empty());
    });
}
