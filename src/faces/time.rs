//! Times as the protocols write them. All of them are UTC.

use time::OffsetDateTime;

use crate::model::Millis;

fn parts(at: Millis) -> OffsetDateTime {
    let seconds = i64::try_from(at / 1000).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// `2026-01-02T03:04:05+00:00`
pub(super) fn iso_seconds(at: Millis) -> String {
    format!("{}+00:00", to_the_second(at))
}

/// `2026-01-02T03:04:05`
pub(super) fn to_the_second(at: Millis) -> String {
    let at = parts(at);
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(iso_seconds(1_767_323_045_999), "2026-01-02T03:04:05+00:00");
        assert_eq!(iso_seconds(0), "1970-01-01T00:00:00+00:00");
        assert_eq!(iso_seconds(u64::MAX), "1970-01-01T00:00:00+00:00");
    }
}
