//! Who hears of changes before the call that made them returns.

use std::rc::{Rc, Weak};

use super::Host;
use super::door::{Boxed, Door, Inner};
use crate::model::AuditEntry;
use crate::store::Store;

/// Somebody to be told of every change, whoever made it and by whatever way: this door, and others where the store can
/// watch.
pub trait Observer: core::fmt::Debug {
    /// The changes are made, and live sessions know of them. Nothing here may fail them; the call that made them waits.
    fn heard<'a>(&'a self, entries: &'a [AuditEntry]) -> Boxed<'a, ()>;
}

impl<S: Store, H: Host> Inner<S, H> {
    pub(super) async fn tell(&self, entries: &[AuditEntry]) {
        let observers: Vec<Rc<dyn Observer>> =
            self.observers.borrow().iter().filter_map(Weak::upgrade).collect();
        for observer in observers {
            observer.heard(entries).await;
        }
    }
}

impl<S: Store, H: Host> Door<S, H> {
    /// Has an observer told of changes for as long as it lives.
    pub fn observe(&self, observer: Weak<dyn Observer>) {
        let mut observers = self.0.observers.borrow_mut();
        observers.retain(|known| known.strong_count() > 0);
        observers.push(observer);
    }
}
