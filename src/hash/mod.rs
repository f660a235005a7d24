//! Argon2id, to and from PHC strings.
//!
//! The core never links this: hashing lives in a WebAssembly module of its own, which a worker loads with the first
//! password and drops when it has been idle, and its memory with it. Entropy is an argument here too.

mod legacy;

use argon2_simd128::{Input, Memory as Blocks, Variant};
use base64ct::{Base64Unpadded, Encoding};
use std::ops::RangeInclusive;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of a new hash's output.
pub const OUTPUT_BYTES: usize = 32;
/// Bytes of salt a new hash should be given.
pub const SALT_BYTES: usize = 16;
/// Fewest and most bytes of salt.
const SALT_RANGE: RangeInclusive<usize> = 8..=64;
/// Fewest and most bytes of a stored hash's output.
const OUTPUT_RANGE: RangeInclusive<usize> = 16..=64;
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

/// Why a hash could not be made or checked. Never holds a password, a salt or a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The stored string is of a format that is not known here.
    #[error("the password hash is of an unknown format")]
    UnknownFormat,
    /// The stored string is Argon2id's, but damaged, or it asks for more than the bounds allow.
    #[error("the stored password hash is malformed or out of bounds")]
    Malformed,
    /// Memory, passes, lanes or the salt are out of bounds.
    #[error("the parameters of the password hash are out of bounds")]
    Parameters,
    /// There is not enough memory.
    #[error("there is not enough memory for the password hash")]
    Memory,
}

impl HashError {
    /// The code in the package's error table.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownFormat => "unsupported",
            Self::Malformed => "storeCorrupt",
            Self::Parameters => "invalidArgument",
            Self::Memory => "hashFailed",
        }
    }
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
        if !SALT_RANGE.contains(&salt.len()) {
            return Err(HashError::Parameters);
        }
        let mut output = Zeroizing::new([0; OUTPUT_BYTES]);
        self.fill(checked(params)?, password, salt, output.as_mut_slice())?;
        Ok(encode(params, salt, output.as_slice()))
    }

    /// Is it the password of this PHC string, Argon2id's or one that came with an import? Compares in constant time.
    ///
    /// # Errors
    /// [`HashError::UnknownFormat`] where the string is neither, [`HashError::Malformed`],
    /// [`HashError::Memory`].
    pub fn verify(&mut self, password: &[u8], phc: &str) -> Result<bool, HashError> {
        if let Some(result) = legacy::verify(password, phc) {
            return result;
        }
        let Stored { params, salt, output: expected } = decode(phc)?;
        let params = checked(params).map_err(|_| HashError::Malformed)?;
        let mut output = Zeroizing::new(vec![0; expected.len()]);
        self.fill(params, password, &salt, &mut output).map_err(|error| match error {
            HashError::Parameters => HashError::Malformed,
            other => other,
        })?;
        Ok(output.ct_eq(&expected).into())
    }

    fn fill(
        &mut self,
        params: argon2_simd128::Params,
        password: &[u8],
        salt: &[u8],
        output: &mut [u8],
    ) -> Result<(), HashError> {
        let input = Input { password, salt, ..Input::default() };
        self.blocks.hash_into(params, &input, output).map_err(|error| match error {
            argon2_simd128::Error::Memory => HashError::Memory,
            _ => HashError::Parameters,
        })
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
        phc.push_str(&number.to_string());
    }
    for bytes in [salt, output] {
        phc.push('$');
        phc.push_str(&Base64Unpadded::encode_string(bytes));
    }
    phc
}

fn decode(phc: &str) -> Result<Stored, HashError> {
    let rest = phc.strip_prefix(PREFIX).ok_or(HashError::UnknownFormat)?;
    let stored = fields(rest).ok_or(HashError::Malformed)?;
    let Stored { params, salt, output } = &stored;
    // Whatever it is that writes a number or a character differently, it was not an Argon2id implementation.
    if !SALT_RANGE.contains(&salt.len())
        || !OUTPUT_RANGE.contains(&output.len())
        || encode(*params, salt, output) != phc
    {
        return Err(HashError::Malformed);
    }
    Ok(stored)
}

fn fields(rest: &str) -> Option<Stored> {
    // Over bytes: searching and cutting text brings in tables of Unicode.
    let mut rest = rest.as_bytes();
    let memory = number(&mut rest, b"m=")?;
    let passes = number(&mut rest, b",t=")?;
    let lanes = number(&mut rest, b",p=")?;
    let mut fields = rest.strip_prefix(b"$")?.splitn(2, |byte| *byte == b'$');
    let mut bytes = || Base64Unpadded::decode_vec(std::str::from_utf8(fields.next()?).ok()?).ok();
    Some(Stored { params: Params { memory, passes, lanes }, salt: bytes()?, output: bytes()? })
}

/// Takes `name` and the digits behind it off `rest`.
fn number(rest: &mut &[u8], name: &[u8]) -> Option<u32> {
    let mut digits = rest.strip_prefix(name)?;
    let mut number = 0_u32;
    while let Some((digit @ b'0'..=b'9', behind)) = digits.split_first() {
        number = number.checked_mul(10)?.checked_add(u32::from(digit - b'0'))?;
        digits = behind;
    }
    *rest = digits;
    Some(number)
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
