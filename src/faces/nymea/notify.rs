//! Notifications, from what the door says has changed: whoever changed it (spec §5, §4.1).

use super::Server;
use super::jsonrpc::{object, things};
use super::schema::{Notification, THING_ADDED, THING_REMOVED, USER_ADDED, USER_CHANGED, USER_REMOVED};
use super::scopes::{ACCESS_ALL, Mask};
use super::users::write_user;
use crate::model::{Action, AuditEntry, Reach, UserId};
use crate::service::{Boxed, Host, Observer, Store, UserView};

impl<S: Store + core::fmt::Debug, H: Host + core::fmt::Debug> Observer for Server<S, H> {
    fn heard<'a>(&'a self, entries: &'a [AuditEntry]) -> Boxed<'a, ()> {
        Box::pin(async move {
            for entry in entries {
                self.hear(entry).await;
            }
        })
    }
}

impl<S: Store, H: Host> Server<S, H> {
    async fn hear(&self, entry: &AuditEntry) {
        let name = entry.on.user.as_deref();
        match (entry.action, name) {
            (Action::UserAdded | Action::SetUp, Some(name)) => {
                if self.nobody_listens(&USER_ADDED) {
                    return;
                }
                if let Ok((view, reach)) = self.door.local().get_user(name).await {
                    let params = self.about(&view, &reach);
                    self.state().broadcast(&USER_ADDED, &params);
                }
            }
            (Action::UserChanged, Some(name)) => self.hear_changed(name, entry.on.user_id).await,
            (Action::LinkChanged, Some(name)) if entry.on.kind.as_deref() == Some("thing") => {
                self.hear_changed(name, entry.on.user_id).await;
            }
            (Action::UserRemoved, Some(name)) => {
                let params = object(|out| out.name("username").text(name));
                self.state().broadcast(&USER_REMOVED, &params);
            }
            _ => {}
        }
    }

    async fn hear_changed(&self, name: &str, id: Option<u64>) {
        let id = id.and_then(|id| UserId::new(id).ok());
        {
            let expected = &mut self.state().expected;
            if let Some(place) = expected.iter().position(|&known| Some(known) == id) {
                expected.swap_remove(place);
            }
        }
        let concerned = self.state().any_of(id);
        if !concerned && self.nobody_listens(&USER_CHANGED) {
            return;
        }
        if let Ok((view, reach)) = self.door.local().get_user(name).await {
            self.tell_changed(&view, &reach).await;
        }
    }

    /// Nobody would get it: it counts, and no record is read for it.
    fn nobody_listens(&self, notification: &Notification) -> bool {
        let mut state = self.state();
        let nobody = state.audience(notification).is_empty();
        if nobody {
            state.skip();
        }
        nobody
    }

    fn about(&self, view: &UserView, reach: &Reach) -> String {
        object(|out| {
            out.name("userInfo");
            write_user(out, self.door.catalogue(), view, reach);
        })
    }

    /// Tells of a changed user, and his own connections of the things they see now and of those they see no more.
    pub(super) async fn tell_changed(&self, view: &UserView, reach: &Reach) {
        let params = self.about(view, reach);
        self.state().broadcast(&USER_CHANGED, &params);
        let sees_all = Mask::of(self.door.catalogue(), &view.bits).covers(ACCESS_ALL);
        let now = things(reach);
        // Bound first: the loop borrows the state again.
        let connections = self.state().live_ids();
        for id in connections {
            let before = match self.state().live(id).and_then(|connection| connection.seen.as_mut()) {
                Some(seen) if seen.user == view.user.id => core::mem::replace(&mut seen.things, now.clone()),
                _ => continue,
            };
            if sees_all || before == now {
                continue;
            }
            let fresh: Vec<_> = now.iter().filter(|thing| !before.contains(thing)).cloned().collect();
            for thing in self.door.resources_of("thing", &fresh).await.unwrap_or_default() {
                let params = object(|out| {
                    out.name("thing").open('{').name("id").text(&thing.id);
                    out.name("name").text(&thing.name);
                    out.close('}');
                });
                self.state().notify(id, &THING_ADDED, &params);
            }
            // What the host took away is told by `UserChanged` alone: it is no matter of anybody's rights.
            let gone: Vec<_> = before.into_iter().filter(|thing| !now.contains(thing)).collect();
            for thing in self.door.resources_of("thing", &gone).await.unwrap_or_default() {
                let params = object(|out| out.name("thingId").text(&thing.id));
                self.state().notify(id, &THING_REMOVED, &params);
            }
        }
    }
}
