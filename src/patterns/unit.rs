//! Units of captured values. In: names in pattern files. Out: [`Unit`], base units and factors. Fails when: never.

/// Unit of a captured value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A plain number.
    Count,
    /// Bytes.
    Bytes,
    /// Kilobytes of 1024.
    Kilobytes,
    /// Megabytes of 1024².
    Megabytes,
    /// Microseconds.
    Us,
    /// Milliseconds.
    Ms,
    /// Seconds.
    S,
    /// Percent.
    Percent,
    /// Free text.
    Text,
    /// host:port of a Redis node.
    Addr,
    /// host:port of a client.
    ClientAddr,
    /// Host name.
    Host,
    /// Port.
    Port,
    /// Redis command.
    Command,
    /// Redis key (shown as a shape).
    Key,
    /// Service.
    Service,
    /// Redis node's name.
    Node,
    /// errno or its text.
    Errno,
}

impl Unit {
    /// All units with their names in pattern files.
    pub const ALL: [(&'static str, Unit); 18] = [
        ("count", Unit::Count),
        ("bytes", Unit::Bytes),
        ("kilobytes", Unit::Kilobytes),
        ("megabytes", Unit::Megabytes),
        ("us", Unit::Us),
        ("ms", Unit::Ms),
        ("s", Unit::S),
        ("percent", Unit::Percent),
        ("text", Unit::Text),
        ("addr", Unit::Addr),
        ("client_addr", Unit::ClientAddr),
        ("host", Unit::Host),
        ("port", Unit::Port),
        ("command", Unit::Command),
        ("key", Unit::Key),
        ("service", Unit::Service),
        ("node", Unit::Node),
        ("errno", Unit::Errno),
    ];

    /// The unit of a name in a pattern file.
    pub fn from_name(name: &str) -> Option<Unit> {
        Unit::ALL.iter().find(|(n, _)| *n == name).map(|(_, u)| *u)
    }

    /// Name of the base unit that values of this unit are turned into.
    pub fn base(self) -> &'static str {
        match self {
            Unit::Bytes | Unit::Kilobytes | Unit::Megabytes => "bytes",
            Unit::Us | Unit::Ms | Unit::S => "ms",
            Unit::Percent => "percent",
            Unit::Count | Unit::Port => "count",
            _ => "text",
        }
    }

    /// Factor to the base unit, for numeric units.
    pub fn factor(self) -> Option<f64> {
        match self {
            Unit::Count | Unit::Bytes | Unit::Ms | Unit::Percent | Unit::Port => Some(1.0),
            Unit::Kilobytes => Some(1024.0),
            Unit::Megabytes => Some(1024.0 * 1024.0),
            Unit::Us => Some(0.001),
            Unit::S => Some(1000.0),
            _ => None,
        }
    }
}
