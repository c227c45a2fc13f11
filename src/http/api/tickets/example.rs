//! The codes of the examples: genuine ones by the public key of the example that tells it, whose private half is 32 bytes
//! of 7.

/// The first code of the ticket of the examples.
pub(crate) const CODE: &str = "JW50-TIMKPJ$1$:3EF5J1ALQD$.HS701003XK3 J98U5BDC44EBO2D9XZ3/PA1QEPDHIUEU+16L0FV96 G:ASHIVDZR-9OXJV9ATSOM6X2G2TAJT4Y3TNE2GMQFRUALDJ4";
/// Its code after it was handed over.
pub(crate) const NEXT_CODE: &str = "JW50-TIMKPJ$1$:3EF5J1ALQD$.HS70200ULE0A6E$U0F2B:LBM5V4CXNO*46KZ84BIT+2$F6GZTLRHMQR0BK 8VLCVL%D+%8*6AG%R35J$Z44PD9DIV4A$NB+ TB5EAL8";
