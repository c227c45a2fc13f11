//! An HTTP/1.1 client that costs less than the server that it measures. It knows no scenario and no run: requests out,
//! responses in.

mod connection;
mod request;
mod response;

use std::net::SocketAddr;

pub(crate) use connection::Connection;
pub(crate) use request::Request;
pub(crate) use response::{Fault, Response};

/// A server as clients reach it.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub address: SocketAddr,
    /// What goes into the header `host`.
    pub host: String,
    pub operator_key: Option<String>,
}
