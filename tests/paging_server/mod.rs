//! A fast server for lists: plain HTTP/1.1 over tokio, in a thread of its own, with answers from a function.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request for a page: the parameters of its query or its JSON body.
#[derive(Clone, Debug, Default)]
pub struct Asked(HashMap<String, String>);

impl Asked {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }
}

/// An answer: its status, the target of a `Link` header, and the body.
pub struct Reply {
    pub status: u16,
    pub link: Option<String>,
    pub body: String,
}

/// The server; it ends with the process.
pub struct Server {
    pub url: String,
    seen: Arc<AtomicUsize>,
    most: Arc<Mutex<(usize, usize)>>,
}

type Answer = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// What all connections share.
#[derive(Clone)]
struct Shared {
    answer: Answer,
    latency: Duration,
    seen: Arc<AtomicUsize>,
    /// Requests at the moment, and the most so far.
    most: Arc<Mutex<(usize, usize)>>,
}

impl Server {
    pub fn start(
        latency: Duration,
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let shared = Shared {
            answer: Arc::new(answer),
            latency,
            seen: Arc::default(),
            most: Arc::default(),
        };
        let (seen, most) = (shared.seen.clone(), shared.most.clone());
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                sender.send(listener.local_addr().unwrap()).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, shared.clone()));
                }
            });
        });
        Self {
            url: format!("http://{}", receiver.recv().unwrap()),
            seen,
            most,
        }
    }

    /// How many requests came since the last time.
    pub fn take(&self) -> usize {
        self.seen.swap(0, Ordering::SeqCst)
    }

    /// The most requests that were there at the same time.
    pub fn most_at_once(&self) -> usize {
        self.most.lock().unwrap().1
    }
}

async fn serve(stream: TcpStream, shared: Shared) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut stream = BufReader::new(stream);
    loop {
        let asked = read(&mut stream).await?;
        shared.seen.fetch_add(1, Ordering::SeqCst);
        enter(&shared);
        if !shared.latency.is_zero() {
            tokio::time::sleep(shared.latency).await;
        }
        let Reply { status, link, body } = (shared.answer)(&asked);
        shared.most.lock().unwrap().0 -= 1;
        let link = link.map_or(String::new(), |link| {
            format!("link: <{link}>; rel=\"next\"\r\n")
        });
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{link}content-length: {}\r\n\r\n",
            body.len()
        );
        stream
            .get_mut()
            .write_all((head + &body).as_bytes())
            .await
            .ok()?;
    }
}

fn enter(shared: &Shared) {
    let mut most = shared.most.lock().unwrap();
    most.0 += 1;
    most.1 = most.1.max(most.0);
}

/// Reads one request; `None` at the end of the connection.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<Asked> {
    let (mut target, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if target.is_empty() {
            target = line.split(' ').nth(1)?.to_owned();
        } else if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.parse().ok()?;
        } else if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let mut asked: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    if let Ok(serde_json::Value::Object(body)) = serde_json::from_slice(&body) {
        asked.extend(body.into_iter().map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (name, text)
        }));
    }
    Some(Asked(asked))
}
