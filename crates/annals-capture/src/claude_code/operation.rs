//! The ids of operations: the same call has the same id in each of the processes that see a part of it.

use uuid::Uuid;

/// The namespace of the ids that Annals makes of a client's own (UUID version 5). It never changes.
///
/// The name is `KIND:N:SESSION:ID`, where `KIND` is `call` or `agent` and `N` is the number of bytes of `SESSION`: with it no two pairs have one name.
pub const NAMESPACE: &str = "78562fe7-1959-46dc-bb4c-f1ec5bba7ab7";

const NAMESPACE_BYTES: Uuid = Uuid::from_u128(0x7856_2fe7_1959_46dc_bb4c_f1ec_5bba_7ab7);

/// The operation of a tool call.
pub(super) fn of_call(session: &str, tool_use: &str) -> String {
    of("call", session, tool_use)
}

/// The operation of a subagent's run.
pub(super) fn of_agent(session: &str, agent: &str) -> String {
    of("agent", session, agent)
}

fn of(kind: &str, session: &str, id: &str) -> String {
    Uuid::new_v5(&NAMESPACE_BYTES, format!("{kind}:{}:{session}:{id}", session.len()).as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_calls_share_an_id() {
        assert_ne!(of_call("a", "bc"), of_call("ab", "c"));
        assert_ne!(of_call("a:1", "b"), of_call("a", "1:b"));
        assert_ne!(of_call("a", "b"), of_agent("a", "b"));
        assert_eq!(NAMESPACE, NAMESPACE_BYTES.to_string());
    }

    #[test]
    fn the_id_of_a_call_never_changes() {
        assert_eq!(of_call("session", "toolu_1"), "c89d903a-898c-5a3d-ab7b-363e588864a9");
    }
}
