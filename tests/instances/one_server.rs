//! Three instances answer like one server, whichever of them is asked.

use serde_json::json;

use crate::cluster::Cluster;
use crate::harness::app::{DATE, text};
use crate::harness::stream::Stream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_goes_from_instance_to_instance() {
    let cluster = Cluster::start(&[]).await;
    for first in 0..3 {
        let [one, two, three] = [0, 1, 2].map(|step| cluster.at(first + step));
        let concert = format!("spring-{first}");
        let user = one.user(&format!("kim-{first}")).await;
        two.charge(&user, 5_000).await;
        three.concert(&concert, json!({})).await;
        let guest = one.join(&user, &concert).await;
        assert_eq!(guest.joined["status"], "ACTIVE");
        two.reserving(&guest, json!({"seat": 7})).await.success(200);
        let others = three.guest(&format!("lee-{first}"), &concert).await;
        one.reserving(&others, json!({"seat": 7})).await.refused(409, "SEAT_TAKEN");
        let paid = three.paying(&guest, json!({"seat": 7})).await.success(200);
        assert_eq!(paid["balance"], 0);
        let body = json!({"code": paid["tickets"][0]["code"], "concertId": concert, "date": DATE});
        let entered = one.operator("POST", "/api/v1/admin/check-ins").json(body).await.success(200);
        assert_eq!(entered["verdict"], "enter");
        two.refunding(&text(&paid["paymentId"])).await.success(200);
        assert_eq!(three.balance(&user).await, 5_000);
        let ledger = one.get(&format!("/api/v1/users/{user}/ledger")).await.success(200);
        let kinds: Vec<_> = ledger["entries"].as_array().unwrap().iter().map(|entry| text(&entry["kind"])).collect();
        assert_eq!(kinds, ["refund", "payment", "charge"]);
    }
    let lists = ["concerts", "users", "payments", "events?limit=100"].map(|list| format!("/api/v1/admin/{list}"));
    cluster.assert_alike(&lists.each_ref().map(String::as_str)).await;
    cluster.stop_and_verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_two_instances_are_given_at_once_does_it_once() {
    let cluster = Cluster::start(&[]).await;
    let user = cluster.at(0).user("kim").await;
    for round in 0..20 {
        let key = format!("charge-{round}");
        let charging = |instance: usize| cluster.at(instance).charging(&user, 100).key(&key).into_future();
        let (one, two) = tokio::join!(charging(round), charging(round + 1));
        assert_eq!(one.success(200), two.success(200), "one charge, told twice");
        let replayed = [&one, &two].map(|answer| answer.header("idempotent-replayed").is_some());
        assert_eq!(replayed.iter().filter(|is_replayed| **is_replayed).count(), 1, "{replayed:?}");
        let third = cluster.at(round + 2).charging(&user, 100).key(&key).await;
        assert_eq!((third.success(200), third.header("idempotent-replayed")), (one.success(200), Some("true")));
        assert_eq!(cluster.at(round + 2).balance(&user).await, 100 * (round as u64 + 1));
    }
    let other = cluster.at(1).charging(&user, 200).key("charge-0").await;
    other.refused(422, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_id_of_a_request_is_kept_on_its_way() {
    let cluster = Cluster::start(&[]).await;
    for instance in 0..3 {
        let id = format!("from-a-client-{instance}");
        let answer = cluster.at(instance).get("/api/v1/concerts").header("x-request-id", &id).await;
        answer.success(200);
        assert_eq!(answer.header("x-request-id"), Some(id.as_str()));
        let refused = cluster.at(instance).get("/api/v1/concerts/none").header("x-request-id", &id).await;
        refused.refused(404, "CONCERT_NOT_FOUND");
        assert_eq!(refused.header("x-request-id"), Some(id.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_through_any_instance_tells_of_the_admission() {
    let cluster = Cluster::start(&[]).await;
    cluster.at(0).concert("spring", json!({"queue": {"maxActive": 1, "admitCount": null}})).await;
    let mut inside = cluster.at(0).guest("first", "spring").await;
    for instance in 0..3 {
        let waiting = cluster.at(instance + 1).guest(&format!("kim-{instance}"), "spring").await;
        let address = cluster.at(instance).process.address;
        let mut stream = Stream::open(address, "/api/v1/token/events", &waiting.token, "").await;
        assert_eq!(stream.next().await.unwrap().data["queuePosition"], 1, "it opens with the present state");
        cluster.at(instance + 2).leaving(&inside).await.success(200);
        assert_eq!(stream.until("active").await["status"], "ACTIVE");
        inside = waiting;
    }
}
