//! How what is no noun is written in the store: numbers, flags, texts, and few of them together.

use super::records::Record;
use crate::json::{Value, Writer};
use crate::model::Result;

impl Record for u64 {
    fn put(&self, out: &mut Writer) -> Result<()> {
        out.number(*self);
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        value.number()
    }
}

impl Record for i64 {
    fn put(&self, out: &mut Writer) -> Result<()> {
        out.integer(*self);
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        value.integer()
    }
}

impl Record for bool {
    fn put(&self, out: &mut Writer) -> Result<()> {
        out.flag(*self);
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        value.flag()
    }
}

impl Record for String {
    fn put(&self, out: &mut Writer) -> Result<()> {
        out.text(self);
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        value.text()
    }
}

impl Record for Option<i64> {
    fn put(&self, out: &mut Writer) -> Result<()> {
        out.maybe_integer(*self);
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        if value.is_null() { Some(None) } else { value.integer().map(Some) }
    }
}

/// A pair, as the indexes keep.
impl<A: Record, B: Record> Record for (A, B) {
    fn put(&self, out: &mut Writer) -> Result<()> {
        out.open('[');
        self.0.put(out)?;
        self.1.put(out)?;
        out.close(']');
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        match value.items()?.as_slice() {
            &[a, b] => Some((A::take(a)?, B::take(b)?)),
            _ => None,
        }
    }
}

/// A list of few.
#[cfg(feature = "faces")]
impl<R: Record> Record for Vec<R> {
    fn put(&self, out: &mut Writer) -> Result<()> {
        out.open('[');
        for one in self {
            one.put(out)?;
        }
        out.close(']');
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        value.each(R::take)
    }
}
