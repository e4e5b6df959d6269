//! The lines of each service: ordinary ones, look-alikes, foreign tracebacks, Redis trouble, INFO polls.
//!
//! In: a service, dice, a time. Out: the lines of one record and what it is. Fails when: never.

use super::text::{Clock, Dice, Line, hex, number, padded};

/// What a record is.
pub enum Entry {
    /// Trouble of this symptom.
    Event(&'static str),
    /// One request at the edge.
    Request,
    /// Looks like Redis trouble and is none.
    Lookalike,
    Other,
}

pub struct Service {
    pub name: &'static str,
    pub container: &'static str,
    pub pods: u64,
    /// Share of the lines.
    pub weight: u64,
    /// Uses Redis.
    pub fails: bool,
    /// Logs look-alikes and tracebacks.
    pub talks: bool,
    layout: Layout,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Access,
    Python,
    Json,
    Spring,
    Go,
    Bracket,
    Poll,
}

/// The poller comes last.
pub static SERVICES: [Service; 7] = [
    Service { name: "edge", container: "nginx", pods: 2, weight: 200, fails: false, talks: false, layout: Layout::Access },
    Service { name: "checkout-api", container: "app", pods: 3, weight: 210, fails: true, talks: true, layout: Layout::Python },
    Service { name: "cart-service", container: "app", pods: 2, weight: 180, fails: true, talks: true, layout: Layout::Json },
    Service { name: "order-service", container: "orders", pods: 2, weight: 160, fails: true, talks: true, layout: Layout::Spring },
    Service { name: "inventory", container: "app", pods: 2, weight: 120, fails: true, talks: true, layout: Layout::Go },
    Service { name: "payment-gateway", container: "app", pods: 2, weight: 120, fails: true, talks: true, layout: Layout::Bracket },
    Service { name: "redis-poll", container: "poll", pods: 1, weight: 0, fails: false, talks: false, layout: Layout::Poll },
];

const PATHS: [&[u8]; 8] =
    [b"/cart", b"/checkout", b"/api/v1/orders", b"/api/v1/products", b"/session", b"/search", b"/api/v2/users", b"/login"];
const AGENTS: [&[u8]; 4] = [
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36",
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3 Mobile/15E148 Safari/604.1",
    b"okhttp/4.12.0",
    b"kube-probe/1.28",
];
const TALK: [&[u8]; 12] = [
    b"order accepted, reservation confirmed",
    b"price list refreshed from catalogue",
    b"session validated for customer",
    b"cart recalculated with 3 promotions",
    b"shipment label created by carrier",
    b"invoice stored, document queued for mail",
    b"stock level updated by warehouse sync",
    b"customer profile loaded from database",
    b"search index updated, 14 documents",
    b"webhook delivered to partner",
    b"feature flag evaluated for tenant",
    b"message consumed from topic orders.v2",
];
/// Business lines and errors of other systems with the words that people grep for.
const LOOKALIKES: [(&[u8], bool); 20] = [
    (b"worker pool resized from 8 to 12 threads", false),
    (b"health check OK: redis, postgres, kafka", false),
    (b"timeout for payment provider set to 3000 ms", false),
    (b"connection from 10.0.4.17 accepted, keep-alive on", false),
    (b"cache warmed from redis in 212 ms, 4180 keys", false),
    (b"redis pool stats: active=4 idle=12 waiting=0", false),
    (b"status OK, connection pool healthy", false),
    (b"customer asked for a refund, connection to courier was slow", false),
    (b"HikariPool-1 - Connection is not available, request timed out after 30000ms.", true),
    (b"could not connect to server: Connection refused Is the server running on host pg-main (10.0.8.3) and accepting TCP/IP connections on port 5432?", true),
    (b"FATAL: sorry, too many clients already (postgres)", true),
    (b"com.mongodb.MongoTimeoutException: Timed out after 30000 ms while waiting for a server that matches ReadPreferenceServerSelector", true),
    (b"kafka producer: request timed out, broker 3 not available", true),
    (b"upstream request timeout while calling tax-service", true),
    (b"SMTP connection reset by peer, mail queued again", true),
    (b"rabbitmq channel closed, reconnecting", true),
    (b"retry 1 of 3 for tax-service after read timeout", false),
    (b"sync of master data finished, 0 failed", false),
    (b"replica count of deployment checkout-api is 3", false),
    (b"loading dataset of postal codes into memory", false),
];

fn trace(to: &mut Line, dice: &mut Dice) {
    let (a, b) = (dice.next(), dice.next());
    hex(to, a, 16);
    hex(to, b, 16);
}

/// One head line with level and message.
fn head(service: usize, level: &[u8], message: &[u8], dice: &mut Dice, clock: &Clock) -> Line {
    let mut l = Line::with_capacity(220);
    let name = SERVICES[service].name.as_bytes();
    match SERVICES[service].layout {
        Layout::Python => {
            clock.python(&mut l);
            l.push(b' ');
            l.extend_from_slice(level);
            l.extend_from_slice(b" checkout.api [trace=");
            trace(&mut l, dice);
            l.extend_from_slice(b"] ");
            l.extend_from_slice(message);
        }
        Layout::Json => {
            l.extend_from_slice(b"{\"ts\": \"");
            clock.iso(&mut l, b"Z\", \"level\": \"");
            l.extend(level.iter().map(u8::to_ascii_lowercase));
            l.extend_from_slice(b"\", \"service\": \"");
            l.extend_from_slice(name);
            l.extend_from_slice(b"\", \"trace_id\": \"");
            trace(&mut l, dice);
            l.extend_from_slice(b"\", \"tenant\": ");
            number(&mut l, dice.below(900));
            l.extend_from_slice(b", \"msg\": \"");
            l.extend_from_slice(message);
            l.extend_from_slice(b"\"}");
        }
        Layout::Spring => {
            clock.iso(&mut l, b"Z ");
            if level.len() < 5 {
                l.push(b' ');
            }
            l.extend_from_slice(level);
            l.extend_from_slice(b" 1 --- [order-service] [nio-8080-exec-");
            number(&mut l, dice.below(40) + 1);
            l.extend_from_slice(b"] [");
            trace(&mut l, dice);
            l.push(b'-');
            hex(&mut l, dice.next(), 16);
            l.extend_from_slice(b"] c.s.order.web.OrderController           : ");
            l.extend_from_slice(message);
        }
        Layout::Go => {
            l.extend_from_slice(b"time=");
            clock.iso(&mut l, b"Z level=");
            l.extend_from_slice(level);
            l.extend_from_slice(b" msg=\"");
            l.extend_from_slice(message);
            l.extend_from_slice(b"\" service=inventory trace_id=");
            trace(&mut l, dice);
            l.extend_from_slice(b" sku=");
            number(&mut l, dice.below(90_000) + 10_000);
        }
        _ => {
            l.push(b'[');
            clock.iso(&mut l, b"Z] [");
            l.extend_from_slice(level);
            l.extend_from_slice(b"] [");
            l.extend_from_slice(name);
            l.extend_from_slice(b"] [trace-");
            trace(&mut l, dice);
            l.extend_from_slice(b"] ");
            l.extend_from_slice(message);
        }
    }
    l
}

/// A healthy line.
pub fn ordinary(service: usize, out: &mut Vec<Line>, dice: &mut Dice, clock: &Clock) -> Entry {
    if SERVICES[service].layout == Layout::Access {
        let mut l = Line::with_capacity(260);
        l.extend_from_slice(b"10.244.");
        number(&mut l, dice.below(8));
        l.push(b'.');
        number(&mut l, dice.below(250) + 1);
        l.extend_from_slice(b" - - [");
        clock.access(&mut l);
        l.extend_from_slice(b"] \"");
        l.extend_from_slice(dice.pick(&[b"GET ".as_slice(), b"POST "]));
        l.extend_from_slice(dice.pick(&PATHS));
        l.push(b'/');
        number(&mut l, dice.below(100_000));
        l.extend_from_slice(b" HTTP/1.1\" ");
        l.extend_from_slice(dice.pick(&[b"200".as_slice(), b"200", b"200", b"200", b"201", b"304", b"404"]));
        l.push(b' ');
        number(&mut l, dice.below(40_000));
        l.extend_from_slice(b" \"-\" \"");
        l.extend_from_slice(dice.pick(&AGENTS));
        l.extend_from_slice(b"\" 0.");
        padded(&mut l, dice.below(400), 3);
        out.push(l);
        return Entry::Request;
    }
    let level: &[u8] = if dice.below(20) == 0 { b"DEBUG" } else { b"INFO" };
    let mut message = Line::with_capacity(80);
    message.extend_from_slice(dice.pick(&TALK));
    message.extend_from_slice(b" id=");
    number(&mut message, dice.below(1_000_000));
    message.extend_from_slice(b" took ");
    number(&mut message, dice.below(90));
    message.extend_from_slice(b" ms");
    out.push(head(service, level, &message, dice, clock));
    Entry::Other
}

pub fn lookalike(service: usize, out: &mut Vec<Line>, dice: &mut Dice, clock: &Clock) -> Entry {
    let (text, error) = dice.pick(&LOOKALIKES);
    let level: &[u8] = if error { b"ERROR" } else { b"INFO" };
    out.push(head(service, level, text, dice, clock));
    Entry::Lookalike
}

fn lines(out: &mut Vec<Line>, text: &[&[u8]]) {
    out.extend(text.iter().map(|l| l.to_vec()));
}

/// A traceback that is not about Redis.
pub fn foreign(service: usize, out: &mut Vec<Line>, dice: &mut Dice, clock: &Clock) -> Entry {
    match SERVICES[service].layout {
        Layout::Spring => {
            out.push(head(service, b"ERROR", b"Servlet.service() for servlet [dispatcherServlet] threw exception", dice, clock));
            lines(out, &[b"java.lang.NullPointerException: Cannot invoke \"Address.zip()\" because \"address\" is null"]);
            for n in [41, 88, 120, 17] {
                out.push(format!("\tat com.shop.order.web.AddressMapper.map(AddressMapper.java:{n})").into_bytes());
            }
            lines(out, &[b"\tat java.base/java.lang.Thread.run(Thread.java:1583)"]);
        }
        Layout::Python => {
            out.push(head(service, b"ERROR", b"unhandled error in request", dice, clock));
            lines(
                out,
                &[
                    b"Traceback (most recent call last):",
                    b"  File \"/app/checkout/views.py\", line 214, in post",
                    b"    total = order.total()",
                    b"  File \"/app/checkout/order.py\", line 57, in total",
                    b"    return sum(i[\"price\"] for i in self.items)",
                    b"KeyError: 'price'",
                ],
            );
        }
        _ => out.push(head(service, b"ERROR", b"validation failed: field zip is required", dice, clock)),
    }
    Entry::Other
}

/// Redis trouble, as the client library of the service writes it.
pub fn trouble(service: usize, out: &mut Vec<Line>, dice: &mut Dice, clock: &Clock) -> Entry {
    match SERVICES[service].layout {
        Layout::Python => {
            out.push(head(service, b"ERROR", b"checkout failed", dice, clock));
            lines(
                out,
                &[
                    b"Traceback (most recent call last):",
                    b"  File \"/usr/local/lib/python3.11/site-packages/redis/connection.py\", line 264, in connect",
                    b"    self.on_connect()",
                    b"  File \"/usr/local/lib/python3.11/site-packages/redis/connection.py\", line 340, in on_connect",
                    b"    self.read_response()",
                    b"  File \"/usr/local/lib/python3.11/site-packages/redis/connection.py\", line 512, in read_response",
                    b"    raise response",
                    b"redis.exceptions.ConnectionError: max number of clients reached",
                ],
            );
            Entry::Event("maxclients-reached")
        }
        Layout::Spring => {
            out.push(head(service, b"ERROR", b"Request processing failed", dice, clock));
            lines(
                out,
                &[
                    b"redis.clients.jedis.exceptions.JedisExhaustedPoolException: Could not get a resource since the pool is exhausted",
                    b"\tat redis.clients.jedis.util.Pool.getResource(Pool.java:53)",
                    b"\tat redis.clients.jedis.JedisPool.getResource(JedisPool.java:370)",
                    b"\tat com.shop.order.SessionStore.load(SessionStore.java:88)",
                    b"\tat java.base/java.lang.Thread.run(Thread.java:1583)",
                    b"Caused by: java.util.NoSuchElementException: Timeout waiting for idle object, borrowMaxDuration=PT2S",
                    b"\tat org.apache.commons.pool2.impl.GenericObjectPool.borrowObject(GenericObjectPool.java:339)",
                    b"\t... 41 more",
                ],
            );
            Entry::Event("pool-exhausted")
        }
        Layout::Json => {
            out.push(head(service, b"ERROR", b"load cart failed: redis: connection pool timeout", dice, clock));
            Entry::Event("pool-exhausted")
        }
        Layout::Go => {
            let mut m = b"reserve failed: read tcp 10.0.3.7:".to_vec();
            number(&mut m, dice.below(28_000) + 32_000);
            m.extend_from_slice(b"->10.0.9.14:6379: i/o timeout");
            out.push(head(service, b"ERROR", &m, dice, clock));
            Entry::Event("command-timeout")
        }
        _ => {
            out.push(head(service, b"ERROR", b"token cache: Error 111 connecting to redis-master:6379. Connection refused.", dice, clock));
            Entry::Event("connection-refused")
        }
    }
}

/// What a cron job with `redis-cli INFO clients` prints.
pub fn poll(out: &mut Vec<Line>, dice: &mut Dice, _clock: &Clock, full: bool) {
    let clients = if full { 1000 } else { 300 + dice.below(60) };
    out.push(b"# Clients".to_vec());
    out.push(format!("connected_clients:{clients}").into_bytes());
    lines(
        out,
        &[b"cluster_connections:0", b"maxclients:1000", b"client_recent_max_input_buffer:20480", b"client_recent_max_output_buffer:0"],
    );
    out.push(format!("blocked_clients:{}", dice.below(4)).into_bytes());
    lines(out, &[b"tracking_clients:0", b"clients_in_timeout_table:0"]);
}
