//! Documents to lines.
//!
//! In: a JSON, CSV or binary document. Out: one framed line (see [`framing`](super::framing)) for each line of each item.
//! Fails when: never; what cannot be decoded is kept as text and reported in [`Faults`], the rest is read.
//!
//! `detect` names the document, `walk` finds the items of JSON, and one file a format says what its items mean.

mod azure;
mod bar_table;
mod cloudwatch;
mod cloudwatch_text;
mod csv_export;
mod detect;
mod ecs;
mod frames;
mod input;
mod insights;
mod journald_export;
mod journald_json;
mod journald_verbose;
mod k8s_items;
mod labelled;
mod lines;
mod loki;
mod metrics;
mod otel_debug;
mod otlp;
mod pubsub;
mod quoted;
mod rubydebug;
mod scan;
mod slowlog;
mod subscription;
mod syslog_frames;
mod table;
mod tail_headers;
mod times;
mod walk;
mod whole_items;
mod xml_events;
mod yaml;

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::budget::Budget;
use super::decompress::Gunzip;
use super::peek::Peeked;
use super::{Faults, Heads};
use input::Input;
use lines::Lines;
use walk::{Items, Walker, Want};
use whole_items::WholeItems;

/// What the head of a stream says.
pub(crate) enum Found {
    /// More bytes are needed to tell.
    NeedMore,
    /// Lines.
    Text,
    /// A document.
    Document(Kind),
}

/// The kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    AzureTables,
    BarTable,
    CloudLogging,
    CloudWatch,
    CloudWatchMessages,
    CloudWatchText,
    Csv,
    Datadog,
    DataFrames,
    Ecs,
    ElastiCacheClusters,
    ElastiCacheEvents,
    ElastiCacheGroups,
    ElastiCacheParameters,
    Insights,
    JournaldExport,
    JournaldJson,
    JournaldVerbose,
    /// JSON of no known kind: pretty-printed, concatenated, or an array.
    Json,
    KubernetesList,
    KubernetesObject,
    Labelled,
    Loki,
    MetricData,
    MetricStatistics,
    OtelDebug,
    Otlp,
    Prometheus,
    PubSub,
    Quoted,
    RubyDebug,
    SearchHits,
    Slowlog,
    Subscription,
    SyslogFrames,
    TailHeaders,
    XmlEvents,
    Yaml,
}

impl Kind {
    /// Its name in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::AzureTables => "azure-tables",
            Kind::BarTable => "table",
            Kind::DataFrames => "grafana-frames",
            Kind::OtelDebug => "otel-debug",
            Kind::PubSub => "gcp-pubsub",
            Kind::Quoted => "quoted-lines",
            Kind::RubyDebug => "rubydebug",
            Kind::TailHeaders => "tail-headers",
            Kind::XmlEvents => "xml-events",
            Kind::CloudLogging => "gcp-log-entries",
            Kind::CloudWatch => "cloudwatch-events",
            Kind::CloudWatchMessages => "cloudwatch-messages",
            Kind::CloudWatchText => "cloudwatch-text",
            Kind::Csv => "csv",
            Kind::Datadog => "datadog-search",
            Kind::Ecs => "ecs-services",
            Kind::ElastiCacheClusters => "elasticache-clusters",
            Kind::ElastiCacheEvents => "elasticache-events",
            Kind::ElastiCacheGroups => "elasticache-replication-groups",
            Kind::ElastiCacheParameters => "elasticache-parameters",
            Kind::Insights => "cloudwatch-insights",
            Kind::JournaldJson => "journald-entries",
            Kind::JournaldExport => "journald-export",
            Kind::JournaldVerbose => "journald-verbose",
            Kind::Json => "json",
            Kind::KubernetesList => "kubernetes-list",
            Kind::KubernetesObject => "kubernetes-object",
            Kind::Labelled => "labelled-blocks",
            Kind::Loki => "loki-streams",
            Kind::MetricData => "cloudwatch-metric-data",
            Kind::MetricStatistics => "cloudwatch-metric-statistics",
            Kind::Otlp => "otlp-logs",
            Kind::Prometheus => "prometheus-query",
            Kind::SearchHits => "elasticsearch-hits",
            Kind::Slowlog => "slowlog-json",
            Kind::Subscription => "cloudwatch-subscription",
            Kind::SyslogFrames => "syslog-frames",
            Kind::Yaml => "yaml",
        }
    }

    /// What its lines bear.
    pub(crate) fn heads(self) -> Heads {
        match self {
            Kind::Quoted | Kind::JournaldJson => Heads::None,
            Kind::TailHeaders => Heads::Facts,
            _ => Heads::Positions,
        }
    }

    /// The lines of the document.
    pub(crate) fn lines(self, stream: Peeked, faults: Faults) -> Box<dyn Read + Send> {
        match self {
            Kind::Csv => Box::new(LineReader::new(csv_export::Csv::new(Input::new(stream), faults))),
            Kind::CloudWatchText => Box::new(LineReader::new(cloudwatch_text::Events::new(Input::new(stream)))),
            Kind::CloudWatchMessages => Box::new(LineReader::new(cloudwatch_text::OneLine::new(Input::new(stream)))),
            Kind::JournaldVerbose => Box::new(LineReader::new(journald_verbose::Verbose::new(Input::new(stream)))),
            Kind::SyslogFrames => Box::new(LineReader::new(syslog_frames::Frames::new(Input::new(stream), faults))),
            Kind::Yaml => Box::new(LineReader::new(yaml::Yaml::new(Input::new(stream), faults))),
            Kind::BarTable => Box::new(LineReader::new(bar_table::BarTable::new(Input::new(stream)))),
            Kind::Labelled => Box::new(LineReader::new(labelled::Labelled::new(Input::new(stream)))),
            Kind::OtelDebug => Box::new(LineReader::new(otel_debug::Debug::new(Input::new(stream)))),
            Kind::Quoted => Box::new(LineReader::new(quoted::Quoted::new(Input::new(stream)))),
            Kind::RubyDebug => Box::new(LineReader::new(rubydebug::RubyDebug::new(Input::new(stream), faults))),
            Kind::TailHeaders => Box::new(LineReader::new(tail_headers::TailHeaders::new(Input::new(stream)))),
            Kind::XmlEvents => Box::new(LineReader::new(xml_events::XmlEvents::new(Input::new(stream), faults))),
            Kind::JournaldJson => Box::new(LineReader::new(journald_json::Entries::new(Input::new(stream)))),
            Kind::JournaldExport => Box::new(LineReader::new(journald_export::Export::new(Input::new(stream), faults))),
            _ => json(stream, faults, None),
        }
    }

    /// Who reads the items of the JSON document that begins with `head`.
    fn decoder(self, head: &[u8], faults: &Faults) -> Box<dyn Decoder> {
        match self {
            Kind::AzureTables => Box::new(azure::Azure::default()),
            Kind::CloudLogging => Box::new(WholeItems::CLOUD_LOGGING),
            Kind::CloudWatch => Box::new(cloudwatch::CloudWatch),
            Kind::Datadog => Box::new(WholeItems::DATADOG),
            Kind::Ecs => Box::new(ecs::Ecs::default()),
            Kind::ElastiCacheClusters => Box::new(WholeItems::CACHE_CLUSTERS),
            Kind::ElastiCacheEvents => Box::new(WholeItems::ELASTICACHE_EVENTS),
            Kind::ElastiCacheGroups => Box::new(WholeItems::REPLICATION_GROUPS),
            Kind::ElastiCacheParameters => Box::new(WholeItems::CACHE_PARAMETERS),
            Kind::Insights => Box::new(insights::Insights),
            Kind::KubernetesList => Box::new(k8s_items::KubernetesItems { single: false }),
            Kind::KubernetesObject => Box::new(k8s_items::KubernetesItems { single: true }),
            Kind::Loki => Box::new(loki::Loki::default()),
            Kind::MetricData | Kind::Prometheus => Box::new(metrics::Metrics),
            Kind::MetricStatistics => Box::new(metrics::MetricStatistics),
            Kind::SearchHits => Box::new(WholeItems::SEARCH_HITS),
            Kind::Slowlog => Box::new(slowlog::Slowlog),
            Kind::Subscription => Box::new(subscription::Subscription::new(faults.clone())),
            Kind::Otlp => Box::new(otlp::Otlp::default()),
            Kind::DataFrames => Box::new(frames::Frames),
            Kind::PubSub => Box::new(pubsub::PubSub),
            Kind::Json
            | Kind::BarTable
            | Kind::OtelDebug
            | Kind::Quoted
            | Kind::RubyDebug
            | Kind::TailHeaders
            | Kind::XmlEvents
            | Kind::Csv
            | Kind::CloudWatchText
            | Kind::CloudWatchMessages
            | Kind::JournaldJson
            | Kind::JournaldExport
            | Kind::JournaldVerbose
            | Kind::Labelled
            | Kind::SyslogFrames
            | Kind::Yaml => Box::new(WholeItems::at(detect::items(head))),
        }
    }
}

/// Tells a document from lines.
pub(crate) fn detect(head: &[u8], complete: bool) -> Found {
    detect::detect(head, complete)
}

/// Says which values of one JSON document are items, and writes them.
trait Decoder: Send {
    /// What to do with the value at `path` that starts with `first`.
    fn want(&mut self, path: &str, first: u8) -> Want;
    /// Writes one item; false when it cannot be decoded.
    fn take(&mut self, path: &str, item: &[u8], position: u64, out: &mut Lines) -> bool;
}

/// Something that writes lines step by step; false at its end.
trait Steps: Send {
    fn step(&mut self, out: &mut Lines) -> bool;
}

/// Bytes of lines that are gathered before they are handed on.
const FILL: usize = 32 << 10;

/// The lines of a document as a reader.
struct LineReader<S> {
    steps: S,
    lines: Lines,
    taken: usize,
}

impl<S: Steps> LineReader<S> {
    fn new(steps: S) -> Self {
        Self { steps, lines: Lines::default(), taken: 0 }
    }
}

impl<S: Steps> Read for LineReader<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let rest = self.lines.bytes.get(self.taken..).unwrap_or_default();
            if !rest.is_empty() || buf.is_empty() {
                let n = rest.len().min(buf.len());
                if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
                    to.copy_from_slice(from);
                }
                self.taken += n;
                return Ok(n);
            }
            self.lines.bytes.clear();
            self.taken = 0;
            if let Some(nested) = self.lines.nested.front_mut() {
                let n = nested.read(buf)?;
                if n > 0 {
                    return Ok(n);
                }
                self.lines.nested.pop_front();
                continue;
            }
            // Many items a read: readers above pay per call.
            let want = buf.len().min(FILL);
            let mut more = true;
            while more && self.lines.bytes.len() < want && self.lines.nested.is_empty() {
                more = self.steps.step(&mut self.lines);
            }
            if !more && self.lines.bytes.is_empty() && self.lines.nested.is_empty() {
                return Ok(0);
            }
        }
    }
}

/// A stream of JSON values as lines.
fn json(stream: Peeked, faults: Faults, shared: Option<Arc<AtomicU64>>) -> Box<dyn Read + Send> {
    let mut input = Input::new(stream);
    input.want(super::peek::HEAD);
    // A document on one line is cited by item, any other by line.
    let by_line = shared.is_none() && input.rest().trim_ascii().contains(&b'\n');
    let walker = Walker::new(input, faults.clone(), by_line);
    let mut reader = LineReader::new(Json { walker, decoder: Box::new(WholeItems::UNKNOWN), faults });
    reader.lines.shared = shared;
    reader.lines.numbered = !by_line;
    Box::new(reader)
}

/// What the data of a Kinesis record or a Lambda event holds: gzip of JSON, or JSON, or text.
fn nested(data: Box<dyn Read + Send>, items: &Arc<AtomicU64>, budget: &Arc<Budget>, faults: &Faults) -> Box<dyn Read + Send> {
    let mut stream = Peeked::new(data);
    // A reader over bytes in memory cannot fail.
    let _ = stream.grow();
    if stream.head().starts_with(&[0x1f, 0x8b]) {
        stream = Peeked::new(Box::new(Gunzip::new(stream, Arc::clone(budget), faults.clone())));
    }
    json(stream, faults.clone(), Some(Arc::clone(items)))
}

/// The walk over JSON and the decoder of the document that it is in.
struct Json {
    walker: Walker,
    decoder: Box<dyn Decoder>,
    faults: Faults,
}

impl Steps for Json {
    fn step(&mut self, out: &mut Lines) -> bool {
        let mut hands = Hands { decoder: &mut self.decoder, out, faults: &self.faults };
        self.walker.step(&mut hands)
    }
}

struct Hands<'a> {
    decoder: &'a mut Box<dyn Decoder>,
    out: &'a mut Lines,
    faults: &'a Faults,
}

impl Items for Hands<'_> {
    fn begin(&mut self, head: &[u8]) {
        *self.decoder = detect::kind_of(head).decoder(head, self.faults);
    }

    fn want(&mut self, path: &str, first: u8) -> Want {
        self.decoder.want(path, first)
    }

    fn take(&mut self, path: &str, item: &[u8], position: u64) -> bool {
        self.decoder.take(path, item, position, self.out)
    }

    fn raw(&mut self, bytes: &[u8], position: u64) {
        self.out.raw(bytes, position);
    }
}

#[cfg(test)]
mod tests;
