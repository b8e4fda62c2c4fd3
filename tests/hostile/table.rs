//! The table: every way in which a server or what is before it can misbehave.

use spacewright::ErrorKind as Kind;

use super::row::{Op, Row, row, rows};
use super::server::{Step, answer, json, raw, with};

pub(super) const SPACE: &str = r#"{"id": 7, "key": "TEST", "name": "A test", "type": "global"}"#;
const HTML: &str = "<!DOCTYPE html><html><body><form action='/login'>Log in</form></body></html>";
const HTML_TYPE: &str = "Content-Type: text/html;charset=UTF-8\r\n";

pub fn table() -> Vec<Row> {
    let tables = [
        connections(),
        framing(),
        bodies(),
        pages(),
        statuses(),
        redirects(),
        waits(),
        downloads(),
        gzip(),
        brotli(),
    ];
    tables.into_iter().flatten().collect()
}

fn send(bytes: impl AsRef<[u8]>) -> Step {
    Step::Send(bytes.as_ref().to_vec())
}

fn ok(body: impl AsRef<[u8]>) -> Vec<Step> {
    json("200 OK", body)
}

fn status(status: &str) -> Vec<Step> {
    json(status, "")
}

fn html(status: &str) -> Vec<Step> {
    with(status, HTML_TYPE, HTML)
}

/// The connection breaks, or nothing comes.
fn connections() -> Vec<Row> {
    let begun = || {
        let mut begun = answer("200 OK", "", SPACE);
        begun.truncate(begun.len() - 10);
        begun
    };
    vec![
        row("closed without an answer", Op::Get, vec![]).fails(
            Kind::Interrupted,
            0,
            3,
            "the connection broke",
        ),
        row("closed without an answer, create", Op::Create, vec![]).fails(
            Kind::Interrupted,
            0,
            1,
            "look before you repeat",
        ),
        row("reset without an answer", Op::Put, vec![Step::Reset]).fails(
            Kind::Interrupted,
            0,
            3,
            "the connection broke",
        ),
        row(
            "reset in the status line, create",
            Op::Create,
            vec![send("HTTP/1.1 20"), Step::Reset],
        )
        .fails(Kind::Interrupted, 0, 1, "look before you repeat"),
        row(
            "reset within the body",
            Op::Get,
            vec![Step::Send(begun()), Step::Reset],
        )
        .fails(Kind::Interrupted, 200, 3, "cut short"),
        row(
            "reset within the body, create",
            Op::Create,
            vec![Step::Send(begun()), Step::Reset],
        )
        .fails(Kind::Interrupted, 200, 1, "look before you repeat"),
        rows(
            "broken once, then well",
            Op::Get,
            vec![vec![Step::Reset], ok(SPACE)],
        )
        .succeeds(2),
        rows(
            "cut once, then well",
            Op::Get,
            vec![vec![Step::Send(begun())], ok(SPACE)],
        )
        .succeeds(2),
        row("nothing comes", Op::Get, vec![Step::Stall]).fails(
            Kind::Timeout,
            0,
            2,
            "no whole answer within",
        ),
        row("nothing comes, create", Op::Create, vec![Step::Stall]).fails(
            Kind::Timeout,
            0,
            1,
            "look before you repeat",
        ),
        row(
            "the head stalls",
            Op::Delete,
            vec![send("HTTP/1.1 200 OK\r\nX-A: "), Step::Stall],
        )
        .fails(Kind::Timeout, 0, 2, "no whole answer"),
        row(
            "the body stalls",
            Op::Get,
            vec![Step::Send(begun()), Step::Stall],
        )
        .fails(Kind::Timeout, 200, 2, "no whole answer"),
        row(
            "the body stalls, create",
            Op::Create,
            vec![Step::Send(begun()), Step::Stall],
        )
        .fails(Kind::Timeout, 200, 1, "look before you repeat"),
        row(
            "the body of a refusal stalls",
            Op::Get,
            vec![
                send("HTTP/1.1 404 Not Found\r\nX-Request-Id: req-7\r\nContent-Length: 9\r\n\r\n{"),
                Step::Stall,
            ],
        )
        .fails(Kind::NotFound, 404, 1, "404"),
        row(
            "an upload cannot be repeated",
            Op::Upload,
            status("503 Service Unavailable"),
        )
        .fails(Kind::Server, 503, 1, "503"),
        row(
            "an upload is not repeated after 429",
            Op::Upload,
            status("429 Too Many Requests"),
        )
        .fails(
            Kind::RateLimited,
            429,
            1,
            "is a stream and cannot be sent again",
        ),
    ]
}

/// What comes is not quite HTTP.
fn framing() -> Vec<Row> {
    let chunked = |rest: &str| {
        raw(format!(
            "HTTP/1.1 200 OK\r\nX-Request-Id: req-7\r\nTransfer-Encoding: chunked\r\n\r\n{rest}"
        ))
    };
    let head = |line: &str| {
        raw(format!(
            "HTTP/1.1 200 OK\r\n{line}\r\nContent-Length: {}\r\n\r\n{SPACE}",
            SPACE.len()
        ))
    };
    let early =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>; rel=next\r\n\r\n";
    let after_hints = [early.as_bytes().to_vec(), answer("200 OK", "", SPACE)].concat();
    let smuggled = [
        answer("200 OK", "", SPACE),
        answer("200 OK", "", r#"{"key":"EVIL"}"#),
    ]
    .concat();
    vec![
        row("no HTTP at all", Op::Get, raw("SSH-2.0-OpenSSH_9.6\r\n")).fails(Kind::Interrupted, 0, 3, "no HTTP"),
        row("HTTP/0.9", Op::Get, raw(SPACE)).fails(Kind::Interrupted, 0, 3, "no HTTP"),
        row("a TLS alert", Op::Get, raw(b"\x15\x03\x01\x00\x02\x02\x46")).fails(Kind::Interrupted, 0, 3, "no HTTP"),
        row("a status of four digits", Op::Create, raw("HTTP/1.1 2000 OK\r\n\r\n")).fails(Kind::Interrupted, 0, 1, "no HTTP"),
        row("two lengths", Op::Get, head("Content-Length: 5")).fails(Kind::Interrupted, 0, 3, "no HTTP"),
        row("a negative length", Op::Get, raw("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")).fails(Kind::Interrupted, 0, 3, "no HTTP"),
        row("a length that is too large", Op::Get, raw(format!("HTTP/1.1 200 OK\r\nX-Request-Id: req-7\r\nContent-Length: 500\r\n\r\n{SPACE}")))
            .fails(Kind::Interrupted, 200, 3, "cut short"),
        row("a length that is too small", Op::Get, raw(format!("HTTP/1.1 200 OK\r\nX-Request-Id: req-7\r\nContent-Length: 20\r\n\r\n{SPACE}")))
            .fails(Kind::Malformed, 200, 1, "ends in the middle"),
        row("a huge length is announced", Op::Get, raw("HTTP/1.1 200 OK\r\nX-Request-Id: req-7\r\nContent-Length: 18446744073709551000\r\n\r\n{}"))
            .fails(Kind::TooLarge, 200, 1, "limit of 65536 bytes"),
        row("no length at all", Op::Get, raw(format!("HTTP/1.1 200 OK\r\n\r\n{SPACE}"))).succeeds(1),
        row("HTTP/1.0", Op::Get, raw(format!("HTTP/1.0 200 OK\r\n\r\n{SPACE}"))).succeeds(1),
        row("chunks", Op::Get, chunked(&format!("{:x}\r\n{SPACE}\r\n0\r\n\r\n", SPACE.len()))).succeeds(1),
        row("chunks with trailers", Op::Get, chunked(&format!("{:x}\r\n{SPACE}\r\n0\r\nX-T: 1\r\n\r\n", SPACE.len()))).succeeds(1),
        row("chunks without an end", Op::Get, chunked("5\r\n{\"id\"\r\n")).fails(Kind::Interrupted, 200, 3, "cut short"),
        row("a chunk of no number", Op::Get, chunked("zz\r\n{}\r\n0\r\n\r\n")).fails(Kind::Interrupted, 200, 3, "cut short"),
        row("a chunk of endless size", Op::Get, chunked("ffffffffffffffffff\r\n{}")).fails(Kind::Interrupted, 200, 3, "cut short"),
        row("interim answers", Op::Get, vec![Step::Send(after_hints), Step::Keep]).succeeds(1),
        row("switching protocols", Op::Get, raw("HTTP/1.1 101 Switching Protocols\r\nX-Request-Id: req-7\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"))
            .fails(Kind::Status, 101, 1, "101"),
        row("a header without end", Op::Get, raw(["HTTP/1.1 200 OK\r\nX-A: ".to_owned(), "a".repeat(1 << 20)].concat()))
            .fails(Kind::Interrupted, 0, 3, "no HTTP"),
        row("a thousand headers", Op::Get, raw(format!("HTTP/1.1 200 OK\r\n{}\r\n{SPACE}", "X-A: 1\r\n".repeat(1000))))
            .fails(Kind::Interrupted, 0, 3, "no HTTP"),
        row("a header that is no ASCII", Op::Get, head("X-Note: gr\u{fc}n \u{1F600}")).succeeds(1),
        row("a header with a line break", Op::Get, head("X-Note: a\r\n b")).fails(Kind::Interrupted, 0, 3, "no HTTP"),
        row("a cookie", Op::Get, head("Set-Cookie: JSESSIONID=t0ken; Path=/")).succeeds(1),
        row("a header of 64 KiB", Op::Get, head(&format!("X-Long: {}", "a".repeat(64 << 10)))).succeeds(1),
        row("chunks and a length", Op::Get, raw(format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n{:x}\r\n{SPACE}\r\n0\r\n\r\n", SPACE.len())))
            .succeeds(1),
        row("a version that is none", Op::Get, raw("HTTP/9.9 200 OK\r\n\r\n{}")).fails(Kind::Interrupted, 0, 3, "no HTTP"),
        row("a chunk with an endless extension", Op::Get, chunked(&format!("2;{}", "x".repeat(1 << 20))))
            .fails(Kind::Interrupted, 200, 3, "cut short"),
        row("a second answer behind the first", Op::Get, vec![Step::Send(smuggled), Step::Keep]).succeeds(1),
    ]
}

/// Successes whose body is not what was promised.
fn bodies() -> Vec<Row> {
    let bom = |text: &str| [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let in_links = |depth: usize| format!(r#"{{"key":"TEST","permissions":{}}}"#, nested(depth));
    let filled = |size: usize| format!("{SPACE}{}", " ".repeat(size - SPACE.len()));
    vec![
        row("an empty body", Op::Get, ok("")).fails(
            Kind::Empty,
            200,
            1,
            "empty where JSON was due",
        ),
        row("an empty body, create", Op::Create, ok(" \r\n")).fails(
            Kind::Empty,
            200,
            1,
            "empty where JSON was due",
        ),
        row("204 where JSON was due", Op::Get, status("204 No Content")).fails(
            Kind::Empty,
            204,
            1,
            "empty where JSON was due",
        ),
        row("only a BOM", Op::Get, ok(bom(""))).fails(Kind::Empty, 200, 1, "empty"),
        row("a BOM before the JSON", Op::Get, ok(bom(SPACE))).succeeds(1),
        row(
            "space around the JSON",
            Op::Get,
            ok(format!("\r\n \t{SPACE}\n\n")),
        )
        .succeeds(1),
        row(
            "201 where 200 was published",
            Op::Get,
            json("201 Created", SPACE),
        )
        .succeeds(1),
        row("226", Op::Get, json("226 IM Used", SPACE)).succeeds(1),
        row("299", Op::Get, json("299 Odd", SPACE)).succeeds(1),
        row("JSON without a label", Op::Get, with("200 OK", "", SPACE)).succeeds(1),
        row("200 where 204 was published", Op::Delete, ok("")).succeeds(1),
        row(
            "202 where 204 was published",
            Op::Put,
            json("202 Accepted", "later"),
        )
        .succeeds(1),
        row(
            "204 with a body",
            Op::Delete,
            json("204 No Content", "surprise"),
        )
        .succeeds(1),
        row(
            "a body where none was due",
            Op::Delete,
            ok("{\"done\":true}"),
        )
        .succeeds(1),
        row(
            "JSON labelled as text",
            Op::Get,
            with("200 OK", "Content-Type: text/plain\r\n", SPACE),
        )
        .succeeds(1),
        row(
            "JSON labelled as HTML",
            Op::Get,
            with("200 OK", HTML_TYPE, SPACE),
        )
        .succeeds(1),
        row("invalid UTF-8", Op::Get, ok(b"{\"key\":\"\xff\xfe\"}")).fails(
            Kind::NotUtf8,
            200,
            1,
            "no UTF-8 at `key`",
        ),
        row("Latin-1", Op::Get, ok(b"{\"name\":\"gr\xfcn\"}")).fails(
            Kind::NotUtf8,
            200,
            1,
            "no UTF-8",
        ),
        row("UTF-16", Op::Get, ok(b"\xff\xfe{\0}\0")).fails(Kind::NotUtf8, 200, 1, "no UTF-8"),
        row("deep nesting", Op::Get, ok(nested(100_000 / 4))).fails(
            Kind::Mismatch,
            200,
            1,
            "expected",
        ),
        row("deep nesting in a field", Op::Get, ok(in_links(1000))).fails(
            Kind::TooDeep,
            200,
            1,
            "nested too deeply at `permissions[0]",
        ),
        row(
            "deep nesting in an unknown field",
            Op::Get,
            ok(SPACE.replace('}', &format!(r#","later":{}}}"#, nested(20_000)))),
        )
        .succeeds(1),
        row(
            "an integer out of range",
            Op::Get,
            ok(r#"{"id": 99999999999999999999999}"#),
        )
        .fails(Kind::OutOfRange, 200, 1, "`id`"),
        row(
            "an integer just out of range",
            Op::Get,
            ok(r#"{"id": 9223372036854775808}"#),
        )
        .fails(Kind::OutOfRange, 200, 1, "`id`"),
        row("a number out of range", Op::Get, ok(r#"{"id": 1e400}"#)).fails(
            Kind::OutOfRange,
            200,
            1,
            "`id`",
        ),
        row("a negative zero", Op::Get, ok(r#"{"id": -0}"#)).fails(Kind::Mismatch, 200, 1, "`id`"),
        row("2^63 as a float", Op::Get, ok(r#"{"id": 9.3e18}"#)).fails(
            Kind::OutOfRange,
            200,
            1,
            "`id`",
        ),
        row("NaN", Op::Get, ok(r#"{"id": NaN}"#)).fails(Kind::Malformed, 200, 1, "no JSON at `id`"),
        row("a lone surrogate", Op::Get, ok(r#"{"key": "\ud800"}"#)).fails(
            Kind::Malformed,
            200,
            1,
            "`key`",
        ),
        row(
            "a text where a number was due",
            Op::Get,
            ok(r#"{"id": "t0ken"}"#),
        )
        .fails(Kind::Mismatch, 200, 1, "expected i64"),
        row(
            "a text with serde's own words",
            Op::Get,
            ok(r#"{"id": "t0ken\", expected t0ken"}"#),
        )
        .fails(Kind::Mismatch, 200, 1, "expected i64"),
        row(
            "a list where an object was due",
            Op::Get,
            ok(format!("[{SPACE}]")),
        )
        .fails(Kind::Mismatch, 200, 1, "200"),
        row("null where an object was due", Op::Get, ok("null")).fails(
            Kind::Mismatch,
            200,
            1,
            "invalid type: null",
        ),
        row("a text where an object was due", Op::Get, ok(r#""t0ken""#)).fails(
            Kind::Mismatch,
            200,
            1,
            "invalid type: string, expected",
        ),
        row("a key twice", Op::Get, ok(r#"{"key":"A","key":"B"}"#)).fails(
            Kind::Mismatch,
            200,
            1,
            "duplicate field `key`",
        ),
        row("JSON cut short", Op::Get, ok(r#"{"key":"TE"#)).fails(
            Kind::Malformed,
            200,
            1,
            "in the middle of its JSON",
        ),
        row(
            "garbage after the JSON",
            Op::Get,
            ok(format!("{SPACE} <!-- 4 ms -->")),
        )
        .fails(Kind::Malformed, 200, 1, "goes on after the end"),
        row("two objects", Op::Get, ok(format!("{SPACE}{SPACE}"))).fails(
            Kind::Malformed,
            200,
            1,
            "goes on after the end",
        ),
        row(
            "XML",
            Op::Get,
            with(
                "200 OK",
                "Content-Type: application/xml\r\n",
                "<space key='TEST'/>",
            ),
        )
        .fails(Kind::Malformed, 200, 1, "no JSON"),
        row("a body just at the limit", Op::Get, ok(filled(64 << 10))).succeeds(1),
        row(
            "a body one byte above the limit",
            Op::Get,
            ok(filled((64 << 10) + 1)),
        )
        .fails(Kind::TooLarge, 200, 1, "limit of 65536 bytes"),
        row(
            "a body just at the limit, unannounced",
            Op::Get,
            raw(format!("HTTP/1.1 200 OK\r\n\r\n{}", filled(64 << 10))),
        )
        .succeeds(1),
        row(
            "a body one byte above the limit, unannounced",
            Op::Get,
            raw(format!(
                "HTTP/1.1 200 OK\r\nX-Request-Id: req-7\r\n\r\n{}",
                filled((64 << 10) + 1)
            )),
        )
        .fails(Kind::TooLarge, 200, 1, "limit of 65536 bytes"),
        row(
            "a body above the limit",
            Op::Get,
            ok(format!("{SPACE}{}", " ".repeat(70_000))),
        )
        .fails(Kind::TooLarge, 200, 1, "body_limit"),
        row(
            "a body above the limit, unannounced",
            Op::Get,
            raw(format!(
                "HTTP/1.1 200 OK\r\nX-Request-Id: req-7\r\n\r\n{SPACE}{}",
                " ".repeat(70_000)
            )),
        )
        .fails(Kind::TooLarge, 200, 1, "limit of 65536 bytes"),
        row(
            "an error with status 200",
            Op::Get,
            ok(r#"{"statusCode":403,"message":"No t0ken-marked","reason":"Forbidden"}"#),
        )
        .fails(
            Kind::Forbidden,
            200,
            1,
            "an error of the service all the same: \"No [hidden]\"",
        ),
        row(
            "an error with status 200 where nothing was due",
            Op::Delete,
            ok(r#"{"statusCode":404,"message":"No content"}"#),
        )
        .fails(Kind::NotFound, 200, 1, "No content"),
    ]
}

/// HTML where an answer of the service was due.
fn pages() -> Vec<Row> {
    let unlabelled = "\r\n<!-- proxy -->\n<?xml version='1.0'?><HTML><body>Sign in</body></HTML>";
    vec![
        row("HTML with 200", Op::Get, html("200 OK")).fails(Kind::Html, 200, 1, "login page"),
        row("HTML with 200, create", Op::Create, html("200 OK")).fails(
            Kind::Html,
            200,
            1,
            "login page",
        ),
        row(
            "HTML with 200 where nothing was due",
            Op::Delete,
            html("200 OK"),
        )
        .fails(Kind::Html, 200, 1, "login page"),
        row(
            "HTML without a label",
            Op::Get,
            with("200 OK", "", unlabelled),
        )
        .fails(Kind::Html, 200, 1, "login page"),
        row(
            "HTML in capitals behind a BOM and a long comment",
            Op::Get,
            with(
                "200 OK",
                "",
                format!("\u{feff}<!--{}-->\n<HTML>", "-".repeat(2000)),
            ),
        )
        .fails(Kind::Html, 200, 1, "login page"),
        row("HTML with 429", Op::Get, html("429 Too Many Requests")).fails(
            Kind::RateLimited,
            429,
            3,
            "429",
        ),
        row("HTML labelled as JSON", Op::Get, ok(HTML)).fails(Kind::Html, 200, 1, "login page"),
        row("HTML with 400", Op::Get, html("400 Bad Request")).fails(
            Kind::Html,
            400,
            1,
            "HTML page",
        ),
        row("HTML with 401", Op::Get, html("401 Unauthorized")).fails(
            Kind::Html,
            401,
            1,
            "the credential has expired",
        ),
        row("HTML with 403", Op::Get, html("403 Forbidden")).fails(
            Kind::Html,
            403,
            1,
            "a proxy asks for its own",
        ),
        row("HTML with 404", Op::Get, html("404 Not Found")).fails(
            Kind::Html,
            404,
            1,
            "context path",
        ),
        row("HTML with 500", Op::Get, html("500 Internal Server Error")).fails(
            Kind::Html,
            500,
            1,
            "a proxy",
        ),
        row("HTML with 503", Op::Get, html("503 Service Unavailable")).fails(
            Kind::Html,
            503,
            3,
            "a proxy",
        ),
        row(
            "HTML with 503, create",
            Op::Create,
            html("503 Service Unavailable"),
        )
        .fails(Kind::Html, 503, 1, "a proxy"),
        row("HTML with 504", Op::Get, html("504 Gateway Timeout")).fails(
            Kind::Html,
            504,
            3,
            "a proxy",
        ),
    ]
}

/// Refusals.
fn statuses() -> Vec<Row> {
    let own = r#"{"statusCode":404,"data":{"errors":[{"message":{"translation":"No space"}}]},"message":"No space TEST","reason":"Not Found"}"#;
    let onezone = r#"{"error":{"id":"forbidden","description":"You are not allowed"}}"#;
    let cloud =
        r#"{"errors":[{"status":400,"code":"INVALID","title":"The key is taken","detail":null}]}"#;
    let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    vec![
        row("the service's own 404", Op::Get, json("404 Not Found", own)).fails(
            Kind::NotFound,
            404,
            1,
            "\"No space TEST\"",
        ),
        row(
            "its own error with a BOM",
            Op::Get,
            json("404 Not Found", format!("\u{feff}{own}")),
        )
        .fails(Kind::NotFound, 404, 1, "No space TEST"),
        row(
            "its own error labelled as HTML",
            Op::Get,
            with("404 Not Found", HTML_TYPE, own),
        )
        .fails(Kind::NotFound, 404, 1, "No space TEST"),
        row(
            "another service's error",
            Op::Get,
            json("403 Forbidden", onezone),
        )
        .fails(Kind::Forbidden, 403, 1, "You are not allowed"),
        row(
            "a third service's error",
            Op::Get,
            json("400 Bad Request", cloud),
        )
        .fails(Kind::BadRequest, 400, 1, "The key is taken"),
        row(
            "a gateway's error",
            Op::Get,
            json("502 Bad Gateway", r#"{"error":"upstream"}"#),
        )
        .fails(Kind::Server, 502, 3, "upstream"),
        row("an empty error", Op::Get, status("401 Unauthorized")).fails(
            Kind::Unauthorized,
            401,
            1,
            "401 Unauthorized; the credential was refused",
        ),
        row(
            "an error of plain text",
            Op::Get,
            json("409 Conflict", "busy"),
        )
        .fails(Kind::Conflict, 409, 1, "409 Conflict: \"busy\""),
        row(
            "an error that is a JSON text",
            Op::Get,
            json("409 Conflict", r#""busy""#),
        )
        .fails(Kind::Conflict, 409, 1, "409 Conflict: \"busy\""),
        row(
            "an error of plain text that repeats the credential",
            Op::Get,
            json(
                "400 Bad Request",
                "no t0ken-marked\nat org.example.Trace(7)",
            ),
        )
        .fails(Kind::BadRequest, 400, 1, "\"no [hidden]\""),
        row(
            "an error cut short",
            Op::Get,
            raw("HTTP/1.1 410 Gone\r\nX-Request-Id: req-7\r\nContent-Length: 99\r\n\r\n{\"mess"),
        )
        .fails(Kind::NotFound, 410, 1, "410"),
        row(
            "an error nested deeply",
            Op::Get,
            json("400 Bad Request", deep),
        )
        .fails(Kind::BadRequest, 400, 1, "400"),
        row(
            "an endless error",
            Op::Get,
            json("422 Unprocessable Content", "x".repeat(1 << 20)),
        )
        .fails(Kind::BadRequest, 422, 1, "422"),
        row(
            "a message with line breaks",
            Op::Get,
            json(
                "400 Bad Request",
                r#"{"message":"a\r\nFAKE LOG \u001b[31m\u202e"}"#,
            ),
        )
        .fails(Kind::BadRequest, 400, 1, "a  FAKE LOG  [31m "),
        row(
            "a message that repeats the credential",
            Op::Get,
            json(
                "401 Unauthorized",
                r#"{"message":"bad header: Bearer t0ken-marked"}"#,
            ),
        )
        .fails(Kind::Unauthorized, 401, 1, "[hidden]"),
        row("412", Op::Put, status("412 Precondition Failed")).fails(Kind::Conflict, 412, 1, "412"),
        row("405", Op::Put, status("405 Method Not Allowed")).fails(Kind::Status, 405, 1, "405"),
        row("407", Op::Get, status("407 Proxy Authentication Required")).fails(
            Kind::Status,
            407,
            1,
            "the proxy asks for credentials",
        ),
        row("408", Op::Get, status("408 Request Timeout")).fails(Kind::Status, 408, 3, "408"),
        row("408, create", Op::Create, status("408 Request Timeout")).fails(
            Kind::Status,
            408,
            1,
            "408",
        ),
        row(
            "500 is not repeated",
            Op::Get,
            status("500 Internal Server Error"),
        )
        .fails(Kind::Server, 500, 1, "500"),
        row("501", Op::Get, status("501 Not Implemented")).fails(Kind::Server, 501, 1, "501"),
        row("503, create", Op::Create, status("503 Service Unavailable")).fails(
            Kind::Server,
            503,
            1,
            "503",
        ),
        row("600", Op::Get, status("600 Odd")).fails(Kind::Status, 600, 1, "600"),
        row("a status that nobody knows", Op::Get, status("799 Odd")).fails(
            Kind::Status,
            799,
            1,
            "799",
        ),
        rows(
            "a deletion that was done already",
            Op::Delete,
            vec![vec![Step::Reset], json("404 Not Found", own)],
        )
        .fails(Kind::NotFound, 404, 2, "may have deleted it"),
    ]
}

/// Answers that send the client elsewhere.
fn redirects() -> Vec<Row> {
    let to = |target: &str| with("302 Found", &format!("Location: {target}\r\n"), "");
    vec![
        row(
            "to the same server",
            Op::Get,
            to("/login?os_destination=%2Frest"),
        )
        .fails(Kind::Redirect, 302, 1, "another path of itself"),
        row(
            "to another server",
            Op::Get,
            to("https://sso.example.com/saml?token=t0ken"),
        )
        .fails(Kind::Redirect, 302, 1, "to https://sso.example.com;"),
        row(
            "to another server without a scheme",
            Op::Get,
            to("//evil.example/x"),
        )
        .fails(Kind::Redirect, 302, 1, "to http://evil.example;"),
        row("to another port", Op::Get, to("http://127.0.0.1:1/x")).fails(
            Kind::Redirect,
            302,
            1,
            "to http://127.0.0.1:1;",
        ),
        row("to what is no address", Op::Get, to("http://[")).fails(
            Kind::Redirect,
            302,
            1,
            "to what is no address",
        ),
        row("to a script", Op::Get, to("javascript:alert(1)")).fails(
            Kind::Redirect,
            302,
            1,
            "to what is no address",
        ),
        row(
            "with a user name",
            Op::Get,
            to("https://u:t0ken@sso.example.com/"),
        )
        .fails(Kind::Redirect, 302, 1, "to https://sso.example.com;"),
        row("without a target", Op::Get, status("302 Found")).fails(
            Kind::Redirect,
            302,
            1,
            "without saying where",
        ),
        row(
            "307, create",
            Op::Create,
            with("307 Temporary Redirect", "Location: /x\r\n", ""),
        )
        .fails(Kind::Redirect, 307, 1, "another path of itself"),
        row(
            "308, delete",
            Op::Delete,
            with(
                "308 Permanent Redirect",
                "Location: https://evil.example\r\n",
                "",
            ),
        )
        .fails(Kind::Redirect, 308, 1, "https://evil.example"),
        row("300", Op::Get, status("300 Multiple Choices")).fails(
            Kind::Redirect,
            300,
            1,
            "without saying where",
        ),
        row("304", Op::Get, status("304 Not Modified")).fails(Kind::Status, 304, 1, "304"),
    ]
}

/// Answers that ask to wait.
fn waits() -> Vec<Row> {
    let limited = |headers: &str| {
        with(
            "429 Too Many Requests",
            headers,
            r#"{"message":"Rate limit exceeded."}"#,
        )
    };
    let busy = |headers: &str| with("503 Service Unavailable", headers, "");
    vec![
        row("429", Op::Get, limited("")).fails(Kind::RateLimited, 429, 3, "Rate limit exceeded."),
        rows(
            "429, create",
            Op::Create,
            vec![limited("Retry-After: 1\r\n"), ok(SPACE)],
        )
        .succeeds(2),
        rows(
            "503 with a wait, create",
            Op::Create,
            vec![busy("Retry-After: 1\r\n"), ok(SPACE)],
        )
        .succeeds(2),
        row(
            "503 without a wait to speak of, create",
            Op::Create,
            busy("Retry-After: 0\r\n"),
        )
        .fails(Kind::Server, 503, 1, "503"),
        row(
            "503 with a wait that is over, create",
            Op::Create,
            busy("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
        )
        .fails(Kind::Server, 503, 1, "503"),
        row(
            "a wait that is too long",
            Op::Get,
            limited("Retry-After: 3600\r\n"),
        )
        .fails(Kind::RateLimited, 429, 1, "asks to wait 3600s"),
        row(
            "a date that is too far",
            Op::Get,
            busy("Retry-After: Mon, 02 Mar 2026 11:00:00 GMT\r\n"),
        )
        .fails(Kind::RateLimited, 503, 1, "asks to wait 3600s"),
        row(
            "a wait beyond all numbers",
            Op::Get,
            limited("Retry-After: 99999999999999999999999\r\n"),
        )
        .fails(Kind::RateLimited, 429, 1, "longer than allowed"),
        row(
            "a reset that is too far",
            Op::Get,
            limited("X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 2026-03-02T10:15Z\r\n"),
        )
        .fails(Kind::RateLimited, 429, 1, "asks to wait 900s"),
        rows(
            "a wait that is nonsense",
            Op::Get,
            vec![limited("Retry-After: soon\r\n"), ok(SPACE)],
        )
        .succeeds(2),
        rows(
            "a reset that cannot be believed",
            Op::Get,
            vec![
                limited("X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 9999-12-31T23:59Z\r\n"),
                ok(SPACE),
            ],
        )
        .succeeds(2),
        rows(
            "a reset in milliseconds",
            Op::Get,
            vec![
                limited("X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1772445600000\r\n"),
                ok(SPACE),
            ],
        )
        .succeeds(2),
        rows(
            "a bucket that is never filled",
            Op::Get,
            vec![
                limited("X-RateLimit-Remaining: 0\r\nX-RateLimit-FillRate: 0\r\nX-RateLimit-Interval-Seconds: 1\r\n"),
                ok(SPACE),
            ],
        )
        .succeeds(2),
        rows(
            "a wait of less than nothing",
            Op::Get,
            vec![limited("Retry-After: -1\r\n"), ok(SPACE)],
        )
        .succeeds(2),
        row(
            "two waits, of which one is too long",
            Op::Get,
            limited("Retry-After: 1\r\nRetry-After: 3600\r\n"),
        )
        .fails(Kind::RateLimited, 429, 1, "asks to wait 3600s"),
        row(
            "a wait that no clock can count",
            Op::Get,
            limited("Retry-After: 10000000000000000000\r\n"),
        )
        .fails(Kind::RateLimited, 429, 1, "longer than allowed"),
        rows(
            "a bucket of nonsense",
            Op::Get,
            vec![with(
                "200 OK",
                "X-RateLimit-Remaining: NaN\r\nX-RateLimit-Interval-Seconds: 1e300\r\n",
                SPACE,
            )],
        )
        .succeeds(1),
    ]
}

/// Files.
fn downloads() -> Vec<Row> {
    let file = |bytes: &str| with("200 OK", "Content-Type: application/zip\r\n", bytes);
    let to = |target: &str| with("302 Found", &format!("Location: {target}\r\n"), "");
    vec![
        row("a file", Op::Download, file("PK")).succeeds(1),
        row("an empty file", Op::Download, file("")).succeeds(1),
        row(
            "a file cut short",
            Op::Download,
            raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nPK"),
        )
        .fails(Kind::Interrupted, 200, 1, "after 2 bytes"),
        row(
            "a part of a file",
            Op::Download,
            with(
                "206 Partial Content",
                "Content-Range: bytes 0-1/9\r\n",
                "PK",
            ),
        )
        .fails(Kind::Status, 206, 1, "only a part of the file"),
        row("a login page for a file", Op::Download, html("200 OK")).fails(
            Kind::Html,
            200,
            1,
            "login page",
        ),
        row(
            "a file that is not there",
            Op::Download,
            html("404 Not Found"),
        )
        .fails(Kind::Html, 404, 1, "context path"),
        row(
            "a file that stalls",
            Op::Download,
            vec![
                send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nPK"),
                Step::Stall,
            ],
        )
        .fails(Kind::Timeout, 200, 1, "nothing came for 30s"),
        rows(
            "a file elsewhere on the server",
            Op::Download,
            vec![to("/files/7"), file("PK")],
        )
        .succeeds(2),
        row("a file that moves on and on", Op::Download, to("/files/7")).fails(
            Kind::Redirect,
            0,
            4,
            "on and on",
        ),
        row(
            "a file on a plain host elsewhere",
            Op::Download,
            to("http://files.example/7"),
        )
        .fails(Kind::Redirect, 302, 1, "http://files.example"),
        row(
            "a file on a host where nobody is",
            Op::Download,
            to("http://127.0.0.1:1/7"),
        )
        .fails(Kind::Connect, 0, 3, "no connection to http://127.0.0.1:1 "),
        row(
            "a file on this disk",
            Op::Download,
            to("file:///etc/passwd"),
        )
        .fails(Kind::Redirect, 302, 1, "no address"),
        rows("a file after 503", Op::Download, vec![busy(), file("PK")]).succeeds(2),
    ]
}

fn busy() -> Vec<Step> {
    status("503 Service Unavailable")
}

/// Bodies that are compressed.
#[cfg(feature = "gzip")]
fn gzip() -> Vec<Row> {
    let gzip = |status: &str, bytes: Vec<u8>| with(status, "Content-Encoding: gzip\r\n", bytes);
    let packed = super::gzip::pack(SPACE.as_bytes());
    // A thousand times larger than it travels.
    let bomb = super::gzip::pack(&vec![b' '; 64 << 20]);
    let cut = packed[..packed.len() / 2].to_vec();
    vec![
        row("gzip", Op::Get, gzip("200 OK", packed)).succeeds(1),
        row("a bomb", Op::Get, gzip("200 OK", bomb.clone())).fails(
            Kind::TooLarge,
            200,
            1,
            "limit of 65536 bytes",
        ),
        row("a bomb of an error", Op::Get, gzip("400 Bad Request", bomb)).fails(
            Kind::BadRequest,
            400,
            1,
            "400",
        ),
        row("gzip cut short", Op::Get, gzip("200 OK", cut)).fails(
            Kind::Interrupted,
            200,
            3,
            "cannot be unpacked",
        ),
        row("gzip in name only", Op::Get, gzip("200 OK", SPACE.into())).fails(
            Kind::Interrupted,
            200,
            3,
            "cannot be unpacked",
        ),
    ]
}

/// Bodies that are compressed, although the client cannot unpack them.
#[cfg(not(feature = "gzip"))]
fn gzip() -> Vec<Row> {
    let gzip = |status: &str| {
        with(
            status,
            "Content-Encoding: gzip\r\n",
            b"\x1f\x8b\x08\x00\x00",
        )
    };
    vec![
        row("gzip that was not asked for", Op::Get, gzip("200 OK")).fails(
            Kind::Malformed,
            200,
            1,
            "compressed (gzip)",
        ),
        row(
            "an error in gzip that was not asked for",
            Op::Get,
            gzip("404 Not Found"),
        )
        .fails(Kind::NotFound, 404, 1, "404"),
    ]
}

/// Bodies in brotli; the bomb is sixteen mebibytes of spaces.
#[cfg(feature = "brotli")]
fn brotli() -> Vec<Row> {
    const BOMB: &[u8] = &[
        0xcb, 0xff, 0xff, 0x3f, 0xf8, 0x25, 0x40, 0xe2, 0xb1, 0x40, 0x20, 0xf7, 0xfe, 0x2f, 0xff,
        0xff, 0xff, 0xf0, 0x4b, 0x00, 0xc4, 0x61, 0x11, 0x80, 0xee, 0xfd, 0x1f,
    ];
    let brotli = |bytes: &[u8]| with("200 OK", "Content-Encoding: br\r\n", bytes);
    vec![
        row("a bomb in brotli", Op::Get, brotli(BOMB)).fails(
            Kind::TooLarge,
            200,
            1,
            "limit of 65536 bytes",
        ),
        row("brotli cut short", Op::Get, brotli(&BOMB[..9])).fails(
            Kind::Interrupted,
            200,
            3,
            "cannot be unpacked",
        ),
        row("brotli in name only", Op::Get, brotli(SPACE.as_bytes())).fails(
            Kind::Interrupted,
            200,
            3,
            "cannot be unpacked",
        ),
    ]
}

/// Bodies that are compressed, although the client cannot unpack them.
#[cfg(not(feature = "brotli"))]
fn brotli() -> Vec<Row> {
    let brotli = with("200 OK", "Content-Encoding: br\r\n", b"\x0b\x02\x80");
    vec![row("brotli that was not asked for", Op::Get, brotli).fails(
        Kind::Malformed,
        200,
        1,
        "compressed (br)",
    )]
}
