//! Search conditions for Confluence, with every value escaped.

use std::fmt;

/// A condition in the Confluence Query Language (CQL), for the searches of Data Center and Cloud.
///
/// Values may come from anywhere: they are quoted and escaped, so that no value can change the
/// condition. Names of fields and functions are part of the program and therefore `&'static str`.
///
/// ```
/// use spacewright::{Cql, CqlValue};
///
/// let cql = Cql::field("space").equals("DOC")
///     .and(Cql::field("type").one_of(["page", "blogpost"]))
///     .and(Cql::field("title").contains("release").or(Cql::field("label").equals("release")))
///     .and(Cql::field("lastmodified").at_least(CqlValue::function("now", ["-4w"])))
///     .descending("lastmodified");
/// assert_eq!(
///     cql.to_string(),
///     r#"space = "DOC" and type in ("page", "blogpost") and (title ~ "release" or label = "release") and lastmodified >= now("-4w") order by lastmodified desc"#,
/// );
/// ```
///
/// The searches take it as it is: `wiki.content().search(cql)`, `wiki.search().query(cql)`, and on Cloud
/// `site.search().by_cql(cql)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "a condition does nothing until it is searched with"]
pub struct Cql {
    condition: String,
    outermost: Outermost,
    order: Vec<String>,
}

/// What holds a condition together: it decides about parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Outermost {
    Nothing,
    And,
    Or,
    Unknown,
}

impl Cql {
    /// Begins a condition about a field, such as `space`, `title` or
    /// `content.property[key].path`.
    pub const fn field(name: &'static str) -> CqlField {
        CqlField { name }
    }

    /// A condition that is CQL already. Nothing in it is escaped: never build it from what a user
    /// types.
    pub fn raw(condition: impl Into<String>) -> Self {
        Self {
            condition: condition.into(),
            outermost: Outermost::Unknown,
            order: Vec::new(),
        }
    }

    fn single(condition: String) -> Self {
        Self {
            condition,
            outermost: Outermost::Nothing,
            order: Vec::new(),
        }
    }

    /// Both conditions. The order of the result is this one's, then the other's.
    pub fn and(self, other: Self) -> Self {
        self.joined(Outermost::And, " and ", other)
    }

    /// One of the conditions, or both. The order of the result is this one's, then the other's.
    pub fn or(self, other: Self) -> Self {
        self.joined(Outermost::Or, " or ", other)
    }

    /// What the condition is not true of. A search needs a positive condition beside it.
    #[allow(clippy::should_implement_trait)] // `and`, `or` and `not` read as one
    pub fn not(self) -> Self {
        Self {
            condition: format!("not ({})", self.condition),
            outermost: Outermost::Nothing,
            ..self
        }
    }

    /// Sorts what is found by a field, upwards; a second call sorts what the first leaves equal.
    pub fn ascending(mut self, field: &'static str) -> Self {
        self.order.push(format!("{field} asc"));
        self
    }

    /// Sorts what is found by a field, downwards; a second call sorts what the first leaves equal.
    pub fn descending(mut self, field: &'static str) -> Self {
        self.order.push(format!("{field} desc"));
        self
    }

    fn joined(mut self, by: Outermost, word: &str, other: Self) -> Self {
        let condition = format!("{}{word}{}", self.within(by), other.within(by));
        self.order.extend(other.order);
        Self {
            condition,
            outermost: by,
            order: self.order,
        }
    }

    /// The condition as a part of a larger one.
    fn within(&self, by: Outermost) -> String {
        match self.outermost == Outermost::Nothing || self.outermost == by {
            true => self.condition.clone(),
            false => format!("({})", self.condition),
        }
    }
}

impl fmt::Display for Cql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.condition)?;
        match self.order.is_empty() {
            true => Ok(()),
            false => write!(f, " order by {}", self.order.join(", ")),
        }
    }
}

impl From<Cql> for String {
    fn from(cql: Cql) -> Self {
        cql.to_string()
    }
}

impl From<&Cql> for String {
    fn from(cql: &Cql) -> Self {
        cql.to_string()
    }
}

/// A field that a condition is about; made by [`Cql::field`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "a field alone is no condition"]
pub struct CqlField {
    name: &'static str,
}

impl CqlField {
    /// The field has this value.
    pub fn equals(self, value: impl Into<CqlValue>) -> Cql {
        self.compared("=", value.into())
    }

    /// The field has another value than this.
    pub fn differs_from(self, value: impl Into<CqlValue>) -> Cql {
        self.compared("!=", value.into())
    }

    /// The field has one of these values. The server refuses an empty list (400): nothing would be found.
    pub fn one_of<V: Into<CqlValue>>(self, values: impl IntoIterator<Item = V>) -> Cql {
        self.listed("in", values)
    }

    /// The field has none of these values. The server refuses an empty list (400).
    pub fn none_of<V: Into<CqlValue>>(self, values: impl IntoIterator<Item = V>) -> Cql {
        self.listed("not in", values)
    }

    /// The text field holds these words, in any order. The words mean themselves: `*`, `?`, `"`, `AND`
    /// and the like have no power here.
    pub fn contains(self, words: impl AsRef<str>) -> Cql {
        self.compared("~", literal(words.as_ref()).into())
    }

    /// The text field does not hold these words; like [`contains`](Self::contains) otherwise.
    pub fn lacks(self, words: impl AsRef<str>) -> Cql {
        self.compared("!~", literal(words.as_ref()).into())
    }

    /// The text field holds these words side by side, in this order.
    pub fn contains_phrase(self, phrase: impl AsRef<str>) -> Cql {
        self.compared("~", format!("\"{}\"", literal(phrase.as_ref())).into())
    }

    /// The text field matches a pattern with the search's own signs: `*` and `?` stand for letters,
    /// `"…"` for a phrase, `AND`, `OR` and `NOT` join. A user's words belong in
    /// [`contains`](Self::contains).
    pub fn matches(self, pattern: impl Into<String>) -> Cql {
        self.compared("~", pattern.into().into())
    }

    /// The field is greater or later than this. Dates are `2026-01-31` or `2026-01-31 14:30`, in the
    /// time zone of the user who searches.
    pub fn greater_than(self, value: impl Into<CqlValue>) -> Cql {
        self.compared(">", value.into())
    }

    /// The field is this, greater or later.
    pub fn at_least(self, value: impl Into<CqlValue>) -> Cql {
        self.compared(">=", value.into())
    }

    /// The field is less or earlier than this.
    pub fn less_than(self, value: impl Into<CqlValue>) -> Cql {
        self.compared("<", value.into())
    }

    /// The field is this, less or earlier.
    pub fn at_most(self, value: impl Into<CqlValue>) -> Cql {
        self.compared("<=", value.into())
    }

    fn compared(self, operator: &str, value: CqlValue) -> Cql {
        Cql::single(format!("{} {operator} {}", self.name, value.0))
    }

    fn listed<V: Into<CqlValue>>(self, operator: &str, values: impl IntoIterator<Item = V>) -> Cql {
        let values: Vec<String> = values.into_iter().map(|value| value.into().0).collect();
        Cql::single(format!("{} {operator} ({})", self.name, values.join(", ")))
    }
}

/// A value in a condition: a text, a number, or a function of the server's such as `currentUser()`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CqlValue(String);

impl CqlValue {
    /// What a function of the server's gives: `now("-4w")`, `currentUser()`, `startOfMonth()`.
    #[must_use]
    pub fn function<A: Into<CqlValue>>(
        name: &'static str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let arguments: Vec<String> = arguments
            .into_iter()
            .map(|argument| argument.into().0)
            .collect();
        Self(format!("{name}({})", arguments.join(", ")))
    }

    /// Whoever asks: `currentUser()`.
    #[must_use]
    pub fn current_user() -> Self {
        Self("currentUser()".to_owned())
    }
}

impl From<&str> for CqlValue {
    fn from(text: &str) -> Self {
        let mut quoted = String::with_capacity(text.len() + 2);
        quoted.push('"');
        for character in text.chars() {
            if matches!(character, '"' | '\\') {
                quoted.push('\\');
            }
            quoted.push(character);
        }
        quoted.push('"');
        Self(quoted)
    }
}

macro_rules! value_from {
    (text: $($text:ty),*; number: $($number:ty),*) => {
        $(impl From<$text> for CqlValue {
            fn from(text: $text) -> Self {
                Self::from(AsRef::<str>::as_ref(&text))
            }
        })*
        $(impl From<$number> for CqlValue {
            fn from(number: $number) -> Self {
                Self(number.to_string())
            }
        })*
    };
}

value_from! {
    text: String, &String, crate::SpaceKey, &crate::SpaceKey, crate::ContentId, &crate::ContentId,
        crate::AccountId, &crate::AccountId, crate::UserKey, &crate::UserKey, crate::Username, &crate::Username,
        crate::GroupName, &crate::GroupName;
    number: i32, i64, u32, u64
}

/// Text whose signs and words have no power in a text search.
fn literal(text: &str) -> String {
    let words = text.split_inclusive(char::is_whitespace);
    words.fold(String::with_capacity(text.len()), |mut literal, word| {
        if matches!(word.trim_end(), "AND" | "OR" | "NOT") {
            literal.push('\\');
        }
        for character in word.chars() {
            if POWERFUL.contains(character) {
                literal.push('\\');
            }
            literal.push(character);
        }
        literal
    })
}

/// The signs that mean something in a text search.
const POWERFUL: &str = "\\+-!():^[]\"{}~*?|&/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_leaves_its_quotes() {
        for hostile in [
            r#"x" or space = "SECRET"#,
            r"x\",
            r#"\""#,
            r#"\\" or 1=1"#,
            "'",
            "a\nb",
            "",
        ] {
            let cql = Cql::field("title").equals(hostile).to_string();
            let inside = cql
                .strip_prefix("title = \"")
                .and_then(|rest| rest.strip_suffix('"'));
            let inside = inside.map(|inside| inside.replace(r"\\", "").replace(r#"\""#, ""));
            assert!(
                inside.is_some_and(|inside| !inside.contains(['"', '\\'])),
                "{cql}"
            );
        }
        assert_eq!(
            Cql::field("title").equals(r#"a"b\c"#).to_string(),
            r#"title = "a\"b\\c""#
        );
    }

    #[test]
    fn words_mean_themselves() {
        let cql = |words| Cql::field("text").contains(words).to_string();
        assert_eq!(cql("plain words"), r#"text ~ "plain words""#);
        assert_eq!(cql("C++ (draft)"), r#"text ~ "C\\+\\+ \\(draft\\)""#);
        assert_eq!(cql(r#"say "hi""#), r#"text ~ "say \\\"hi\\\"""#);
        assert_eq!(
            cql("this AND that NOT"),
            r#"text ~ "this \\AND that \\NOT""#
        );
        assert_eq!(cql("ANDROID or NOTES"), r#"text ~ "ANDROID or NOTES""#);
    }

    #[test]
    fn a_phrase_is_quoted_twice_and_a_pattern_once() {
        assert_eq!(
            Cql::field("text").contains_phrase("a b*").to_string(),
            r#"text ~ "\"a b\\*\"""#
        );
        assert_eq!(
            Cql::field("text").matches("rel*").to_string(),
            r#"text ~ "rel*""#
        );
    }

    #[test]
    fn parentheses_keep_what_was_meant() {
        let (a, b, c) = (
            Cql::field("a").equals(1),
            Cql::field("b").equals(2),
            Cql::field("c").equals(3),
        );
        let text = |cql: Cql| cql.to_string();
        assert_eq!(
            text(a.clone().and(b.clone()).and(c.clone())),
            "a = 1 and b = 2 and c = 3"
        );
        assert_eq!(
            text(a.clone().or(b.clone()).and(c.clone())),
            "(a = 1 or b = 2) and c = 3"
        );
        assert_eq!(
            text(a.clone().and(b.clone().or(c.clone()))),
            "a = 1 and (b = 2 or c = 3)"
        );
        assert_eq!(
            text(a.clone().and(b.clone()).or(c.clone())),
            "(a = 1 and b = 2) or c = 3"
        );
        assert_eq!(
            text(a.clone().or(b.clone()).not().and(c.clone())),
            "not (a = 1 or b = 2) and c = 3"
        );
        assert_eq!(
            text(a.and(Cql::raw("b = 2 or c = 3"))),
            "a = 1 and (b = 2 or c = 3)"
        );
    }

    #[test]
    fn the_order_comes_last_however_it_was_built() {
        let ordered = Cql::field("a").equals(1).ascending("title");
        let cql = ordered.and(Cql::field("b").equals(2).descending("created"));
        assert_eq!(
            cql.to_string(),
            "a = 1 and b = 2 order by title asc, created desc"
        );
        assert_eq!(String::from(&cql), String::from(cql));
    }

    #[test]
    fn lists_and_functions() {
        let spaces = [crate::SpaceKey::new("A"), crate::SpaceKey::new("B\"")];
        assert_eq!(
            Cql::field("space").none_of(&spaces).to_string(),
            r#"space not in ("A", "B\"")"#
        );
        let mine = Cql::field("creator").equals(CqlValue::current_user());
        assert_eq!(mine.to_string(), "creator = currentUser()");
        let week = CqlValue::function("startOfWeek", ["-1w"]);
        assert_eq!(
            Cql::field("created").less_than(week).to_string(),
            r#"created < startOfWeek("-1w")"#
        );
        let today = CqlValue::function("startOfDay", [0_i32; 0]);
        assert_eq!(
            Cql::field("created").at_most(today).to_string(),
            "created <= startOfDay()"
        );
    }

    /// A condition by its meaning: which of four things must hold.
    #[derive(Clone, Debug)]
    enum Meant {
        Thing(usize),
        /// Written by hand, with a weak word outside.
        Raw(usize, usize),
        And(Box<Meant>, Box<Meant>),
        Or(Box<Meant>, Box<Meant>),
        Not(Box<Meant>),
    }

    const THINGS: [&str; 4] = ["a", "b", "c", "d"];

    impl Meant {
        fn built(&self) -> Cql {
            match self {
                Self::Thing(it) => Cql::field(THINGS[*it]).equals(1),
                Self::Raw(one, other) => {
                    Cql::raw(format!("{} = 1 or {} = 1", THINGS[*one], THINGS[*other]))
                }
                Self::And(one, other) => one.built().and(other.built()),
                Self::Or(one, other) => one.built().or(other.built()),
                Self::Not(it) => it.built().not(),
            }
        }

        fn holds(&self, world: u8) -> bool {
            let thing = |it: &usize| world >> it & 1 == 1;
            match self {
                Self::Thing(it) => thing(it),
                Self::Raw(one, other) => thing(one) || thing(other),
                Self::And(one, other) => one.holds(world) && other.holds(world),
                Self::Or(one, other) => one.holds(world) || other.holds(world),
                Self::Not(it) => !it.holds(world),
            }
        }
    }

    /// Reads a condition as a server does, where `not` binds tighter than `and`, and `and` than `or`.
    struct Reader<'a> {
        words: std::iter::Peekable<std::str::SplitWhitespace<'a>>,
        world: u8,
    }

    impl Reader<'_> {
        fn holds(text: &str, world: u8) -> bool {
            let spaced = text.replace('(', " ( ").replace(')', " ) ");
            let words = spaced.split_whitespace().peekable();
            let mut reader = Reader { words, world };
            let holds = reader.or();
            assert_eq!(reader.words.next(), None, "{text}");
            holds
        }

        fn or(&mut self) -> bool {
            let mut holds = self.and();
            while self.words.next_if_eq(&"or").is_some() {
                holds |= self.and();
            }
            holds
        }

        fn and(&mut self) -> bool {
            let mut holds = self.not();
            while self.words.next_if_eq(&"and").is_some() {
                holds &= self.not();
            }
            holds
        }

        fn not(&mut self) -> bool {
            match self.words.next() {
                Some("not") => !self.not(),
                Some("(") => {
                    let holds = self.or();
                    assert_eq!(self.words.next(), Some(")"));
                    holds
                }
                Some(thing) => {
                    let it = THINGS.iter().position(|other| *other == thing);
                    let it = it.unwrap_or_else(|| panic!("{thing} is no thing"));
                    assert_eq!(
                        (self.words.next(), self.words.next()),
                        (Some("="), Some("1"))
                    );
                    self.world >> it & 1 == 1
                }
                None => panic!("it ends too early"),
            }
        }
    }

    /// A quoted value by its meaning, and what follows it.
    fn unquoted(text: &str) -> (String, &str) {
        let mut value = String::new();
        let mut rest = text.strip_prefix('"').expect("it is quoted").chars();
        loop {
            match rest.next().expect("the quotes are closed") {
                '"' => return (value, rest.as_str()),
                '\\' => value.extend(rest.next()),
                other => value.push(other),
            }
        }
    }

    fn meant() -> impl proptest::strategy::Strategy<Value = Meant> {
        use proptest::prelude::*;
        let thing = prop_oneof![
            (0..4_usize).prop_map(Meant::Thing),
            (0..4_usize, 0..4_usize).prop_map(|(one, other)| Meant::Raw(one, other)),
        ];
        thing.prop_recursive(6, 48, 2, |inner| {
            let two = (inner.clone(), inner.clone());
            prop_oneof![
                two.clone()
                    .prop_map(|(one, other)| Meant::And(one.into(), other.into())),
                two.prop_map(|(one, other)| Meant::Or(one.into(), other.into())),
                inner.prop_map(|it| Meant::Not(it.into())),
            ]
        })
    }

    proptest::proptest! {
        #[test]
        fn a_condition_means_what_was_built(meant in meant()) {
            let text = meant.built().to_string();
            for world in 0..16 {
                assert_eq!(Reader::holds(&text, world), meant.holds(world), "{text}");
            }
        }

        #[test]
        fn a_value_means_itself_wherever_it_stands(one: String, other: String) {
            let cql = Cql::field("title").one_of([&one, &other]).to_string();
            let (first, rest) = unquoted(cql.strip_prefix("title in (").expect("a list"));
            let (second, rest) = unquoted(rest.strip_prefix(", ").expect("two values"));
            assert_eq!((first, second, rest), (one.clone(), other, ")"));
            let now = CqlValue::function("now", [&one]);
            let cql = Cql::field("created").less_than(now).to_string();
            let (argument, rest) = unquoted(cql.strip_prefix("created < now(").expect("a function"));
            assert_eq!((argument, rest), (one, ")"));
        }

        #[test]
        fn words_have_no_power_of_their_own(words: String) {
            let cql = Cql::field("text").contains(&words).to_string();
            let (pattern, rest) = unquoted(cql.strip_prefix("text ~ ").expect("a search"));
            assert_eq!(rest, "");
            // What the text search reads: a sign after a backslash is a letter.
            let (mut letters, mut bare) = (String::new(), String::new());
            let mut signs = pattern.chars();
            while let Some(sign) = signs.next() {
                match sign {
                    '\\' => {
                        letters.extend(signs.next());
                        bare.push('x');
                    }
                    other => {
                        letters.push(other);
                        bare.push(other);
                    }
                }
            }
            assert_eq!(letters, words);
            assert!(!bare.contains(|sign| "+-!():^[]\"{}~*?|&/".contains(sign)), "{pattern}");
            let joins = |word: &str| matches!(word, "AND" | "OR" | "NOT");
            assert!(!bare.split(char::is_whitespace).any(joins), "{pattern}");
        }
    }
}
