use std::borrow::Cow;

/// One JSON value as its text, known to be well-formed, without space around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value<'a>(&'a str);

/// The members of an object, in their order.
pub(crate) type Members<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

impl<'a> Value<'a> {
    /// The one value a text holds, whatever its depth. `None` if it holds anything else.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut scanner = Scanner { text, at: 0 };
        let value = scanner.value()?;
        scanner.ended().then_some(value)
    }

    /// A text whose list or object is found well-formed, or not, when its [`Value::members`] or [`Value::items`] are
    /// asked for: half the work of [`Value::parse`] for a record that is taken apart anyway.
    pub(crate) fn unread(text: &'a str) -> Option<Self> {
        if text.starts_with(['{', '[']) { Some(Self(text)) } else { Self::parse(text) }
    }

    pub(crate) fn raw(self) -> &'a str {
        self.0
    }

    pub(crate) fn is_null(self) -> bool {
        self.0 == "null"
    }

    pub(crate) fn flag(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A whole number from 0, written as one.
    pub(crate) fn number(self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// Likewise, below 2^32.
    pub(crate) fn small(self) -> Option<u32> {
        self.0.parse().ok()
    }

    /// Likewise, negative ones too.
    pub(crate) fn integer(self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// A number without a fraction, however it is written; one that is too large is the largest there is.
    #[cfg(feature = "faces")]
    pub(crate) fn whole(self) -> Option<i64> {
        self.integer().or_else(|| {
            let number: f64 = self.0.parse().ok()?;
            (number.is_finite() && number.fract() == 0.0).then_some(number as i64)
        })
    }

    /// A text. `None` also for one with half a surrogate pair: it is no Unicode.
    pub(crate) fn text(self) -> Option<String> {
        self.str().map(Cow::into_owned)
    }

    fn str(self) -> Option<Cow<'a, str>> {
        let inside = self.0.strip_prefix('"')?.strip_suffix('"')?;
        if inside.as_bytes().contains(&b'\\') {
            unescape(inside).map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(inside))
        }
    }

    pub(crate) fn items(self) -> Option<Vec<Value<'a>>> {
        let mut scanner = Scanner { text: self.0, at: 0 };
        let mut items = Vec::new();
        let mut more = scanner.enter(b'[', b']')?;
        while more {
            items.push(scanner.value()?);
            more = scanner.more(b']')?;
        }
        scanner.ended().then_some(items)
    }

    pub(crate) fn texts(self) -> Option<Vec<String>> {
        self.each(Value::text)
    }

    /// The items of a list, read one by one. `None` as soon as one cannot be.
    pub(crate) fn each<T>(self, read: impl Fn(Value<'a>) -> Option<T>) -> Option<Vec<T>> {
        let mut all = Vec::new();
        for item in self.items()? {
            all.push(read(item)?);
        }
        Some(all)
    }

    /// Likewise for the members of an object.
    pub(crate) fn entries<T>(self, read: impl Fn(Value<'a>) -> Option<T>) -> Option<Vec<(String, T)>> {
        let mut all = Vec::new();
        for (name, value) in self.members()? {
            all.push((name.into_owned(), read(value)?));
        }
        Some(all)
    }

    pub(crate) fn members(self) -> Option<Members<'a>> {
        let mut scanner = Scanner { text: self.0, at: 0 };
        let mut members = Vec::new();
        let mut more = scanner.enter(b'{', b'}')?;
        while more {
            let name = scanner.value()?.str()?;
            scanner.expect(b':')?;
            members.push((name, scanner.value()?));
            more = scanner.more(b'}')?;
        }
        scanner.ended().then_some(members)
    }
}

/// The inside of a well-formed text, at once in a buffer that does not grow: it may be a password, and a copy left
/// behind would not be wiped.
fn unescape(inside: &str) -> Option<String> {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut chars = after.chars();
        let c = match chars.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = unit(&mut chars)?;
                let code = if first & 0xFC00 == 0xD800 {
                    chars = chars.as_str().strip_prefix("\\u")?.chars();
                    let second = unit(&mut chars)?;
                    let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
                    0x1_0000 + ((first - 0xD800) << 10) + low
                } else {
                    first
                };
                char::from_u32(code)?
            }
            c => c,
        };
        text.push(c);
        rest = chars.as_str();
    }
    text.push_str(rest);
    Some(text)
}

fn unit(chars: &mut core::str::Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| Some(unit << 4 | chars.next()?.to_digit(16)?))
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        // The store's own records hold none.
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Is there nothing but space behind it?
    fn ended(&mut self) -> bool {
        self.space();
        self.at == self.text.len()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.space();
        self.take(byte).then_some(())
    }

    /// Steps into a list or an object. `false`: it is empty.
    fn enter(&mut self, open: u8, close: u8) -> Option<bool> {
        self.expect(open)?;
        self.space();
        Some(!self.take(close))
    }

    /// Behind an item: is there another one?
    fn more(&mut self, close: u8) -> Option<bool> {
        self.space();
        if self.take(close) { Some(false) } else { self.take(b',').then_some(true) }
    }

    /// Steps over one value. Depth costs a byte a level and no stack.
    fn value(&mut self) -> Option<Value<'a>> {
        self.space();
        let start = self.at;
        let mut open: Vec<u8> = Vec::new();
        loop {
            self.space();
            let begins = match self.peek()? {
                b'{' => Some(b'}'),
                b'[' => Some(b']'),
                _ => None,
            };
            match begins {
                Some(close) => {
                    self.at += 1;
                    self.space();
                    if !self.take(close) {
                        open.push(close);
                        self.name(close)?;
                        continue;
                    }
                }
                None => self.simple()?,
            }
            // A value has ended: so may have what it is in.
            loop {
                let Some(&close) = open.last() else {
                    return self.text.get(start..self.at).map(Value);
                };
                if self.more(close)? {
                    self.name(close)?;
                    break;
                }
                open.pop();
            }
        }
    }

    /// The name of a member, in an object.
    fn name(&mut self, close: u8) -> Option<()> {
        if close == b'}' {
            self.space();
            if self.peek()? != b'"' {
                return None;
            }
            self.string()?;
            self.expect(b':')?;
        }
        Some(())
    }

    fn simple(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.numeral(),
            _ => {
                let rest = self.text.get(self.at..)?;
                let word = ["true", "false", "null"].into_iter().find(|word| rest.starts_with(word))?;
                self.at += word.len();
                Some(())
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            // Most of what is read is inside of texts, and nearly all of it stands for itself.
            let rest = self.text.as_bytes().get(self.at..)?;
            self.at += rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => return Some(()),
                0..0x20 => return None,
                b'\\' => {
                    let escape = self.peek()?;
                    self.at += 1;
                    match escape {
                        b'u' => {
                            let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
                            if !digits.iter().all(u8::is_ascii_hexdigit) {
                                return None;
                            }
                            self.at += 4;
                        }
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        _ => return None,
                    }
                }
                _ => {}
            }
        }
    }

    fn numeral(&mut self) -> Option<()> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        Some(())
    }

    /// One or more.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}
