use super::*;

const POLL: &str = "# Server\r\nredis_version:7.2.6\r\nserver_time_usec:1705482006000000\r\nuptime_in_seconds:116\r\n\r\n# Clients\r\n\
connected_clients:10000\r\nmaxclients:10000\r\nblocked_clients:37\r\n\r\n# Stats\r\nrejected_connections:241\r\n\r\n# Replication\r\n\
role:master\r\nslave0:ip=10.0.9.12,port=6379,state=online,offset=90000,lag=2\r\n\r\n# Commandstats\r\n\
cmdstat_hgetall:calls=41,usec=2110034,usec_per_call=51464.24,rejected_calls=0,failed_calls=3\r\ncmdstat_client|list:calls=2,usec=8,usec_per_call=4.00\r\n\
# Errorstats\r\nerrorstat_ERR:count=12\r\n# Latencystats\r\nlatency_percentiles_usec_hgetall:p50=410.623,p99=1836056.575,p99.9=1836056.575\r\n\
# Keyspace\r\ndb0:keys=88123,expires=412,avg_ttl=3600000,subexpiry=0";

fn gauge(readings: &[Reading], wanted: &str) -> Option<f64> {
    readings.iter().find_map(|r| match r {
        Reading::Gauge { name, value } if *name == wanted => Some(*value),
        Reading::Named { name, value } if name == wanted => Some(*value),
        _ => None,
    })
}

#[test]
fn poll_of_seven() {
    let readings = read(POLL);
    assert_eq!(gauge(&readings, "connected_clients"), Some(10000.0));
    assert_eq!(gauge(&readings, "rejected_connections"), Some(241.0));
    assert_eq!(gauge(&readings, "cmdstat.hgetall.usec"), Some(2_110_034.0));
    assert_eq!(gauge(&readings, "cmdstat.hgetall.failed"), Some(3.0));
    assert_eq!(gauge(&readings, "cmdstat.client|list.calls"), Some(2.0));
    assert_eq!(gauge(&readings, "errorstat.ERR"), Some(12.0));
    assert_eq!(gauge(&readings, "latency_us.hgetall.p99"), Some(1_836_056.575));
    assert_eq!(gauge(&readings, "db0.keys"), Some(88123.0));
    assert_eq!(gauge(&readings, "slave0.lag"), Some(2.0));
    assert!(readings.contains(&Reading::Setting { name: "role".to_owned(), value: "master".to_owned() }));
    assert_eq!(time_ms(POLL), Some(1_705_482_006_000));
}

#[test]
fn absent_fields_are_no_readings() {
    let readings = read("connected_clients:1007\nused_memory:11402770136");
    assert_eq!(readings.len(), 2);
    assert_eq!(gauge(&readings, "maxclients"), None);
    assert_eq!(time_ms("connected_clients:1007"), None);
    assert!(read("connected_clients:many\nmaxclients:").is_empty());
}

#[test]
fn rounded_sizes_stand_in() {
    let readings = read("used_memory_human:3.50G\nmaxmemory_human:2.00G\nmaxmemory_policy:volatile-lru");
    assert_eq!((gauge(&readings, "used_memory"), gauge(&readings, "maxmemory")), (Some(3.5 * 1_073_741_824.0), Some(2_147_483_648.0)));
    let both = read("used_memory:11402770136\nused_memory_human:10.62G");
    assert_eq!((both.len(), gauge(&both, "used_memory")), (1, Some(11_402_770_136.0)));
}

#[test]
fn near_misses_start_nothing() {
    for line in [
        "# A heading",
        "status:ok",
        "redis: connection pool timeout",
        "http://host/x",
        "role:admin",
        "db0:postgres",
        "loading:0",
        "os:linux",
        "maxclients: 1000",
    ] {
        assert!(!starts(line), "{line}");
    }
    for line in [
        "# Clients",
        "connected_clients:998",
        "role:master",
        "cmdstat_get:calls=1,usec=2",
        "db0:keys=1,expires=0,avg_ttl=0",
        "used_memory_human:10.62G",
    ] {
        assert!(starts(line), "{line}");
    }
    assert!(!continues("2024-01-17T09:00:01.950Z [ERROR] x"));
    assert!(!continues("redis.exceptions.ConnectionError: Timeout"));
}
