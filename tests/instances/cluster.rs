//! Owns three instances, each on its own folder, which reach each other over a network of the test: their starts and ends,
//! who of them leads, and whether their copies are level. Judges nothing.

use std::io::Write;

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::harness::app::{App, eventually_within};
use crate::harness::cluster::OPERATOR_KEY;
use crate::harness::endpoints::{Endpoints, PATIENCE};
use crate::harness::process::{Finished, Folder, Launched, Process};
use crate::network::Network;

pub(crate) const SIZE: usize = 3;
/// What the log says when an instance begins to lead, before the term.
const LEADS: &str = "this instance leads term=";
/// Figures that each instance tells of its own copy.
const FIGURES: [&str; 2] = ["jari_queue_places{", "jari_seats{"];

/// What instances have in common before they are started.
pub(crate) struct Site {
    pub network: Network,
    key_file: NamedTempFile,
}

/// Three instances.
pub(crate) struct Cluster {
    pub instances: Vec<App>,
    pub site: Site,
    pub endpoints: Endpoints,
}

/// That an instance leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leadership {
    pub term: u64,
    pub instance: usize,
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self { network: Network::start().await, key_file: key_file("k") }
    }

    /// The settings of an instance, counted from 0, beside these.
    pub(crate) fn settings(&self, instance: usize, more: &[&str]) -> Vec<String> {
        let peers: Vec<_> = (0..SIZE).map(|of| format!("{}=http://{}", of + 1, self.network.relay(of))).collect();
        let own = [
            format!("cluster.node_id={}", instance + 1),
            format!("cluster.peers={}", peers.join(",")),
            format!("cluster.peer_listen=127.0.0.1:{}", self.network.port(instance)),
            format!("cluster.key_file={}", self.key_file.path().display()),
        ];
        own.into_iter().chain(more.iter().map(|&setting| setting.to_owned())).collect()
    }

    /// Starts an instance in a folder and does not wait for it. Later settings go before earlier ones.
    pub(crate) fn launch(&self, instance: usize, folder: &Folder, settings: &[String]) -> Launched {
        let launched = Process::launch(folder, folder.serve(settings));
        self.network.note(instance, launched.id());
        launched
    }
}

/// A file that nobody else may read, with a cluster key made of one letter.
pub(crate) fn key_file(letter: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    writeln!(file, "{}", letter.repeat(40)).unwrap();
    file
}

/// An empty folder whose processes have the operator's key.
pub(crate) fn folder() -> Folder {
    let mut folder = Folder::new();
    folder.environment.push(("JARI_OPERATOR_KEY", OPERATOR_KEY.into()));
    folder
}

impl Cluster {
    /// Three that are new, with these settings beside those of a cluster.
    pub(crate) async fn start(settings: &[&str]) -> Self {
        Self::start_in([folder(), folder(), folder()], settings).await
    }

    /// Three in folders that may have data.
    pub(crate) async fn start_in(folders: [Folder; SIZE], settings: &[&str]) -> Self {
        let site = Site::new().await;
        let launched = folders.into_iter().enumerate().map(|(instance, folder)| {
            let settings = site.settings(instance, settings);
            (site.launch(instance, &folder, &settings), folder, settings)
        });
        let launched: Vec<_> = launched.collect();
        let started = launched.into_iter().map(|(launched, folder, settings)| {
            let process = launched.started().unwrap_or_else(|printed| panic!("it did not start:\n{printed}"));
            App::running(folder, process, OPERATOR_KEY.to_owned(), settings)
        });
        let instances: Vec<App> = started.collect();
        let endpoints = Endpoints::new(instances.iter().map(|app| app.client.clone()).collect());
        Self { instances, site, endpoints }
    }

    /// An instance, counted from 0; one further than the last is the first again.
    pub(crate) fn at(&self, instance: usize) -> &App {
        &self.instances[instance % SIZE]
    }

    /// Starts an instance again that has ended, and waits until it has its place among the others.
    #[track_caller]
    pub(crate) fn start_again(&mut self, instance: usize) {
        let app = &mut self.instances[instance];
        let launched = self.site.launch(instance, &app.folder, &app.settings);
        let process = launched.started().unwrap_or_else(|printed| panic!("it did not start again:\n{printed}"));
        app.goes_on_with(process);
        self.endpoints.replace(instance, app.client.clone());
    }

    /// Runs `jari cluster rebuild` in the folder of an instance, with its settings. It reaches the others without the relays,
    /// which know instances only.
    #[track_caller]
    pub(crate) fn rebuild(&self, instance: usize) -> Finished {
        let app = self.at(instance);
        let peers: Vec<String> =
            (0..SIZE).map(|of| format!("{}=http://127.0.0.1:{}", of + 1, self.site.network.port(of))).collect();
        let peers = format!("cluster.peers={}", peers.join(","));
        let mut command = app.folder.jari();
        command.args(["cluster", "rebuild", "--data-dir"]).arg(app.folder.data()).args(["--set", &peers]);
        for setting in app.settings.iter().filter(|setting| !setting.starts_with("cluster.peers=")) {
            command.args(["--set", setting]);
        }
        app.folder.run(command)
    }

    /// The newest leadership that an instance has told of since its start.
    pub(crate) fn leadership(&self) -> Option<Leadership> {
        let told = self.instances.iter().enumerate().filter_map(|(instance, app)| {
            let printed = app.folder.printed();
            let (_, newest) = printed.rsplit_once(LEADS)?;
            let term = newest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()?;
            Some(Leadership { term, instance })
        });
        told.max()
    }

    /// Waits for a leadership of a later term.
    pub(crate) async fn leadership_after(&self, before: Leadership) -> Leadership {
        let look = async || self.leadership().filter(|newest| newest.term > before.term);
        eventually_within(PATIENCE, "another leadership", look).await
    }

    /// Waits until the copies of all instances tell the same figures.
    pub(crate) async fn until_level(&self) {
        let look = async || {
            let mut told = Vec::new();
            for app in &self.instances {
                told.push(figures(app).await?);
            }
            told.iter().all(|figures| *figures == told[0] && !figures.is_empty()).then_some(())
        };
        eventually_within(PATIENCE, "copies that are level", look).await;
    }

    /// Asserts that each instance gives the same answer to each of these requests of the operator, and returns them.
    pub(crate) async fn assert_alike(&self, paths: &[&str]) -> Vec<Value> {
        let mut answers = Vec::new();
        for path in paths {
            let first = self.at(0).operator("GET", path).await.success(200);
            for app in &self.instances[1..] {
                assert_eq!(app.operator("GET", path).await.success(200), first, "{path}");
            }
            answers.push(first);
        }
        answers
    }

    /// Stops all in good order, whoever leads last, and asserts that their folders are clean and hold the same.
    pub(crate) async fn stop_and_verify(&self) {
        // Each of them writes once more, so that none has its life still to begin.
        for instance in 0..SIZE {
            self.at(instance).user(&format!("the-last-{instance}")).await;
        }
        // Whoever has the newest concert has all that came before it.
        self.at(0).concert("the-last", json!({})).await;
        self.until_level().await;
        let leader = self.leadership().expect("somebody leads").instance;
        let mut order: Vec<usize> = (0..SIZE).collect();
        order.sort_by_key(|instance| *instance == leader);
        for instance in order {
            let app = self.at(instance);
            app.process.signal("TERM");
            let status = app.process.ended();
            assert_eq!(status.code(), Some(0), "the end after SIGTERM: {status}\n{}", app.folder.printed());
        }
        let reports: Vec<String> = self.instances.iter().map(|app| report(&app.folder)).collect();
        assert!(reports.iter().all(|report| *report == reports[0]), "copies differ:\n{}", reports.join("\n"));
    }
}

/// What an instance tells of its own copy; nothing while it does not answer.
async fn figures(app: &App) -> Option<Vec<String>> {
    let answer = app.get("/metrics").attempt().await.ok()?;
    let text = String::from_utf8(answer.bytes.to_vec()).unwrap();
    let figures = text.lines().filter(|line| FIGURES.iter().any(|figure| line.starts_with(figure)));
    Some(figures.map(str::to_owned).collect())
}

/// What `verify` finds in a folder that has to be clean, but for how far its log goes.
fn report(folder: &Folder) -> String {
    let finished = folder.verify();
    assert_eq!(finished.code, Some(0), "verify is not clean:\n{}", finished.text);
    let lines: Vec<&str> =
        finished.text.lines().filter(|line| !line.starts_with("log: ") && !line.starts_with("database: ")).collect();
    lines.join("\n")
}
