//! TLS of the port for clients: the certificate that new connections see, and what follows when its files change. It
//! knows no HTTP beyond the names of its versions.

mod files;
mod handshake;

use std::sync::Arc;
use std::time::Duration;

use blake3::Hash;
use rustls::ServerConfig;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use self::files::{Loaded, load};
use crate::blocking;
use crate::config::TlsFiles;

pub use files::CertificateError;
pub(super) use handshake::{Spoken, handshake};

/// How often the files are looked at: whoever renews a certificate does so days before it ends.
const LOOK_INTERVAL: Duration = Duration::from_secs(60);

/// The certificate of new connections; cheap to clone.
#[derive(Clone)]
pub struct Certificates(watch::Receiver<Arc<ServerConfig>>);

/// Takes a new certificate when its files hold one.
pub struct Renewal {
    files: TlsFiles,
    current: watch::Sender<Arc<ServerConfig>>,
    /// What the files held of which `current` was made.
    content: Hash,
    /// Why the files were refused at the last look, which is told once.
    refused: Option<String>,
}

impl Certificates {
    /// The certificate that the files hold, and what looks at them again.
    ///
    /// # Errors
    /// They hold none that can be used.
    pub fn load(files: TlsFiles) -> Result<(Self, Renewal), CertificateError> {
        let Loaded { config, content, warning } = load(&files)?;
        if let Some(warning) = warning {
            tracing::warn!("{warning}");
        }
        let (current, receiver) = watch::channel(config);
        Ok((Self(receiver), Renewal { files, current, content, refused: None }))
    }

    /// What a connection that is made now is served with.
    pub(super) fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0.borrow())
    }
}

impl Renewal {
    /// Looks at the files every minute and whenever `again` is told, for as long as it is polled.
    pub async fn keep_up(mut self, again: Arc<Notify>) {
        loop {
            tokio::select! {
                () = sleep(LOOK_INTERVAL) => {}
                () = again.notified() => {}
            }
            self.look().await;
        }
    }

    async fn look(&mut self) {
        let files = self.files.clone();
        let Ok(loaded) = blocking::run(move || load(&files)).await else { return };
        match loaded {
            Ok(Loaded { content, .. }) if content == self.content => self.refused = None,
            Ok(Loaded { config, content, warning }) => {
                self.current.send_replace(config);
                (self.content, self.refused) = (content, None);
                tracing::info!(cert = %self.files.cert.display(), "new connections have the new certificate");
                if let Some(warning) = warning {
                    tracing::warn!("{warning}");
                }
            }
            Err(error) => {
                let error = error.to_string();
                if self.refused.as_ref() != Some(&error) {
                    tracing::warn!(
                        "the certificate stays as it is, since its files changed and cannot be used: {error}"
                    );
                    self.refused = Some(error);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
