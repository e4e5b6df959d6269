//! Lambda's REPORT lines. In: one line. Out: duration and memory of the invocation. Fails when: never.

use super::{Reading, number};

/// Fields of a REPORT line, with the names that gauges have.
const FIELDS: [(&str, &str); 4] = [
    ("Duration: ", "lambda_duration_ms"),
    ("Init Duration: ", "lambda_init_ms"),
    ("Memory Size: ", "lambda_memory_mb"),
    ("Max Memory Used: ", "lambda_memory_used_mb"),
];

/// Reads `REPORT RequestId: … Duration: 14.12 ms … Memory Size: 256 MB … Max Memory Used: 91 MB`.
pub(super) fn read(body: &str) -> Vec<Reading> {
    let Some(rest) = body.strip_prefix("REPORT RequestId: ") else { return Vec::new() };
    rest.split('\t')
        .filter_map(|field| FIELDS.iter().find_map(|(label, name)| Some((*name, field.trim().strip_prefix(label)?))))
        .filter_map(|(name, value)| Some(Reading::Gauge { name, value: number::plain(value.split(' ').next()?)? }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report() {
        let line = "REPORT RequestId: 65a79711-ce49-4dea-80cf-ce118f4fe8a1\tDuration: 5001.12 ms\tBilled Duration: 5002 ms\tMemory Size: 256 MB\tMax Memory Used: 91 MB\tInit Duration: 265.72 ms\t";
        let names: Vec<_> = read(line)
            .into_iter()
            .filter_map(|r| match r {
                Reading::Gauge { name, value } => Some((name, value)),
                _ => None,
            })
            .collect();
        assert_eq!(
            names,
            [("lambda_duration_ms", 5001.12), ("lambda_memory_mb", 256.0), ("lambda_memory_used_mb", 91.0), ("lambda_init_ms", 265.72)]
        );
        assert!(read("START RequestId: 1 Version: $LATEST").is_empty());
    }
}
