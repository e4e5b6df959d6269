//! Remarks for developers that show a failure. In: a text at level debug or trace. Out: yes or no. Fails when: never.
//!
//! What such a record says about Redis is no trouble. What the server answered is, and what was thrown in a client of it:
//! loggers of wires and of handled errors are set to these levels.

/// Whether the text shows an error as the server replies it (`-NOPERM …`), or what a client of Redis threw.
pub(super) fn shows_failure(text: &str) -> bool {
    replies(text) || throws(text)
}

/// `-ERR max number of clients reached`, at the start of a line or behind `Buffer: ` and quotation marks.
fn replies(text: &str) -> bool {
    memchr::memchr_iter(b'-', text.as_bytes()).any(|at| {
        let opens =
            text.get(..at).is_some_and(|before| before.is_empty() || before.ends_with(['\n', '"', '\'', '[']) || before.ends_with(": "));
        let reply = text.get(at + 1..).unwrap_or_default();
        let code = reply.bytes().take_while(u8::is_ascii_uppercase).count();
        opens && code >= 2 && reply.as_bytes().get(code) == Some(&b' ')
    })
}

/// Behind its first line stands what a client of Redis threw, by its class. What other code threw, through whatever
/// frames, was handled, or a louder record tells it.
fn throws(text: &str) -> bool {
    text.lines().skip(1).any(|line| {
        let class = line.strip_prefix("Caused by: ").unwrap_or(line).split([':', ' ']).next().unwrap_or_default();
        let fails = class.ends_with("Exception") || class.ends_with("Error");
        fails && (class.contains("redis") || class.contains("Redis") || class.contains("Jedis"))
    })
}

#[cfg(test)]
mod tests {
    use super::shows_failure;

    #[test]
    fn replies_and_traces_show_failures() {
        for text in [
            "[channel=0x0f, /10.0.1.7:49748 -> cache:6379, chid=0x2] Buffer: -NOPERM this user has no permissions",
            "-ERR max number of clients reached",
            "read \"-OOM command not allowed when used memory > 'maxmemory'.\\r\\n\"",
            "cannot read\nredis.clients.jedis.exceptions.JedisConnectionException: closed\n\tat redis.clients.jedis.Connection.connect(Connection.java:1)",
        ] {
            assert!(shows_failure(text), "{text}");
        }
        for text in [
            "",
            "-",
            "started with -ERR",
            "retries on READONLY and on LOADING Redis is loading the dataset in memory",
            "redis pool: 3 of 8 in use - OK",
            "slots 0-16383 are covered: -1 ms",
            "resolved handler\n\tat com.shop.Cart.load(Cart.java:81)",
            "[ws:error] timeout reached\nError: timeout reached\n    at RedisAdapter.send (/app/node_modules/redis-adapter/index.js:1:2)",
        ] {
            assert!(!shows_failure(text), "{text}");
        }
    }
}
