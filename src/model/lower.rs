//! Unicode lower case, as `str::to_lowercase` makes it.
//!
//! Names are folded by it, so two that a store takes for one must not depend on the compiler a module was built with: the
//! tables are pinned to one version of Unicode. The library's are also a tenth of the module a page loads; written as
//! runs they take a tenth of that.

/// The version of Unicode the tables are of.
#[cfg(test)]
const UNICODE: (u8, u8, u8) = (17, 0, 0);

/// Runs of characters with a lower case beyond ASCII, three numbers each: how many are left out before it, twice the
/// length and whether every other character is meant, and the distance to the lower case, twice and odd where it is
/// negative. A number has seven bits a byte, the lowest first; the highest bit says that more follow.
const LOWER: &[u8] = &[
    64, 46, 64, 1, 14, 64, 33, 95, 2, 3, 11, 2, 2, 31, 2, 2, 91, 2, 1, 2, 243, 1, 0, 11, 2, 3, 2, 164, 3, 0,
    7, 2, 1, 2, 156, 3, 0, 2, 2, 1, 4, 154, 3, 0, 2, 2, 2, 2, 158, 1, 0, 2, 148, 3, 0, 2, 150, 3, 0, 2, 2, 1,
    2, 154, 3, 0, 2, 158, 3, 1, 2, 166, 3, 0, 2, 162, 3, 0, 2, 2, 3, 2, 166, 3, 0, 2, 170, 3, 1, 2, 172, 3,
    0, 11, 2, 1, 2, 180, 3, 0, 2, 2, 1, 2, 180, 3, 2, 2, 2, 1, 2, 180, 3, 0, 2, 2, 1, 4, 178, 3, 0, 7, 2, 1,
    2, 182, 3, 0, 2, 2, 3, 2, 2, 7, 2, 4, 0, 2, 2, 1, 2, 4, 0, 2, 2, 1, 2, 4, 0, 35, 2, 2, 35, 2, 2, 2, 4, 0,
    7, 2, 1, 2, 195, 1, 0, 2, 113, 0, 79, 2, 1, 2, 133, 2, 1, 35, 2, 7, 2, 214, 168, 1, 0, 2, 2, 1, 2, 199,
    2, 0, 2, 208, 168, 1, 2, 2, 2, 1, 2, 135, 3, 0, 2, 138, 1, 0, 2, 142, 1, 0, 19, 2, 161, 2, 7, 2, 3, 2, 2,
    8, 2, 232, 1, 6, 2, 76, 1, 6, 74, 1, 2, 128, 1, 1, 4, 126, 1, 34, 64, 1, 18, 64, 35, 2, 16, 8, 47, 2, 5,
    2, 121, 2, 2, 2, 1, 2, 15, 0, 2, 2, 2, 6, 133, 2, 0, 32, 160, 1, 0, 64, 64, 48, 67, 2, 9, 107, 2, 1, 2,
    30, 0, 27, 2, 2, 191, 1, 2, 2, 76, 96, 201, 22, 76, 192, 113, 1, 2, 192, 113, 5, 2, 192, 113, 210, 5,
    160, 1, 160, 223, 4, 0, 12, 16, 147, 17, 2, 2, 6, 86, 129, 47, 2, 6, 129, 47, 192, 2, 171, 2, 2, 9, 2,
    255, 118, 1, 191, 1, 2, 9, 16, 17, 8, 12, 17, 10, 16, 17, 8, 16, 17, 8, 12, 17, 11, 15, 17, 8, 16, 17,
    24, 16, 17, 8, 16, 17, 8, 16, 17, 8, 4, 17, 0, 4, 149, 1, 0, 2, 19, 11, 8, 173, 1, 0, 2, 19, 11, 4, 17,
    0, 4, 201, 1, 12, 4, 17, 0, 4, 225, 1, 0, 2, 15, 11, 4, 129, 2, 0, 4, 253, 1, 0, 2, 19, 169, 2, 2, 187,
    117, 3, 2, 255, 130, 1, 0, 2, 141, 129, 1, 6, 2, 56, 45, 32, 32, 19, 2, 2, 178, 6, 52, 52, 176, 14, 96,
    96, 48, 2, 2, 1, 2, 239, 167, 1, 0, 2, 205, 59, 0, 2, 207, 167, 1, 2, 11, 2, 1, 2, 185, 168, 1, 0, 2,
    251, 167, 1, 0, 2, 191, 168, 1, 0, 2, 189, 168, 1, 1, 2, 2, 2, 2, 2, 8, 4, 255, 168, 1, 0, 199, 1, 2, 8,
    7, 2, 4, 2, 2, 205, 242, 1, 91, 2, 19, 55, 2, 135, 1, 27, 2, 3, 123, 2, 10, 7, 2, 1, 2, 137, 168, 4, 0,
    19, 2, 4, 2, 2, 1, 2, 209, 148, 5, 2, 7, 2, 3, 39, 2, 1, 2, 137, 149, 5, 0, 2, 159, 149, 5, 0, 2, 151,
    149, 5, 0, 2, 131, 149, 5, 0, 2, 137, 149, 5, 1, 2, 165, 148, 5, 0, 2, 213, 148, 5, 0, 2, 171, 148, 5, 0,
    2, 192, 14, 0, 31, 2, 1, 2, 97, 0, 2, 135, 149, 5, 0, 2, 241, 168, 4, 0, 7, 2, 1, 2, 207, 149, 5, 0, 31,
    2, 1, 2, 131, 153, 5, 24, 2, 2, 171, 174, 1, 52, 64, 197, 9, 80, 80, 136, 1, 72, 80, 156, 1, 22, 78, 1,
    30, 78, 1, 14, 78, 1, 4, 78, 234, 13, 102, 128, 1, 157, 1, 44, 64, 186, 22, 64, 64, 128, 171, 1, 64, 64,
    64, 50, 54, 199, 244, 1, 68, 68,
];

/// What final sigma looks at, as runs, three numbers each: characters that are neither, characters to look past
/// (case-ignorable), and cased ones.
const CONTEXT: &[u8] = &[
    39, 1, 0, 6, 1, 0, 11, 1, 0, 6, 0, 26, 3, 1, 0, 1, 1, 26, 45, 1, 0, 1, 0, 1, 2, 1, 0, 1, 1, 0, 4, 1, 1,
    1, 2, 0, 1, 0, 1, 5, 0, 23, 1, 0, 31, 1, 0, 195, 1, 1, 0, 4, 4, 0, 208, 1, 2, 0, 26, 0, 192, 1, 4, 0, 2,
    2, 2, 1, 3, 1, 0, 1, 4, 2, 1, 0, 1, 3, 1, 0, 1, 1, 0, 20, 1, 0, 83, 1, 0, 139, 1, 1, 7, 166, 1, 1, 0, 38,
    2, 1, 0, 5, 1, 41, 8, 45, 0, 1, 1, 0, 1, 2, 0, 1, 2, 0, 1, 1, 0, 44, 1, 0, 11, 6, 0, 10, 11, 0, 1, 1, 0,
    35, 1, 0, 10, 21, 0, 16, 1, 0, 101, 8, 0, 1, 10, 0, 1, 4, 0, 33, 1, 0, 1, 1, 0, 30, 27, 0, 91, 11, 0, 58,
    11, 0, 4, 1, 0, 2, 1, 0, 24, 24, 0, 43, 3, 0, 44, 1, 0, 7, 2, 0, 5, 9, 0, 41, 58, 0, 55, 1, 0, 1, 1, 0,
    4, 8, 0, 4, 1, 0, 3, 7, 0, 10, 2, 0, 13, 1, 0, 15, 1, 0, 58, 1, 0, 4, 4, 0, 8, 1, 0, 20, 2, 0, 26, 1, 0,
    2, 2, 0, 57, 1, 0, 4, 2, 0, 4, 2, 0, 2, 3, 0, 3, 1, 0, 30, 2, 0, 3, 1, 0, 11, 2, 0, 57, 1, 0, 4, 5, 0, 1,
    2, 0, 4, 1, 0, 20, 2, 0, 22, 6, 0, 1, 1, 0, 58, 1, 0, 2, 1, 0, 1, 4, 0, 8, 1, 0, 7, 2, 0, 11, 2, 0, 30,
    1, 0, 61, 1, 0, 12, 1, 0, 50, 1, 0, 3, 1, 0, 55, 1, 0, 1, 3, 0, 5, 3, 0, 1, 4, 0, 7, 2, 0, 11, 2, 0, 29,
    1, 0, 58, 1, 0, 2, 1, 0, 6, 1, 0, 5, 2, 0, 20, 2, 0, 28, 2, 0, 57, 2, 0, 4, 4, 0, 8, 1, 0, 20, 2, 0, 29,
    1, 0, 72, 1, 0, 7, 3, 0, 1, 1, 0, 90, 1, 0, 2, 7, 0, 11, 9, 0, 98, 1, 0, 2, 9, 0, 9, 1, 0, 1, 7, 0, 73,
    2, 0, 27, 1, 0, 1, 1, 0, 1, 1, 0, 55, 14, 0, 1, 5, 0, 1, 2, 0, 5, 11, 0, 1, 36, 0, 9, 1, 0, 102, 4, 0, 1,
    6, 0, 1, 2, 0, 2, 2, 0, 25, 2, 0, 4, 3, 0, 16, 4, 0, 13, 1, 0, 2, 2, 0, 6, 1, 0, 15, 1, 0, 2, 0, 38, 1,
    0, 1, 5, 0, 1, 2, 0, 43, 1, 1, 3, 221, 4, 3, 0, 64, 0, 86, 2, 0, 6, 148, 6, 3, 0, 29, 2, 0, 30, 2, 0, 30,
    2, 0, 64, 2, 0, 1, 7, 0, 8, 1, 0, 2, 11, 0, 3, 1, 0, 5, 1, 0, 45, 5, 0, 51, 1, 0, 65, 2, 0, 34, 1, 0,
    118, 3, 0, 4, 2, 0, 9, 1, 0, 6, 3, 0, 219, 1, 2, 0, 2, 1, 0, 58, 1, 0, 1, 7, 0, 1, 1, 0, 1, 1, 0, 2, 8,
    0, 6, 10, 0, 2, 1, 0, 39, 1, 0, 8, 46, 0, 2, 12, 0, 20, 4, 0, 48, 1, 0, 1, 5, 0, 1, 1, 0, 5, 1, 0, 40, 9,
    0, 12, 2, 0, 32, 4, 0, 2, 2, 0, 1, 3, 0, 56, 1, 0, 1, 2, 0, 3, 1, 0, 1, 3, 0, 58, 8, 0, 2, 2, 0, 64, 6,
    0, 2, 0, 11, 5, 0, 43, 2, 0, 3, 16, 3, 0, 1, 13, 0, 1, 7, 0, 4, 1, 0, 6, 1, 0, 3, 2, 0, 6, 0, 44, 0, 63,
    13, 0, 1, 34, 0, 101, 150, 2, 2, 0, 6, 2, 0, 38, 2, 0, 6, 2, 0, 8, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 31,
    2, 0, 53, 1, 0, 7, 0, 1, 1, 0, 3, 3, 1, 0, 7, 0, 3, 4, 2, 0, 6, 1, 3, 13, 0, 3, 0, 2, 0, 3, 1, 0, 7, 0,
    2, 0, 12, 5, 0, 8, 2, 0, 10, 1, 0, 2, 1, 0, 2, 5, 0, 49, 5, 0, 1, 10, 0, 1, 1, 0, 13, 1, 0, 16, 13, 0,
    51, 33, 0, 17, 0, 1, 4, 0, 1, 2, 0, 10, 1, 0, 1, 3, 0, 5, 6, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 4, 1, 0, 6, 4,
    0, 1, 2, 0, 4, 5, 0, 5, 4, 0, 1, 17, 0, 32, 3, 0, 2, 177, 6, 0, 52, 150, 14, 0, 124, 0, 2, 103, 6, 0, 4,
    0, 3, 2, 12, 0, 38, 1, 0, 1, 5, 0, 1, 65, 1, 0, 15, 1, 0, 96, 32, 0, 47, 1, 0, 213, 3, 1, 0, 36, 4, 0, 3,
    5, 0, 5, 1, 0, 93, 6, 0, 93, 3, 0, 150, 222, 1, 1, 0, 226, 9, 6, 0, 142, 2, 1, 0, 51, 0, 46, 1, 4, 0, 1,
    10, 0, 1, 1, 28, 0, 4, 0, 80, 2, 0, 14, 34, 78, 0, 1, 23, 0, 3, 4, 1, 0, 77, 20, 4, 2, 1, 2, 1, 7, 1, 0,
    3, 1, 0, 4, 1, 0, 25, 2, 0, 5, 1, 0, 151, 1, 2, 0, 26, 18, 0, 13, 1, 0, 38, 8, 0, 25, 11, 0, 46, 3, 0,
    48, 1, 0, 2, 4, 0, 2, 2, 0, 17, 1, 0, 21, 2, 0, 66, 6, 0, 2, 2, 0, 2, 2, 0, 12, 1, 0, 8, 1, 0, 35, 1, 0,
    11, 1, 0, 51, 1, 0, 1, 3, 0, 2, 2, 0, 5, 2, 0, 1, 1, 0, 27, 1, 0, 14, 2, 0, 5, 2, 0, 1, 1, 0, 57, 0, 43,
    0, 5, 9, 0, 3, 0, 4, 0, 80, 37, 1, 0, 2, 1, 0, 4, 1, 0, 146, 158, 1, 0, 7, 12, 0, 5, 6, 1, 0, 147, 1, 17,
    0, 189, 4, 16, 0, 3, 1, 0, 12, 16, 0, 34, 1, 0, 2, 1, 0, 169, 1, 1, 0, 7, 1, 0, 6, 1, 0, 11, 1, 0, 6, 0,
    26, 3, 1, 0, 1, 1, 26, 21, 1, 0, 45, 2, 0, 67, 1, 0, 21, 3, 0, 129, 4, 1, 0, 226, 1, 1, 0, 149, 1, 5, 0,
    133, 1, 0, 80, 96, 0, 36, 4, 0, 36, 116, 0, 11, 1, 0, 15, 1, 0, 7, 1, 0, 2, 1, 0, 11, 1, 0, 15, 1, 0, 7,
    1, 0, 2, 195, 3, 6, 0, 1, 42, 0, 1, 9, 0, 198, 4, 3, 0, 1, 2, 0, 5, 4, 0, 40, 3, 0, 4, 1, 0, 165, 1, 2,
    0, 153, 3, 0, 51, 13, 0, 51, 49, 4, 0, 38, 1, 0, 1, 0, 22, 3, 5, 0, 1, 1, 22, 165, 2, 2, 0, 24, 1, 0, 52,
    6, 0, 70, 11, 0, 49, 4, 0, 123, 1, 0, 54, 15, 0, 41, 1, 0, 2, 2, 0, 10, 3, 0, 49, 4, 0, 2, 2, 0, 2, 1, 0,
    4, 1, 0, 10, 1, 0, 50, 3, 0, 36, 5, 0, 1, 8, 0, 62, 1, 0, 12, 2, 0, 52, 9, 0, 10, 4, 0, 2, 1, 0, 95, 3,
    0, 2, 1, 0, 1, 2, 0, 6, 1, 0, 2, 1, 0, 157, 1, 1, 0, 3, 8, 0, 21, 2, 0, 57, 2, 0, 3, 1, 0, 37, 7, 0, 3,
    5, 0, 70, 6, 0, 13, 1, 0, 1, 1, 0, 1, 1, 0, 14, 2, 0, 85, 8, 0, 2, 3, 0, 1, 1, 0, 23, 1, 0, 84, 6, 0, 1,
    1, 0, 4, 2, 0, 1, 2, 0, 238, 1, 4, 0, 6, 2, 0, 1, 2, 0, 27, 2, 0, 85, 8, 0, 2, 1, 0, 1, 2, 0, 106, 1, 0,
    1, 1, 0, 2, 6, 0, 1, 1, 0, 101, 1, 0, 1, 1, 0, 2, 4, 0, 1, 5, 0, 131, 2, 9, 0, 1, 2, 0, 101, 0, 64, 91,
    2, 0, 1, 1, 0, 4, 1, 0, 144, 1, 4, 0, 2, 2, 0, 4, 1, 0, 32, 10, 0, 40, 6, 0, 2, 4, 0, 8, 1, 0, 9, 6, 0,
    2, 3, 0, 46, 13, 0, 1, 2, 0, 198, 1, 1, 0, 1, 3, 0, 1, 1, 0, 201, 1, 7, 0, 1, 6, 0, 1, 1, 0, 82, 22, 0,
    2, 7, 0, 1, 2, 0, 1, 2, 0, 122, 6, 0, 3, 1, 0, 1, 2, 0, 1, 7, 0, 1, 1, 0, 72, 2, 0, 3, 1, 0, 1, 1, 0, 65,
    1, 0, 153, 2, 2, 0, 11, 2, 0, 52, 5, 0, 5, 1, 0, 1, 1, 0, 23, 1, 0, 213, 41, 17, 0, 6, 15, 0, 200, 89,
    12, 0, 3, 3, 0, 192, 19, 5, 0, 59, 7, 0, 9, 4, 0, 252, 3, 3, 0, 40, 2, 0, 211, 1, 0, 64, 32, 0, 25, 2, 0,
    25, 123, 1, 0, 63, 17, 0, 64, 2, 0, 1, 2, 0, 13, 2, 0, 252, 127, 4, 0, 1, 7, 0, 1, 2, 0, 158, 25, 2, 0,
    1, 4, 0, 220, 36, 46, 0, 2, 23, 0, 160, 4, 3, 0, 9, 16, 0, 2, 7, 0, 30, 4, 0, 148, 1, 3, 0, 187, 3, 0,
    85, 1, 0, 71, 1, 0, 2, 2, 0, 1, 2, 0, 2, 2, 0, 4, 1, 0, 12, 1, 0, 1, 1, 0, 7, 1, 0, 65, 1, 0, 4, 2, 0, 8,
    1, 0, 7, 1, 0, 28, 1, 0, 4, 1, 0, 5, 1, 0, 1, 3, 0, 7, 1, 0, 212, 2, 2, 0, 25, 1, 0, 25, 1, 0, 31, 1, 0,
    25, 1, 0, 31, 1, 0, 25, 1, 0, 31, 1, 0, 25, 1, 0, 31, 1, 0, 25, 1, 0, 8, 180, 4, 55, 0, 4, 50, 0, 8, 1,
    0, 14, 1, 0, 22, 5, 0, 1, 15, 0, 208, 8, 0, 10, 1, 0, 20, 6, 0, 6, 213, 1, 7, 0, 1, 17, 0, 2, 7, 0, 1, 2,
    0, 1, 5, 0, 5, 62, 0, 33, 1, 0, 160, 1, 14, 0, 240, 2, 1, 0, 61, 4, 0, 251, 3, 5, 0, 254, 1, 2, 0, 243,
    1, 1, 0, 2, 1, 0, 7, 2, 0, 5, 1, 0, 9, 1, 0, 208, 3, 7, 0, 41, 0, 68, 0, 8, 0, 228, 15, 0, 26, 6, 0, 26,
    6, 0, 26, 241, 4, 5, 0, 129, 152, 48, 1, 0, 30, 96, 0, 128, 1, 240, 1, 0,
];

const SIGMA: char = '\u{3a3}';

/// A text in lower case.
pub fn lower(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            // The one character whose lower case is two.
            '\u{130}' => out.push_str("i\u{307}"),
            SIGMA => out.push(if ends_word(text, at) { '\u{3c2}' } else { '\u{3c3}' }),
            _ => out.push(lower_char(c)),
        }
    }
    out
}

/// Is the sigma here the last letter of a word?
fn ends_word(text: &str, at: usize) -> bool {
    let cased = |c: Option<Context>| c == Some(Context::Cased);
    let (before, after) = (text.get(..at), text.get(at + SIGMA.len_utf8()..));
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let telling = |c: &Context| *c != Context::Ignorable;
    cased(before.chars().rev().map(context).find(telling)) && !cased(after.chars().map(context).find(telling))
}

fn lower_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let code = u32::from(c);
    let mut numbers = Numbers(LOWER.iter());
    let mut start = 0x80;
    while let (Some(gap), Some(length), Some(distance)) = (numbers.next(), numbers.next(), numbers.next()) {
        start += gap;
        let Some(offset) = code.checked_sub(start) else { break };
        if offset < length / 2 {
            let every_other = length % 2;
            let lower = if distance % 2 == 1 { code - distance / 2 } else { code + distance / 2 };
            return if offset & every_other == 0 { char::from_u32(lower).unwrap_or(c) } else { c };
        }
        start += length / 2;
    }
    c
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Neither,
    Ignorable,
    Cased,
}

fn context(c: char) -> Context {
    let mut left = u32::from(c);
    let kinds = [Context::Neither, Context::Ignorable, Context::Cased].into_iter().cycle();
    for (length, kind) in Numbers(CONTEXT.iter()).zip(kinds) {
        let Some(behind) = left.checked_sub(length) else { return kind };
        left = behind;
    }
    Context::Neither
}

/// The numbers of a table.
struct Numbers(core::slice::Iter<'static, u8>);

impl Iterator for Numbers {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let mut number = 0;
        let mut shift = 0;
        loop {
            let byte = *self.0.next()?;
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
            shift += 7;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn write(out: &mut Vec<u8>, mut number: u32) {
        while number >= 0x80 {
            out.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        out.push(number as u8);
    }

    /// How far off its lower case is, for those where that is one other character.
    fn distance(code: u32) -> Option<i64> {
        let mut lower = char::from_u32(code)?.to_lowercase();
        let (first, None) = (lower.next()?, lower.next()) else { return None };
        Some(i64::from(u32::from(first)) - i64::from(code)).filter(|distance| *distance != 0)
    }

    fn lower_table() -> Vec<u8> {
        let mut out = Vec::new();
        let (mut end, mut code) = (0x80, 0x80);
        while code <= 0x10_ffff {
            let Some(away) = distance(code) else {
                code += 1;
                continue;
            };
            let step = if distance(code + 1).is_none() && distance(code + 2) == Some(away) { 2 } else { 1 };
            let start = code;
            while distance(code + step) == Some(away) && (step == 1 || distance(code + 1).is_none()) {
                code += step;
            }
            code += 1;
            write(&mut out, start - end);
            write(&mut out, (code - start) * 2 + (step - 1));
            write(&mut out, away.unsigned_abs() as u32 * 2 + u32::from(away < 0));
            end = code;
        }
        out
    }

    /// The library keeps it to itself, but shows it by what becomes of a sigma.
    fn context_of(c: char) -> usize {
        let ends = |text: String| text.to_lowercase().ends_with('\u{3c2}');
        match (ends(format!("{c}Σ")), ends(format!("A{c}Σ"))) {
            (true, _) => 2,
            (false, true) => 1,
            (false, false) => 0,
        }
    }

    fn context_table() -> Vec<u8> {
        let mut out = Vec::new();
        let (mut kind, mut length) = (0, 0);
        for code in 0..=0x10_ffff {
            let now = char::from_u32(code).map_or(0, context_of);
            while now != kind {
                write(&mut out, length);
                (kind, length) = ((kind + 1) % 3, 0);
            }
            length += 1;
        }
        out
    }

    #[test]
    fn the_tables_are_those_of_the_library() {
        if (UNICODE.0, UNICODE.1, UNICODE.2) != char::UNICODE_VERSION {
            return;
        }
        assert_eq!(LOWER, lower_table(), "{:?}", lower_table());
        assert_eq!(CONTEXT, context_table(), "{:?}", context_table());
        for c in '\0'..=char::MAX {
            let alone = c.to_string();
            assert_eq!(lower(&alone), alone.to_lowercase());
        }
    }

    proptest! {
        /// Letters of every script, and what stands between them, around sigmas.
        #[test]
        fn as_the_library(text in "([ΣσςaÀİß.:'\u{307}\u{345}\u{ad} 1]|\\PC){0,12}") {
            prop_assert_eq!(lower(&text), text.to_lowercase());
        }
    }
}
