//! By which names this server is asked, and from which pages: a browser on the operator's machine can be led by any page
//! to send requests to a server that only this machine reaches. It judges heads and says which pages may read answers
//! (CORS); it knows no route.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use axum::response::Response;

use crate::config::{Authority, Config, Host, IdentityMode, Origin};
use crate::http::problem::{Problem, Reason};

/// Tells what a page of which site has to do with a request; set by browsers, and out of reach for scripts.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Methods of the API that pages of other origins may use.
const SHARED_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, DELETE");
/// Headers of requests that they may send.
const SHARED_REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, x-request-id",
);
/// Headers of answers that they may read.
const SHARED_ANSWER_HEADERS: HeaderValue = HeaderValue::from_static(
    "etag, idempotent-replayed, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id",
);
/// For how long a browser remembers what it was told of these, in seconds.
const SHARED_SECONDS: HeaderValue = HeaderValue::from_static("600");
const VARY_OF_PREFLIGHT: HeaderValue =
    HeaderValue::from_static("origin, access-control-request-method, access-control-request-headers");

/// The names of the server and of the pages that it trusts.
pub(super) struct OriginPolicy {
    answers_to: AnswersTo,
    public: Option<Origin>,
    allowed: Vec<Origin>,
}

/// The hosts that the server answers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AnswersTo {
    /// Only this machine reaches it, and whoever does may act for anybody: loopback's names, and that of the public URL.
    OwnNames,
    AllNames,
}

/// How an answer is to be shared with the page that asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sharing {
    /// Pages of other origins read nothing here.
    Never,
    /// This page does not, but others would.
    NotThis,
    With(HeaderValue),
}

impl OriginPolicy {
    pub(super) fn new(config: &Config) -> Self {
        let answers_to = match config.identity.mode {
            IdentityMode::Open if config.server.listen.ip().to_canonical().is_loopback() => AnswersTo::OwnNames,
            IdentityMode::Open => AnswersTo::AllNames,
        };
        let public = config.server.public_url.as_ref().map(|url| url.origin.clone());
        Self { answers_to, public, allowed: config.server.allowed_origins.clone() }
    }

    /// That a request is meant for this server and was not sent by a foreign page; `sharing` says whether its answer is
    /// for the page that sent it.
    ///
    /// # Errors
    /// 400 unless it names its server as HTTP/1.1 has it; 421 `MISDIRECTED` when that is another; 403 `CROSS_SITE`.
    pub(super) fn judge(&self, request: &Request, sharing: &Sharing) -> Result<(), Problem> {
        let asked = asked(request)?;
        if let Some(asked) = &asked
            && !self.is_own(&asked.host)
        {
            return Err(Problem::misdirected(&asked.host));
        }
        let is_change = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        let is_shared = matches!(sharing, Sharing::With(_));
        if is_change && !is_shared && self.is_foreign_page(request.headers(), asked.as_ref()) {
            return Err(Reason::CrossSite.into());
        }
        Ok(())
    }

    fn is_own(&self, host: &Host) -> bool {
        match self.answers_to {
            AnswersTo::AllNames => true,
            AnswersTo::OwnNames => {
                host.is_loopback() || self.public.as_ref().is_some_and(|public| public.authority.host == *host)
            }
        }
    }

    /// Whether the page that sent a request is of another origin, and not of one that is trusted. Without the headers of
    /// a browser there is no page.
    fn is_foreign_page(&self, headers: &HeaderMap, asked: Option<&Authority>) -> bool {
        let mut sites = headers.get_all(SEC_FETCH_SITE).iter().map(HeaderValue::as_bytes);
        let (site, None) = (sites.next(), sites.next()) else { return true };
        let mut origins = headers.get_all(ORIGIN).iter();
        let Some(origin) = origins.next() else {
            return site.is_some_and(|site| site != b"same-origin" && site != b"none");
        };
        // The browser's word counts where a proxy in front gave the server another name.
        let is_vouched_for = site == Some(b"same-origin".as_slice());
        let origin = origin.to_str().ok().and_then(Origin::parse).filter(|_| origins.next().is_none());
        let is_trusted = origin.is_some_and(|origin| {
            asked.is_some_and(|asked| origin.is_of(asked)) || self.public.as_ref() == Some(&origin)
        });
        !is_vouched_for && !is_trusted
    }

    /// How the answer to a request is shared.
    pub(super) fn sharing(&self, headers: &HeaderMap) -> Sharing {
        if self.allowed.is_empty() {
            return Sharing::Never;
        }
        let mut origins = headers.get_all(ORIGIN).iter();
        let (Some(given), None) = (origins.next(), origins.next()) else { return Sharing::NotThis };
        match given.to_str().ok().and_then(Origin::parse) {
            Some(origin) if self.allowed.contains(&origin) => Sharing::With(given.clone()),
            Some(_) | None => Sharing::NotThis,
        }
    }
}

/// The server that a request names; `None` when an old client names none.
fn asked(request: &Request) -> Result<Option<Authority>, Problem> {
    let malformed = || Problem::invalid("Host", "one host, with or without a port");
    let mut hosts = request.headers().get_all(HOST).iter();
    let named = match (hosts.next(), hosts.next()) {
        (Some(host), None) => Some(host.to_str().ok().and_then(Authority::parse).ok_or_else(malformed)?),
        // Before HTTP/1.1 there was no such header.
        (None, _) if request.version() < Version::HTTP_11 => None,
        (None, _) | (Some(_), Some(_)) => return Err(malformed()),
    };
    // A whole URL in the first line counts more than the header.
    match request.uri().authority() {
        Some(authority) => Authority::parse(authority.as_str()).map(Some).ok_or_else(malformed),
        None => Ok(named),
    }
}

/// The origin, the method and the headers that a browser asks about before it sends a page's request.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(ORIGIN) && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// What a browser is told before it sends a request of a page that is allowed to.
pub(super) fn preflight_answer() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, SHARED_METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, SHARED_REQUEST_HEADERS);
    headers.insert(ACCESS_CONTROL_MAX_AGE, SHARED_SECONDS);
    response
}

impl Sharing {
    /// Says so in the headers of an answer. Credentials of the browser are never shared: the API knows none.
    pub(super) fn apply(self, headers: &mut HeaderMap) {
        let is_of_preflight = headers.contains_key(ACCESS_CONTROL_ALLOW_METHODS);
        let vary = if is_of_preflight { VARY_OF_PREFLIGHT } else { HeaderValue::from_static("origin") };
        match self {
            Self::Never => {}
            Self::NotThis => {
                headers.append(VARY, vary);
            }
            Self::With(origin) => {
                headers.append(VARY, vary);
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
                headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, SHARED_ANSWER_HEADERS);
            }
        }
    }
}
