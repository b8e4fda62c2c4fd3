//! TLS: own root certificates and client certificates, and connections that are no good.
#![cfg(all(feature = "confluence-dc", feature = "rustls"))]
#![allow(clippy::unwrap_used, unreachable_pub)]

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use spacewright::confluence_dc::Client;
use spacewright::{Auth, ClientBuilder, Error, ErrorKind, Retry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

const ANSWER: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 60\r\n\r\n\
    {\"id\": 7, \"key\": \"TEST\", \"name\": \"A test\", \"type\": \"global\"}";

/// An authority of the test's own.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for a name, and its key.
    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    fn root(&self) -> reqwest::Certificate {
        reqwest::Certificate::from_der(self.0.der()).unwrap()
    }

    fn store(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store.add(self.0.der().clone()).unwrap();
        store
    }
}

/// A server with a certificate for `name`; with `clients` it lets in only whom that authority vouches for.
async fn serve(authority: &Authority, name: &str, clients: Option<&Authority>) -> String {
    let (certificate, key) = authority.issue(name);
    let builder = ServerConfig::builder();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(clients) => {
            let verifier = WebPkiClientVerifier::builder(Arc::new(clients.store()))
                .build()
                .unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A handshake that fails is what some of the tests are about.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(ANSWER.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

fn builder(url: &str) -> ClientBuilder<Client> {
    Client::builder(url)
        .auth(Auth::bearer("t0ken-marked"))
        .retry(Retry::none())
}

async fn call(builder: ClientBuilder<Client>) -> Result<(), Error> {
    builder.build().unwrap().space().get("TEST").await.map(drop)
}

fn assert_no_connection(outcome: Result<(), Error>, url: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(
        (error.kind(), error.status(), error.attempts()),
        (ErrorKind::Connect, None, 1),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains(&format!("no connection to {url}")),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("t0ken"), "{error:?}");
}

#[tokio::test]
async fn an_own_root_certificate_is_trusted_and_no_other() {
    let (own, other) = (Authority::new(), Authority::new());
    let url = serve(&own, "127.0.0.1", None).await;
    let (root, stranger) = (own.root(), other.root());
    call(builder(&url).http(|http| http.tls_certs_only([root])))
        .await
        .unwrap();
    assert_no_connection(call(builder(&url)).await, &url);
    assert_no_connection(
        call(builder(&url).http(|http| http.tls_certs_only([stranger]))).await,
        &url,
    );
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let url = serve(&authority, "wiki.example.com", None).await;
    let root = authority.root();
    assert_no_connection(
        call(builder(&url).http(|http| http.tls_certs_only([root]))).await,
        &url,
    );
}

#[tokio::test]
async fn a_client_certificate_lets_the_client_in() {
    let authority = Authority::new();
    let url = serve(&authority, "127.0.0.1", Some(&authority)).await;
    let (certificate, key) = authority.issue("morgan");
    let pem = format!("{}{}", certificate.pem(), key.serialize_pem());
    let identity = reqwest::Identity::from_pem(pem.as_bytes()).unwrap();
    let root = authority.root();
    call(builder(&url).http(|http| http.tls_certs_only([root]).identity(identity)))
        .await
        .unwrap();
    let root = authority.root();
    let error = call(builder(&url).http(|http| http.tls_certs_only([root])))
        .await
        .unwrap_err();
    // Whether the refusal comes with the handshake or after it is the protocol version's affair.
    assert!(
        matches!(error.kind(), ErrorKind::Connect | ErrorKind::Interrupted),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_no_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(ANSWER.as_bytes()).await;
        }
    });
    assert_no_connection(call(builder(&url)).await, &url);
}
