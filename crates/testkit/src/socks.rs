//! The beginning of a connection by SOCKS 5 (RFC 1928 and 1929).

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::Request;

/// Connected, with an address that says nothing.
pub(crate) const CONNECTED: [u8; 10] = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
/// Not allowed.
pub(crate) const REFUSED: [u8; 10] = [5, 2, 0, 1, 0, 0, 0, 0, 0, 0];

const NO_USER: u8 = 0;
const USER: u8 = 2;

/// Reads what a client wants, after it has said who it is if it offers to. The answer is left to the caller.
pub(crate) async fn receive(mut stream: TcpStream) -> io::Result<(Request, TcpStream)> {
    let _version = stream.read_u8().await?;
    let offered = word(&mut stream).await?;
    let user = if offered.contains(&USER) {
        stream.write_all(&[5, USER]).await?;
        let _version = stream.read_u8().await?;
        let (name, password) = (word(&mut stream).await?, word(&mut stream).await?);
        stream.write_all(&[1, 0]).await?;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        format!("socks-user: {}:{}\r\n", text(name), text(password))
    } else {
        stream.write_all(&[5, NO_USER]).await?;
        String::new()
    };
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let host = match head[3] {
        1 => Ipv4Addr::from(stream.read_u32().await?).to_string(),
        3 => String::from_utf8(word(&mut stream).await?).unwrap(),
        _ => format!("[{}]", Ipv6Addr::from(stream.read_u128().await?)),
    };
    let port = stream.read_u16().await?;
    let request = format!("CONNECT {host}:{port} SOCKS/5\r\n{user}\r\n");
    Ok((Request::from_head(request.as_bytes()), stream))
}

/// Bytes after their number.
async fn word(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut word = vec![0; stream.read_u8().await?.into()];
    stream.read_exact(&mut word).await?;
    Ok(word)
}
