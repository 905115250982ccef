//! A bounded queue of work that is fair between its lanes. A lane is what one client network, or one account, has
//! to do.
//!
//! Lanes are served in turn, one piece each. When the queue is full, the lane with the most pieces loses its newest
//! one to a lane with fewer: however many requests one network sends, another one waits for one piece of it at a
//! time and is not refused because of it.

use crate::device::{Device, Places};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

/// What shares one place in the turn.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lane(Arc<str>);

impl Lane {
    /// The lane of this name.
    pub fn of(name: &str) -> Self {
        Self(name.into())
    }

    /// The lane of the network of a client.
    pub fn of_device(device: &Device) -> Self {
        let Places { near, wide } = device.places();
        Self::of(&wide.unwrap_or(near))
    }

    /// The lane beside this one for passwords that are measured while they are typed.
    #[must_use]
    pub fn for_typing(&self) -> Self {
        Self::of(&format!("typing {}", self.0))
    }
}

/// There is no place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// The queue. `T` is a piece of work; one that loses its place is dropped.
#[derive(Debug)]
pub struct HashQueue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    capacity: usize,
}

#[derive(Debug)]
struct State<T> {
    lanes: HashMap<Lane, Pieces<T>>,
    /// The lanes in which something waits, the next one first.
    turns: VecDeque<Lane>,
    waiting: usize,
    is_closed: bool,
}

#[derive(Debug)]
struct Pieces<T> {
    waiting: VecDeque<T>,
    running: usize,
}

impl<T> HashQueue<T> {
    /// An empty queue in which `capacity` pieces may wait.
    pub fn new(capacity: usize) -> Self {
        let state =
            State { lanes: HashMap::new(), turns: VecDeque::new(), waiting: 0, is_closed: false };
        Self { state: Mutex::new(state), changed: Condvar::new(), capacity }
    }

    /// Queues a piece of work. The lane may have `most` pieces, those that run included.
    ///
    /// # Errors
    /// The lane has as many already, or the queue is full and no lane has more waiting than this one would.
    pub fn push(&self, lane: &Lane, most: usize, piece: T) -> Result<(), Full> {
        let mut state = self.lock();
        let own = state.lanes.get(lane);
        let (waiting, running) = own.map_or((0, 0), |own| (own.waiting.len(), own.running));
        if waiting.saturating_add(running) >= most {
            return Err(Full);
        }
        let mut replaced = None;
        if state.waiting >= self.capacity {
            let longest = state.lanes.values_mut().max_by_key(|pieces| pieces.waiting.len());
            let longest =
                longest.filter(|pieces| pieces.waiting.len() > waiting + 1).ok_or(Full)?;
            replaced = longest.waiting.pop_back();
            state.waiting -= 1;
        }
        let pieces = state
            .lanes
            .entry(lane.clone())
            .or_insert_with(|| Pieces { waiting: VecDeque::new(), running: 0 });
        pieces.waiting.push_back(piece);
        state.waiting += 1;
        if waiting == 0 {
            state.turns.push_back(lane.clone());
        }
        drop(state);
        self.changed.notify_one();
        // Its caller wakes up when it is dropped, so that happens without the lock.
        drop(replaced);
        Ok(())
    }

    /// Waits for the next piece of work. Returns `None` when the queue is closed and empty. Call
    /// [`Self::done`] for its lane when it has run.
    pub fn pop(&self) -> Option<(Lane, T)> {
        let mut state = self.lock();
        loop {
            if let Some(next) = state.next() {
                return Some(next);
            }
            if state.is_closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A piece of this lane has run.
    pub fn done(&self, lane: &Lane) {
        let mut state = self.lock();
        if let Some(pieces) = state.lanes.get_mut(lane) {
            pieces.running = pieces.running.saturating_sub(1);
            if pieces.running == 0 && pieces.waiting.is_empty() {
                state.lanes.remove(lane);
            }
        }
    }

    /// Lets [`Self::pop`] return `None` as soon as nothing waits any more.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn next(&mut self) -> Option<(Lane, T)> {
        let lane = self.turns.pop_front()?;
        let pieces = self.lanes.get_mut(&lane)?;
        let piece = pieces.waiting.pop_front()?;
        pieces.running += 1;
        self.waiting -= 1;
        if !pieces.waiting.is_empty() {
            self.turns.push_back(lane.clone());
        }
        Some((lane, piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: usize = usize::MAX;

    fn filled() -> HashQueue<&'static str> {
        let queue = HashQueue::new(4);
        for _ in 0..4 {
            queue.push(&Lane::of("flood"), ANY, "flood").unwrap();
        }
        queue
    }

    fn rest(queue: &HashQueue<&'static str>) -> Vec<&'static str> {
        queue.close();
        std::iter::from_fn(|| queue.pop()).map(|(_, piece)| piece).collect()
    }

    #[test]
    fn a_full_queue_takes_work_of_other_lanes_and_none_of_the_longest() {
        let queue = filled();
        assert_eq!(queue.push(&Lane::of("flood"), ANY, "flood"), Err(Full));
        assert_eq!(queue.push(&Lane::of("ada"), ANY, "ada"), Ok(()));
        assert_eq!(queue.push(&Lane::of("bob"), ANY, "bob"), Ok(()));
        assert_eq!(queue.push(&Lane::of("eve"), ANY, "eve"), Ok(()));
        assert_eq!(queue.push(&Lane::of("tom"), ANY, "tom"), Err(Full), "each has one");
        assert_eq!(rest(&queue), ["flood", "ada", "bob", "eve"]);
    }

    #[test]
    fn lanes_take_turns() {
        let queue = HashQueue::new(10);
        for (lane, piece) in [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1")] {
            queue.push(&Lane::of(lane), ANY, piece).unwrap();
        }
        assert_eq!(rest(&queue), ["a1", "b1", "c1", "a2", "a3"]);
    }

    #[test]
    fn a_lane_may_have_so_many_pieces_with_those_that_run() {
        let (queue, lane) = (HashQueue::new(10), Lane::of("a"));
        queue.push(&lane, 2, 1).unwrap();
        queue.push(&lane, 2, 2).unwrap();
        assert_eq!(queue.pop(), Some((lane.clone(), 1)));
        assert_eq!(queue.push(&lane, 2, 3), Err(Full));
        queue.done(&lane);
        assert_eq!(queue.push(&lane, 2, 3), Ok(()));
    }

    #[test]
    fn nothing_is_kept_of_a_lane_without_work() {
        let (queue, lane) = (HashQueue::new(10), Lane::of("a"));
        queue.push(&lane, ANY, 1).unwrap();
        let (lane, _) = queue.pop().unwrap();
        queue.done(&lane);
        assert!(queue.lock().lanes.is_empty() && queue.lock().turns.is_empty());
        queue.close();
        assert_eq!(queue.pop(), None);
    }
}
