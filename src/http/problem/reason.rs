//! The one table of reasons: the word for programs, the status, the text for people and an example of each. A new reason
//! is one line here; whoever refuses with it names it, and so does the description of its endpoint.

use axum::http::StatusCode;
use serde::{Serialize, Serializer};

/// Makes the reasons of the table's lines.
macro_rules! reasons {
    ($($reason:ident $status:ident $word:literal $text:literal $(as in $example:expr)?;)*) => {
        /// Why a request was refused or failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Reason {
            $($reason,)*
        }

        impl Reason {
            /// Every reason, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$reason),*];

            /// The word for programs, which never changes.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$reason => $word,)*
                }
            }

            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$reason => StatusCode::$status,)*
                }
            }

            /// What people are told, unless more is known.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$reason => $text,)*
                }
            }
        }
    };
}

/// Hands the table to the macro `$make`. A line gives the variant, the status, the word, the text, and, where a problem
/// with this reason says more than that, an example.
macro_rules! table {
    ($make:ident) => {
        $make! {
            Overloaded SERVICE_UNAVAILABLE "OVERLOADED" "The server is overloaded; try again."
                as in Problem::overloaded();
            NoLeader SERVICE_UNAVAILABLE "NO_LEADER"
                "No instance leads the box office at the moment, and nothing was done; try again."
                as in Problem::no_leader(Fate::Undone);
            CatchingUp SERVICE_UNAVAILABLE "CATCHING_UP"
                "This instance does not have all that the others have yet; ask another one."
                as in Problem::catching_up(20_000);
            Stopping SERVICE_UNAVAILABLE "STOPPING" "The server is stopping; try again." as in Problem::stopping();
            DiskFull SERVICE_UNAVAILABLE "DISK_FULL"
                "The disk of the data folder is almost full; the operator has to free some space."
                as in Problem::disk_full();
            NotFound NOT_FOUND "NOT_FOUND" "There is nothing at this path.";
            MethodNotAllowed METHOD_NOT_ALLOWED "METHOD_NOT_ALLOWED"
                "The path does not have this method; `Allow` lists those that it has.";
            HeadersTooLarge REQUEST_HEADER_FIELDS_TOO_LARGE "HEADERS_TOO_LARGE" "The header of the request is too long."
                as in Problem::unreadable(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
            UriTooLong URI_TOO_LONG "URI_TOO_LONG" "The path of the request is too long."
                as in Problem::unreadable(StatusCode::URI_TOO_LONG);
            BodyTooLarge PAYLOAD_TOO_LARGE "BODY_TOO_LARGE" "The body is too long."
                as in Problem::body_too_large(BODY_BYTES_MAX);
            RequestTimeout REQUEST_TIMEOUT "REQUEST_TIMEOUT" "The request took too long."
                as in Problem::request_timeout(10);
            Misdirected MISDIRECTED_REQUEST "MISDIRECTED" "This server is not the one that the request names.";
            CrossSite FORBIDDEN "CROSS_SITE"
                "A page of another origin may not change anything here: its origin is neither this server's, nor that of \
                 the setting `server.public_url`, nor one of `server.allowed_origins`.";
            TokenInvalid UNAUTHORIZED "TOKEN_INVALID" "The token is missing or not valid here.";
            NotAllowed FORBIDDEN "NOT_ALLOWED" "The role of the key does not allow this."
                as in Problem::not_allowed(Right::Sell);
            RateLimited TOO_MANY_REQUESTS "RATE_LIMITED"
                "Too many requests of this kind were sent, and nothing was done; come again when `Retry-After` says."
                as in Problem::rate_limited(6);
            IdempotencyKeyReused UNPROCESSABLE_ENTITY "IDEMPOTENCY_KEY_REUSED"
                "The idempotency key was used for another request.";
            UnsupportedMediaType UNSUPPORTED_MEDIA_TYPE "UNSUPPORTED_MEDIA_TYPE"
                "The body must be JSON with `Content-Type: application/json`.";
            InvalidRequest BAD_REQUEST "INVALID_REQUEST" "The request is not valid HTTP/1.1."
                as in Problem::invalid("userId", "a UUID of 36 characters");
            ConcertRequired BAD_REQUEST "CONCERT_REQUIRED"
                "Name the concert in `concertId`: it can be left out only while exactly one concert is on sale."
                as in Problem::concert_required();
            RunsAlone NOT_FOUND "RUNS_ALONE" "This server runs alone: it is no member of a cluster.";
            TokenExpired UNAUTHORIZED "TOKEN_EXPIRED" "The queue place has ended."
                as in Problem::token_expired(EndReason::TimedOut);
            QueueWaiting FORBIDDEN "QUEUE_WAITING" "The queue place is still waiting." as in Problem::queue_waiting(12);
            WrongConcert FORBIDDEN "WRONG_CONCERT" "The token belongs to another concert.";
            NotYours FORBIDDEN "NOT_YOURS" "The token belongs to another user.";
            UserBlocked FORBIDDEN "USER_BLOCKED" "User is blocked.";
            UserNotFound NOT_FOUND "USER_NOT_FOUND" "User not found.";
            ConcertNotFound NOT_FOUND "CONCERT_NOT_FOUND" "Concert not found.";
            DateNotFound NOT_FOUND "DATE_NOT_FOUND" "Date not found.";
            SeatNotFound NOT_FOUND "SEAT_NOT_FOUND" "Seat not found." as in Rejection::SeatNotFound { seat: 51 };
            PaymentNotFound NOT_FOUND "PAYMENT_NOT_FOUND" "Payment not found.";
            DateCalledOff CONFLICT "DATE_CALLED_OFF" "The date is called off."
                as in Rejection::CalledOff { reason: "The artist is ill.".to_owned() };
            NotOnSale FORBIDDEN "NOT_ON_SALE" "The concert is not on sale.";
            NoSeatsAvailable NOT_FOUND "NO_SEATS_AVAILABLE" "No seats available for the selected date.";
            NoReservations NOT_FOUND "NO_RESERVATIONS" "No reservations found for this concert.";
            SeatTaken CONFLICT "SEAT_TAKEN" "Seat is already reserved."
                as in Problem::from(Rejection::SeatTaken { seat: 5 }).of_seat(words());
            AlreadyPaid CONFLICT "ALREADY_PAID" "Seat is already paid."
                as in Problem::from(Rejection::AlreadyPaid { seat: 5 }).of_seat(words());
            SeatLimit CONFLICT "SEAT_LIMIT" "Too many seats of this concert for one user."
                as in Rejection::SeatLimit { limit: 4 };
            NoAdjacentSeats CONFLICT "NO_ADJACENT_SEATS" "Not enough adjacent seats are left.";
            HoldExpired CONFLICT "HOLD_EXPIRED" "The hold has lapsed."
                as in Problem::from(Rejection::HoldExpired { seat: 5 }).of_seat(words());
            ReservationNotFound NOT_FOUND "RESERVATION_NOT_FOUND" "Reservation not found."
                as in Problem::from(Rejection::ReservationNotFound { seat: 5 }).of_seat(words());
            InsufficientBalance BAD_REQUEST "INSUFFICIENT_BALANCE" "Insufficient balance."
                as in Rejection::InsufficientBalance { balance: 4_000, amount: 5_000 };
            InvalidAmount BAD_REQUEST "INVALID_AMOUNT" "Invalid charge amount."
                as in Rejection::InvalidAmount { most: 10_000_000 };
            BalanceLimit BAD_REQUEST "BALANCE_LIMIT" "The wallet cannot hold so much."
                as in Rejection::BalanceLimit { most: 4_000 };
            UsernameTaken CONFLICT "USERNAME_TAKEN" "The username is taken.";
            ConcertExists CONFLICT "CONCERT_EXISTS" "The concert id is in use.";
            PreconditionFailed PRECONDITION_FAILED "PRECONDITION_FAILED"
                "It was changed since it was read: read it again, and repeat the change with its new `ETag`.";
            ConcertInUse CONFLICT "CONCERT_IN_USE" "The concert is being changed by others; try again."
                as in Problem::from(Rejection::SeatsInUse { seats: vec![seat_in_use(5)] })
                    .of_seats([(seat_in_use(5), words())].into_iter());
            AlreadyRefunded CONFLICT "ALREADY_REFUNDED" "The payment is already refunded.";
            WalletNotEmpty CONFLICT "WALLET_NOT_EMPTY" "The wallet is not empty.";
            SeatNotBlocked CONFLICT "SEAT_NOT_BLOCKED" "Seat is not blocked."
                as in Problem::from(Rejection::SeatNotBlocked { seat: 5 }).of_seat(words());
            KeyNotFound NOT_FOUND "KEY_NOT_FOUND" "There is no such key.";
            KeysFull CONFLICT "KEYS_FULL" "There are as many keys as there may be; remove one first."
                as in Problem::from(Rejection::KeysFull);
            CursorGone GONE "CURSOR_GONE"
                "The feed does not go on from this event: it lies before the oldest or beyond the newest one."
                as in Problem::cursor_gone(101, 250);
            TicketNotFound NOT_FOUND "TICKET_NOT_FOUND" "Ticket not found.";
            CodeForged BAD_REQUEST "CODE_FORGED" "The code is no genuine code of a ticket that this server sold.";
            TicketVoid CONFLICT "TICKET_VOID" "The ticket is void."
                as in Rejection::TicketVoid { reason: "The artist is ill.".to_owned() };
            AlreadyUsed CONFLICT "ALREADY_USED" "The ticket is used already."
                as in Rejection::AlreadyUsed(entry_of_north());
            WrongDate CONFLICT "WRONG_DATE" "The ticket is for another date."
                as in Rejection::WrongDate { date: seat_in_use(5).date };
            ScanUndone CONFLICT "SCAN_UNDONE" "The entry was taken back after this scan.";
            TicketNotUsed CONFLICT "TICKET_NOT_USED" "The ticket is not used.";
            TransfersForbidden FORBIDDEN "TRANSFERS_FORBIDDEN" "Tickets of the concert may not be handed over.";
            TransferNotFound NOT_FOUND "TRANSFER_NOT_FOUND" "The ticket is not offered by this code.";
            MemberNotFound NOT_FOUND "MEMBER_NOT_FOUND" "The cluster has no such member.";
            MemberExists CONFLICT "MEMBER_EXISTS"
                "The id is in use, or was: take the instance in under an id that was never used.";
            MemberUnreachable CONFLICT "MEMBER_UNREACHABLE"
                "The instance does not answer at this address: start it first, with the same cluster key.";
            NoMajority CONFLICT "NO_MAJORITY"
                "Of the voters that would be left no majority is reached, so that nothing could be sold; `force=true` \
                 removes it all the same.";
            TransferExpired CONFLICT "TRANSFER_EXPIRED" "The offer has lapsed.";
            Internal INTERNAL_SERVER_ERROR "INTERNAL" "The server failed to answer; its log says why.";
        }
    };
}

pub(super) use table;

table!(reasons);

impl Reason {
    /// The reason that `word` stands for.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.word() == word)
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}
