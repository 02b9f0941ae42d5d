u.id, u.kind, u.entry, u.at, u.platform, u.tool, u.action, u.detail, u.tags
