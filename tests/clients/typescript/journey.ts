// The whole journey with a client that is made of the description's types: what one call answers goes into the next one
// as it is, which the compiler checks. Arguments: the server's address, the operator's key.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";

import type { components, paths } from "./jari.js";

type Schemas = components["schemas"];
type User = Schemas["CreatedUserBody"];
type Concert = Schemas["ConcertSummaryBody"];
type Client = ReturnType<typeof client>;

const POLLS_MAX = 30;

function client(baseUrl: string, token?: string) {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  // The types do not tell how lists are written in a query.
  return createClient<paths>({ baseUrl, headers, querySerializer: { array: { style: "form", explode: false } } });
}

/** What a success holds. */
function done<T>(answer: { data?: { result: "success"; body: T }; error?: unknown }): T {
  assert.ok(answer.data, JSON.stringify(answer.error));
  return answer.data.body;
}

/** Why it was refused. */
function refused(answer: { error?: Schemas["Failure"] | Schemas["Problem"] }): Schemas["FailureBody"] {
  assert.ok(answer.error && "result" in answer.error, "it was not refused");
  return (answer.error as Schemas["Failure"]).body;
}

/** A client of the user's place, once it is ACTIVE. */
async function takePlace(address: string, user: User, concert: Concert): Promise<Client> {
  const { userId } = user;
  const asked = { userId, concertId: concert.concertId };
  const place = done(await client(address).POST("/api/v1/token", { body: asked }));
  const buyer = client(address, place.token);
  for (let polls = 0; polls < POLLS_MAX; polls += 1) {
    const standing = done(await buyer.GET("/api/v1/token"));
    if (standing.status === "ACTIVE") return buyer;
    await sleep(standing.pollAfter * 1000);
  }
  throw new Error("the place is not admitted");
}

/** Holds, gives back and pays. */
async function buy(anyone: Client, buyer: Client, { userId }: User): Promise<Schemas["PaidBody"]> {
  const date = done(await buyer.GET("/api/v1/seats/dates")).dates[0]!;
  const free = done(await buyer.GET("/api/v1/seats/available", { params: { query: { date } } })).availableSeats;
  const { seats } = done(await buyer.GET("/api/v1/seats", { params: { query: { date } } }));
  assert.deepEqual(seats.filter((seat) => seat.status === "free").map((seat) => seat.seat), free);

  const bestAvailable = { count: 2, section: seats[0]!.section };
  const pair = done(await buyer.POST("/api/v1/seats/reserve", { body: { userId, date, bestAvailable } }));
  const canceled = done(
    await buyer.DELETE("/api/v1/seats/cancel", { body: { userId, date: pair.date, seats: pair.seats } }),
  );
  assert.deepEqual(canceled.seats, pair.seats);

  const several = { userId, date, seats: free.slice(-2) };
  const held = done(await buyer.POST("/api/v1/seats/reserve", { body: several }));
  const query = { userId, date: held.date, seats: held.seats };
  assert.deepEqual(done(await buyer.DELETE("/api/v1/seats/cancel", { params: { query } })).seats, held.seats);

  const one = { userId, date, seat: free.at(-1)! };
  const last = done(await buyer.POST("/api/v1/seats/reserve", { body: one }));
  const unheld = refused(await buyer.POST("/api/v1/seats/payment", { body: { userId, date, seat: free[0]! } }));
  assert.equal(unheld.reason satisfies Schemas["Reason"], "RESERVATION_NOT_FOUND");
  assert.equal(unheld.seat, free[0]);
  const payment = { userId, date: last.date, seat: last.seatNumber };
  const short = refused(await buyer.POST("/api/v1/seats/payment", { body: payment }));
  assert.ok(short.reason === "INSUFFICIENT_BALANCE" && short.amount !== undefined && short.balance !== undefined);
  const path = { userId };
  const body = { amount: short.amount - short.balance };
  const charged = done(await anyone.POST("/api/v1/users/{userId}/balance/charge", { params: { path }, body }));
  assert.equal(charged.newBalance, last.amount);

  const paid = done(await buyer.POST("/api/v1/seats/payment", { body: payment }));
  assert.deepEqual([paid.amount, paid.balance], [last.amount, 0]);
  const after = refused(await buyer.GET("/api/v1/seats/dates"));
  assert.deepEqual([after.reason, after.why], ["TOKEN_EXPIRED", "paid"]);
  return paid;
}

/** Reservations, payments and the ledger tell of the payment. */
async function lookBack(anyone: Client, { userId }: User, { concertId }: Concert, paid: Schemas["PaidBody"]) {
  const { reservations } = done(
    await anyone.GET("/api/v1/concerts/{concertId}/reservations", {
      params: { path: { concertId }, query: { userId } },
    }),
  );
  const sold = reservations.filter((row) => row.status === "paid");
  assert.deepEqual(sold.map((row) => [row.seatNumber, row.paymentId]), [[paid.seatNumber, paid.paymentId]]);
  const path = { userId };
  const { payments } = done(await anyone.GET("/api/v1/users/{userId}/payments", { params: { path } }));
  assert.deepEqual(payments.map((row) => [row.paymentId, row.amount]), [[paid.paymentId, paid.amount]]);
  const entries: Schemas["LedgerEntryBody"][] = [];
  let cursor: Schemas["Cursor"] | null | undefined;
  do {
    const query: { limit: number; cursor?: Schemas["Cursor"] } = cursor ? { limit: 1, cursor } : { limit: 1 };
    const page = done(await anyone.GET("/api/v1/users/{userId}/ledger", { params: { path, query } }));
    entries.push(...page.entries);
    cursor = page.nextCursor;
  } while (cursor !== null);
  assert.deepEqual(entries.map((row) => row.kind), ["payment", "charge", "charge"]);
  assert.equal(entries.reduce((sum, row) => sum + row.amount, 0), paid.balance);
}

/** The operator's key opens what is the operator's. */
async function operate(anyone: Client, operator: Client, { userId }: User, concert: Concert, paid: Schemas["PaidBody"]) {
  const { concertId } = concert;
  const stats = "/api/v1/admin/concerts/{concertId}/stats";
  const stranger = refused(await anyone.GET(stats, { params: { path: { concertId } } }));
  assert.equal(stranger.reason, "TOKEN_INVALID");
  const { dates } = done(await operator.GET(stats, { params: { path: { concertId } } }));
  assert.ok(dates.reduce((sold, date) => sold + date.sold, 0) >= paid.seats.length);

  const shown = await operator.GET("/api/v1/admin/concerts/{concertId}", { params: { path: { concertId } } });
  const sent = { title: done(shown).title, dates: done(shown).dates };
  const header = { "If-Match": shown.response.headers.get("etag")! };
  done(await operator.PATCH("/api/v1/admin/concerts/{concertId}", { params: { path: { concertId }, header }, body: sent }));

  const { newest } = done(await operator.GET("/api/v1/admin/events"));
  const query = { after: Math.max(newest - 50, 0), limit: 100 };
  const { events } = done(await operator.GET("/api/v1/admin/events", { params: { query } }));
  const payments = events.flatMap((event) => (event.type === "payment.paid" ? [event.data.paymentId] : []));
  assert.equal(payments.at(-1), paid.paymentId);

  const refund = { params: { path: { paymentId: paid.paymentId } }, body: { reason: "The show moved." } };
  const refunded = done(await operator.POST("/api/v1/payments/{paymentId}/refund", refund));
  const balance = done(await anyone.GET("/api/v1/users/{userId}/balance", { params: { path: { userId } } }));
  assert.deepEqual([refunded.amount, balance.balance], [paid.amount, paid.amount]);
  const again = refused(await operator.POST("/api/v1/payments/{paymentId}/refund", refund));
  assert.equal(again.reason, "ALREADY_REFUNDED");
}

const [address, key] = process.argv.slice(2);
assert.ok(address && key, "the arguments are the server's address and the operator's key");
const anyone = client(address);
const user = done(await anyone.POST("/api/v1/users", { body: { username: `typescript-${randomUUID()}` } }));
const header = { "Idempotency-Key": "first" };
const charge = { params: { path: { userId: user.userId }, header }, body: { amount: 1 } };
const first = done(await anyone.POST("/api/v1/users/{userId}/balance/charge", charge));
assert.deepEqual(done(await anyone.POST("/api/v1/users/{userId}/balance/charge", charge)), first);
const concert = done(await anyone.GET("/api/v1/concerts")).concerts[0]!;
const buyer = await takePlace(address, user, concert);
const paid = await buy(anyone, buyer, user);
await lookBack(anyone, user, concert, paid);
await operate(anyone, client(address, key), user, concert, paid);
console.log("the client in TypeScript made the journey");
