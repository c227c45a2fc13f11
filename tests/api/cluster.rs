//! Three instances as their operator sees them: what each tells of the cluster, and when it is ready.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jari::telemetry::metrics::{OF_A_CLUSTER, all};
use serde_json::{Value, json};

use crate::harness::app::{App, eventually};
use crate::harness::client::Client;
use crate::harness::cluster::{Cluster, Instance, OPERATOR_KEY};
use crate::harness::process::Finished;

/// The instance that leads, as all of `of` say that answer.
async fn leader(cluster: &Cluster, of: &[u64]) -> u64 {
    eventually("one leader that all know", async || {
        let mut leaders = Vec::new();
        for id in of {
            leaders.push(cluster.instances[id].status().await["leader"].as_u64()?);
        }
        leaders.windows(2).all(|two| two[0] == two[1]).then_some(leaders[0])
    })
    .await
}

fn member(status: &Value, id: u64) -> &Value {
    status["members"].as_array().unwrap().iter().find(|member| member["nodeId"] == id).unwrap()
}

#[tokio::test]
async fn a_server_that_runs_alone_is_no_member_of_a_cluster() {
    let app = App::start(&[]);
    app.operator("GET", "/api/v1/admin/cluster").await.refused(404, "RUNS_ALONE");
    app.get("/api/v1/admin/cluster").await.refused(401, "TOKEN_INVALID");
    let mut command = app.folder.jari();
    command.args(["cluster", "status", "--url", &format!("http://{}", app.process.address)]);
    command.env("JARI_OPERATOR_KEY", app.operator_key());
    let finished = app.folder.run(command);
    assert_eq!(finished.code, Some(1), "{}", finished.text);
    assert!(finished.text.contains("runs alone: it is no member of a cluster"), "{}", finished.text);
}

#[tokio::test]
async fn each_of_three_tells_of_the_cluster_and_the_table_of_people_says_the_same() {
    let cluster = Cluster::start();
    let leader = leader(&cluster, &[1, 2, 3]).await;
    let leading = &cluster.instances[&leader];
    leading.operator("POST", "/api/v1/users").json(json!({"username": "kim"})).await.success(201);
    let other = leader % 3 + 1;
    let level = eventually("all are voters, level and connected", async || {
        let status = leading.status().await;
        let is_level = |id: u64| {
            let member = member(&status, id);
            let is_reached = member["link"] == "connected" && member["connectedMs"].is_u64() && member["lag"] == 0;
            let is_heard = member["wallOffsetMs"].is_i64();
            member["role"] == "voter" && (id == leader || is_reached && is_heard)
        };
        (status["leads"] == true && (1..=3).all(is_level)).then_some(status)
    })
    .await;
    assert_eq!(member(&level, leader)["wallOffsetMs"], Value::Null, "its own clock is not ahead of itself");
    // They have one clock, of which the time on the way is told as well.
    let offset_ms = member(&level, leader % 3 + 1)["wallOffsetMs"].as_i64().unwrap();
    assert!((-5_000..=0).contains(&offset_ms), "{level}");
    assert!(level["tenureMs"].as_u64().unwrap() <= 810, "{level}");
    assert_eq!(level["slots"].as_array().unwrap().len(), 1, "{level}");
    assert_eq!([&level["slots"][0]["owner"], &level["slots"][0]["to"]], [leader, 63]);
    let told = eventually("what another one tells, which is level", async || {
        let [mine, other] = [leading.status().await, cluster.instances[&other].status().await];
        // What it heard of clocks while it led itself is soon forgotten.
        let hears_none = (1..=3).all(|id| member(&other, id)["wallOffsetMs"] == Value::Null);
        (mine["digest"] == other["digest"] && hears_none).then_some(other)
    })
    .await;
    assert_eq!([&told["clusterId"], &told["term"]], [&level["clusterId"], &level["term"]]);
    assert_eq!(
        [&told["leads"], &told["tenureMs"], &member(&told, leader)["lag"]],
        [&Value::from(false), &Value::Null, &Value::Null]
    );

    let folder = &cluster.instances[&other].folder;
    let url = format!("http://{}", cluster.instances[&other].process.address);
    let mut command = folder.jari();
    command.args(["cluster", "status", "--url", &url]);
    let finished = folder.run(command);
    assert_eq!(finished.code, Some(0), "{}", finished.text);
    let said = [
        format!("as instance {other} at {url} knows it"),
        format!("leader  instance {leader}\n"),
        "  wall offset\n".to_owned(),
    ];
    assert!(said.iter().all(|said| finished.text.contains(said)), "{}", finished.text);
    let mut command = folder.jari();
    command.args(["cluster", "status", "--json", "--url", &url]);
    let json: Value = serde_json::from_str(&folder.run(command).text).unwrap();
    assert_eq!(json["nodeId"], other);
    let mut command = folder.jari();
    command.args(["cluster", "status", "--url", &url]).env("JARI_OPERATOR_KEY", format!("not-{OPERATOR_KEY}"));
    let finished = folder.run(command);
    assert_eq!(finished.code, Some(1));
    assert!(finished.text.contains("does not take the operator's key"), "{}", finished.text);
}

#[tokio::test]
async fn an_instance_is_ready_while_a_majority_is_there_and_says_why_it_is_not() {
    let mut cluster = Cluster::start();
    for instance in cluster.instances.values() {
        eventually("ready", async || (instance.client.call("GET", "/readyz").await.status == 200).then_some(())).await;
    }
    let first = leader(&cluster, &[1, 2, 3]).await;
    let [second, third] = [first % 3 + 1, (first + 1) % 3 + 1];
    cluster.instances[&first].process.kill();
    let ready = |id: u64| cluster.instances[&id].client.call("GET", "/readyz");
    eventually("ready under another leader", async || {
        (leader(&cluster, &[second, third]).await != first && ready(second).await.status == 200).then_some(())
    })
    .await;
    assert_eq!(member(&cluster.instances[&second].status().await, first)["link"], "lost");
    cluster.instances[&third].process.kill();
    eventually("not ready alone", async || (ready(second).await.status == 503).then_some(())).await;
    ready(second).await.refused(503, "NO_LEADER");
    assert_eq!(cluster.instances[&second].client.call("GET", "/healthz").await.status, 200);

    let folder = &cluster.instances[&third].folder;
    let mut command = folder.jari();
    command.args(["cluster", "status", "--url", &format!("http://{}", cluster.instances[&third].process.address)]);
    let finished = folder.run(command);
    assert_eq!(finished.code, Some(1));
    assert!(finished.text.contains("cannot be asked: Connection refused"), "{}", finished.text);

    cluster.start_again(third);
    for id in [second, third] {
        let instance = &cluster.instances[&id];
        eventually("ready again", async || (instance.client.call("GET", "/readyz").await.status == 200).then_some(()))
            .await;
    }
}

/// The names of the list that a text of metrics has.
fn shown(text: &str) -> BTreeSet<&'static str> {
    let is_shown = |name: &str| text.contains(&format!("# TYPE {name} "));
    all().map(|metric| metric.name).filter(|name| is_shown(name)).collect()
}

async fn metrics(client: &Client) -> String {
    String::from_utf8(client.call("GET", "/metrics").await.bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn three_show_every_metric_of_a_cluster_and_a_server_alone_shows_none() {
    let names: BTreeSet<&str> = OF_A_CLUSTER.iter().map(|metric| metric.name).collect();
    let alone = App::start(&[]);
    alone.user("kim").await;
    let text = metrics(&alone.client).await;
    assert!(shown(&text).is_disjoint(&names), "{text}");

    let cluster = Cluster::start();
    let leader = leader(&cluster, &[1, 2, 3]).await;
    // Whoever leads them, another instance answers one of these.
    for instance in cluster.instances.values() {
        let absent = "/api/v1/admin/concerts/absent";
        instance.operator("DELETE", absent).await.refused(404, "CONCERT_NOT_FOUND");
    }
    let (mut together, mut owned) = (BTreeSet::new(), 0);
    for (id, instance) in &cluster.instances {
        let text = metrics(&instance.client).await;
        together.append(&mut shown(&text));
        let leads = format!("jari_raft_is_leader {}\n", u8::from(*id == leader));
        assert!(text.contains(&leads) && text.contains("jari_parts_fenced_total 0\n"), "{text}");
        let slots = text.lines().find_map(|line| line.strip_prefix("jari_slots_owned ")).unwrap();
        owned += slots.parse::<u32>().unwrap();
        let elections = text.lines().find_map(|line| line.strip_prefix("jari_raft_elections_total ")).unwrap();
        assert!(elections.parse::<u32>().unwrap() >= 1, "{text}");
    }
    assert_eq!(owned, 64);
    let missing: Vec<_> = names.difference(&together).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let text = metrics(&cluster.instances[&leader].client).await;
    for peer in (1..=3).filter(|id| *id != leader) {
        assert!(text.contains(&format!("jari_replication_lag_entries{{peer=\"{peer}\"}} ")), "{text}");
    }
}

/// Waits until an instance has printed a line with `said`, and gives all that it has printed.
async fn printed(instance: &Instance, said: &str) -> String {
    let give_up = Instant::now() + Duration::from_secs(10);
    while !instance.printed().contains(said) {
        assert!(Instant::now() < give_up, "{said} is not in:\n{}", instance.printed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    instance.printed()
}

fn count(text: &str, said: &str) -> usize {
    text.lines().filter(|line| line.contains(said)).count()
}

#[tokio::test]
async fn the_log_tells_once_who_leads_and_who_is_lost_and_nothing_of_the_steps_between() {
    let mut cluster = Cluster::start();
    let first = leader(&cluster, &[1, 2, 3]).await;
    let [second, third] = [first % 3 + 1, (first + 1) % 3 + 1];
    for id in [second, third] {
        printed(&cluster.instances[&id], &format!("another instance is reached node={first} ")).await;
    }
    cluster.instances[&first].process.kill();
    let next = eventually("another leader", async || {
        Some(leader(&cluster, &[second, third]).await).filter(|leader| *leader != first)
    })
    .await;
    let other = second + third - next;
    let text = printed(&cluster.instances[&next], "this instance leads term=").await;
    assert_eq!(count(&text, "this instance leads term="), 1, "{text}");
    for id in [next, other] {
        let lost = format!("Connection refused (os error 111) node={first} ");
        let text = printed(&cluster.instances[&id], &lost).await;
        assert_eq!(count(&text, &lost), 1, "{text}");
        assert_eq!(count(&text, "ERROR"), 0, "{text}");
    }
    let follows = format!("another instance leads, and this one follows it leader={next}");
    let text = printed(&cluster.instances[&other], &follows).await;
    assert_eq!(count(&text, &follows), 1, "{text}");
    cluster.start_again(first);
    let found = format!("another instance is reached node={first} ");
    eventually("it is found again", async || (count(&cluster.instances[&next].printed(), &found) == 2).then_some(()))
        .await;
}

/// Runs `jari cluster` with these arguments against an instance.
fn jari_cluster(asked: &Instance, arguments: &[&str]) -> Finished {
    let mut command = asked.folder.jari();
    command.arg("cluster").args(arguments).args(["--url", &format!("http://{}", asked.process.address)]);
    asked.folder.run(command)
}

fn members(status: &Value) -> Vec<u64> {
    status["members"].as_array().unwrap().iter().map(|member| member["nodeId"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn members_are_changed_as_far_as_a_majority_is_left() {
    let cluster = Cluster::start();
    let first = leader(&cluster, &[1, 2, 3]).await;
    let [second, third] = [first % 3 + 1, (first + 1) % 3 + 1];
    let second_instance = &cluster.instances[&second];
    // Of those that are to be left one is lost.
    cluster.instances[&third].process.kill();
    let path = |id: u64| format!("/api/v1/admin/cluster/members/{id}");
    // As long as the lost one counts as reached, whoever leads would be removed.
    eventually("the lost one is missed", async || {
        let status = cluster.instances[&first].status().await;
        (member(&status, third)["link"] == "lost").then_some(())
    })
    .await;
    second_instance.operator("DELETE", &path(first)).await.refused(409, "NO_MAJORITY");
    second_instance.operator("DELETE", &path(9)).await.refused(404, "MEMBER_NOT_FOUND");
    let add = |body: Value| second_instance.operator("POST", "/api/v1/admin/cluster/members").json(body);
    add(json!({"nodeId": 9, "address": "127.0.0.1:1"})).await.refused(409, "MEMBER_UNREACHABLE");
    add(json!({"nodeId": third, "address": "127.0.0.1:1"})).await.refused(409, "MEMBER_EXISTS");

    // The lost one is removed, and does not come back.
    let finished = jari_cluster(second_instance, &["remove", &third.to_string()]);
    assert_eq!(finished.code, Some(0), "{}", finished.text);
    eventually("two are left", async || {
        let mut left = [first, second];
        left.sort_unstable();
        (members(&second_instance.status().await) == left).then_some(())
    })
    .await;
    if let Ok(process) = cluster.try_start_again(third) {
        // It was ready before it learned of it.
        assert_eq!(process.ended().code(), Some(1));
    }
    let refused = cluster.try_start_again(third).err().unwrap();
    assert!(refused.contains("was removed from its cluster"), "{refused}");
}

#[tokio::test]
async fn an_instance_takes_the_place_of_the_one_that_leads() {
    let mut cluster = Cluster::start();
    let first = leader(&cluster, &[1, 2, 3]).await;
    let second = first % 3 + 1;
    cluster.start_another(4);
    let address = member(&cluster.instances[&4].status().await, 4)["address"].as_str().unwrap().to_owned();
    let finished = jari_cluster(&cluster.instances[&second], &["add", &format!("4=http://{address}")]);
    assert_eq!(
        (finished.code, finished.text.contains("has all data and a vote")),
        (Some(0), true),
        "{}",
        finished.text
    );
    let finished = jari_cluster(&cluster.instances[&4], &["remove", &first.to_string()]);
    assert_eq!(finished.code, Some(0), "{}", finished.text);
    assert_eq!(cluster.instances[&first].process.ended().code(), Some(1));
    let text = cluster.instances[&first].printed();
    assert!(text.contains("this instance was removed from the cluster, so it ends"), "{text}");
    let name = json!({"username": "lee"});
    cluster.instances[&4].client.call("POST", "/api/v1/users").json(name).await.success(201);
    let mut left = [second, (first + 1) % 3 + 1, 4];
    left.sort_unstable();
    eventually("three are left", async || (members(&cluster.instances[&second].status().await) == left).then_some(()))
        .await;
}
