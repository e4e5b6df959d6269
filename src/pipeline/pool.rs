//! The threads of a run. In: how many are wanted. Out: work done by them. Fails when: never; without threads the calling
//! one does all.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rayon::{ThreadPool, ThreadPoolBuilder, Yield};

/// Workers beside the calling thread, which may wait for input while they work.
pub(super) struct Pool(Option<ThreadPool>);

impl Pool {
    /// `threads`: workers, 0 for one each core. `alone`: the calling thread is the only worker, since starting others
    /// takes longer than the work.
    pub(super) fn new(threads: usize, alone: bool) -> Pool {
        let builder = ThreadPoolBuilder::new();
        // Where the calling thread is a worker already, it stays one.
        Pool(if alone { builder.num_threads(1).use_current_thread() } else { builder.num_threads(threads) }.build().ok())
    }

    /// Number of workers.
    pub(super) fn threads(&self) -> usize {
        self.0.as_ref().map_or(1, ThreadPool::current_num_threads)
    }

    /// `work`, in which what is parallel is done by the workers.
    pub(super) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.0 {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// `drive` by the calling thread, which gives jobs to the workers and takes what they made of them.
    pub(super) fn belt<J: Send, R: Send, T>(&self, work: impl Fn(J) -> R + Sync, drive: impl FnOnce(&mut Belt<'_, J, R>) -> T) -> T {
        let (done, results) = channel();
        let run = |job| catch_unwind(AssertUnwindSafe(|| work(job)));
        let Some(pool) = &self.0 else {
            return drive(&mut Belt::new(&|number, job| drop(done.send((number, run(job)))), results, None));
        };
        let run = &run;
        pool.in_place_scope(|scope| {
            let start = |number, job| {
                let done = done.clone();
                scope.spawn(move |_| drop(done.send((number, run(job)))));
            };
            drive(&mut Belt::new(&start, results, Some(pool)))
        })
    }
}

/// Jobs given to the workers, and what they made of them, in the order in which the jobs were given.
pub(super) struct Belt<'b, J, R> {
    start: &'b dyn Fn(u64, J),
    results: Receiver<(u64, std::thread::Result<R>)>,
    /// Results that came before their turn.
    early: BTreeMap<u64, std::thread::Result<R>>,
    given: u64,
    taken: u64,
    pool: Option<&'b ThreadPool>,
}

impl<'b, J, R> Belt<'b, J, R> {
    fn new(start: &'b dyn Fn(u64, J), results: Receiver<(u64, std::thread::Result<R>)>, pool: Option<&'b ThreadPool>) -> Self {
        Belt { start, results, early: BTreeMap::new(), given: 0, taken: 0, pool }
    }

    /// Jobs whose results were not taken.
    pub(super) fn waiting(&self) -> usize {
        (self.given - self.taken) as usize
    }

    pub(super) fn give(&mut self, job: J) {
        (self.start)(self.given, job);
        self.given += 1;
    }

    /// The result of the first job whose result was not taken; `None` if there is none.
    pub(super) fn take(&mut self) -> Option<R> {
        if self.waiting() == 0 {
            return None;
        }
        let result = loop {
            if let Some(result) = self.early.remove(&self.taken) {
                break result;
            }
            let (number, result) = self.next()?;
            self.early.insert(number, result);
        };
        self.taken += 1;
        Some(result.unwrap_or_else(|panic| resume_unwind(panic)))
    }

    /// Whichever result comes next. A worker that waits for the others works itself.
    fn next(&self) -> Option<(u64, std::thread::Result<R>)> {
        loop {
            if let Ok(result) = self.results.try_recv() {
                return Some(result);
            }
            match self.pool.and_then(ThreadPool::yield_now) {
                Some(Yield::Executed) => {}
                Some(Yield::Idle) => {
                    if let Ok(result) = self.results.recv_timeout(IDLE) {
                        return Some(result);
                    }
                }
                None => return self.results.recv().ok(),
            }
        }
    }
}

/// How long a worker without work waits before it looks for some again: far below what a unit takes.
const IDLE: Duration = Duration::from_micros(200);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whoever_works() {
        for pool in [Pool::new(2, false), Pool::new(0, true), Pool(None)] {
            let doubled = pool.belt(
                |n: u64| n * 2,
                |belt| {
                    let mut out = Vec::new();
                    for n in 0..100 {
                        belt.give(n);
                        if belt.waiting() > 5 {
                            out.extend(belt.take());
                        }
                    }
                    out.extend(std::iter::from_fn(|| belt.take()));
                    out
                },
            );
            assert_eq!(doubled, (0..100).map(|n| n * 2).collect::<Vec<_>>());
            assert_eq!(pool.install(|| 3), 3);
            assert!(pool.threads() >= 1);
        }
    }

    #[test]
    fn belts_inside_of_workers_do_not_wait_for_each_other() {
        use rayon::prelude::*;
        let pool = Pool::new(2, false);
        let sum = |_| {
            pool.belt(
                |n: u64| n,
                |belt| {
                    (0..50)
                        .map(|n| {
                            belt.give(n);
                            belt.take().unwrap_or(0)
                        })
                        .sum::<u64>()
                },
            )
        };
        let sums: Vec<u64> = pool.install(|| (0..8).into_par_iter().map(sum).collect());
        assert_eq!(sums, [1225; 8]);
    }
}
