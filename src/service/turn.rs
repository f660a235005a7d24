//! Who changes something waits for his turn, first come, first served. One thread, so a few cells do.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// INVARIANT: while nobody is busy, the first who waits has been woken.
#[derive(Debug, Default)]
pub(super) struct Queue(RefCell<State>);

#[derive(Debug, Default)]
struct State {
    busy: bool,
    tickets: u64,
    waiting: Vec<(u64, Waker)>,
}

/// Held as long as the turn lasts.
pub(super) struct Turn<'q>(&'q Queue);

/// Dropped before its turn it leaves the queue.
pub(super) struct Waiting<'q> {
    queue: &'q Queue,
    ticket: Option<u64>,
}

impl Queue {
    /// Waits for a turn, from the first poll on.
    pub(super) fn turn(&self) -> Waiting<'_> {
        Waiting { queue: self, ticket: None }
    }

    /// Wakes the first who waits. Outside the borrow: a waker runs whatever it likes.
    fn wake(&self) {
        let state = self.0.borrow();
        let first = state.waiting.first().filter(|_| !state.busy).map(|(_, waker)| waker.clone());
        drop(state);
        if let Some(first) = first {
            first.wake();
        }
    }
}

impl<'q> Future for Waiting<'q> {
    type Output = Turn<'q>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Turn<'q>> {
        let queue = self.queue;
        let mut state = queue.0.borrow_mut();
        let first = state.waiting.first().map(|(ticket, _)| *ticket);
        if !state.busy && first == self.ticket {
            state.busy = true;
            if self.ticket.take().is_some() {
                state.waiting.remove(0);
            }
            return Poll::Ready(Turn(queue));
        }
        let waker = context.waker().clone();
        match self.ticket {
            Some(mine) => {
                if let Some((_, old)) = state.waiting.iter_mut().find(|(ticket, _)| *ticket == mine) {
                    *old = waker;
                }
            }
            None => {
                state.tickets += 1;
                let ticket = state.tickets;
                state.waiting.push((ticket, waker));
                self.ticket = Some(ticket);
            }
        }
        Poll::Pending
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(mine) = self.ticket {
            self.queue.0.borrow_mut().waiting.retain(|(ticket, _)| *ticket != mine);
            self.queue.wake();
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.0.borrow_mut().busy = false;
        self.0.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    use super::Queue;

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn turns_come_in_order_and_who_leaves_is_passed_over() {
        let (queue, order) = (Queue::default(), RefCell::new(Vec::new()));
        let first = poll(pin!(queue.turn()));
        assert!(first.is_ready());
        let (mut second, mut third) = (Box::pin(queue.turn()), Box::pin(queue.turn()));
        let mut fourth = Box::pin(queue.turn());
        for waiting in [&mut second, &mut third, &mut fourth] {
            assert!(poll(waiting.as_mut()).is_pending());
        }
        drop(first);
        assert!(poll(third.as_mut()).is_pending(), "the second is before it");
        assert!(poll(pin!(queue.turn())).is_pending(), "nobody overtakes those who wait");
        drop(second);
        if let Poll::Ready(turn) = poll(third.as_mut()) {
            order.borrow_mut().push(3);
            assert!(poll(fourth.as_mut()).is_pending());
            drop(turn);
        }
        assert!(poll(fourth.as_mut()).is_ready());
        assert_eq!(*order.borrow(), [3]);
    }
}
