//! Every answer of redis-cli has its section in the report, whatever shape it was printed in.
//!
//! In: answers as a terminal, a pipe, `--csv`, `--json` and RESP3 show them. Out: sections of the program's report.
//! Fails when: a shape gives no section, another one than its sisters, or gives it only where it stands alone.

#![allow(clippy::pedantic, clippy::expect_used, clippy::unwrap_used, reason = "test code")]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "test code")]

mod program;

use program::run_with;

/// One answer: section, what one of its rows begins with, and the shapes. Those before `alone` are known inside other lines, too.
struct Answer {
    section: &'static str,
    row: &'static str,
    shapes: &'static [&'static str],
    alone: &'static [&'static str],
}

const ANSWERS: &[Answer] = &[
    Answer {
        section: "acl log",
        row: "auth refused to reporting from 10.0.3.17: AUTH: 3 times",
        shapes: &[
            "1)  1) \"count\"\n    2) (integer) 3\n    3) \"reason\"\n    4) \"auth\"\n    5) \"context\"\n    6) \"toplevel\"\n    7) \"object\"\n    8) \"AUTH\"\n    9) \"username\"\n   10) \"reporting\"\n   11) \"age-seconds\"\n   12) \"4.096\"\n   13) \"client-info\"\n   14) \"id=3 addr=10.0.3.17:57275 fd=8 name= user=default\"",
            "1)  1# \"count\" => (integer) 3\n    2# \"reason\" => \"auth\"\n    3# \"context\" => \"toplevel\"\n    4# \"object\" => \"AUTH\"\n    5# \"username\" => \"reporting\"\n    6# \"age-seconds\" => (double) 4.096\n    7# \"client-info\" => \"id=3 addr=10.0.3.17:57275 fd=8 name= user=default\"",
            "{\"count\":3,\"reason\":\"auth\",\"context\":\"toplevel\",\"object\":\"AUTH\",\"username\":\"reporting\",\"client-info\":\"id=3 addr=10.0.3.17:57275 fd=8\"}",
            "\"count\",3,\"reason\",\"auth\",\"context\",\"toplevel\",\"object\",\"AUTH\",\"username\",\"reporting\",\"client-info\",\"id=3 addr=10.0.3.17:57275 fd=8\"",
        ],
        alone: &[
            "count\n3\nreason\nauth\ncontext\ntoplevel\nobject\nAUTH\nusername\nreporting\nclient-info\nid=3 addr=10.0.3.17:57275 fd=8",
            "[{\"count\":3,\"reason\":\"auth\",\"object\":\"AUTH\",\"username\":\"reporting\",\"client-info\":\"id=3 addr=10.0.3.17:57275 fd=8\"}]",
        ],
    },
    Answer {
        section: "sentinel",
        row: "mymaster: 10.6.0.10:6379 s_down,o_down,master,disconnected; replicas 2; quorum 2",
        shapes: &[
            "1)  1) \"name\"\n    2) \"mymaster\"\n    3) \"ip\"\n    4) \"10.6.0.10\"\n    5) \"port\"\n    6) \"6379\"\n    7) \"flags\"\n    8) \"s_down,o_down,master,disconnected\"\n    9) \"num-slaves\"\n   10) \"2\"\n   11) \"quorum\"\n   12) \"2\"",
        ],
        alone: &[],
    },
    Answer {
        section: "client-list",
        row: "2 clients: ",
        shapes: &[
            "id=3 addr=10.0.3.17:57275 fd=8 name= age=92 idle=87 flags=N db=0 cmd=get user=default\nid=4 addr=10.0.3.18:57276 fd=9 name= age=93 idle=1 flags=N db=0 cmd=get user=default",
            "\"id=3 addr=10.0.3.17:57275 fd=8 name= age=92 idle=87 flags=N db=0 cmd=get user=default\\nid=4 addr=10.0.3.18:57276 fd=9 name= age=93 idle=1 flags=N db=0 cmd=get user=default\\n\"",
        ],
        alone: &[],
    },
    Answer {
        section: "memory stats",
        row: "peak.allocated: 9031312",
        shapes: &[
            " 1) \"peak.allocated\"\n 2) (integer) 9031312\n 3) \"total.allocated\"\n 4) (integer) 8031312\n 5) \"fragmentation\"\n 6) \"1.52\"",
            "1# \"peak.allocated\" => (integer) 9031312\n2# \"total.allocated\" => (integer) 8031312\n3# \"fragmentation\" => (double) 1.52",
            "{\"peak.allocated\":9031312,\"total.allocated\":8031312,\"db.0\":{\"overhead.hashtable.main\":72},\"fragmentation\":1.52}",
        ],
        alone: &[
            "peak.allocated\n9031312\ntotal.allocated\n8031312\nfragmentation\n1.52",
            "\"peak.allocated\",9031312,\"total.allocated\",8031312",
        ],
    },
    Answer {
        section: "replicas",
        row: "10.0.3.17:6380: 417 bytes behind",
        shapes: &[
            "1) \"master\"\n2) (integer) 3129659\n3) 1) 1) \"10.0.3.17\"\n      2) \"6380\"\n      3) \"3129242\"",
            "127.0.0.1:6379> role\n1) \"master\"\n2) (integer) 3129659\n3) 1) 1) \"10.0.3.17\"\n      2) \"6380\"\n      3) \"3129242\"",
            "[\"master\",3129659,[[\"10.0.3.17\",\"6380\",\"3129242\"]]]",
        ],
        alone: &["master\n3129659\n10.0.3.17\n6380\n3129242", "\"master\",3129659,\"10.0.3.17\",\"6380\",\"3129242\""],
    },
    Answer {
        section: "latency histogram",
        row: "set: calls 100, max_us 4, p50_us 1, p99_us 4",
        shapes: &[
            "1) \"set\"\n2) 1) \"calls\"\n   2) (integer) 100\n   3) \"histogram_usec\"\n   4) 1) (integer) 1\n      2) (integer) 60\n      3) (integer) 4\n      4) (integer) 100",
            "1# \"set\" =>\n   1# \"calls\" => (integer) 100\n   2# \"histogram_usec\" =>\n      1# (integer) 1 => (integer) 60\n      2# (integer) 4 => (integer) 100",
            "{\"set\":{\"calls\":100,\"histogram_usec\":{\"1\":60,\"4\":100}}}",
        ],
        alone: &["set\ncalls\n100\nhistogram_usec\n1\n60\n4\n100"],
    },
    Answer {
        section: "gauges",
        row: "keys 88123",
        shapes: &[
            "127.0.0.1:6379> DBSIZE\n(integer) 88123",
            "cache.prod:6379[3]> dbsize\n(integer) 88123",
            "$ redis-cli -h cache dbsize\n88123",
        ],
        alone: &["ops@bastion:~$ kubectl exec redis-0 -- redis-cli DBSIZE\n(integer) 88123"],
    },
    Answer {
        section: "latency",
        row: "command: 1841 ms at worst",
        shapes: &[
            "1) 1) \"command\"\n   2) (integer) 1705482004\n   3) (integer) 1840\n   4) (integer) 1841",
            "[[\"command\",1705482004,1840,1841]]",
            "\"command\",1705482004,1840,1841",
            "127.0.0.1:6379> LATENCY HISTORY command\n1) 1) (integer) 1705482004\n   2) (integer) 1841\n2) 1) (integer) 1705482010\n   2) (integer) 912",
            "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?\n\n1. command: 3 latency spikes (average 912ms, mean deviation 619ms, period 40.33 sec). Worst all time event 1841ms.",
        ],
        alone: &["command\n1705482004\n1840\n1841", "$ redis-cli latency history command\n1705482004\n1841\n1705482010\n912"],
    },
    Answer {
        section: "latency",
        row: "round-trip: 1840 ms at worst",
        shapes: &["min: 0, max: 1840, avg: 12.31 (977 samples)", "min: 0, max: 1840, avg: 2.19 (1203 samples) -- 15.01 seconds range"],
        alone: &["0 1840 12.31 977"],
    },
    Answer {
        section: "slowlog",
        row: "HGETALL orders:index: 1 x, total 1840 ms (100 %), p95 1840.1 ms, worst 1840.1 ms",
        shapes: &[
            "1) 1) (integer) 14\n   2) (integer) 1705482004\n   3) (integer) 1840112\n   4) 1) \"HGETALL\"\n      2) \"orders:index\"\n   5) \"10.0.4.52:50122\"\n   6) \"orders-worker\"",
            "14,1705482004,1840112,\"HGETALL\",\"orders:index\",\"10.0.4.52:50122\",\"orders-worker\"",
            "[[14,1705482004,1840112,[\"HGETALL\",\"orders:index\"],\"10.0.4.52:50122\",\"orders-worker\"]]",
        ],
        alone: &["14\n1705482004\n1840112\nHGETALL\norders:index\n10.0.4.52:50122\norders-worker"],
    },
    Answer {
        section: "settings",
        row: "maxclients 10000",
        shapes: &[
            "1) \"maxclients\"\n2) \"10000\"\n3) \"timeout\"\n4) \"0\"",
            "1# \"maxclients\" => \"10000\"\n2# \"timeout\" => \"0\"",
            "{\"maxclients\":\"10000\",\"timeout\":\"0\"}",
            "\"maxclients\",\"10000\",\"timeout\",\"0\"",
        ],
        alone: &["maxclients\n10000\ntimeout\n0"],
    },
    Answer {
        section: "memory doctor",
        row: "",
        shapes: &[
            "Sam, I detected a few issues in this Redis instance memory implants:\n\n * Peak memory: In the past this instance used more than 150% the memory that is currently using.\n\nI'm here to keep you safe, Sam. I want to help you.",
            "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.",
        ],
        alone: &[],
    },
    Answer {
        section: "latency doctor",
        row: "command: 3 latency spikes (average 912ms",
        shapes: &[
            "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?\n\n1. command: 3 latency spikes (average 912ms, mean deviation 619ms, period 40.33 sec). Worst all time event 1840ms.\n\nI have a few advices for you:\n\n- Check your Slow Log to understand what are the commands you are running which are too slow to execute.",
            "\"Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?\\n\\n1. command: 3 latency spikes (average 912ms, mean deviation 619ms, period 40.33 sec). Worst all time event 1840ms.\\n\\n\"",
        ],
        alone: &[],
    },
    Answer {
        section: "latency doctor",
        row: "monitor: ",
        shapes: &[
            "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance.",
            "Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit.",
        ],
        alone: &[],
    },
    Answer {
        section: "bigkeys",
        row: "list: 45123",
        shapes: &[
            "# Scanning the entire keyspace to find biggest keys as well as\n\n-------- summary -------\n\nSampled 506 keys in the keyspace!\n\nBiggest   list found '\"queue:17\"' has 45123 items",
        ],
        alone: &[],
    },
    Answer {
        section: "gauges",
        row: "connected_clients 4100 → 10000",
        shapes: &[
            "------- data ------ --------------------- load -------------------- - child -\nkeys       mem      clients blocked requests            connections          \n88120      775.30M  4100    12      910233 (+0)         9340        \n88123      775.32M  10000   37      911540 (+1307)      14740       ",
            "# Clients\r\nconnected_clients:4100\r\n\r\n# Clients\r\nconnected_clients:10000\r\n",
        ],
        alone: &[],
    },
    Answer {
        section: "gauges",
        row: "total_connections_received: 160 more over 3 polls (began anew 1 times)",
        shapes: &[
            "# Stats\r\ntotal_connections_received:900\r\n\r\n# Stats\r\ntotal_connections_received:1000\r\n\r\n# Stats\r\ntotal_connections_received:60\r\n",
        ],
        alone: &[],
    },
    Answer {
        section: "commandstats",
        row: "hgetall: calls 41, failed 0, rejected 3, usec 2110034",
        shapes: &["# Commandstats\r\ncmdstat_hgetall:calls=41,usec=2110034,usec_per_call=51464.24,rejected_calls=3,failed_calls=0\r\n"],
        alone: &[],
    },
    Answer { section: "errorstats", row: "OOM: 12 errors", shapes: &["# Errorstats\r\nerrorstat_OOM:count=12\r\n"], alone: &[] },
];

fn rows(input: &str, section: &str) -> Vec<String> {
    let report = run_with(&["--format", "json"], input.as_bytes()).ends(0).json();
    let captures = report["captures"].as_array().expect("captures").iter().filter(|c| c["kind"] == section);
    captures.flat_map(|c| c["summary"].as_array().expect("rows").iter().filter_map(|r| r.as_str().map(str::to_owned))).collect()
}

#[test]
fn every_answer_has_its_section() {
    let mut missing = Vec::new();
    for answer in ANSWERS {
        let has = |input: &str| rows(input, answer.section).iter().any(|row| row.starts_with(answer.row));
        for shape in answer.shapes.iter().chain(answer.alone) {
            if !has(&format!("{shape}\n")) {
                missing.push(format!("alone: {shape}"));
            }
        }
        for shape in answer.shapes {
            let line = |s: u32| format!("2024-01-17T09:00:{s:02}.204Z INFO cart request completed path=/cart/8812 status=200\n");
            if !has(&format!("{}{}{shape}\n{}", line(1), line(2), line(9))) {
                missing.push(format!("inside a log: {shape}"));
            }
        }
    }
    assert!(missing.is_empty(), "{} shapes have no {}", missing.len(), missing.join("\n\n"));
}

#[test]
fn an_answer_takes_no_line_of_a_log_with_it() {
    for answer in ANSWERS {
        for shape in answer.shapes {
            let line = "2024-01-17T09:00:09.204Z ERROR cart ERR max number of clients reached trace_id=65a79711ce499dea30cfce118f4fe8a1";
            let report = run_with(&["--format", "json"], format!("{shape}\n{line}\n").as_bytes()).ends(0).json();
            let told = report["incidents"].to_string();
            assert!(told.contains("65a79711ce499dea30cfce118f4fe8a1"), "{shape}");
        }
    }
}

#[test]
fn secrets_of_a_server_are_not_told() {
    for shape in ["1) \"requirepass\"\n2) \"hunter2\"", "\"requirepass\",\"hunter2\"", "$ redis-cli config set requirepass hunter2"] {
        let run = run_with(&["--format", "json"], format!("{shape}\n").as_bytes()).ends(0);
        assert!(!run.out.contains("hunter2"), "{shape}");
    }
}

/// A server that evicts nothing hovers just below its limit while it refuses writes; a full cache does, too, and is well.
#[test]
fn a_server_at_its_limit_that_refuses_writes() {
    let info = |used: u64, policy: &str, errors: &str| {
        format!(
            "# Memory\nused_memory:{used}\nmaxmemory:4294967296\nmaxmemory_policy:{policy}\n\n# Errorstats\nerrorstat_ERR:count=14\n{errors}"
        )
    };
    let refused = "errorstat_OOM:count=220817\n";
    for (text, verdict) in [
        (info(4_294_961_120, "noeviction", refused), "incident"),
        (info(4_294_961_120, "noeviction", ""), "no-incident"),
        (info(4_294_961_120, "allkeys-lru", refused), "no-incident"),
        (info(3_006_477_107, "noeviction", refused), "no-incident"),
    ] {
        let report = run_with(&["--format", "json"], text.as_bytes()).json();
        assert_eq!(report["verdict"], verdict, "{text}");
    }
}

#[test]
fn changes_told_by_their_age_alone_are_shown() {
    let events = "LAST SEEN   TYPE      REASON              OBJECT                               MESSAGE
5m2s        Normal    ScalingReplicaSet   deployment/checkout-api              Scaled up replica set checkout-api-6d9f7c8b5d to 12 from 3
2m          Normal    SuccessfulRescale   horizontalpodautoscaler/checkout-api   New size: 12; reason: cpu resource utilization above target
";
    let rows = rows(events, "changes without a time");
    assert!(rows.len() == 2 && rows[0].contains("to 12 from 3") && rows[1].contains("New size: 12"), "{rows:?}");
}
