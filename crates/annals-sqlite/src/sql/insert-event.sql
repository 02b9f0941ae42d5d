INSERT INTO event (
    seq, id, event_type, created_at, recorded_at, occurred_at, space, credential, producer, pseq, phase, outcome, duration_ms, n_redacted,
    operation_id, user_identity, on_behalf_of, actor_name, agent_version, model, client, project_name, plan_id, root_plan_id, session_id,
    correlation_id, parent_id, traceparent, tool, resource, policy, decision, approver, host, salt, details
) VALUES (
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30,
    ?31, ?32, ?33, ?34, ?35, ?36
)
