//! The fuzz targets over a few thousand repeatable inputs, so that every test run goes through them.

use crate::targets;

/// Inputs near something that makes sense, and inputs far from it.
fn inputs(count: u64, near: &[&[u8]]) -> impl Iterator<Item = Vec<u8>> {
    let near: Vec<Vec<u8>> = near.iter().map(|bytes| bytes.to_vec()).collect();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut roll = move |sides: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % sides
    };
    (0..count).map(move |at| {
        if at % 2 == 0 || near.is_empty() {
            return (0..roll(40)).map(|_| roll(256) as u8).collect();
        }
        let mut bytes = near[roll(near.len())].clone();
        for _ in 0..roll(4) {
            let spot = roll(bytes.len() + 1);
            match roll(3) {
                0 => bytes.insert(spot, roll(256) as u8),
                1 => bytes.truncate(spot),
                _ => {
                    if let Some(byte) = bytes.get_mut(spot) {
                        *byte = roll(128) as u8;
                    }
                }
            }
        }
        bytes
    })
}

#[test]
fn phc_strings() {
    let good = b"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/".as_slice();
    inputs(4000, &[good, b"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAA"])
        .for_each(|bytes| targets::phc(&bytes));
}

#[test]
fn token_values() {
    let good = b"dw_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".as_slice();
    let digest = b"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff".as_slice();
    inputs(
        2000,
        &[
            good,
            digest,
            b"+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f+f",
            b"a-value-of-another-form",
        ],
    )
    .for_each(|bytes| targets::token(&bytes));
}

#[test]
fn keys() {
    inputs(3000, &[b"a|b\na\na|\n|\n\0\na\0|b\na|b|c", "é|ü\n\u{ffff}\n\u{10000}".as_bytes()])
        .for_each(|bytes| targets::keys(&bytes));
}

#[test]
fn records() {
    inputs(400, &[]).for_each(|bytes| targets::records(&bytes));
    // Every record in every odd way, at its beginning and further on.
    for (which, odd) in (0..40).flat_map(|which| (0..12).map(move |odd| (which, odd))) {
        targets::records(&[which, odd * 5, 0]);
        targets::records(&[which, odd * 5, which.wrapping_mul(37) ^ odd]);
    }
}

#[test]
fn requests() {
    let near: [&[u8]; 11] = [
        b"F/api/currentuser\nx-api-key: BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB",
        b"G/api/login\ncontent-type: application/json\ncookie: csrf_token_P80=a.b; session=x\n\n{\"user\":\"ann\",\"pass\":\"x\"}",
        b"G/api/login?apikey=%00\ncontent-type: application/x-www-form-urlencoded\n\npassive=1&user=%ff",
        b"F/api/access/users/a%2Fb/settings\nauthorization: Basic YW5uOmFubi1wYXNzd29yZA==",
        b"G/dh/rest/token\n\n{\"login\":\"ann\",\"password\":\"ann-password\"}",
        b"G/v2/auth/login\n\n{\"username\":\"ann@x\",\"password\":\"ann-password\",\"sms_token\":1,\"remember_me\":true}",
        b"G/v2/users/1/accesstokens/create\nx-authorization: Token aaaaaaaaaaaaaaaaaaaaaaaa\n\n{\"name\":\"a\",\"expiry\":4102444800}",
        b"F/v2/users/me/accesstokens/*/revoke\nx-authorization: Token aaaaaaaaaaaaaaaaaaaaaaaa",
        b"F/v2/users/1/installations?extended=1&idSite=1\nx-authorization: Token aaaaaaaaaaaaaaaaaaaaaaaa",
        b"G/v2/users/%7BidUser%7D/addSite\nx-authorization: Token aaaaaaaaaaaaaaaaaaaaaaaa\n\n{\"installation_identifier\":\"c0619ab00901\"}",
        b"F/dh/rest/user?take=1&sortField=login\nauthorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.x",
    ];
    inputs(1500, &near).for_each(|bytes| targets::requests::request(&bytes));
}

#[test]
fn connections() {
    let near: [&[u8]; 5] = [
        b"\0\x80{\"id\":1,\"method\":\"JSONRPC.Hello\"}{\"id\":2,\"method\":\"JSONRPC.Authenticate\",\"params\":{\"username\":\"ANN\",\"password\":\"Password1\",\"deviceName\":\"d\"}}",
        b"\x02\x40{\"id\":\"1\",\"method\":\"JSONRPC.Hello\"}\n\n{\"id\":2,\"method\":\"JSONRPC.CreateUser\",\"params\":{\"username\":\"Bob\",\"password\":\"Password1\"}}",
        b"\x01\xf0{\"id\":1,\"method\":\"JSONRPC.Hello\",\"params\":{\"locale\":\"de_DE\"}}{\"id\":2,\"method\":\"Users.CreateUser\",\"params\":{\"username\":\"carl\",\"password\":\"Carl1234\",\"scopes\":[\"PermissionScopeNone\"],\"allowedThingIds\":[\"{11111111-1111-4111-8111-111111111111}\"]}}{\"id\":3,\"method\":\"Users.GetUsers\"}",
        b"\0\x10{\"id\":1,\"method\":\"JSONRPC.Hello\",\"token\":null}{\"id\":2,\"method\":\"JSONRPC.RequestPushButtonAuth\",\"params\":{\"deviceName\":\"x\\u0000\"}}",
        "\u{1}\u{7f}{\"id\":1e0,\"method\":\"JSONRPC.Hello\"} [1] xx{\"a\":\"é\n\"}\n{\"id\":2,\"method\":\"JSONRPC.SetNotificationStatus\",\"params\":{\"enabled\":\"0\"}}".as_bytes(),
    ];
    inputs(1200, &near).for_each(|bytes| targets::connections::stream(&bytes));
}
