use super::*;
use crate::record::Zone;
use crate::scan::Unit;

const RULES: CaptureRules = CaptureRules { begins: |_| None, step: |_, _| None };

fn context() -> Context<'static> {
    Context { framed: false, clock: Clock { zone: Zone::UTC, anchor_ms: 1_705_482_000_000 }, path_service: None, captures: RULES }
}

/// First lines of the records that the text gives when it is read in blocks of `size`: (offset, lines, cut).
fn records(text: &str, size: usize) -> Vec<(u64, u32, bool)> {
    let mut out = Vec::new();
    for from in (0..text.len()).step_by(size) {
        let unit = Unit { own: from..(from + size).min(text.len()), bytes: text.as_bytes().to_vec(), base: 0, ends: true };
        let mut joiner = Joiner::new(&unit, context());
        let mut at = unit.first_line();
        while at < unit.own.end {
            out.extend(joiner.record_at(at, &All).map(|j| (j.record.offset, j.record.lines, j.truncated)));
            let Some(next) = unit.next_line(at) else { break };
            at = next;
        }
    }
    out
}

#[test]
fn a_record_before_a_blank_line_is_given_once() {
    let text = "2024-01-17 09:00:01,950 ERROR cart [t=1] cannot read\nredis.exceptions.ConnectionError: refused\n\n\n2024-01-17 09:00:02,950 INFO cart [t=2] ok\n";
    let expected = [(0, 2, false), (text.rfind("2024").expect("two records") as u64, 1, false)];
    for size in [1, 7, 53, 60, 97, 1000] {
        assert_eq!(records(text, size), expected, "blocks of {size}");
    }
}

#[test]
fn a_wrapper_knows_the_zone_of_its_line() {
    let time = |text: &str| {
        let unit = Unit { own: 0..text.len(), bytes: text.as_bytes().to_vec(), base: 0, ends: true };
        let record = Joiner::new(&unit, context()).record_at(0, &All).expect("a record").record;
        record.time_ms.map(|ms| ms - 1_705_482_000_000)
    };
    for inner in ["2024-01-17 11:00:01,203", "2024-01-17 14:45:01,203", "11:00:01.203", "09:00:01.203"] {
        assert_eq!(time(&format!("2024-01-17T09:00:01.204000000Z {inner} ERROR cart x\n")), Some(1_203), "{inner}");
    }
    // Another minute is another time, and a zone that was written stands.
    assert_eq!(time("2024-01-17T09:00:01.204000000Z 2024-01-17 11:07:01,203 ERROR cart x\n"), Some(2 * 3_600_000 + 7 * 60_000 + 1_203));
    assert_eq!(time("2024-01-17T09:00:01.204000000Z 2024-01-17T11:00:01.203Z ERROR cart x\n"), Some(2 * 3_600_000 + 1_203));
}

#[test]
fn a_pause_ends_a_record() {
    let text = "2024-01-17T09:00:01.000000000Z ERROR cart cannot read\n2024-01-17T09:00:01.004000000Z \tat a.B.c(B.java:1)\n2024-01-17T09:00:09.000000000Z \tat d.E.f(E.java:1)\n";
    assert_eq!(records(text, 1000), [(0, 2, false), (text.rfind("2024").expect("three lines") as u64, 1, false)]);
    // The same error again behind frames, where no year is written.
    let text = "Jan 17 09:00:01 ip-1 cart[12]: ReplyError: ERR x\nJan 17 09:00:01 ip-1 cart[12]:     at a (a.js:1:1)\nJan 17 09:00:06 ip-1 cart[12]: ReplyError: ERR x\n";
    assert_eq!(records(text, 1000), [(0, 2, false), (text.rfind("Jan").expect("three lines") as u64, 1, false)]);
}

#[test]
fn frames_beyond_the_cap_are_cut_wherever_blocks_end() {
    let head = "2024-01-17 09:00:01,950 ERROR cart [t=1] cannot read\n";
    let frame = "\tat com.example.A.b(A.java:1)\n";
    let text = format!("{head}{}2024-01-17 09:00:02,950 INFO cart [t=2] ok\n", frame.repeat(1200));
    let expected = [(0, MAX_RECORD_LINES as u32, true), ((head.len() + 1200 * frame.len()) as u64, 1, false)];
    for size in [997, 16_000, 20_011, 1 << 20] {
        assert_eq!(records(&text, size), expected, "blocks of {size}");
    }
}

#[test]
fn a_long_run_without_times_has_none() {
    // Longer than the window that is kept behind a line.
    let text = "cart cannot read its key, nor write it, and says so without a time\n".repeat(16_000);
    let unit = Unit { own: 0..text.len(), bytes: text.as_bytes().to_vec(), base: 0, ends: true };
    let mut joiner = Joiner::new(&unit, context());
    let mut start = Some(0);
    while let Some(at) = start {
        assert!(joiner.record_at(at, &All).is_none_or(|joined| joined.record.time_ms.is_none()));
        start = unit.next_line(at);
    }
}

/// Body of the first record of a text.
fn body(text: &str) -> String {
    let unit = Unit { own: 0..text.len(), bytes: text.as_bytes().to_vec(), base: 0, ends: true };
    Joiner::new(&unit, context()).record_at(0, &All).expect("a record").record.body
}

#[test]
fn a_trace_whose_lines_have_heads_is_one_record() {
    let java = [
        "com.shop.StockException: no stock",
        "\tat com.shop.Cart.load(Cart.java:81)",
        "Caused by: java.io.IOException: closed",
        "\t... 12 more",
    ];
    let heads = [
        ("[12:00:01] [Server thread/WARN]: ", "[12:00:02] [Server thread/WARN]: ", "[12:00:02] [Async #1/WARN]: "),
        ("2026-02-21T14:20:52,218+0000 [WARN] ", "2026-02-21T14:20:52,219+0000 [WARN] ", "2026-02-21T14:20:52,219+0000 [INFO] "),
        ("14:20:52,218 ERROR [stderr] (task-1) ", "14:20:52,219 ERROR [stderr] (task-1) ", "14:20:52,219 ERROR [stderr] (task-2) "),
        ("2026-02-21 14:20:52 ERROR ", "2026-02-21 14:20:52 ERROR ", "2026-02-21 14:20:52 INFO  "),
    ];
    for (first, then, other) in heads {
        let text = format!("{first}{}\n{then}{}\n{then}{}\n{then}{}\n{other}ready\n", java[0], java[1], java[2], java[3]);
        for size in [13, 90, 1000] {
            assert_eq!(records(&text, size).iter().map(|r| r.1).collect::<Vec<_>>(), [4, 1], "{text}");
        }
        let read = body(&text);
        assert!(read.starts_with("com.shop.StockException") && !read.contains(then.trim()) && read.ends_with("... 12 more"), "{read}");
        // A frame of another thread goes on nothing here; another message of the same is another.
        let apart = format!("{first}{}\n{other}{}\n{first}{}\n{then}{0}\n", java[0], java[1], java[2]);
        assert_eq!(records(&apart, 1000).len(), 4, "{apart}");
    }
}

#[test]
fn code_that_python_quotes_behind_heads_goes_on_its_trace() {
    let head = "[2026-03-08 09:02:25,131: WARNING/ForkPoolWorker-1] ";
    let lines = [
        "Traceback (most recent call last):",
        "  File \"/app/cart.py\", line 3, in load",
        "    return self.find(key)",
        "shop.CartError: no stock",
    ];
    let text = lines.map(|line| head.to_owned() + line + "\n").concat();
    assert_eq!(records(&text, 1000), [(0, 4, false)]);
    assert!(body(&text).ends_with(&lines[1..].join("\n")), "{}", body(&text));
    // A level that is padded indents nothing.
    assert_eq!(
        records("INFO:     ready\nINFO:     waiting\n2026-03-08 09:02:25 INFO      a\n2026-03-08 09:02:25 INFO      b\n", 1000).len(),
        4
    );
}
