//! Accepting for somebody else: for a server, which knows the caller and must not wait on a thread that belongs to everybody.
//!
//! Unlike an offer, what cannot be taken is given back and counted nowhere: the caller is told, and has its event still.

use std::sync::Arc;
use std::time::Instant;

use annals_event::{Event, Rules, Types};

use super::Intent;
use crate::audit::{Core, Route};
use crate::{Caller, Error, Receipt};

impl Core {
    /// See [`crate::Audit::accept`].
    pub(crate) fn accept_for(self: &Arc<Self>, event: Event, caller: &Caller) -> Result<Receipt, Error> {
        self.try_accept(&self.rules, &event, caller).map_err(|error| error.giving_back(event))
    }

    /// See [`crate::Audit::check`].
    pub(crate) fn check_for(&self, event: &Event, caller: &Caller) -> Result<(), Error> {
        self.encoded_for(event, (caller.space(), caller.credential()), Intent::None, |_, _| Ok(()))
    }

    /// See [`crate::Audit::declare`].
    pub(crate) fn declare(self: &Arc<Self>, event: &Event, caller: &Caller) -> Result<Receipt, Error> {
        let rules = Rules { types: Types::of_service(), ..self.rules.clone() };
        self.try_accept(&rules, event, caller)
    }

    fn try_accept(self: &Arc<Self>, rules: &Rules, event: &Event, caller: &Caller) -> Result<Receipt, Error> {
        if self.is_closed() {
            return Err(Error::closed());
        }
        let whose = (caller.space(), caller.credential());
        if self.known_route().is_none() {
            // A bad event must not be the one that makes files.
            Self::encoded_by(rules, event, whose, Intent::None, |_, _| Ok(()))?;
        }
        let route = self.route()?;
        Self::encoded_by(rules, event, whose, Intent::None, |id, payload| match route {
            Route::Direct { .. } => self.write_payload(id, payload, Intent::None, Some(Instant::now())),
            Route::Journal(journal) => {
                let pseq = journal.try_append(payload).map_err(|error| self.explain_refusal(error))?;
                Ok(Receipt::accepted(id, pseq, Arc::clone(&self.progress), Arc::downgrade(self)))
            }
        })
    }
}
