//! What audit.md promises of the bus, one test a promise.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use annals_event::Event;

use super::{EventBus, Subscription};

fn counting(bus: &EventBus, event_type: &str) -> (Arc<AtomicU64>, Subscription) {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let subscription = bus.subscribe([event_type], move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    (count, subscription)
}

#[test]
fn handlers_are_called_in_the_order_of_subscription_in_the_callers_thread() {
    let bus = EventBus::new();
    let calls = Arc::new(Mutex::new(Vec::new()));
    let subscriptions: Vec<_> = (0..3)
        .map(|number| {
            let calls = Arc::clone(&calls);
            bus.subscribe(["a"], move |_| {
                calls.lock().unwrap().push((number, std::thread::current().id()));
                Ok(())
            })
        })
        .collect();
    let emitted = bus.emit(&Event::new("a"));
    let here = std::thread::current().id();
    assert_eq!(*calls.lock().unwrap(), [(0, here), (1, here), (2, here)]);
    assert_eq!((emitted.n_called, subscriptions.len()), (3, 3));
}

#[test]
fn only_the_events_of_the_subscribed_types_arrive() {
    let bus = EventBus::new();
    let (count, _subscription) = counting(&bus, "a");
    bus.emit(&Event::new("b"));
    bus.emit(&Event::new("a"));
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[test]
fn a_handler_that_fails_or_panics_is_counted_and_reaches_neither_the_emitter_nor_the_next() {
    let bus = EventBus::new();
    let _fails = bus.subscribe(["a"], |_| Err("no".into()));
    let _panics = bus.subscribe(["a"], |_| panic!("at the wrong moment"));
    let (count, _subscription) = counting(&bus, "a");
    let emitted = bus.emit(&Event::new("a"));
    assert_eq!((emitted.n_called, emitted.n_failed, emitted.n_panicked), (3, 1, 1));
    assert_eq!(count.load(Ordering::Relaxed), 1);
    assert_eq!(bus.n_failures(), 2);
}

#[test]
fn dropping_the_subscription_unsubscribes_and_frees_the_handler() {
    let bus = EventBus::new();
    let (count, subscription) = counting(&bus, "a");
    drop(subscription);
    assert_eq!(bus.emit(&Event::new("a")).n_called, 0);
    // The test's own handle is the last one: the bus holds no other strong reference.
    assert_eq!(Arc::strong_count(&count), 1);
}

#[test]
fn handlers_may_emit_subscribe_and_unsubscribe_while_they_are_called() {
    let bus = EventBus::new();
    let (inner_count, _inner) = counting(&bus, "inner");
    let (late_count, _) = counting(&bus, "never");
    let slot: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let kept: Arc<Mutex<Vec<Subscription>>> = Arc::default();
    let subscription = {
        let (bus, slot, kept, late_count) =
            (bus.clone(), Arc::clone(&slot), Arc::clone(&kept), Arc::clone(&late_count));
        let again = bus.clone();
        again.subscribe(["outer"], move |_| {
            bus.emit(&Event::new("inner"));
            let late_count = Arc::clone(&late_count);
            kept.lock().unwrap().push(bus.subscribe(["outer"], move |_| {
                late_count.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }));
            slot.lock().unwrap().take();
            Ok(())
        })
    };
    *slot.lock().unwrap() = Some(subscription);
    // The first emit goes on over the list it began with: the late handler is not in it.
    assert_eq!(bus.emit(&Event::new("outer")).n_called, 1);
    assert_eq!((inner_count.load(Ordering::Relaxed), late_count.load(Ordering::Relaxed)), (1, 0));
    // The first handler has unsubscribed itself; the late one is there.
    assert_eq!(bus.emit(&Event::new("outer")).n_called, 1);
    assert_eq!((inner_count.load(Ordering::Relaxed), late_count.load(Ordering::Relaxed)), (1, 1));
}
