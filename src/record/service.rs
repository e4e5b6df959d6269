//! Service names from pods, paths and log streams. In: names. Out: services. Fails when: never.

/// The service of a pod name.
pub fn from_pod_name(pod: &str) -> Option<String> {
    (!pod.is_empty()).then(|| pod.to_string())
}

/// STUB
pub fn from_path(_p: &str) -> Option<String> { None }
