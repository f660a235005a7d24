//! Against the vectors of RFC 9106 and of the reference implementation, and the crate `argon2` over random parameters. The
//! same tests run natively, over the portable kernel, and in WebAssembly, over the other.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test stops where something is wrong")]

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use argon2_simd128::{Error, Input, Memory, Params, Variant};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const VARIANTS: [Variant; 3] = [Variant::D, Variant::I, Variant::Id];

fn tag(memory: &mut Memory, params: Params, input: &Input<'_>, length: usize) -> Vec<u8> {
    let mut output = vec![0; length];
    memory.hash_into(params, input, &mut output).unwrap();
    output
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 9106, sections 5.1 to 5.3.
#[test]
fn vectors_of_the_rfc() {
    let input = Input { password: &[1; 32], salt: &[2; 16], secret: &[3; 8], data: &[4; 12] };
    let expected = [
        "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb",
        "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8",
        "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
    ];
    for (variant, expected) in VARIANTS.into_iter().zip(expected) {
        let params = Params { variant, memory: 32, passes: 3, lanes: 4 };
        assert_eq!(hex(&tag(&mut Memory::new(), params, &input, 32)), expected);
    }
}

/// Figures of the reference implementation's own test program.
#[test]
fn vectors_of_the_reference_implementation() {
    let mut memory = Memory::new();
    for (variant, memory_cost, passes, lanes, expected) in [
        (Variant::I, 256, 2, 1, "89e9029f4637b295beb027056a7336c414fadd43f6b208645281cb214a56452f"),
        (Variant::I, 256, 2, 2, "4ff5ce2769a1d7f4c8a491df09d41a9fbe90e5eb02155a13e4c01e20cd4eab61"),
        (Variant::Id, 256, 2, 1, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"),
        (Variant::Id, 256, 2, 2, "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"),
    ] {
        let params = Params { variant, memory: memory_cost, passes, lanes };
        let input = Input { password: b"password", salt: b"somesalt", ..Input::default() };
        assert_eq!(hex(&tag(&mut memory, params, &input, 32)), expected);
    }
}

/// Numbers that look random, and are the same at every run. SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn bytes(&mut self, least: u64, most: u64) -> Vec<u8> {
        let length = least + self.roll(most - least + 1);
        (0..length).map(|_| self.roll(256) as u8).collect()
    }
}

#[test]
fn the_crate_over_random_parameters() {
    let mut dice = Dice(7);
    let mut kept = Memory::new();
    for _ in 0..3000 {
        let lanes = 1 + dice.roll(5) as u32;
        let more = if dice.roll(20) == 0 { 600 } else { 60 };
        let memory = 8 * lanes + dice.roll(more) as u32;
        let passes = 1 + dice.roll(4) as u32;
        let variant = VARIANTS[dice.roll(3) as usize];
        let (password, salt) = (dice.bytes(0, 150), dice.bytes(8, 40));
        let (secret, data) = (dice.bytes(0, 32), dice.bytes(0, 32));
        let length = 4 + dice.roll(200) as usize;

        let algorithm = [Algorithm::Argon2d, Algorithm::Argon2i, Algorithm::Argon2id][variant as usize];
        let params = ParamsBuilder::new()
            .m_cost(memory)
            .t_cost(passes)
            .p_cost(lanes)
            .data(AssociatedData::new(&data).unwrap())
            .build()
            .unwrap();
        let oracle = Argon2::new_with_secret(&secret, algorithm, Version::V0x13, params).unwrap();
        let mut expected = vec![0; length];
        oracle.hash_password_into(&password, &salt, &mut expected).unwrap();

        let params = Params { variant, memory, passes, lanes };
        let input = Input { password: &password, salt: &salt, secret: &secret, data: &data };
        assert_eq!(tag(&mut kept, params, &input, length), expected, "{params:?}");
        assert!(kept.is_wiped());
        assert_eq!(
            stepwise(&mut kept, params, &input, length, 1 + dice.roll(300) as usize),
            expected,
            "{params:?}"
        );
        assert!(kept.is_wiped());
    }
}

/// The same in steps of `most` blocks.
fn stepwise(memory: &mut Memory, params: Params, input: &Input<'_>, length: usize, most: usize) -> Vec<u8> {
    let mut work = memory.begin(params, input, length).unwrap();
    while !work.step(most) {}
    let mut output = vec![0; length];
    work.finish(memory, &mut output).unwrap();
    output
}

#[test]
fn steps() {
    let params = Params { variant: Variant::Id, memory: 64, passes: 2, lanes: 2 };
    let input = Input { password: b"one", salt: &[7; 16], ..Input::default() };
    let mut memory = Memory::new();
    let expected = tag(&mut memory, params, &input, 32);
    let begun = |memory: &mut Memory| memory.begin(params, &input, 32).unwrap();

    // 64 blocks to compute twice, in steps of 10.
    let mut work = begun(&mut memory);
    assert_eq!((0..20).filter(|_| work.step(10)).count(), 8);
    // One that is begun meanwhile has memory of its own, and neither disturbs the other.
    let mut other = begun(&mut memory);
    assert!(!other.step(70));
    assert_eq!(tag(&mut memory, params, &input, 32), expected);
    let mut output = [0; 32];
    assert_eq!(work.finish(&mut memory, &mut output), Ok(()));
    assert_eq!(output.as_slice(), expected);
    assert_eq!((memory.size(), memory.is_wiped()), (64, true));

    // It is not done; the length is another one.
    assert_eq!(other.finish(&mut memory, &mut output), Err(Error::Output));
    let mut short = begun(&mut memory);
    assert!(short.step(usize::MAX));
    assert_eq!(short.finish(&mut memory, &mut [0; 31]), Err(Error::Output));
}

#[test]
fn bounds() {
    let good = Params { variant: Variant::Id, memory: 32, passes: 1, lanes: 4 };
    let input = Input { password: b"", salt: &[0; 8], ..Input::default() };
    let mut memory = Memory::new();
    let mut ask = |params, input: &Input<'_>, length| memory.hash_into(params, input, &mut vec![0; length]);
    assert_eq!(ask(good, &input, 4), Ok(()));
    for bad in [
        Params { memory: 31, ..good },
        Params { passes: 0, ..good },
        Params { lanes: 0, ..good },
        Params { lanes: 1 << 24, memory: u32::MAX, ..good },
        Params { lanes: u32::MAX, ..good },
    ] {
        assert_eq!(ask(bad, &input, 32), Err(Error::Params));
    }
    assert_eq!(ask(good, &Input { salt: &[0; 7], ..input }, 32), Err(Error::Input));
    assert_eq!(ask(good, &input, 3), Err(Error::Output));
}

#[test]
fn the_memory_stays() {
    let mut memory = Memory::new();
    let input = Input { password: b"one", salt: &[7; 16], ..Input::default() };
    let ask = |memory: &mut Memory, size| {
        tag(memory, Params { variant: Variant::Id, memory: size, passes: 2, lanes: 1 }, &input, 32)
    };
    let first = ask(&mut memory, 128);
    assert_eq!((memory.size(), memory.is_wiped()), (128, true));
    ask(&mut memory, 64);
    assert_eq!((memory.size(), memory.is_wiped()), (128, true));
    assert_eq!(ask(&mut memory, 128), first);
}
