//! The suite that every backend passes unchanged, here on a database of its own for each behaviour.

use std::sync::Arc;

use annals_store::EventStore;
use annals_store::suite::Database;

use crate::support::Place;

impl Database for Place {
    fn open(&self) -> Arc<dyn EventStore> {
        Arc::new(Self::open(self))
    }
}

annals_store::event_store_suite!(Place::new);
annals_store::evidence_store_suite!(Place::new);

annals_store::keyed_store_suite!(Place::new);

mod erasing {
    use crate::support::Place;

    annals_store::erasing_suite!(Place::new);
}

mod entries {
    use crate::support::Place;

    annals_store::awareness_store_suite!(Place::new);
}
