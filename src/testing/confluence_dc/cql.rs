//! CQL, read: conditions joined by AND, OR and NOT, and an order.

/// A query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    /// `None` finds everything: a query may consist of its order alone.
    pub(super) condition: Option<Condition>,
    pub(super) order: Vec<Order>,
}

/// What is to be true of what is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    Field(Clause),
}

/// A field compared with values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// In lower case: the server does not tell them apart.
    pub(super) field: String,
    pub(super) operator: Operator,
    /// One, or several after `in`.
    pub(super) values: Vec<Operand>,
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equals,
    Differs,
    Contains,
    ContainsNot,
    Above,
    AtLeast,
    Below,
    AtMost,
    In,
    NotIn,
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operand {
    Text(String),
    /// A function, by its name in lower case, and its arguments.
    Function(String, Vec<String>),
}

/// A field that what is found is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) field: String,
    pub(super) descending: bool,
}

/// Nothing is nested deeper: a query of parentheses alone would exhaust the stack.
const DEEPEST: usize = 64;

/// A piece of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A word without quotes: a name, a keyword, a number.
    Word(String),
    /// A text in quotes.
    Quoted(String),
    /// Punctuation, operators included.
    Sign(&'static str),
}

/// Reads a query; the error says what is wrong with it.
pub(super) fn parse(cql: &str) -> Result<Query, String> {
    let mut reader = Reader {
        tokens: tokens(cql)?.into(),
        depth: 0,
    };
    let condition = match reader.at_order() || reader.tokens.is_empty() {
        true => None,
        false => Some(reader.any_of()?),
    };
    let order = match reader.at_order() {
        true => reader.order()?,
        false => Vec::new(),
    };
    match reader.tokens.front() {
        None => Ok(Query { condition, order }),
        Some(token) => Err(format!("unexpected {token:?}")),
    }
}

/// The signs, the longer ones first.
const SIGNS: [&str; 11] = ["!=", "!~", ">=", "<=", "=", "~", ">", "<", "(", ")", ","];

fn tokens(cql: &str) -> Result<Vec<Token>, String> {
    let (mut rest, mut tokens) = (cql.trim_start(), Vec::new());
    while let Some(first) = rest.chars().next() {
        let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
        let (token, after) = match (first, sign) {
            ('"' | '\'', _) => quoted(rest, first)?,
            (_, Some(sign)) => (
                Token::Sign(sign),
                rest.get(sign.len()..).unwrap_or_default(),
            ),
            _ => word(rest)?,
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

/// A text in quotes, in which a backslash takes the next letter as it is.
fn quoted(text: &str, quote: char) -> Result<(Token, &str), String> {
    let mut letters = text.char_indices().skip(1);
    let mut value = String::new();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            end if end == quote => {
                let after = text.get(at + 1..).unwrap_or_default();
                return Ok((Token::Quoted(value), after));
            }
            other => value.push(other),
        }
    }
    Err("a quote that is not closed".to_owned())
}

fn word(text: &str) -> Result<(Token, &str), String> {
    let ends = |letter: char| letter.is_whitespace() || "=!~<>(),\"'".contains(letter);
    let end = text.find(ends).unwrap_or(text.len());
    if end == 0 {
        return Err(format!("unexpected {text}"));
    }
    let (word, after) = text.split_at(end);
    Ok((Token::Word(word.to_owned()), after))
}

struct Reader {
    tokens: std::collections::VecDeque<Token>,
    depth: usize,
}

impl Reader {
    fn at_word(&self, place: usize, word: &str) -> bool {
        matches!(self.tokens.get(place), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word))
    }

    fn at_order(&self) -> bool {
        self.at_word(0, "order") && self.at_word(1, "by")
    }

    /// Takes this word, if it is the next.
    fn take_word(&mut self, word: &str) -> bool {
        let found = self.at_word(0, word);
        if found {
            self.tokens.pop_front();
        }
        found
    }

    /// Takes this sign, if it is the next.
    fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.front(), Some(Token::Sign(found)) if *found == sign);
        if found {
            self.tokens.pop_front();
        }
        found
    }

    fn need_sign(&mut self, sign: &str) -> Result<(), String> {
        match self.take_sign(sign) {
            true => Ok(()),
            false => Err(self.instead_of(sign)),
        }
    }

    fn instead_of(&self, wanted: &str) -> String {
        match self.tokens.front() {
            Some(Token::Word(found) | Token::Quoted(found)) => {
                format!("expected {wanted}, found '{found}'")
            }
            Some(Token::Sign(found)) => format!("expected {wanted}, found '{found}'"),
            None => format!("expected {wanted}, found the end"),
        }
    }

    fn any_of(&mut self) -> Result<Condition, String> {
        let mut left = self.all_of()?;
        while self.take_word("or") {
            left = Condition::Or(Box::new(left), Box::new(self.all_of()?));
        }
        Ok(left)
    }

    fn all_of(&mut self) -> Result<Condition, String> {
        let mut left = self.single()?;
        while self.take_word("and") {
            left = Condition::And(Box::new(left), Box::new(self.single()?));
        }
        Ok(left)
    }

    fn single(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("too many parentheses in each other".to_owned());
        }
        let condition = if self.take_word("not") {
            Condition::Not(Box::new(self.single()?))
        } else if self.take_sign("(") {
            let inner = self.any_of()?;
            self.need_sign(")")?;
            inner
        } else {
            Condition::Field(self.clause()?)
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn clause(&mut self) -> Result<Clause, String> {
        let field = self.field()?;
        let operator = self.operator()?;
        let values = match operator {
            Operator::In | Operator::NotIn => self.list()?,
            _ => vec![self.operand()?],
        };
        Ok(Clause {
            field,
            operator,
            values,
        })
    }

    fn field(&mut self) -> Result<String, String> {
        let name = match self.tokens.front() {
            Some(Token::Word(name)) => name.to_ascii_lowercase(),
            _ => return Err(self.instead_of("a field")),
        };
        self.tokens.pop_front();
        Ok(name)
    }

    fn operator(&mut self) -> Result<Operator, String> {
        for (sign, operator) in [
            ("=", Operator::Equals),
            ("!=", Operator::Differs),
            ("~", Operator::Contains),
            ("!~", Operator::ContainsNot),
            (">", Operator::Above),
            (">=", Operator::AtLeast),
            ("<", Operator::Below),
            ("<=", Operator::AtMost),
        ] {
            if self.take_sign(sign) {
                return Ok(operator);
            }
        }
        match (self.take_word("not"), self.take_word("in")) {
            (false, true) => Ok(Operator::In),
            (true, true) => Ok(Operator::NotIn),
            _ => Err(self.instead_of("an operator")),
        }
    }

    fn list(&mut self) -> Result<Vec<Operand>, String> {
        self.need_sign("(")?;
        let mut values = vec![self.operand()?];
        while self.take_sign(",") {
            values.push(self.operand()?);
        }
        self.need_sign(")")?;
        Ok(values)
    }

    fn operand(&mut self) -> Result<Operand, String> {
        let word = match self.tokens.front() {
            Some(Token::Quoted(text)) => {
                let value = Operand::Text(text.clone());
                self.tokens.pop_front();
                return Ok(value);
            }
            Some(Token::Word(word)) => word.clone(),
            _ => return Err(self.instead_of("a value")),
        };
        self.tokens.pop_front();
        if !self.take_sign("(") {
            return Ok(Operand::Text(word));
        }
        let mut arguments = Vec::new();
        while let Some(Token::Word(text) | Token::Quoted(text)) = self.tokens.front() {
            arguments.push(text.clone());
            self.tokens.pop_front();
            if !self.take_sign(",") {
                break;
            }
        }
        self.need_sign(")")?;
        Ok(Operand::Function(word.to_ascii_lowercase(), arguments))
    }

    fn order(&mut self) -> Result<Vec<Order>, String> {
        self.tokens.drain(..2);
        let mut order = Vec::new();
        loop {
            let field = self.field()?;
            let descending = self.take_word("desc");
            if !descending {
                self.take_word("asc");
            }
            order.push(Order { field, descending });
            if !self.take_sign(",") {
                return Ok(order);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clause(field: &str, operator: Operator, values: &[&str]) -> Condition {
        Condition::Field(Clause {
            field: field.to_owned(),
            operator,
            values: values
                .iter()
                .map(|value| Operand::Text((*value).to_owned()))
                .collect(),
        })
    }

    #[test]
    fn and_binds_tighter_than_or_and_parentheses_than_both() {
        let (a, b, c) = (
            || Box::new(clause("a", Operator::Equals, &["1"])),
            || Box::new(clause("b", Operator::Differs, &["x y"])),
            || Box::new(clause("c", Operator::NotIn, &["2", "3"])),
        );
        let read = |cql: &str| parse(cql).ok().and_then(|query| query.condition);
        assert_eq!(
            read("a=1 OR B != 'x y' and c not in (2, \"3\")"),
            Some(Condition::Or(a(), Box::new(Condition::And(b(), c()))))
        );
        assert_eq!(
            read("not (a = 1 or b!=\"x y\") AND c NOT IN(2,3)"),
            Some(Condition::And(
                Box::new(Condition::Not(Box::new(Condition::Or(a(), b())))),
                c()
            ))
        );
    }

    #[test]
    fn values_are_texts_words_and_functions() {
        let read = |cql: &str| match parse(cql) {
            Ok(Query {
                condition: Some(Condition::Field(clause)),
                order,
            }) => Some((clause.values, order.len())),
            _ => None,
        };
        let text = |value: &str| vec![Operand::Text(value.to_owned())];
        assert_eq!(
            read(r#"title ~ "a \"b\" \\ c*""#),
            Some((text(r#"a "b" \ c*"#), 0))
        );
        assert_eq!(read("space.key = ~admin"), None);
        let now = Operand::Function("now".to_owned(), vec!["-4w".to_owned()]);
        assert_eq!(
            read("created >= NOW(\"-4w\") order by title desc, created"),
            Some((vec![now], 2))
        );
        assert_eq!(
            read("creator = currentUser()"),
            Some((vec![Operand::Function("currentuser".to_owned(), vec![])], 0))
        );
    }

    #[test]
    fn what_is_no_query_is_refused_with_the_reason() {
        for (cql, reason) in [
            ("space", "expected an operator, found the end"),
            ("space =", "expected a value, found the end"),
            ("= TEST", "expected a field, found '='"),
            ("space = TEST type = page", "unexpected"),
            ("space in TEST", "expected (, found 'TEST'"),
            ("space in (TEST", "expected ), found the end"),
            ("title = \"open", "a quote that is not closed"),
            ("title = a order by", "expected a field, found the end"),
            ("a = 1 and", "expected a field, found the end"),
            ("a ! b", "unexpected ! b"),
        ] {
            let told = parse(cql).err().unwrap_or_default();
            assert!(told.contains(reason), "{cql}: {told}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&"not ".repeat(100_000)).is_err());
    }
}
