//! jari (자리, "seat"): one executable that sells concert seats. See docs/ARCHITECTURE.md for the shape.

pub mod domain;
