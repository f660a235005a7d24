//! What the server keeps of its connections, and what waits to be sent.

use std::collections::VecDeque;

use super::frames::{Frames, LONGEST};
use super::schema::{NAMESPACES, Notification};
use crate::json::Writer;
use crate::model::sorted::Map;
use crate::model::{Millis, Secret, UserId};

/// A connection that has not said hello by then is closed (spec §3.4).
pub(super) const HANDSHAKE: Millis = 10_000;
/// What a connection speaks that has asked for nothing (spec §3.1).
const DEFAULT_LOCALE: &str = "en_US";
/// How long the brake against guessing holds (spec §3.5).
pub(super) const LOCKDOWN: Millis = 3_000;
/// Undelivered output of one connection, beside its last message: one of which more waits is closed.
const MOST_OUTPUT: usize = 16 << 20;
/// Input of one connection that waits behind what is being answered.
const MOST_INPUT: usize = 2 * LONGEST;

/// A connection, as long as the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What is to be sent on a connection, each text in a write of its own, and whether it is closed behind that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Whose.
    pub connection: ConnectionId,
    /// One message each, with its newline.
    pub writes: Vec<String>,
    /// Close it once they are sent. The connection is forgotten.
    pub close: bool,
}

/// The things of a connection's user when they were last looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) user: UserId,
    pub(super) things: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) auth: bool,
    opened: Millis,
    pub(super) bound: Option<Secret>,
    pub(super) hello: bool,
    pub(super) locale: String,
    pub(super) subscribed: [bool; NAMESPACES.len()],
    pub(super) seen: Option<Seen>,
    pub(super) frames: Frames,
    input: VecDeque<Vec<u8>>,
    waiting: usize,
    pub(super) busy: bool,
    output: Vec<String>,
    undelivered: usize,
    closing: bool,
    /// It is among those that wait to be drained.
    ready: bool,
}

/// Somebody waits for the button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) transaction: u64,
    pub(super) device: String,
    pub(super) connection: ConnectionId,
}

#[derive(Debug, Default)]
pub(super) struct State {
    connections: Map<ConnectionId, Connection>,
    opened: u64,
    notifications: u64,
    pub(super) transactions: u64,
    pub(super) pending: Option<Pending>,
    pub(super) agent: bool,
    locked_until: Option<Millis>,
    ready: Vec<ConnectionId>,
    /// Users of whom a change has yet to be told.
    pub(super) expected: Vec<UserId>,
}

impl State {
    pub(super) fn open(&mut self, auth: bool, now: Millis) -> ConnectionId {
        self.opened += 1;
        let id = ConnectionId(self.opened);
        let connection = Connection {
            auth,
            opened: now,
            bound: None,
            hello: false,
            locale: DEFAULT_LOCALE.to_owned(),
            subscribed: Default::default(),
            seen: None,
            frames: Frames::default(),
            input: VecDeque::new(),
            waiting: 0,
            busy: false,
            output: Vec::new(),
            undelivered: 0,
            closing: false,
            ready: false,
        };
        self.connections.insert(id, connection);
        if self.locked_down(now) {
            self.close(id);
        }
        id
    }

    pub(super) fn close(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.closing = true;
            connection.input.clear();
            connection.waiting = 0;
        }
        self.wake(id);
        self.pending.take_if(|pending| pending.connection == id);
    }

    /// The other side has gone: nothing will be delivered any more.
    pub(super) fn forget(&mut self, id: ConnectionId) {
        self.close(id);
        self.connections.remove(&id);
    }

    /// A connection that is still open.
    pub(super) fn live(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.connections.get_mut(&id).filter(|connection| !connection.closing)
    }

    pub(super) fn live_ids(&self) -> Vec<ConnectionId> {
        self.connections.iter().filter(|(_, one)| !one.closing).map(|(id, _)| *id).collect()
    }

    /// Takes in what a connection has sent. `false`: it is being answered already, or gone.
    pub(super) fn receive(&mut self, id: ConnectionId, bytes: &[u8]) -> bool {
        let Some(connection) = self.live(id) else { return false };
        connection.waiting += bytes.len();
        // One call may bring any number of messages; what waits behind a message that takes its time may not.
        if connection.busy && connection.waiting > MOST_INPUT {
            self.close(id);
            return false;
        }
        connection.input.push_back(bytes.to_vec());
        !core::mem::replace(&mut connection.busy, true)
    }

    /// The next piece of input.
    pub(super) fn next_input(&mut self, id: ConnectionId) -> Option<Vec<u8>> {
        let connection = self.live(id)?;
        let bytes = connection.input.pop_front()?;
        connection.waiting -= bytes.len();
        Some(bytes)
    }

    pub(super) fn rest(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.busy = false;
        }
    }

    pub(super) fn send(&mut self, id: ConnectionId, mut text: String) {
        let Some(connection) = self.live(id) else { return };
        // Before the message is counted: a list of users may be longer than that.
        if connection.undelivered > MOST_OUTPUT {
            connection.output.clear();
            self.close(id);
            return;
        }
        text.push('\n');
        connection.undelivered += text.len();
        connection.output.push(text);
        self.wake(id);
    }

    fn wake(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id)
            && !core::mem::replace(&mut connection.ready, true)
        {
            self.ready.push(id);
        }
    }

    fn number(&mut self) -> u64 {
        let number = self.notifications;
        self.notifications += 1;
        number
    }

    fn notification(&mut self, notification: &Notification, params: &str) -> String {
        let mut out = Writer::default();
        out.open('{').name("id").number(self.number());
        out.name("notification").text(notification.0);
        out.name("params").raw(params);
        out.close('}');
        out.end()
    }

    /// Sends a notification to one connection, whether or not it asked for any.
    pub(super) fn notify(&mut self, id: ConnectionId, notification: &Notification, params: &str) {
        let text = self.notification(notification, params);
        self.send(id, text);
    }

    /// Sends a notification to all that enabled its namespace.
    pub(super) fn broadcast(&mut self, notification: &Notification, params: &str) {
        let text = self.notification(notification, params);
        for id in self.audience(notification) {
            self.send(id, text.clone());
        }
    }

    pub(super) fn audience(&self, notification: &Notification) -> Vec<ConnectionId> {
        let namespace = notification.0.split('.').next().unwrap_or_default();
        let Some(number) = NAMESPACES.iter().position(|known| *known == namespace) else { return Vec::new() };
        let listens = |one: &Connection| !one.closing && one.subscribed.get(number) == Some(&true);
        self.connections.iter().filter(|(_, one)| listens(one)).map(|(id, _)| *id).collect()
    }

    /// A notification nobody would get counts all the same.
    pub(super) fn skip(&mut self) {
        self.number();
    }

    /// Everything that waits to be sent. Connections that are closed are forgotten.
    pub(super) fn drain(&mut self) -> Vec<Output> {
        let mut outputs = Vec::new();
        for connection in core::mem::take(&mut self.ready) {
            let Some(one) = self.connections.get_mut(&connection) else { continue };
            (one.ready, one.undelivered) = (false, 0);
            let (writes, close) = (core::mem::take(&mut one.output), one.closing);
            if close {
                self.connections.remove(&connection);
            }
            outputs.push(Output { connection, writes, close });
        }
        outputs
    }

    /// Closes the connections that have not said hello in time.
    pub(super) fn tick(&mut self, now: Millis) {
        let late = |one: &Connection| !one.hello && now.saturating_sub(one.opened) >= HANDSHAKE;
        let late: Vec<_> = self.connections.iter().filter(|(_, one)| late(one)).map(|(id, _)| *id).collect();
        late.into_iter().for_each(|id| self.close(id));
    }

    pub(super) fn locked_down(&self, now: Millis) -> bool {
        // A clock that was set back must not lock anybody out for longer than the rule says.
        self.locked_until.is_some_and(|until| now < until && until - now <= LOCKDOWN)
    }

    /// Begins the brake anew. Gives whether it was on already.
    pub(super) fn lock_down(&mut self, now: Millis) -> bool {
        let was = self.locked_down(now);
        self.locked_until = Some(now.saturating_add(LOCKDOWN));
        was
    }
}

impl State {
    /// Is a connection bound to a token of that user?
    pub(super) fn any_of(&self, user: Option<UserId>) -> bool {
        let his = |one: &Connection| one.seen.as_ref().is_some_and(|seen| Some(seen.user) == user);
        self.connections.values().any(his)
    }
}
