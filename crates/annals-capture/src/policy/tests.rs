//! What each level keeps, and what a call acts on.

use super::*;

fn policy(level: Capture) -> Policy {
    Policy { level, max_details: 65_536, redactor: Redactor::standard() }
}

#[track_caller]
fn resource(arguments: &Value, named: Option<&str>) {
    let call = Call { tool: "x", arguments, root: Some("/home/ada/shop/") };
    assert_eq!(policy(Capture::Metadata).resource(&call).as_deref(), named, "{arguments}");
}

#[test]
fn the_resource_is_a_path_below_the_root_or_an_absolute_one() {
    resource(&json!({"file_path": "/home/ada/shop/src/a.rs"}), Some("src/a.rs"));
    resource(&json!({"file_path": "/home/ada/shop/x/../src/./a.rs"}), Some("src/a.rs"));
    resource(&json!({"path": "/home/ada/shop"}), Some("."));
    resource(&json!({"path": "/home/ada/shopping/a"}), Some("/home/ada/shopping/a"));
    resource(&json!({"path": "./a.rs"}), Some("a.rs"));
    resource(&json!({"uri": "file:///home/ada/shop/my%20file"}), Some("my file"));
    resource(&json!({"uri": "file:///C:/shop/a.rs"}), Some("C:/shop/a.rs"));
    resource(&json!({"url": "https://example.org/a"}), Some("https://example.org/a"));
    resource(&json!({"paths": ["a.rs", "b/.env"]}), Some("b/.env"));
    resource(&json!({"command": "cat /home/ada/shop/.env"}), Some(".env"));
    resource(&json!({"command": "ls"}), None);
    resource(&json!({"file_path": ""}), None);
    resource(&json!({"source": "startup"}), None);
    resource(&json!([1]), None);
}

#[test]
fn sizes_are_those_of_the_whole() {
    let arguments = json!({"path": "a", "content": "body"});
    let call = Call { tool: "x", arguments: &arguments, root: None };
    for level in [Capture::Metadata, Capture::Arguments, Capture::Full] {
        let kept = policy(level).arguments(&call);
        assert_eq!(kept.bytes, arguments.to_string().len() as u64);
        assert_eq!(policy(level).result(&call, &json!("text")).bytes, 4);
    }
    assert_eq!(policy(Capture::Metadata).arguments(&call).value, json!({"bytes": arguments.to_string().len()}));
    assert_eq!(policy(Capture::Full).arguments(&call).value, arguments);
}

#[test]
fn a_digest_is_that_of_the_text_or_of_its_json() {
    let arguments = json!({"data": {"b": 1, "a": "x"}, "text": "x"});
    let kept = policy(Capture::Arguments).arguments(&Call { tool: "x", arguments: &arguments, root: None }).value;
    assert_eq!(kept["data"], json!({"bytes": 15, "sha256": content::sha256(br#"{"a":"x","b":1}"#)}));
    assert_eq!(kept["text"], json!({"bytes": 1, "sha256": content::sha256(b"x")}));
}

#[test]
fn an_error_with_a_secret_and_a_body_in_one_line_keeps_neither() {
    let arguments = json!({"content": "the body of the file"});
    let call = Call { tool: "x", arguments: &arguments, root: None };
    let kept = policy(Capture::Arguments).error(&call, "password=hunter2 the body of the file");
    assert_eq!(kept["cut"], "[withheld]");
}
