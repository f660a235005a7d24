/// JSON text being written. Commas come by themselves.
#[derive(Debug, Default)]
pub(crate) struct Writer(String);

impl Writer {
    pub(crate) fn end(self) -> String {
        self.0
    }

    fn comma(&mut self) {
        // Every value ends with something else.
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(',');
        }
    }

    /// `{`, `[`
    pub(crate) fn open(&mut self, bracket: char) -> &mut Self {
        self.comma();
        self.0.push(bracket);
        self
    }

    /// `}`, `]`
    pub(crate) fn close(&mut self, bracket: char) {
        self.0.push(bracket);
    }

    /// The name of the member that is written next.
    pub(crate) fn name(&mut self, name: &str) -> &mut Self {
        self.text(name);
        self.0.push(':');
        self
    }

    /// Well-formed JSON text.
    pub(crate) fn raw(&mut self, json: &str) {
        self.comma();
        self.0.push_str(json);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.comma();
        self.0.push('"');
        let mut from = 0;
        // By hand: compiled for size, every step of an iterator would be two calls.
        let mut next = 0;
        while let Some(&byte) = text.as_bytes().get(next) {
            let at = next;
            next += 1;
            let escape = match byte {
                b'"' => "\\\"",
                b'\\' => "\\\\",
                b'\n' => "\\n",
                b'\r' => "\\r",
                b'\t' => "\\t",
                0..0x20 => "\\u00",
                _ => continue,
            };
            self.0.push_str(text.get(from..at).unwrap_or_default());
            self.0.push_str(escape);
            if escape == "\\u00" {
                self.0.extend(
                    [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')),
                );
            }
            from = next;
        }
        self.0.push_str(text.get(from..).unwrap_or_default());
        self.0.push('"');
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.raw(&number.to_string());
    }

    pub(crate) fn integer(&mut self, number: i64) {
        self.raw(&number.to_string());
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.raw(if flag { "true" } else { "false" });
    }

    pub(crate) fn maybe_raw(&mut self, json: Option<&str>) {
        self.raw(json.unwrap_or("null"));
    }

    pub(crate) fn maybe_text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.raw("null"),
        }
    }

    pub(crate) fn maybe_number(&mut self, number: Option<u64>) {
        match number {
            Some(number) => self.number(number),
            None => self.raw("null"),
        }
    }

    pub(crate) fn maybe_integer(&mut self, number: Option<i64>) {
        match number {
            Some(number) => self.integer(number),
            None => self.raw("null"),
        }
    }

    pub(crate) fn texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t String>) {
        self.open('[');
        for text in texts {
            self.text(text);
        }
        self.close(']');
    }

    /// A member that is left out where there is none.
    pub(crate) fn text_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.name(name).text(text);
        }
    }

    /// Likewise.
    pub(crate) fn number_if(&mut self, name: &str, number: Option<u64>) {
        if let Some(number) = number {
            self.name(name).number(number);
        }
    }
}
