//! The link: how instances ask each other. HTTP/2 over TLS 1.3, in which each side proves that it has the cluster key
//! before a byte of it is read any further, and then says which instance it is.
//!
//! Nothing here knows what a request means, nor who leads what. A request that was not sent is told apart from one that
//! may have been done; whether it is made again is for whoever asked to say.

mod body;
mod connect;
mod connection;
mod counted;
mod error;
mod hello;
mod http2;
mod key;
mod limits;
mod notice;
mod peer;
mod server;
mod stream;
#[cfg(test)]
mod tests;
mod traffic;

pub use body::{BodyError, LinkBody, ReadError, empty, read, whole};
pub use connect::Dialer;
pub use connection::Answer;
pub use error::{LinkError, PeerName, Which};
pub use hello::{Hello, HelloError, Identity, PROTOCOL_VERSION, Versions};
pub use key::{ClusterKey, KeyError};
pub use limits::{DialLimits, ServerLimits};
pub use peer::Peer;
pub use server::{Server, ServerCounts};
pub use stream::{Accept, ByteStream, Connect, Tcp};
pub use traffic::Traffic;
