//! A bounded job queue with fair scheduling between lanes. A lane has the jobs of one client network or of one account.
//!
//! Lanes are served round-robin, one job at a time. When the queue is full, the newest job of the longest lane is
//! dropped for a job of a shorter lane. A network that floods the queue therefore delays other networks by at most one
//! of its jobs per round, and does not cause their jobs to be refused.

use crate::device::{Device, Places};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

/// The name of a lane. All jobs with this name are scheduled together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lane(Arc<str>);

impl Lane {
    /// Creates a lane from its name.
    pub fn of(name: &str) -> Self {
        Self(name.into())
    }

    /// Returns the lane of a client's network.
    pub fn of_device(device: &Device) -> Self {
        let Places { near, wide } = device.places();
        Self::of(&wide.unwrap_or(near))
    }

    /// Returns the separate lane for measuring passwords while the user types.
    #[must_use]
    pub fn for_typing(&self) -> Self {
        Self::of(&format!("typing {}", self.0))
    }
}

/// The error of a job that is refused because the queue or its lane is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// A fair queue of jobs of type `T`.
#[derive(Debug)]
pub struct HashQueue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    capacity: usize,
}

#[derive(Debug)]
struct State<T> {
    lanes: HashMap<Lane, LaneJobs<T>>,
    /// The lanes with waiting jobs, the next one first.
    turns: VecDeque<Lane>,
    waiting: usize,
    is_closed: bool,
}

#[derive(Debug)]
struct LaneJobs<T> {
    waiting: VecDeque<T>,
    running: usize,
}

impl<T> HashQueue<T> {
    /// Creates an empty queue for at most `capacity` waiting jobs.
    pub fn new(capacity: usize) -> Self {
        let state =
            State { lanes: HashMap::new(), turns: VecDeque::new(), waiting: 0, is_closed: false };
        Self { state: Mutex::new(state), changed: Condvar::new(), capacity }
    }

    /// Enqueues a job. The lane may have at most `max_jobs` jobs, including running ones.
    ///
    /// # Errors
    /// [`Full`] if the lane has reached its limit, or if the queue is full and no lane would have more waiting jobs
    /// than this one.
    pub fn push(&self, lane: &Lane, max_jobs: usize, job: T) -> Result<(), Full> {
        let mut state = self.lock();
        let own = state.lanes.get(lane);
        let (waiting, running) = own.map_or((0, 0), |own| (own.waiting.len(), own.running));
        if waiting.saturating_add(running) >= max_jobs {
            return Err(Full);
        }
        let mut replaced = None;
        if state.waiting >= self.capacity {
            let longest = state.lanes.values_mut().max_by_key(|jobs| jobs.waiting.len());
            let longest = longest.filter(|jobs| jobs.waiting.len() > waiting + 1).ok_or(Full)?;
            replaced = longest.waiting.pop_back();
            state.waiting -= 1;
        }
        let jobs = state
            .lanes
            .entry(lane.clone())
            .or_insert_with(|| LaneJobs { waiting: VecDeque::new(), running: 0 });
        jobs.waiting.push_back(job);
        state.waiting += 1;
        if waiting == 0 {
            state.turns.push_back(lane.clone());
        }
        drop(state);
        self.changed.notify_one();
        // Dropping a job wakes its caller, so it is done without holding the lock.
        drop(replaced);
        Ok(())
    }

    /// Waits for the next job. Returns `None` when the queue is closed and empty. The caller must call [`Self::done`]
    /// for the lane when the job has finished.
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

    /// Marks a job of this lane as finished.
    pub fn done(&self, lane: &Lane) {
        let mut state = self.lock();
        if let Some(jobs) = state.lanes.get_mut(lane) {
            jobs.running = jobs.running.saturating_sub(1);
            if jobs.running == 0 && jobs.waiting.is_empty() {
                state.lanes.remove(lane);
            }
        }
    }

    /// Closes the queue: [`Self::pop`] returns the waiting jobs and then `None`.
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
        let jobs = self.lanes.get_mut(&lane)?;
        let job = jobs.waiting.pop_front()?;
        jobs.running += 1;
        self.waiting -= 1;
        if !jobs.waiting.is_empty() {
            self.turns.push_back(lane.clone());
        }
        Some((lane, job))
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
        std::iter::from_fn(|| queue.pop()).map(|(_, job)| job).collect()
    }

    #[test]
    fn a_full_queue_accepts_jobs_of_shorter_lanes_only() {
        let queue = filled();
        assert_eq!(queue.push(&Lane::of("flood"), ANY, "flood"), Err(Full));
        assert_eq!(queue.push(&Lane::of("ada"), ANY, "ada"), Ok(()));
        assert_eq!(queue.push(&Lane::of("bob"), ANY, "bob"), Ok(()));
        assert_eq!(queue.push(&Lane::of("eve"), ANY, "eve"), Ok(()));
        assert_eq!(queue.push(&Lane::of("tom"), ANY, "tom"), Err(Full), "each has one");
        assert_eq!(rest(&queue), ["flood", "ada", "bob", "eve"]);
    }

    #[test]
    fn lanes_are_served_round_robin() {
        let queue = HashQueue::new(10);
        for (lane, job) in [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1")] {
            queue.push(&Lane::of(lane), ANY, job).unwrap();
        }
        assert_eq!(rest(&queue), ["a1", "b1", "c1", "a2", "a3"]);
    }

    #[test]
    fn the_limit_of_a_lane_includes_running_jobs() {
        let (queue, lane) = (HashQueue::new(10), Lane::of("a"));
        queue.push(&lane, 2, 1).unwrap();
        queue.push(&lane, 2, 2).unwrap();
        assert_eq!(queue.pop(), Some((lane.clone(), 1)));
        assert_eq!(queue.push(&lane, 2, 3), Err(Full));
        queue.done(&lane);
        assert_eq!(queue.push(&lane, 2, 3), Ok(()));
    }

    #[test]
    fn a_lane_without_jobs_is_removed() {
        let (queue, lane) = (HashQueue::new(10), Lane::of("a"));
        queue.push(&lane, ANY, 1).unwrap();
        let (lane, _) = queue.pop().unwrap();
        queue.done(&lane);
        assert!(queue.lock().lanes.is_empty() && queue.lock().turns.is_empty());
        queue.close();
        assert_eq!(queue.pop(), None);
    }
}
