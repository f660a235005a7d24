//! Argon2id, to and from PHC strings. Entropy is an argument here too.

use alloc::{string::String, vec, vec::Vec};
use argon2_simd128::{Input, Memory as Blocks, Variant, Work};
use base64ct::{Base64Unpadded, Encoding as _};
use core::ops::RangeInclusive;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::HashError;
use crate::text::{bytes, number, split};

/// Bytes of a new hash's output.
pub const OUTPUT_BYTES: usize = 32;
/// Bytes of salt a new hash should be given.
pub const SALT_BYTES: usize = 16;
/// Fewest and most bytes of salt.
const SALT_RANGE: RangeInclusive<usize> = 8..=64;
/// Fewest and most bytes of a stored hash's output.
const OUTPUT_RANGE: RangeInclusive<usize> = 16..=MAX_OUTPUT;
const MAX_OUTPUT: usize = 64;
/// KiB of memory per lane below which Argon2 is not defined.
pub const MIN_MEMORY_PER_LANE: u32 = 8;
/// Most KiB of memory a hash may ask for: 1 GiB.
pub const MAX_MEMORY: u32 = 1024 * 1024;
/// Most passes over the memory.
pub const MAX_PASSES: u32 = 64;
/// Most lanes.
pub const MAX_LANES: u32 = 16;

/// What an Argon2id hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// KiB of memory: from 8 times `lanes` to [`MAX_MEMORY`].
    pub memory: u32,
    /// Passes over the memory: from 1 to [`MAX_PASSES`].
    pub passes: u32,
    /// Lanes: from 1 to [`MAX_LANES`]. They are computed one after the other.
    pub lanes: u32,
}

/// The working memory, kept from hash to hash: touching fresh memory costs more than half of what the hashing does.
/// Outside of a call it holds zeros only.
#[derive(Default)]
pub struct Memory {
    blocks: Blocks,
}

impl Memory {
    /// No memory yet; it grows with the first hash and stays at the largest size asked for.
    #[must_use]
    pub const fn new() -> Self {
        Self { blocks: Blocks::new() }
    }

    /// Hashes `password` with a fresh `salt` ([`SALT_BYTES`]) and answers the PHC string.
    ///
    /// # Errors
    /// [`HashError::Parameters`], [`HashError::Memory`].
    pub fn hash(&mut self, password: &[u8], salt: &[u8], params: Params) -> Result<String, HashError> {
        match self.begin_hash(password, salt, params)?.finish(self) {
            Answer::Phc(phc) => Ok(phc),
            Answer::Same(_) => Err(HashError::Parameters),
        }
    }

    /// Is it the password of this PHC string, Argon2id's or one that came with an import? Compares in constant time.
    ///
    /// # Errors
    /// [`HashError::UnknownFormat`] where the string is neither, [`HashError::Malformed`],
    /// [`HashError::Memory`].
    pub fn verify(&mut self, password: &[u8], phc: &str) -> Result<bool, HashError> {
        Ok(matches!(self.begin_verify(password, phc)?.finish(self), Answer::Same(true)))
    }

    /// Begins what [`Memory::hash`] does, to be done in steps.
    ///
    /// # Errors
    /// As [`Memory::hash`].
    pub fn begin_hash(&mut self, password: &[u8], salt: &[u8], params: Params) -> Result<Job, HashError> {
        if !SALT_RANGE.contains(&salt.len()) {
            return Err(HashError::Parameters);
        }
        let work = self.begin(params, password, salt, OUTPUT_BYTES)?;
        Ok(Job { work: Some(work), goal: Goal::Hash { params, salt: salt.into() } })
    }

    /// Begins what [`Memory::verify`] does, to be done in steps. The hashes of imports are computed here and now.
    ///
    /// # Errors
    /// As [`Memory::verify`].
    pub fn begin_verify(&mut self, password: &[u8], phc: &str) -> Result<Job, HashError> {
        #[cfg(feature = "imported")]
        if let Some(same) = crate::imported::verify(password, phc.as_bytes()) {
            return Ok(Job { work: None, goal: Goal::Known(same?) });
        }
        let Stored { params, salt, output } = decode(phc.as_bytes())?;
        let work = self.begin(params, password, &salt, output.len()).map_err(|error| match error {
            HashError::Parameters => HashError::Malformed,
            other => other,
        })?;
        Ok(Job { work: Some(work), goal: Goal::Verify { expected: output } })
    }

    fn begin(
        &mut self,
        params: Params,
        password: &[u8],
        salt: &[u8],
        output: usize,
    ) -> Result<Work, HashError> {
        let input = Input { password, salt, ..Input::default() };
        self.blocks.begin(checked(params)?, &input, output).map_err(|error| match error {
            argon2_simd128::Error::Memory => HashError::Memory,
            _ => HashError::Parameters,
        })
    }
}

/// A hash on the way, for a thread that has more to do: between two steps it may turn to something else.
pub struct Job {
    /// Hashes of imports are not done in steps.
    work: Option<Work>,
    goal: Goal,
}

enum Goal {
    Hash {
        params: Params,
        salt: Vec<u8>,
    },
    Verify {
        expected: Vec<u8>,
    },
    #[cfg(feature = "imported")]
    Known(bool),
}

/// What a [`Job`] was about.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The PHC string of the new hash.
    Phc(String),
    /// Whether it was the password.
    Same(bool),
}

impl Job {
    /// Computes up to `most` KiB more. Is it done?
    pub fn step(&mut self, most: usize) -> bool {
        self.work.as_mut().is_none_or(|work| work.step(most))
    }

    /// Computes what is left, and gives the memory back.
    #[must_use]
    pub fn finish(mut self, memory: &mut Memory) -> Answer {
        while !self.step(usize::MAX) {}
        let length = match &self.goal {
            Goal::Hash { .. } => OUTPUT_BYTES,
            Goal::Verify { expected } => expected.len(),
            #[cfg(feature = "imported")]
            Goal::Known(same) => return Answer::Same(*same),
        };
        let mut tag = Zeroizing::new(vec![0; length]);
        // It is done, and of this length.
        let done = self.work.is_some_and(|work| work.finish(&mut memory.blocks, &mut tag).is_ok());
        match self.goal {
            Goal::Hash { params, salt } => Answer::Phc(encode(params, &salt, &tag)),
            Goal::Verify { expected } => Answer::Same(done && tag.ct_eq(&expected).into()),
            #[cfg(feature = "imported")]
            Goal::Known(same) => Answer::Same(same),
        }
    }
}

/// [`Memory::hash`] with memory for this one call.
///
/// # Errors
/// As [`Memory::hash`].
pub fn hash(password: &[u8], salt: &[u8], params: Params) -> Result<String, HashError> {
    Memory::new().hash(password, salt, params)
}

/// [`Memory::verify`] with memory for this one call.
///
/// # Errors
/// As [`Memory::verify`].
pub fn verify(password: &[u8], phc: &str) -> Result<bool, HashError> {
    Memory::new().verify(password, phc)
}

fn checked(Params { memory, passes, lanes }: Params) -> Result<argon2_simd128::Params, HashError> {
    if !(1..=MAX_LANES).contains(&lanes)
        || !(1..=MAX_PASSES).contains(&passes)
        || !(MIN_MEMORY_PER_LANE * lanes..=MAX_MEMORY).contains(&memory)
    {
        return Err(HashError::Parameters);
    }
    Ok(argon2_simd128::Params { variant: Variant::Id, memory, passes, lanes })
}

/// Only version 19 is known; a string without a version is of version 16.
const PREFIX: &str = "$argon2id$v=19$";

struct Stored {
    params: Params,
    salt: Vec<u8>,
    output: Vec<u8>,
}

// The string is written and read here, and not by the crate `password-hash`: that alone is half as large as the rest of the
// module, and every page that hashes has to load it.
fn encode(params: Params, salt: &[u8], output: &[u8]) -> String {
    let mut phc = String::from(PREFIX);
    for (name, number) in [("m=", params.memory), (",t=", params.passes), (",p=", params.lanes)] {
        phc.push_str(name);
        push_number(&mut phc, number);
    }
    for bytes in [salt, output] {
        phc.push('$');
        let mut text = [0; 4 * MAX_OUTPUT / 3 + 2];
        phc.push_str(Base64Unpadded::encode(bytes, &mut text).unwrap_or_default());
    }
    phc
}

// Formatting draws in what pads, counts characters and knows of signs.
fn push_number(text: &mut String, number: u32) {
    if number > 9 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

fn decode(phc: &[u8]) -> Result<Stored, HashError> {
    let rest = phc.strip_prefix(PREFIX.as_bytes()).ok_or(HashError::UnknownFormat)?;
    let stored = fields(rest).ok_or(HashError::Malformed)?;
    let Stored { params, salt, output } = &stored;
    // Whatever it is that writes a number or a character differently, it was not an Argon2id implementation.
    if !SALT_RANGE.contains(&salt.len())
        || !OUTPUT_RANGE.contains(&output.len())
        || encode(*params, salt, output).as_bytes() != phc
    {
        return Err(HashError::Malformed);
    }
    Ok(stored)
}

// Over bytes: searching and cutting text brings in tables of Unicode.
fn fields(mut rest: &[u8]) -> Option<Stored> {
    let memory = number(&mut rest, b"m=")?;
    let passes = number(&mut rest, b",t=")?;
    let lanes = number(&mut rest, b",p=")?;
    let (salt, output) = split(rest.strip_prefix(b"$")?)?;
    Some(Stored { params: Params { memory, passes, lanes }, salt: bytes(salt)?, output: bytes(output)? })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SMALL: Params = Params { memory: 64, passes: 1, lanes: 1 };
    const SALT: &[u8] = &[7; SALT_BYTES];

    #[test]
    fn phc_vectors_of_the_reference_implementation() {
        for phc in [
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        ] {
            assert_eq!(verify(b"password", phc), Ok(true), "{phc}");
            assert_eq!(verify(b"Password", phc), Ok(false), "{phc}");
        }
        let made = hash(b"password", b"somesalt", Params { memory: 256, passes: 2, lanes: 2 });
        assert_eq!(
            made.as_deref(),
            Ok("$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc")
        );
    }

    #[test]
    fn round_trip_and_every_changed_character() {
        let phc = hash(b"correct horse", SALT, SMALL).unwrap();
        assert_eq!(verify(b"correct horse", &phc), Ok(true));
        assert_eq!(verify(b"correct horse ", &phc), Ok(false));
        assert_eq!(verify(b"", &phc), Ok(false));
        for at in 0..phc.len() {
            let mut bytes = phc.clone().into_bytes();
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1;
            }
            let changed = String::from_utf8(bytes).unwrap();
            assert_ne!(verify(b"correct horse", &changed), Ok(true), "{changed}");
        }
    }

    #[test]
    fn memory_is_wiped_and_reused_over_sizes() {
        let mut memory = Memory::new();
        let large = Params { memory: 128, passes: 2, lanes: 2 };
        let first = memory.hash(b"one", SALT, large).unwrap();
        assert_eq!(memory.blocks.size(), 128);
        assert!(memory.blocks.is_wiped());
        let second = memory.hash(b"two", SALT, SMALL).unwrap();
        assert_eq!(memory.blocks.size(), 128);
        assert!(memory.blocks.is_wiped());
        assert_eq!(first, hash(b"one", SALT, large).unwrap());
        assert_eq!(second, hash(b"two", SALT, SMALL).unwrap());
    }

    #[test]
    fn bounds() {
        for (memory, passes, lanes) in [
            (7, 1, 1),
            (31, 1, 4),
            (MAX_MEMORY + 1, 1, 1),
            (64, 0, 1),
            (64, MAX_PASSES + 1, 1),
            (64, 1, 0),
            (1024, 1, MAX_LANES + 1),
            (u32::MAX, u32::MAX, u32::MAX),
        ] {
            assert_eq!(hash(b"x", SALT, Params { memory, passes, lanes }), Err(HashError::Parameters));
            let stored = format!(
                "$argon2id$v=19$m={memory},t={passes},p={lanes}$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/"
            );
            assert_eq!(verify(b"x", &stored), Err(HashError::Malformed), "{stored}");
        }
        for (memory, passes, lanes) in [(8, 1, 1), (128, 1, 16), (64, 64, 1)] {
            assert!(hash(b"x", SALT, Params { memory, passes, lanes }).is_ok());
        }
        assert_eq!(hash(b"x", &[1; 7], SMALL), Err(HashError::Parameters));
        assert_eq!(hash(b"x", &[1; 65], SMALL), Err(HashError::Parameters));
    }

    #[test]
    fn unknown_and_damaged_strings() {
        for phc in [
            "",
            "argon2id",
            "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
            "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/",
            "$argon2idx$v=19$m=64,t=1,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/",
            "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/",
            "$argon2id$m=64,t=1,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/",
        ] {
            assert_eq!(verify(b"x", phc), Err(HashError::UnknownFormat), "{phc}");
        }
        for phc in [
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ",
            "$argon2id$v=19$m=64,t=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/",
            "$argon2id$v=19$m=64,t=1,p=1,data=AAAA$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/",
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/$more",
            "$argon2id$v=19$m=64,t=1,p=1$c29tZQ$bQk8UB/VmZZF4Oo79iDXuL5/",
            "$argon2id$v=19$m=64,t=1,p=1$!!!!!!!!!!!$bQk8UB/VmZZF4Oo79iDXuL5/",
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$",
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo7",
            "$argon2id$v=19$m=064,t=1,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/",
            "$argon2id$v=19$m=+64,t=1,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/",
            "$argon2id$v=19$t=1,m=64,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/",
            "$argon2id$v=19$m=64,t=1,p=4294967297$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/",
        ] {
            assert_eq!(verify(b"x", phc), Err(HashError::Malformed), "{phc}");
        }
    }

    #[test]
    fn codes() {
        assert_eq!(
            [HashError::UnknownFormat, HashError::Malformed, HashError::Parameters, HashError::Memory]
                .map(HashError::code),
            ["unsupported", "storeCorrupt", "invalidArgument", "hashFailed"]
        );
    }
}
