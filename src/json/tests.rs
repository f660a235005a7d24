use proptest::prelude::*;

use super::{Fault, Fields, Value, Writer};

/// The library this is compared with.
fn theirs(text: &str) -> Option<serde_json::Value> {
    serde_json::from_str(text).ok()
}

/// Writes a value anew through the reader and the writer.
fn copy(value: Value<'_>, out: &mut Writer) -> Option<()> {
    match value.raw().as_bytes().first() {
        Some(b'{') => {
            out.open('{');
            for (name, value) in value.members()? {
                copy(value, out.name(&name))?;
            }
            out.close('}');
        }
        Some(b'[') => {
            out.open('[');
            for value in value.items()? {
                copy(value, out)?;
            }
            out.close(']');
        }
        Some(b'"') => out.text(&value.text()?),
        _ => out.raw(value.raw()),
    }
    Some(())
}

fn copied(text: &str) -> Option<String> {
    let mut out = Writer::default();
    copy(Value::parse(text)?, &mut out).map(|()| out.end())
}

fn tree() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        "\\PC*|[\u{0}-\u{1f}\"\\\\]*".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map("\\PC{0,4}|[\"\\\\\n]", inner, 0..6)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn what_the_library_writes_is_read_and_written_the_same(tree in tree()) {
        let plain = serde_json::to_string(&tree).unwrap();
        prop_assert_eq!(theirs(&copied(&plain).unwrap()), Some(tree.clone()));
        let spacious = serde_json::to_string_pretty(&tree).unwrap();
        prop_assert_eq!(theirs(&copied(&spacious).unwrap()), Some(tree));
    }

    #[test]
    fn what_is_no_json_is_refused_as_by_the_library(text in "[\\[\\]{},:\"\\\\u0-9dDeE+.tfnrualse \n-]{0,24}") {
        // The library has numbers as floats, and 1e999 is none; but it is JSON.
        if let Some(tree) = theirs(&text) {
            prop_assert_eq!(theirs(&copied(&text).unwrap()), Some(tree));
        } else if !text.contains(['e', 'E']) {
            prop_assert_eq!(copied(&text), None);
        }
    }

    #[test]
    fn a_broken_text_is_refused_as_by_the_library(tree in tree(), at in any::<prop::sample::Index>(), with in "[\\[\\]{},:\"\\\\0 ]?") {
        let mut text: Vec<char> = serde_json::to_string(&tree).unwrap().chars().collect();
        let at = at.index(text.len());
        text.splice(at..=at, with.chars());
        let text: String = text.into_iter().collect();
        prop_assert_eq!(copied(&text).is_some(), theirs(&text).is_some(), "{}", text);
    }

    #[test]
    fn an_unread_text_is_taken_apart_as_a_read_one(tree in tree(), at in any::<prop::sample::Index>(), with in "[\\[\\]{},:\"\\\\0 ]{0,2}") {
        let mut text: Vec<char> = serde_json::to_string(&tree).unwrap().chars().collect();
        let at = at.index(text.len() + 1);
        text.splice(at..at, with.chars());
        let text: String = text.into_iter().collect();
        let (unread, parsed) = (Value::unread(&text), Value::parse(&text));
        prop_assert_eq!(unread.and_then(Value::members), parsed.and_then(Value::members), "{}", text);
        prop_assert_eq!(unread.and_then(Value::items), parsed.and_then(Value::items), "{}", text);
        prop_assert_eq!(unread.and_then(Value::text), parsed.and_then(Value::text), "{}", text);
    }

    #[test]
    fn nothing_panics(text in any::<String>()) {
        let _ = copied(&text);
    }
}

#[test]
fn escapes() {
    let text = |json: &str| Value::parse(json).and_then(Value::text);
    assert_eq!(text(r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#).as_deref(), Some("\"\\/\u{8}\u{c}\n\r\té😀"));
    for half in [r#""\ud83d""#, r#""\ude00""#, r#""\ud83d\u0041""#, r#""\ud83dx""#] {
        assert!(Value::parse(half).is_some() && text(half).is_none(), "{half}");
    }
    for bad in [r#""\x""#, r#""\u12g4""#, r#""\u123""#, "\"\n\"", "\"\u{1f}\"", "\"", r#""\"#] {
        assert!(Value::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn numbers() {
    let number = |json: &str| Value::parse(json).and_then(Value::number);
    assert_eq!(number("18446744073709551615"), Some(u64::MAX));
    for other in ["18446744073709551616", "-1", "1.0", "1e3", "\"1\"", "null"] {
        assert!(Value::parse(other).is_some() && number(other).is_none(), "{other}");
    }
    for bad in ["01", "+1", "-", "1.", ".5", "1e", "0x1", "NaN"] {
        assert!(Value::parse(bad).is_none(), "{bad}");
    }
    assert_eq!(Value::parse("1e400").map(Value::raw), Some("1e400"));
}

#[test]
fn depth_takes_no_stack() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Value::parse(&deep).is_some());
    assert!(Value::parse(&deep[1..]).is_none());
}

#[test]
fn faults_come_at_the_end() {
    let faults = |json: &str| {
        let mut from = Fields::parse(json);
        let name = from.text("name");
        let limit = from.maybe_number("limit");
        from.done().map(|()| (name, limit))
    };
    assert_eq!(faults(r#"{"name":"a","limit":null}"#), Ok(("a".into(), None)));
    assert_eq!(faults(r#"{"name":"a","limit":3,"name":"b"}"#), Ok(("b".into(), Some(3))));
    assert_eq!(faults(r#"{"limit":3}"#), Err(Fault::Missing("name".into())));
    assert_eq!(faults(r#"{"name":"a","limit":"3"}"#), Err(Fault::Wrong("limit".into())));
    assert_eq!(faults(r#"{"name":"a","more":1}"#), Err(Fault::Unknown("more".into())));
    for malformed in ["[]", "", "{\"name\":\"a\"", "{} {}", "null"] {
        assert_eq!(faults(malformed), Err(Fault::Malformed), "{malformed}");
    }
}
