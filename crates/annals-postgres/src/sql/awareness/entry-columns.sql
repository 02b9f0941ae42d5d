e.id, e.entry_type, e.source, e.tags, e.created, e.updated, e.expires, e.deleted, e.logical_key, e.language, e.credential,
    e.data, e.n_changes, e.changes_digest, e.n, e.counted
