//! Owns a client of three instances: it goes to another one when one is not there, waits as it is told, and asks again
//! with the same idempotency key until it has an answer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::harness::client::{Answer, Call, Client};

/// How long an answer is waited for, whoever of the instances gives it: so long that a test which waits longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How long the client waits for an answer before it asks another instance: a process that is held does not refuse.
const ANSWER_MAX: Duration = Duration::from_secs(3);
/// How long it rests when an instance was not there.
const REST: Duration = Duration::from_millis(10);
/// What the system says of a port that nobody listens on.
const REFUSED: &str = "Connection refused";

/// Where the instances are, however often they are started; clones share it.
#[derive(Clone)]
pub(crate) struct Endpoints(Arc<Vec<Mutex<Client>>>);

/// A client that has one instance after the other answer.
pub(crate) struct Insistent {
    endpoints: Endpoints,
    /// The instance that it would rather ask.
    home: usize,
    next: usize,
    pub misses: Misses,
}

/// How often there was no answer at once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Misses {
    /// An instance said when to come again.
    pub told_later: usize,
    /// Nobody listened.
    pub not_there: usize,
    /// The connection broke.
    pub broken: usize,
    /// It took too long.
    pub late: usize,
}

impl Endpoints {
    pub(crate) fn new(clients: Vec<Client>) -> Self {
        Self(Arc::new(clients.into_iter().map(Mutex::new).collect()))
    }

    /// How many instances there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// An instance is elsewhere from now on.
    pub(crate) fn replace(&self, instance: usize, client: Client) {
        *self.0[instance].lock().unwrap() = client;
    }

    /// What an instance is called; one further than the last is the first again.
    fn number(&self, instance: usize) -> usize {
        instance % self.0.len() + 1
    }

    /// The client of an instance; one further than the last is the first again.
    pub(crate) fn client(&self, instance: usize) -> Client {
        self.0[instance % self.0.len()].lock().unwrap().clone()
    }
}

impl Insistent {
    pub(crate) fn new(endpoints: Endpoints, home: usize) -> Self {
        Self { endpoints, home, next: home, misses: Misses::default() }
    }

    /// Asks the instance that it would rather ask again.
    pub(crate) fn begin_at_home(&mut self) {
        self.next = self.home;
    }

    /// The answer to a request that may be made again: it has a key, or asking twice changes nothing twice.
    pub(crate) async fn ask(&mut self, request: impl Fn(&Client) -> Call) -> Answer {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let call = request(&self.endpoints.client(self.next));
            let story = call.story();
            match timeout(ANSWER_MAX, call.attempt()).await {
                Ok(Ok(answer)) if answer.status == 503 => {
                    self.misses.told_later += 1;
                    let seconds = answer.header("retry-after").and_then(|seconds| seconds.parse().ok());
                    sleep(Duration::from_secs(seconds.expect("503 says when to come again"))).await;
                }
                Ok(Ok(answer)) => return answer,
                Ok(Err(why)) if why.contains(REFUSED) => self.misses.not_there += 1,
                Ok(Err(why)) => {
                    println!("instance {} gave no answer to {story}: {why}", self.endpoints.number(self.next));
                    self.misses.broken += 1;
                }
                Err(_) => {
                    println!("instance {} was late with an answer to {story}", self.endpoints.number(self.next));
                    self.misses.late += 1;
                }
            }
            assert!(Instant::now() < give_up, "no answer of any instance to {story}");
            self.next += 1;
            sleep(REST).await;
        }
    }
}
