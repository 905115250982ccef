//! Serves the files of the site, and the "not found" page for every other path.

use super::problem;
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use std::{
    convert::Infallible,
    path::Path,
    time::{Duration, SystemTime},
};
use tower_http::services::ServeDir;
use tower_service::Service;

/// 1990-01-01, as the time since 1970. Earlier dates are constants of reproducible builds (1970 or 1980), which don't
/// change with the content.
const FIRST_REAL_DATE: Duration = Duration::from_secs(631_152_000);

/// Responds to a request that matches no route:
///
/// - with the file of the folder `root` at this path, or 405 if the method is neither GET nor HEAD;
/// - with a redirect (308) to the path without its trailing slash;
/// - with the response of `not_found` as 404, or a problem document if the method is neither GET nor HEAD.
///
/// Files are sent precompressed if the client accepts it. Conditional requests (RFC 9110 §13) and ranges (§14) are
/// supported.
pub async fn serve<S>(root: &Path, not_found: S, mut request: Request) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read {
        *request.method_mut() = Method::HEAD;
    }
    if is_read && let Some(target) = without_trailing_slash(request.uri()) {
        return Redirect308(target).into_response();
    }
    if is_constant_date(request.headers(), header::IF_MODIFIED_SINCE) {
        request.headers_mut().remove(header::IF_MODIFIED_SINCE);
    }
    let mut files = ServeDir::new(root)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .not_found_service(not_found);
    let Ok(response) = files.call(request).await;
    let mut response = response.map(Body::new);
    if !is_read && response.status() == StatusCode::NOT_FOUND {
        return problem::not_found().await.into_response();
    }
    if !is_read {
        let allow = [(header::ALLOW, "GET,HEAD")];
        return (allow, problem::method_not_allowed().await).into_response();
    }
    if is_constant_date(response.headers(), header::LAST_MODIFIED) {
        response.headers_mut().remove(header::LAST_MODIFIED);
    }
    response
}

struct Redirect308(HeaderValue);

impl IntoResponse for Redirect308 {
    fn into_response(self) -> Response {
        (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, self.0)]).into_response()
    }
}

/// Returns the path and query without the slashes at the end of the path. Returns `None` for a path that starts with
/// two slashes, because in `Location` it would be another host.
fn without_trailing_slash(uri: &Uri) -> Option<HeaderValue> {
    let path = uri.path().trim_end_matches('/');
    let leads_elsewhere = path.starts_with("//") || path.contains('\\');
    if path.len() == uri.path().len() || path.is_empty() || leads_elsewhere {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    HeaderValue::from_str(&format!("{path}{query}")).ok()
}

fn is_constant_date(headers: &HeaderMap, name: HeaderName) -> bool {
    let date = headers.get(name).and_then(|value| value.to_str().ok());
    let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
    date.is_some_and(|date| date < SystemTime::UNIX_EPOCH + FIRST_REAL_DATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailing_slash_is_removed_and_the_query_kept() {
        for (uri, expected) in [
            ("/posts/", Some("/posts")),
            ("/magic/x//?next=%2Fa", Some("/magic/x?next=%2Fa")),
            ("/", None),
            ("/posts", None),
            ("//", None),
            ("//example.org/", None),
        ] {
            let target = without_trailing_slash(&uri.parse().unwrap());
            assert_eq!(target.as_ref().and_then(|target| target.to_str().ok()), expected, "{uri}");
        }
    }

    #[test]
    fn dates_of_reproducible_builds_are_constant() {
        let is_constant = |date: &'static str| {
            let headers = [(header::LAST_MODIFIED, HeaderValue::from_static(date))];
            is_constant_date(&HeaderMap::from_iter(headers), header::LAST_MODIFIED)
        };
        assert!(is_constant("Thu, 01 Jan 1970 00:00:01 GMT"));
        assert!(is_constant("Tue, 01 Jan 1980 00:00:00 GMT"));
        assert!(!is_constant("Thu, 26 Nov 2026 10:00:00 GMT"));
        assert!(!is_constant("no date"));
    }
}
