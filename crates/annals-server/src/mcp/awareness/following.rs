//! Who is told that a resource or the list of prompts has changed.
//!
//! Every change of an entry is an event of the log, so whoever follows the log misses none, whichever process made it. A follower looks at the events that came since it looked last, asks
//! what their entries are, and tells its client which of the addresses that it follows may be another now. It says no more than that: the client reads again, and is answered as who it is.
//!
//! A client of 2026 listens with a request of its own, over a pipe and over HTTP alike, and is told in the answer to it. One of 2025 subscribes once and is told beside its other answers,
//! which a pipe can do; over HTTP its requests have nothing in common that would outlive them, so there subscribing is not offered.
//! What changes by time alone, such as a status that grows stale, is nobody's event, and nobody is told.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use annals::{Audit, Column, Cursor, Filter, Order, PageRequest, SeqRange};
use annals_awareness::resources::{self, Resource, Touched};
use rmcp::RoleServer;
use rmcp::model::{ErrorData, ResourceUpdatedNotificationParam};
use rmcp::service::{Peer, SubscriptionContext};
use tokio::sync::{Notify, watch};

use super::failed;
use crate::failure::Failure;
use crate::trail::Trail;
use crate::watch::Seen;

/// The type of the event of a change, and what its resource begins with.
const CHANGED: &str = "resource.modified";
const ENTRY: &str = "awareness:";
/// How long to wait before a look that failed is tried again.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Where the log ended when clients began to listen, so that nothing is missed between being told so and the first look. There is one for each client that begins; the least goes first, and
/// whoever gets one that is older than its own is told of a change too many at the worst.
pub(in crate::mcp) struct Marks {
    audit: Audit,
    next: Mutex<BinaryHeap<Reverse<Option<u64>>>>,
}

impl Marks {
    pub(in crate::mcp) fn new(audit: Audit) -> Self {
        Self { audit, next: Mutex::default() }
    }

    /// Keeps the place where the log ends, as far as this process knows it without asking.
    pub(in crate::mcp) fn set(&self) {
        let next = self.audit.pulse().durable_seq.map(|seq| seq + 1);
        self.next.lock().unwrap_or_else(PoisonError::into_inner).push(Reverse(next));
    }

    fn take(&self) -> Option<u64> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).pop().and_then(|Reverse(next)| next)
    }
}

/// Follows the log for one client.
struct Follower {
    trail: Trail,
    seen: watch::Receiver<Seen>,
    /// The first `seq` that was not looked at yet.
    next: u64,
}

impl Follower {
    /// From a place on, or from the log's end.
    async fn begin(trail: Trail, from: Option<u64>) -> Result<Self, Failure> {
        let app = Arc::clone(trail.app());
        let seen = app.watch.listen(&app.audit);
        let next = match from {
            Some(next) => next,
            None => trail.end_of_log().await?,
        };
        Ok(Self { trail, seen, next })
    }

    /// Waits until entries were changed, and answers what that was about; `None` when the server stops.
    async fn changed(&mut self) -> Option<Touched> {
        loop {
            let seen = *self.seen.borrow_and_update();
            if seen.is_over {
                return None;
            }
            if let Some(end) = seen.n_events.filter(|end| self.next < *end) {
                match self.look(end).await {
                    Ok(Some(touched)) => return Some(touched),
                    Ok(None) => continue,
                    Err(failure) => {
                        failure.tell();
                        tokio::time::sleep(AFTER_FAILURE).await;
                        continue;
                    }
                }
            }
            self.seen.changed().await.ok()?;
        }
    }

    /// Looks at what came before `end`.
    async fn look(&mut self, end: u64) -> Result<Option<Touched>, Failure> {
        let mut entries = BTreeSet::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let mut filter = Filter::new().event_type(CHANGED);
            filter.seqs = Some(SeqRange { start: self.next, end });
            let request = PageRequest { order: Order::Oldest, cursor, ..PageRequest::default() };
            let page = self.trail.query(filter, request).await?;
            let changed = page.events.iter().filter_map(|event| event.get(Column::Resource)?.strip_prefix(ENTRY));
            entries.extend(changed.map(str::to_owned));
            cursor = page.cursor;
            if cursor.is_none() {
                break;
            }
        }
        let touched = if entries.is_empty() {
            None
        } else {
            let asked = self.trail.know(None, None, move |service, context| {
                resources::touched(service, context, entries.iter().map(String::as_str))
            });
            match asked.await? {
                Ok(touched) => Some(touched),
                Err(refusal) => return Err(Failure::unavailable(refusal.log().unwrap_or_default().to_owned())),
            }
        };
        self.next = end;
        Ok(touched)
    }
}

/// Tells a client of 2026 what it listens to, until it goes or the server stops.
pub(in crate::mcp) async fn listen(trail: Trail, marks: &Marks, context: SubscriptionContext) -> Result<(), ErrorData> {
    let accepted = context.accepted().clone();
    let addresses: Vec<(String, Resource)> = accepted
        .resource_subscriptions
        .unwrap_or_default()
        .into_iter()
        .filter_map(|address| Resource::read(&address).map(|resource| (address, resource)))
        .collect();
    let wants_prompts = accepted.prompts_list_changed == Some(true);
    let sink = context.sink().clone();
    let seen = trail.app().watch.listen(&trail.app().audit);
    let telling = async {
        let from = marks.take();
        let mut follower = Follower::begin(trail, from).await.map_err(|failure| failed(&failure))?;
        // Nobody knew where the log ended when the client was told that it is heard.
        let mut touched = if from.is_none() { News::Unknown } else { News::Nothing };
        loop {
            for (address, resource) in &addresses {
                if touched.concerns(resource) && sink.notify_resource_updated(address.clone()).await.is_err() {
                    return Ok(());
                }
            }
            if wants_prompts && touched.concerns_prompts() && sink.notify_prompt_list_changed().await.is_err() {
                return Ok(());
            }
            touched = match follower.changed().await {
                Some(touched) => News::Of(touched),
                None => return Ok(()),
            };
        }
    };
    tokio::select! {
        ended = telling => ended,
        () = context.cancelled() => Ok(()),
        // Once the input has ended the library sends no more news, and whoever has some to tell would wait for it in vain.
        () = over(seen) => Ok(()),
    }
}

/// Comes when the server stops.
async fn over(mut seen: watch::Receiver<Seen>) {
    while !seen.borrow_and_update().is_over {
        if seen.changed().await.is_err() {
            return;
        }
    }
}

/// What there may be to tell.
enum News {
    Nothing,
    /// Something may have changed before anybody looked.
    Unknown,
    Of(Touched),
}

impl News {
    fn concerns(&self, resource: &Resource) -> bool {
        match self {
            Self::Nothing => false,
            Self::Unknown => true,
            Self::Of(touched) => touched.concerns(resource),
        }
    }

    fn concerns_prompts(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Unknown => true,
            Self::Of(touched) => touched.concerns_prompts(),
        }
    }
}

/// What a client of 2025 follows over its pipe.
#[derive(Default)]
pub(in crate::mcp) struct Followed {
    wishes: Mutex<Wishes>,
    /// Told when there is a first wish.
    begun: Notify,
}

#[derive(Default)]
struct Wishes {
    addresses: std::collections::BTreeMap<String, Resource>,
    prompts: bool,
    /// The end of the log when the first wish came.
    from: Option<u64>,
}

/// The most addresses that one client follows.
const MAX_ADDRESSES: usize = 1_000;

impl Followed {
    /// Follows an address from now on.
    pub(in crate::mcp) async fn subscribe(&self, trail: &Trail, address: String) -> Result<(), ErrorData> {
        let resource = super::named(&address)?;
        self.begin(trail).await.map_err(|failure| failed(&failure))?;
        let mut wishes = self.wishes();
        if wishes.addresses.len() == MAX_ADDRESSES && !wishes.addresses.contains_key(&address) {
            return Err(ErrorData::invalid_params(
                format!("no more than {MAX_ADDRESSES} resources are followed"),
                None,
            ));
        }
        wishes.addresses.insert(address, resource);
        Ok(())
    }

    /// Does so no more. One that was not followed is none.
    pub(in crate::mcp) fn unsubscribe(&self, address: &str) {
        self.wishes().addresses.remove(address);
    }

    /// The client knows the list of prompts and is told when it is another.
    pub(in crate::mcp) async fn knows_prompts(&self, trail: &Trail) -> Result<(), ErrorData> {
        self.begin(trail).await.map_err(|failure| failed(&failure))?;
        self.wishes().prompts = true;
        Ok(())
    }

    async fn begin(&self, trail: &Trail) -> Result<(), Failure> {
        if self.wishes().from.is_some() {
            return Ok(());
        }
        let end = trail.end_of_log().await?;
        self.wishes().from.get_or_insert(end);
        self.begun.notify_one();
        Ok(())
    }

    /// Tells the client, once it follows something, until it goes or the server stops.
    pub(in crate::mcp) async fn tell(&self, trail: Trail, peer: Peer<RoleServer>) {
        self.begun.notified().await;
        let from = self.wishes().from;
        let mut follower = match Follower::begin(trail, from).await {
            Ok(follower) => follower,
            Err(failure) => return failure.tell(),
        };
        while let Some(touched) = follower.changed().await {
            let (addresses, prompts) = {
                let wishes = self.wishes();
                let concerned = wishes.addresses.iter().filter(|(_, resource)| touched.concerns(resource));
                let addresses: Vec<String> = concerned.map(|(address, _)| address.clone()).collect();
                (addresses, wishes.prompts && touched.concerns_prompts())
            };
            for address in addresses {
                if peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(address)).await.is_err() {
                    return;
                }
            }
            if prompts && peer.notify_prompt_list_changed().await.is_err() {
                return;
            }
        }
    }

    fn wishes(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
