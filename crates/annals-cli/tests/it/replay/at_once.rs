//! The same session when everything that a client may do at once is done at once, and when several clients run.
//!
//! A client waits for the hooks of a call before it makes the call, and makes the calls of one answer together. So what is kept in order here is each call's beginning
//! and end, and a batch after its calls; what belongs to different calls, or to nothing but the session, comes in any order.

use std::collections::BTreeSet;
use std::thread;

use serde_json::Value;

use super::{Installed, Payload, agrees, payloads, rows};
use crate::bed::Bed;

/// How many hooks run at one moment.
const WIDTH: usize = 6;

/// Payloads that may be fired together: no two of one call, and a batch begins anew.
fn waves(payloads: &[Payload]) -> Vec<Vec<&Payload>> {
    let mut waves: Vec<Vec<&Payload>> = vec![Vec::new()];
    let mut calls = BTreeSet::new();
    for payload in payloads {
        let call = payload.json["tool_use_id"].as_str();
        let waits = payload.event == "PostToolBatch" || call.is_some_and(|call| calls.contains(call));
        let last = waves.last().unwrap();
        if waits || last.len() == WIDTH || last.iter().any(|before| before.event == "PostToolBatch") {
            waves.push(Vec::new());
            calls.clear();
        }
        calls.extend(call);
        waves.last_mut().unwrap().push(payload);
    }
    waves
}

#[test]
fn what_a_client_does_at_once_is_recorded_once() {
    let bed = Bed::new();
    let installed = Installed::by_setup(&bed);
    let payloads = payloads();
    let waves = waves(&payloads);
    assert!(waves.iter().any(|wave| wave.len() >= 4), "something happens at once");
    for wave in &waves {
        thread::scope(|scope| {
            for payload in wave {
                let (bed, installed) = (&bed, &installed);
                scope.spawn(move || installed.fire(bed, &payload.event, &payload.text));
            }
        });
    }
    agrees(&payloads, &rows(&bed, payloads[0].json["session_id"].as_str().unwrap()));
}

#[test]
fn four_clients_at_once_have_a_session_each() {
    let bed = Bed::new();
    let installed = Installed::by_setup(&bed);
    let payloads = payloads();
    let recorded = payloads[0].json["session_id"].as_str().unwrap();
    let sessions: Vec<_> = (0..4).map(|n| format!("5e55{n}000-0000-4000-8000-000000000000")).collect();
    thread::scope(|scope| {
        for session in &sessions {
            let (bed, installed, payloads) = (&bed, &installed, &payloads);
            scope.spawn(move || {
                for payload in payloads {
                    installed.fire(bed, &payload.event, &payload.text.replace(recorded, session));
                }
            });
        }
    });
    for session in &sessions {
        agrees(&payloads, &rows(&bed, session));
    }
    let rows = bed.good(&["sessions"]).rows();
    let is_played = |row: &&Value| sessions.iter().any(|session| row["session_id"] == *session);
    let states: Vec<_> = rows.iter().filter(is_played).map(|row| row["state"].clone()).collect();
    assert_eq!(states, ["ended"; 4]);
}
