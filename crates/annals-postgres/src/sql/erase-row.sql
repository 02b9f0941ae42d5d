UPDATE event
SET credential = NULL, user_identity = NULL, on_behalf_of = NULL, actor_name = NULL, agent_version = NULL, model = NULL, client = NULL,
    project_name = NULL, plan_id = NULL, root_plan_id = NULL, session_id = NULL, correlation_id = NULL, parent_id = NULL, traceparent = NULL,
    tool = NULL, resource = NULL, policy = NULL, decision = NULL, approver = NULL, host = NULL, salt = NULL, details = NULL,
    erased_by = greatest(erased_by, $2)
WHERE seq = ANY($1)
