//! The stages of a connection and its room, and how a word of memory holds them.

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http::server) enum Stage {
    /// The first byte of all, or nothing any more.
    Silent,
    /// The first byte of another request.
    Idle,
    /// The rest of a head.
    Head,
    /// The rest of a body.
    Body,
    /// The server's answer, or the end of a stream.
    Answer,
    /// The last bytes of an answer that is made.
    Delivery,
}

/// The room that a connection has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http::server) enum Room {
    Regular,
    /// Beyond the cap.
    Spare,
    /// None any more: it was told to leave.
    Leaving,
}

/// Whether some of an answer waits for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http::server) enum Waits {
    Nothing,
    Something,
}

impl Stage {
    pub(super) fn to_bits(self) -> u64 {
        match self {
            Self::Silent => 0,
            Self::Idle => 1,
            Self::Head => 2,
            Self::Body => 3,
            Self::Answer => 4,
            Self::Delivery => 5,
        }
    }

    pub(super) fn from_bits(bits: u64) -> Self {
        match bits {
            0 => Self::Silent,
            1 => Self::Idle,
            2 => Self::Head,
            3 => Self::Body,
            4 => Self::Answer,
            _ => Self::Delivery,
        }
    }
}

impl Room {
    pub(super) fn to_byte(self) -> u8 {
        match self {
            Self::Regular => 0,
            Self::Spare => 1,
            Self::Leaving => 2,
        }
    }

    pub(super) fn from_byte(byte: u8) -> Self {
        match byte {
            0 => Self::Regular,
            1 => Self::Spare,
            _ => Self::Leaving,
        }
    }
}
