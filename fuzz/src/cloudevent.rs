//! `CloudEvents` of the structured form, as they are posted to a server.

use annals::cloudevents;

use crate::check;

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    match cloudevents::read(text) {
        Ok(event) => {
            let kept = event.details_value().and_then(|details| details.get("cloudevent"));
            assert!(
                kept.is_some_and(|kept| kept.get("id").is_some() && kept.get("source").is_some()),
                "the attributes that no column has are kept: {event:?}"
            );
            check::recorded(&event);
        }
        Err(invalid) => check::refused(&invalid),
    }
}
