-- Rows with what is kept of those that were emptied.
SELECT
    event.seq, event.id, event.event_type, event.created_at, event.recorded_at, event.occurred_at, event.space, event.credential,
    event.producer, event.pseq, event.phase, event.outcome, event.duration_ms, event.n_redacted, event.operation_id, event.user_identity,
    event.on_behalf_of, event.actor_name, event.agent_version, event.model, event.client, event.project_name, event.plan_id,
    event.root_plan_id, event.session_id, event.correlation_id, event.parent_id, event.traceparent, event.tool, event.resource, event.policy,
    event.decision, event.approver, event.host, event.erased_by, event.details, event.salt,
    commitment.seq, commitment.who, commitment.context, commitment.details, commitment.who_key, commitment.context_key
FROM event LEFT JOIN commitment ON commitment.seq = event.seq
WHERE event.seq BETWEEN $1 AND $2
ORDER BY event.seq
