//! A real server whose clocks are set while it runs, while it is stopped, and while the machine is suspended: what is
//! absolute follows the wall clock, what lasts for so long keeps its remaining length.

mod clocks;
mod running;
mod stopped;
mod world;
