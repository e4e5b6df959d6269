//! The threads of a run. In: how many are wanted. Out: work done by them. Fails when: never; without threads the calling
//! one does all.

use rayon::{ThreadPool, ThreadPoolBuilder};

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

    /// `work` by the workers, and meanwhile something else by the calling thread.
    pub(super) fn beside<A: Send + Default, B>(&self, work: impl FnOnce() -> A + Send, meanwhile: impl FnOnce() -> B) -> (A, B) {
        let Some(pool) = &self.0 else {
            let done = work();
            return (done, meanwhile());
        };
        let mut done = A::default();
        let other = pool.in_place_scope(|scope| {
            scope.spawn(|_| done = work());
            meanwhile()
        });
        (done, other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done_whoever_does_them() {
        for pool in [Pool::new(2, false), Pool::new(0, true), Pool(None)] {
            let (a, b) = pool.beside(|| (1..=10).sum::<u32>(), || 7);
            assert_eq!((a, b, pool.install(|| 3)), (55, 7, 3));
            assert!(pool.threads() >= 1);
        }
    }
}
