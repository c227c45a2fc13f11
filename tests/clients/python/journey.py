"""The whole journey with a client that was generated from the description: what one call answers goes into the next one
as it is. Arguments: the server's address, the operator's key."""

import sys
import time
from uuid import uuid4

from jari_client import AuthenticatedClient, Client
from jari_client.api.concerts import list_concerts, list_reservations
from jari_client.api.operator import list_events, read_stats, refund_payment
from jari_client.api.queue import read_queue_place, take_queue_place
from jari_client.api.seats import cancel_seats, list_dates, list_free_seats, pay_seats, read_seat_map, reserve_seats
from jari_client.api.users import create_user
from jari_client.api.wallet import charge_wallet, list_ledger_entries, list_payments, read_balance
from jari_client.models import (
    BestAvailableRequest,
    ChargeRequest,
    EntryKindBody,
    Failure,
    JoinRequest,
    NewUserRequest,
    OneSeatRequest,
    PaymentPaidEvent,
    PlaceStatus,
    Reason,
    RefundRequest,
    ReservationStatusBody,
    ReserveBestAvailableRequest,
    ReserveSeatRequest,
    ReserveSeatsRequest,
    SeatStatusBody,
    SeveralSeatsRequest,
)

POLLS_MAX = 30


def done(answer):
    """What a success holds."""
    assert answer is not None, "the answer is not one of those described"
    assert not isinstance(answer, Failure), answer
    return answer.body


def refused(answer):
    """Why it was refused."""
    assert isinstance(answer, Failure), answer
    return answer.body


def take_place(anyone, address, user, concert):
    """A client of the user's place, once it is ACTIVE."""
    place = done(take_queue_place.sync(client=anyone, body=JoinRequest(user_id=user.user_id, concert_id=concert.concert_id)))
    buyer = AuthenticatedClient(address, place.token)
    for _ in range(POLLS_MAX):
        standing = done(read_queue_place.sync(client=buyer))
        if standing.status == PlaceStatus.ACTIVE:
            assert standing.expires_at is not None
            return buyer
        time.sleep(standing.poll_after)
    raise AssertionError("the place is not admitted")


def buy(anyone, buyer, user, concert):
    """Holds, gives back and pays."""
    date = done(list_dates.sync(client=buyer)).dates[0]
    free = done(list_free_seats.sync(client=buyer, date=date)).available_seats
    seats = done(read_seat_map.sync(client=buyer, date=date)).seats
    assert {seat.seat for seat in seats if seat.status == SeatStatusBody.FREE} == set(free)

    best = BestAvailableRequest(count=2, section=seats[0].section)
    held = done(reserve_seats.sync(client=buyer, body=ReserveBestAvailableRequest(user_id=user.user_id, date=date, best_available=best)))
    assert len(held.seats) == 2
    given_back = SeveralSeatsRequest(user_id=user.user_id, date=held.date, seats=held.seats)
    canceled = done(cancel_seats.sync(client=buyer, body=given_back))
    assert canceled.seats == held.seats

    one = ReserveSeatRequest(user_id=user.user_id, date=date, seat=free[-1])
    held = done(reserve_seats.sync(client=buyer, body=one))
    given_back = OneSeatRequest(user_id=user.user_id, date=held.date, seat=held.seat_number)
    assert done(cancel_seats.sync(client=buyer, body=given_back)).seats == held.seats

    several = ReserveSeatsRequest(user_id=user.user_id, date=date, seats=free[-2:])
    held = done(reserve_seats.sync(client=buyer, body=several))
    unheld = refused(pay_seats.sync(client=buyer, body=OneSeatRequest(user_id=user.user_id, date=date, seat=free[0])))
    assert unheld.reason == Reason.RESERVATION_NOT_FOUND and unheld.seat == free[0], unheld
    short = refused(pay_seats.sync(client=buyer, body=SeveralSeatsRequest(user_id=user.user_id, date=date, seats=held.seats)))
    assert short.reason == Reason.INSUFFICIENT_BALANCE, short
    charged = done(charge_wallet.sync(user.user_id, client=anyone, body=ChargeRequest(amount=short.amount - short.balance)))
    assert charged.new_balance == held.amount

    paid = done(pay_seats.sync(client=buyer, body=SeveralSeatsRequest(user_id=user.user_id, date=held.date, seats=held.seats)))
    assert (paid.amount, paid.balance) == (held.amount, 0)
    after = refused(list_dates.sync(client=buyer))
    assert (after.reason, after.why) == (Reason.TOKEN_EXPIRED, "paid"), after
    return paid


def look_back(anyone, user, concert, paid):
    """Reservations, payments and the ledger tell of the payment."""
    reservations = done(list_reservations.sync(concert.concert_id, client=anyone, user_id=user.user_id)).reservations
    sold = [row for row in reservations if row.status == ReservationStatusBody.PAID]
    assert {row.seat_number for row in sold} == set(paid.seats)
    assert {row.payment_id for row in sold} == {paid.payment_id}
    payments = done(list_payments.sync(user.user_id, client=anyone, limit=1)).payments
    assert [(row.payment_id, row.amount) for row in payments] == [(paid.payment_id, paid.amount)]
    entries = []
    page = done(list_ledger_entries.sync(user.user_id, client=anyone, limit=1))
    entries += page.entries
    while page.next_cursor is not None:
        page = done(list_ledger_entries.sync(user.user_id, client=anyone, limit=1, cursor=page.next_cursor))
        entries += page.entries
    assert [row.kind for row in entries] == [EntryKindBody.PAYMENT, EntryKindBody.CHARGE, EntryKindBody.CHARGE]
    assert sum(row.amount for row in entries) == paid.balance


def operate(anyone, operator, user, concert, paid):
    """The operator's key opens what is the operator's."""
    stranger = refused(read_stats.sync(concert.concert_id, client=AuthenticatedClient(operator._base_url, "x")))
    assert stranger.reason == Reason.TOKEN_INVALID, stranger
    stats = done(read_stats.sync(concert.concert_id, client=operator))
    assert sum(date.sold for date in stats.dates) >= len(paid.seats)
    newest = done(list_events.sync(client=operator)).newest
    part = done(list_events.sync(client=operator, after=max(newest - 50, 0), limit=100))
    payments = [event for event in part.events if isinstance(event, PaymentPaidEvent)]
    assert payments[-1].data.payment_id == paid.payment_id
    refunded = done(refund_payment.sync(paid.payment_id, client=operator, body=RefundRequest(reason="The show moved.")))
    assert refunded.amount == paid.amount
    assert done(read_balance.sync(user.user_id, client=anyone)).balance == refunded.amount
    again = refused(refund_payment.sync(paid.payment_id, client=operator, body=RefundRequest(reason="Once more.")))
    assert again.reason == Reason.ALREADY_REFUNDED, again


def main(address, key):
    anyone, operator = Client(address), AuthenticatedClient(address, key)
    user = done(create_user.sync(client=anyone, body=NewUserRequest(username=f"python-{uuid4()}")))
    first = done(charge_wallet.sync(user.user_id, client=anyone, body=ChargeRequest(amount=1), idempotency_key="first"))
    assert done(charge_wallet.sync(user.user_id, client=anyone, body=ChargeRequest(amount=1), idempotency_key="first")) == first
    concert = done(list_concerts.sync(client=anyone)).concerts[0]
    buyer = take_place(anyone, address, user, concert)
    paid = buy(anyone, buyer, user, concert)
    look_back(anyone, user, concert, paid)
    operate(anyone, operator, user, concert, paid)
    print("the client in Python made the journey")


if __name__ == "__main__":
    main(*sys.argv[1:])
