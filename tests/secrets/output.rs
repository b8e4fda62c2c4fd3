//! All that is printed: what the tests print of each outcome, and what the whole stack logs at TRACE.

use std::io::Write;
use std::sync::{Mutex, OnceLock};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

static LOG: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();

/// The output of one test at a time: what is logged goes to the same place.
pub struct Output;

static TURN: Mutex<()> = Mutex::new(());

/// Keeps other tests out of the output for as long as it lives.
pub struct Turn {
    _turn: std::sync::MutexGuard<'static, ()>,
}

impl Output {
    /// Begins to keep what is logged.
    pub fn capture() -> Turn {
        let turn = TURN
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        LOG.get_or_init(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
                .with_ansi(false)
                .with_writer(|| Log);
            use tracing_subscriber::util::SubscriberInitExt;
            subscriber.finish().init();
            Mutex::default()
        });
        Turn { _turn: turn }
    }

    pub fn note(text: &str) {
        Log.write_all(text.as_bytes()).unwrap();
    }
}

impl Turn {
    pub fn add(&self, text: &str) {
        Output::note(text);
    }

    /// Fails when the output since the last search holds one of the secrets.
    pub fn search(&self, secrets: &[String], operation: &str) {
        let output = std::mem::take(&mut *LOG.get().unwrap().lock().unwrap());
        let output = String::from_utf8_lossy(&output);
        assert!(
            output.contains("http.request.method") && output.contains(operation),
            "nothing was logged"
        );
        if let Some(around) = finds(&output, secrets) {
            panic!("{operation} shows a secret: …{around}…");
        }
    }
}

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Some(log) = LOG.get() {
            log.lock().unwrap().extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The text around a secret, in whichever way it is written.
pub fn finds(output: &str, secrets: &[String]) -> Option<String> {
    let mut ways = secrets.iter().flat_map(|secret| {
        let json = serde_json::to_string(secret).unwrap();
        let escaped = json[1..json.len() - 1].to_owned();
        let twice = escaped.replace('\\', "\\\\").replace('"', "\\\"");
        let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let form = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        // A part that nothing changes: what is left when only some of a secret is hidden.
        let core = secret
            .rsplit(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_owned();
        let core = if core.len() < 6 { secret.clone() } else { core };
        [
            secret.clone(),
            escaped,
            twice,
            percent,
            form,
            format!("{secret:?}").trim_matches('"').to_owned(),
            core,
        ]
    });
    let way = ways.find(|way| output.contains(way.as_str()))?;
    let at = output.find(&way)?;
    let around = |at: usize| {
        (0..=at.min(output.len()))
            .rev()
            .find(|at| output.is_char_boundary(*at))
            .unwrap_or(0)
    };
    Some(output[around(at.saturating_sub(400))..around(at + way.len() + 100)].to_owned())
}
