//! The rules of the house, read off the sources: who may name whom, among folders and within one, what a folder may not
//! know, how large a file, a function and a list of parameters may be, which words are retired, and that what the
//! documents name is there.

#[path = "tidy/chance.rs"]
mod chance;
#[path = "tidy/circles.rs"]
mod circles;
#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/sizes.rs"]
mod sizes;
#[path = "tidy/sources.rs"]
mod sources;
#[path = "tidy/words.rs"]
mod words;
