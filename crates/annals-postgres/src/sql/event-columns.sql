seq, id, event_type, created_at, recorded_at, occurred_at, space, credential, producer, pseq, phase, outcome, duration_ms, n_redacted,
operation_id, user_identity, on_behalf_of, actor_name, agent_version, model, client, project_name, plan_id, root_plan_id, session_id,
correlation_id, parent_id, traceparent, tool, resource, policy, decision, approver, host, erased_by, details
