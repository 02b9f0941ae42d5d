//! A log that moves from one file to another; and that the suite which says so can fail.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use annals_sqlite::{OpenMode, SqliteStore};
use annals_store::moving::{Part, Target};
use annals_store::suite::Database;
use annals_store::suite::moving::{self, FaultyTarget, MovingDatabase, TargetFault};
use annals_store::{Error, EventStore};

use crate::support::Place;

impl MovingDatabase for Place {
    fn open_to_copy_into(&self) -> Result<Box<dyn Target>, Error> {
        SqliteStore::open_to_copy_into(&self.database)
    }

    fn try_open(&self) -> Result<Arc<dyn EventStore>, Error> {
        let store = SqliteStore::open(&self.database, OpenMode::ReadWriteCreate)?;
        // Whoever only reads is told the same.
        self.read()?;
        Ok(Arc::new(store))
    }
}

annals_store::moving_store_suite!(Place::new, Place::new);

/// A file that is broken on purpose.
struct Faulty {
    place: Place,
    fault: TargetFault,
}

impl Database for Faulty {
    fn open(&self) -> Arc<dyn EventStore> {
        Database::open(&self.place)
    }
}

impl MovingDatabase for Faulty {
    fn open_to_copy_into(&self) -> Result<Box<dyn Target>, Error> {
        Ok(Box::new(FaultyTarget { inner: self.place.open_to_copy_into()?, fault: self.fault }))
    }

    fn try_open(&self) -> Result<Arc<dyn EventStore>, Error> {
        self.place.try_open()
    }
}

type Behaviour = fn(&dyn MovingDatabase, &dyn MovingDatabase);

/// Whether a behaviour holds.
fn holds(behaviour: Behaviour, fault: TargetFault) -> bool {
    let (source, target) = (Place::new(), Faulty { place: Place::new(), fault });
    catch_unwind(AssertUnwindSafe(|| behaviour(&source, &target))).is_ok()
}

#[test]
fn each_fault_of_a_target_is_noticed() {
    let controls: [(Behaviour, TargetFault); 3] = [
        (moving::a_copy_that_was_stopped_goes_on, TargetFault::Forgets),
        (moving::of_two_copies_at_once_one_goes_on, TargetFault::TakesFromAll),
        (moving::another_log_is_refused, TargetFault::TakesAnything),
    ];
    for (behaviour, fault) in controls {
        assert!(!holds(behaviour, fault), "{fault:?}");
        assert!(holds(behaviour, TargetFault::None), "the control of {fault:?}");
    }
}

#[test]
fn a_row_that_is_lost_of_any_part_is_noticed() {
    // These are there only where something was erased or the log has another name.
    let absent = [Part::Commitment, Part::Emptied, Part::History];
    for part in Part::ALL.into_iter().filter(|part| !absent.contains(part)) {
        assert!(!holds(moving::a_log_arrives_whole, TargetFault::Loses(part)), "{part:?}");
    }
    assert!(!holds(moving::earlier_names_arrive, TargetFault::Loses(Part::History)));
    for part in [Part::Commitment, Part::Emptied] {
        assert!(!holds(moving::what_was_emptied_arrives_emptied, TargetFault::Loses(part)), "{part:?}");
    }
}
