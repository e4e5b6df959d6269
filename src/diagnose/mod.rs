//! Stage in progress.
