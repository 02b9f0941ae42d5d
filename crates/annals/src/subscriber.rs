//! What connects a bus to the audit service: the audited types are recorded, the others make no row.

use std::sync::Arc;

use annals_event::Types;

use crate::{Audit, EventBus, Subscription};

/// Records the audited events of a bus for as long as it lives.
#[derive(Debug)]
#[must_use = "dropping the subscriber ends the recording"]
pub struct AuditSubscriber {
    subscription: Subscription,
}

impl AuditSubscriber {
    /// Records the nine audited types.
    pub fn connect(bus: &EventBus, audit: &Audit) -> Self {
        Self::connect_types(bus, audit, Types::audited().iter().copied())
    }

    /// Records these types.
    ///
    /// It holds no handle on the service: what is emitted after the last handle is gone is an error of kind `Closed`, which the bus counts.
    pub fn connect_types<T: Into<String>>(bus: &EventBus, audit: &Audit, types: impl IntoIterator<Item = T>) -> Self {
        let core = Arc::clone(audit.core());
        let subscription = bus.subscribe(types, move |event| {
            core.record(event.clone())?;
            Ok(())
        });
        Self { subscription }
    }

    /// The subscription, for whoever keeps several in one list.
    pub fn into_subscription(self) -> Subscription {
        self.subscription
    }
}
