//! What Kubernetes' controllers append to a name. In: a pod. Out: its owner. Fails when: never.

/// The alphabet of generated suffixes: no vowels, no 0, 1, 3 (apimachinery's `rand.SafeEncodeString`).
const SAFE: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// Length of the random suffix of pods.
const SUFFIX: usize = 5;
/// Words in the suffix alphabet that stand at the end of real names.
const WORDS: [&str; 4] = ["https", "grpcs", "mqtts", "https2"];

/// The owner of a pod: Deployment (`-<hash>-<5>`), DaemonSet and Job (`-<5>`), CronJob (`-<minutes>-<5>`), StatefulSet (`-<n>`);
/// other names are their own owner. `None` for what is no pod name.
pub fn from_pod_name(pod: &str) -> Option<String> {
    if !super::is_label(pod) {
        return None;
    }
    Some(owner(pod).unwrap_or(pod).to_owned())
}

/// True if the name ends as controllers write it, a StatefulSet's ordinal aside (too weak for a proof).
pub fn looks_like_pod(name: &str) -> bool {
    super::is_label(name) && generated(name).is_some()
}

fn owner(pod: &str) -> Option<&str> {
    generated(pod).or_else(|| {
        let (name, ordinal) = pod.rsplit_once('-')?;
        (!name.is_empty() && !ordinal.is_empty() && ordinal.len() <= 3 && ordinal.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
    })
}

/// The name before generated suffixes.
fn generated(pod: &str) -> Option<&str> {
    let (rest, suffix) = pod.rsplit_once('-')?;
    let loose = suffix.len() == SUFFIX && suffix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !loose {
        return None;
    }
    if let Some((name, hash)) = rest.rsplit_once('-')
        && !name.is_empty()
        && is_hash(hash)
    {
        return Some(name);
    }
    let strict = suffix.bytes().all(|byte| SAFE.contains(&byte)) && !WORDS.contains(&suffix);
    (strict && !rest.is_empty()).then_some(rest)
}

/// A ReplicaSet's hash, or a CronJob's minutes: 8 to 10 lower-case letters and digits, with a digit, without a word's look.
/// Written samples use vowels in hashes, so the real alphabet is not demanded.
fn is_hash(text: &str) -> bool {
    (8..=10).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && (text.bytes().any(|byte| byte.is_ascii_digit()) || text.bytes().all(|byte| SAFE.contains(&byte)))
}
