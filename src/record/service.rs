//! Service names from pods, paths and log streams. In: names. Out: services. Fails when: never.
