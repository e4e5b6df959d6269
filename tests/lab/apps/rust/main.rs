//! A small shop service on redis-rs and r2d2. Requests come as JSON lines on stdin, replies go to stdout, the log to stderr.

#![allow(missing_docs, clippy::pedantic, clippy::unwrap_used, clippy::print_stdout, reason = "test code")]

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use redis::ConnectionLike;
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error>>;

struct Store {
    client: redis::Client,
    pool: r2d2::Pool<redis::Client>,
    timeout: Option<Duration>,
    kept: Mutex<Vec<redis::Connection>>,
}

impl Store {
    fn open(config: &Value) -> Outcome<Self> {
        let mut address = String::from("redis://");
        if let Some(password) = config["password"].as_str() {
            address += &format!("{}:{password}@", config["username"].as_str().unwrap_or(""));
        }
        address += &format!("{}:{}/{}", config["host"].as_str().unwrap_or("redis"), config["port"], config["db"].as_u64().unwrap_or(0));
        let client = redis::Client::open(address)?;
        let seconds = |value: &Value| value.as_f64().map(Duration::from_secs_f64);
        let pool = r2d2::Pool::builder()
            .max_size(config["pool"]["max"].as_u64().unwrap_or(10) as u32)
            .min_idle(Some(config["warm"].as_u64().unwrap_or(1) as u32))
            .connection_timeout(seconds(&config["pool"]["timeout"]).unwrap_or(Duration::from_secs(1)))
            .error_handler(Box::new(r2d2::NopErrorHandler)) // the last error is named in the timeout
            .build_unchecked(client.clone());
        Ok(Self { client, pool, timeout: seconds(&config["timeout"]), kept: Mutex::default() })
    }

    fn run(&self, request: &Value) -> Outcome<()> {
        match request["mode"].as_str() {
            Some(mode @ ("fresh" | "keep")) => {
                let mut connection = self.client.get_connection()?;
                commands(&mut connection, request)?;
                if mode == "keep" {
                    self.kept.lock().unwrap().push(connection);
                }
                Ok(())
            }
            _ => {
                let mut connection = self.pool.get().map_err(|e| format!("get connection: {e}"))?;
                connection.set_read_timeout(self.timeout)?;
                commands(&mut *connection, request)
            }
        }
    }
}

fn commands(connection: &mut impl ConnectionLike, request: &Value) -> Outcome<()> {
    for (n, words) in request["cmds"].as_array().into_iter().flatten().enumerate() {
        if let (true, Some(pause)) = (n > 0, request["pause_ms"].as_u64()) {
            std::thread::sleep(Duration::from_millis(pause));
        }
        let mut command = redis::Cmd::new();
        for word in words.as_array().into_iter().flatten() {
            command.arg(word.as_str().unwrap_or_default());
        }
        command.query::<redis::Value>(connection)?;
    }
    Ok(())
}

fn handle(store: &Store, request: &Value) -> u16 {
    let began = Instant::now();
    let (trace_id, route) = (request["trace"].as_str().unwrap_or("-"), request["route"].as_str().unwrap_or("-"));
    let outcome = store.run(request);
    let elapsed_ms = began.elapsed().as_millis() as u64;
    match outcome {
        Ok(()) => {
            tracing::info!(trace_id, status = 200, elapsed_ms, "{route}");
            200
        }
        Err(error) => {
            tracing::error!(trace_id, status = 500, elapsed_ms, error = %error, "{route} failed");
            500
        }
    }
}

/// The version of redis-rs that this was built with.
fn client_version() -> Option<&'static str> {
    let lock = include_str!("../../../../Cargo.lock");
    lock.split_once("name = \"redis\"\nversion = \"")?.1.split('"').next()
}

fn main() -> Outcome<()> {
    let argument = std::env::args().nth(1).ok_or("a configuration file")?;
    if argument == "--version" {
        println!("{}", client_version().ok_or("no redis-rs in Cargo.lock")?);
        return Ok(());
    }
    let config: Value = serde_json::from_str(&std::fs::read_to_string(argument)?)?;
    if config["style"] == "tracing-json" {
        tracing_subscriber::fmt().json().with_writer(io::stderr).init();
    } else {
        tracing_subscriber::fmt().with_ansi(false).with_writer(io::stderr).init();
    }
    let store = Arc::new(Store::open(&config)?);
    let (sender, receiver) = mpsc::channel::<Value>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..config["workers"].as_u64().unwrap_or(8) {
        let (store, receiver) = (Arc::clone(&store), Arc::clone(&receiver));
        std::thread::spawn(move || {
            loop {
                let next = receiver.lock().unwrap().recv();
                let Ok(request) = next else { return };
                let status = handle(&store, &request);
                let reply = serde_json::json!({"id": request["id"], "status": status});
                let mut out = io::stdout().lock();
                let _ = writeln!(out, "{reply}");
                let _ = out.flush();
            }
        });
    }
    tracing::info!("service started");
    for line in io::stdin().lock().lines() {
        sender.send(serde_json::from_str(&line?)?)?;
    }
    Ok(())
}
