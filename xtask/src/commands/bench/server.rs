//! A server that reads requests and accepts every one. The simulator's checks cost more than a client does: with them, the
//! clients would wait.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use anyhow::Result;

/// A success with the headers of the simulator's.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nx-request-id: 551858e51381eb4fa704eacf9b10b39e\r\n\
    date: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: 0\r\n\r\n";

pub struct Server {
    pub endpoint: String,
}

impl Server {
    /// Starts it, with a thread for each connection, until the process ends.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                // A client that ends breaks its connections off.
                thread::spawn(move || serve(&connection).ok());
            }
        });
        Ok(Self { endpoint })
    }

    /// Its CPU time so far: that of this process, which does nothing else while a side runs.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let statistics = fs::read_to_string("/proc/self/stat")?;
        // After the name, which is in brackets, the 12th and 13th fields, in hundredths of a second.
        let fields = statistics.rsplit(')').next().unwrap_or_default();
        let ticks = fields.split_whitespace().skip(11).take(2);
        Ok(ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0)
    }
}

fn serve(mut connection: &TcpStream) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    let mut length = 0;
    while reader.read_line(&mut line)? > 0 {
        let header = line.split_once(':');
        if let Some((_, value)) = header.filter(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        if line == "\r\n" {
            io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
            connection.write_all(ANSWER)?;
        }
        line.clear();
    }
    Ok(())
}
