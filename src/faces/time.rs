//! Times as the protocols write them. All of them are UTC.

use time::format_description::well_known::Iso8601;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::model::Millis;

fn parts(at: Millis) -> OffsetDateTime {
    let seconds = i64::try_from(at / 1000).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// `2026-01-02T03:04:05+00:00`
pub(super) fn iso_seconds(at: Millis) -> String {
    format!("{}+00:00", to_the_second(at))
}

/// `2026-01-02T03:04:05.678`
pub(super) fn iso_millis(at: Millis) -> String {
    format!("{}.{:03}", to_the_second(at), at % 1000)
}

/// `2026-01-02T03:04:05`
fn to_the_second(at: Millis) -> String {
    let at = parts(at);
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Milliseconds since 1970 from a date as DeviceHive takes them: digits, or ISO 8601; without a zone it is UTC.
pub(super) fn read_millis(text: &str) -> Option<i64> {
    if let Ok(millis) = text.parse::<i64>() {
        return Some(millis);
    }
    let at = OffsetDateTime::parse(text, &Iso8601::PARSING)
        .or_else(|_| PrimitiveDateTime::parse(text, &Iso8601::PARSING).map(PrimitiveDateTime::assume_utc));
    i64::try_from(at.ok()?.unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(iso_seconds(1_767_323_045_999), "2026-01-02T03:04:05+00:00");
        assert_eq!(iso_seconds(0), "1970-01-01T00:00:00+00:00");
        assert_eq!(iso_seconds(u64::MAX), "1970-01-01T00:00:00+00:00");
        assert_eq!(iso_millis(1_767_323_045_007), "2026-01-02T03:04:05.007");
    }

    #[test]
    fn dates() {
        let at = Some(1_767_323_045_007);
        for text in [
            "1767323045007",
            "2026-01-02T03:04:05.007",
            "2026-01-02T03:04:05.007Z",
            "2026-01-02T05:04:05.007+02:00",
        ] {
            assert_eq!(read_millis(text), at, "{text}");
        }
        assert_eq!(read_millis("-5"), Some(-5));
        for text in ["", "yesterday", "2026-13-01T00:00:00", "99999999999999999999"] {
            assert_eq!(read_millis(text), None, "{text}");
        }
    }
}
