//! Messages in the layouts and wrappers of the field. In: a message, a choice. Out: lines. Fails when: never.

use crate::encode::{Encoder, object, quoted};

/// A small generator of choices; the same seed gives the same tests.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// Names of the layouts of [`laid_out`].
pub(crate) const LAYOUTS: [&str; 23] = [
    "bare",
    "bracket",
    "level",
    "spring",
    "python",
    "python-dash",
    "go-std",
    "logfmt",
    "klog",
    "zap",
    "tracing",
    "log4j",
    "ruby",
    "dotnet",
    "json-python",
    "json-python-exc",
    "json-go",
    "json-dotnet",
    "json-php",
    "json-java",
    "json-java-stack",
    "json-node",
    "json-ruby",
];

/// A message as an application logs it.
pub(crate) fn laid_out(layout: &str, logger: &str, message: &str) -> String {
    let (head, rest) = message.split_once('\n').map_or((message, None), |(h, r)| (h, Some(r)));
    let logger = if logger.is_empty() { "com.shop.checkout.Cart" } else { logger };
    match layout {
        "bracket" => format!("2024-01-17T09:00:02.145Z [ERROR] [trace_id:req-402-a2b3c4] {message}"),
        "level" => format!("ERROR {message}"),
        "spring" => format!("2024-01-17 09:00:02.145 ERROR 1 --- [nio-8080-exec-3] {logger:<40} : {message}"),
        "python" => format!("2024-01-17 09:00:02,145 ERROR {logger}: {message}"),
        "python-dash" => format!("2024-01-17 09:00:02,145 - {logger} - ERROR - {message}"),
        "go-std" => format!("2024/01/17 09:00:02 {message}"),
        "logfmt" => format!("time=2024-01-17T09:00:02.145Z level=error logger={logger} msg={}", quoted(message, Encoder::Node)),
        "klog" => format!("E0117 09:00:02.145678       1 {logger}:88] {message}"),
        "zap" => format!("2024-01-17T09:00:02.145Z\tERROR\t{logger}\t{message}"),
        "tracing" => format!("2024-01-17T09:00:02.145678Z ERROR {logger}: {message}"),
        "log4j" => format!("2024-01-17 09:00:02,145 ERROR [http-nio-8080-exec-3] {logger} - {message}"),
        "ruby" => format!("E, [2024-01-17T09:00:02.145678 #812] ERROR -- : {message}"),
        "dotnet" => format!("fail: {logger}[0]\n      {message}"),
        "json-python" => object(
            &[("asctime", "2024-01-17 09:00:02,145"), ("levelname", "ERROR"), ("name", logger), ("message", message)],
            Encoder::Python,
        ),
        "json-python-exc" => {
            let mut fields = vec![("timestamp", "2024-01-17T09:00:02.145Z"), ("level", "error"), ("logger", logger), ("event", head)];
            fields.extend(rest.map(|r| ("exception", r)));
            object(&fields, Encoder::Python)
        }
        "json-go" => object(
            &[
                ("time", "2024-01-17T09:00:02.145678Z"),
                ("level", "ERROR"),
                ("logger", logger),
                ("msg", "request failed"),
                ("error", message),
            ],
            Encoder::Go,
        ),
        "json-dotnet" => object(
            &[
                ("@t", "2024-01-17T09:00:02.1456789Z"),
                ("@mt", "Request {Path} failed"),
                ("@l", "Error"),
                ("@x", message),
                ("SourceContext", logger),
            ],
            Encoder::DotNet,
        ),
        "json-php" => format!(
            "{{\"message\":{},\"context\":{{}},\"level\":400,\"level_name\":\"ERROR\",\"channel\":{},\"datetime\":\"2024-01-17T09:00:02.145678+00:00\",\"extra\":{{}}}}",
            quoted(message, Encoder::Php),
            quoted(logger, Encoder::Php)
        ),
        "json-java" => object(
            &[
                ("@timestamp", "2024-01-17T09:00:02.145Z"),
                ("@version", "1"),
                ("message", message),
                ("logger_name", logger),
                ("level", "ERROR"),
            ],
            Encoder::Java,
        ),
        "json-java-stack" => {
            let mut fields =
                vec![("@timestamp", "2024-01-17T09:00:02.145Z"), ("message", head), ("logger_name", logger), ("level", "ERROR")];
            fields.extend(rest.map(|r| ("stack_trace", r)));
            object(&fields, Encoder::Java)
        }
        "json-node" => format!(
            "{{\"level\":50,\"time\":1705482002145,\"pid\":1,\"name\":{},\"err\":{{\"type\":\"Error\",\"message\":{},\"stack\":{}}},\"msg\":\"request failed\"}}",
            quoted(logger, Encoder::Node),
            quoted(head, Encoder::Node),
            quoted(message, Encoder::Node)
        ),
        "json-ruby" => {
            object(&[("ts", "2024-01-17T09:00:02.145Z"), ("severity", "ERROR"), ("progname", logger), ("message", message)], Encoder::Ruby)
        }
        _ => message.to_string(),
    }
}

/// Names of the wrappers of [`enveloped`].
pub(crate) const ENVELOPES: [&str; 12] = [
    "none",
    "kubectl-prefix",
    "kubectl-timestamps",
    "kubectl-both",
    "cri",
    "docker-json",
    "compose",
    "stern",
    "syslog",
    "journald",
    "fluent-bit",
    "vector",
];

/// Physical lines with what a runtime puts around each.
pub(crate) fn enveloped(envelope: &str, text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(i, line)| {
            let time = format!("2024-01-17T09:00:02.{:03}456789Z", 145 + i.min(800));
            let ended = format!("{line}\n");
            match envelope {
                "kubectl-prefix" => format!("[pod/checkout-api-7d9f8b6c5-x2x4p/app] {line}"),
                "kubectl-timestamps" => format!("{time} {line}"),
                "kubectl-both" => format!("[pod/checkout-api-7d9f8b6c5-x2x4p/app] {time} {line}"),
                "cri" => format!("{time} stderr F {line}"),
                "docker-json" => object(&[("log", &ended), ("stream", "stderr"), ("time", &time)], Encoder::Go),
                "compose" => format!("checkout-api-1  | {line}"),
                "stern" => format!("checkout-api-7d9f8b6c5-x2x4p app {line}"),
                "syslog" => format!("Jan 17 09:00:02 node7 checkout-api[812]: {line}"),
                "journald" => format!("2024-01-17T09:00:02+0000 node7 checkout-api[812]: {line}"),
                "fluent-bit" => format!(
                    "{{\"date\":1705482002.145,\"log\":{},\"stream\":\"stderr\",\"kubernetes\":{{\"pod_name\":\"checkout-api-7d9f8b6c5-x2x4p\",\"namespace_name\":\"prod\",\"container_name\":\"app\"}}}}",
                    quoted(&ended, Encoder::Node)
                ),
                "vector" => object(&[("file", "/var/log/pods/prod_checkout-api-7d9f8b6c5-x2x4p_1/app/0.log"), ("message", line), ("source_type", "kubernetes_logs"), ("timestamp", &time)], Encoder::Java),
                _ => line.to_string(),
            }
        })
        .collect();
    lines.join("\n")
}
