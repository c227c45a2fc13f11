//! The QR of a code, as a picture of lines that is sharp in every size.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// What may be lost of a symbol, about a seventh: a code is 41 modules a side with it. With more of it the modules would
/// be smaller, which costs more scans in the dark than dirt and creases do on paper.
const CORRECTION: EcLevel = EcLevel::M;
/// Modules of white around a symbol, as the standard wants them: a page behind it may be dark.
const QUIET_MODULES: usize = 4;
/// Pixels of a module where nobody says how large the picture is to be.
const MODULE_PIXELS: usize = 8;

/// The picture of a code. Coordinates count modules.
pub(super) fn svg(code: &str) -> String {
    let symbol = QrCode::with_error_correction_level(code, CORRECTION).expect("a code is a short text");
    let (width, modules) = (symbol.width(), symbol.to_colors());
    let (side, pixels) = (width + 2 * QUIET_MODULES, (width + 2 * QUIET_MODULES) * MODULE_PIXELS);
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{pixels}" height="{pixels}" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d=""##
    );
    for (y, row) in modules.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, other| one == other) {
            if run[0] == Color::Dark {
                let (left, top, length) = (x + QUIET_MODULES, y + QUIET_MODULES, run.len());
                write!(svg, "M{left} {top}h{length}v1h-{length}z").expect("a text takes everything");
            }
            x += run.len();
        }
    }
    svg.push_str(r#""/></svg>"#);
    svg
}

#[cfg(test)]
mod tests {
    use rqrr::PreparedImage;

    use super::{QUIET_MODULES, svg};
    use crate::domain::{CalendarDate, ConcertNo, TicketId};
    use crate::identity::{TicketCode, TicketCodes, TicketKey};

    /// The modules of a picture, read off its own lines.
    struct Picture {
        side: usize,
        dark: Vec<bool>,
    }

    /// How a camera sees a picture.
    #[derive(Clone, Copy)]
    struct Shot {
        /// Pixels of a side of the frame, of which the picture takes three quarters.
        pixels: usize,
        tilted_degrees: f64,
        /// By how much the upper edge is shorter than the lower one.
        leaning: f64,
        /// Grey of what is black and of what is white.
        greys: (u8, u8),
        /// How far a pixel may be off its grey.
        noise: u8,
    }

    fn code() -> String {
        let date = CalendarDate::new(2030, 12, 24).expect("a date");
        let ticket = TicketCode::new(TicketId(0x0193_a4c9_5b0e_7d1f_9c2a_3e4f_5a6b_7c8d), ConcertNo(7), date, 1);
        TicketCodes::new(&TicketKey::from_bytes([7; 32])).write(ticket)
    }

    fn number(text: &str) -> usize {
        text.parse().expect("a number of the picture")
    }

    fn read(svg: &str) -> Picture {
        let side =
            number(svg.split_once("viewBox=\"0 0 ").and_then(|(_, rest)| rest.split(' ').next()).expect("a box"));
        let mut dark = vec![false; side * side];
        let path = svg.split_once("fill=\"#000\" d=\"").and_then(|(_, rest)| rest.split('"').next()).expect("a path");
        for run in path.split('M').skip(1) {
            let (at, rest) = run.split_once('h').expect("a run goes on");
            let (x, y) = at.split_once(' ').expect("a run begins somewhere");
            let length = number(rest.split_once("v1h-").expect("a run is one module high").0);
            let first = number(y) * side + number(x);
            dark[first..first + length].fill(true);
        }
        Picture { side, dark }
    }

    impl Picture {
        /// How much of a point is black; what lies beyond the picture is a dark page.
        fn is_dark(&self, (u, v): (f64, f64)) -> bool {
            let inside = (0.0..1.0).contains(&u) && (0.0..1.0).contains(&v);
            let module = |share: f64| (share * self.side as f64) as usize;
            !inside || self.dark[module(v) * self.side + module(u)]
        }

        /// What a camera reads.
        fn shot(&self, shot: Shot) -> Vec<String> {
            let mut random = 7_u32;
            let grey = |x, y| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let off = (random >> 16) as i32 % (2 * i32::from(shot.noise) + 1) - i32::from(shot.noise);
                // A pixel gathers the light of its whole square.
                let points = (0..16).map(|at| (x as f64 + (at % 4) as f64 / 4.0, y as f64 + (at / 4) as f64 / 4.0));
                let black = points.filter(|point| self.is_dark(shot.seen(*point))).count() as i32;
                let (black_grey, white_grey) = (i32::from(shot.greys.0), i32::from(shot.greys.1));
                (white_grey + (black_grey - white_grey) * black / 16 + off).clamp(0, 255) as u8
            };
            let mut image = PreparedImage::prepare_from_greyscale(shot.pixels, shot.pixels, grey);
            image.detect_grids().into_iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect()
        }
    }

    impl Shot {
        /// The point of the picture that a point of the frame shows, from 0 to 1 both ways.
        fn seen(self, (x, y): (f64, f64)) -> (f64, f64) {
            let half = self.pixels as f64 / 2.0;
            let (x, y) = ((x - half) / half, (y - half) / half);
            let (sin, cos) = self.tilted_degrees.to_radians().sin_cos();
            let (x, y) = ((x * cos + y * sin) / 1.5, (y * cos - x * sin) / 1.5);
            let depth = 1.0 + y * self.leaning;
            (x / depth + 0.5, y / depth + 0.5)
        }
    }

    #[test]
    fn a_code_has_41_modules_and_white_around_them() {
        let picture = read(&svg(&code()));
        assert_eq!(picture.side, 41 + 2 * QUIET_MODULES);
        let edge = QUIET_MODULES * picture.side;
        assert!(picture.dark[..edge].iter().all(|dark| !dark) && picture.dark[edge + QUIET_MODULES]);
    }

    #[test]
    fn a_camera_reads_it_straight_tilted_leaning_small_and_in_the_dark() {
        let (picture, code) = (read(&svg(&code())), code());
        let straight = Shot { pixels: 600, tilted_degrees: 0.0, leaning: 0.0, greys: (0, 255), noise: 0 };
        for (name, shot) in [
            ("straight", straight),
            ("tilted", Shot { tilted_degrees: 7.0, ..straight }),
            ("on its side", Shot { tilted_degrees: 94.0, ..straight }),
            ("leaning", Shot { leaning: 0.25, tilted_degrees: -4.0, ..straight }),
            ("small", Shot { pixels: 260, tilted_degrees: 3.0, ..straight }),
            ("in the dark", Shot { greys: (12, 60), noise: 6, tilted_degrees: 5.0, ..straight }),
            ("on a bright screen", Shot { greys: (120, 255), noise: 10, leaning: 0.1, ..straight }),
        ] {
            assert_eq!(picture.shot(shot), std::slice::from_ref(&code), "{name}");
        }
    }

    #[test]
    fn a_crease_and_a_stain_are_made_up_for() {
        let (mut picture, code) = (read(&svg(&code())), code());
        for module in 0..picture.side {
            let crease = (QUIET_MODULES + 25) * picture.side + module;
            picture.dark[crease] = false;
        }
        let shot = Shot { pixels: 600, tilted_degrees: 2.0, leaning: 0.0, greys: (20, 230), noise: 8 };
        assert_eq!(picture.shot(shot), [code]);
    }
}
