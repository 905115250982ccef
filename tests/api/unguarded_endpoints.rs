//! Finds unguarded endpoints: every server function and every route requires an access token or is listed as public.

use crate::helpers::TestApp;
use handstamp_server::http::problem;
use leptos::server_fn::axum::server_fn_paths;
use serde_json::json;
use std::{collections::BTreeSet, fs, path::Path};
use syn::{
    Expr, ExprLit, ExprMethodCall, ItemFn, Lit, Local, MetaNameValue, Stmt, Token,
    punctuated::Punctuated,
    visit::{self, Visit},
};

/// Server functions without an access token: most of them issue one, those of the lab take the refresh token.
const PUBLIC_SERVER_FUNCTIONS: [&str; 17] = [
    "/auth/check_link",
    "/auth/confirm_email",
    "/auth/end_second_factor",
    "/auth/lab/lose_refresh",
    "/auth/lab/steal",
    "/auth/lab/strike",
    "/auth/log_in",
    "/auth/log_out",
    "/auth/password_strength",
    "/auth/open_outbox",
    "/auth/redeem_magic_link",
    "/auth/refresh",
    "/auth/reset_password",
    "/auth/send_magic_link",
    "/auth/send_password_reset",
    "/auth/sign_up",
    "/auth/try_it",
];

/// Routes that return no data of a user, or check another secret.
const PUBLIC_ROUTES: [&str; 10] = [
    "GET /.well-known/change-password",
    "GET /.well-known/jwks.json",
    "GET /api/openapi.json",
    "GET /api/outbox",
    "GET /healthz",
    "GET /readyz",
    "POST /api/login",
    "POST /api/logout",
    "POST /api/refresh",
    "POST /auth/log_out_form",
];

/// A server function as declared in the source.
#[derive(Debug)]
struct Declared {
    path: String,
    client: String,
    is_guarded: bool,
}

/// The declarations in the sources: server functions, the paths of `.route(…)`, and methods that add routes whose
/// path can't be read here.
#[derive(Debug, Default)]
struct Sources {
    functions: Vec<Declared>,
    routes: BTreeSet<String>,
    unreadable: BTreeSet<String>,
}

impl Sources {
    fn read(folder: &Path) -> Self {
        let mut sources = Self::default();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    sources.add(&fs::read_to_string(path).unwrap());
                }
            }
        }
        sources
    }

    fn add(&mut self, source: &str) {
        self.visit_file(&syn::parse_file(source).unwrap());
    }

    /// Returns the server functions whose guard and client do not match.
    fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for Declared { path, client, is_guarded } in &self.functions {
            let is_public = PUBLIC_SERVER_FUNCTIONS.contains(&path.as_str());
            match (is_public, *is_guarded, client.as_str()) {
                (false, true, "AuthClient") | (true, false, "PublicClient") => {}
                (false, false, _) => findings.push(format!("{path} does not authenticate")),
                (false, true, _) => findings.push(format!("{path} lacks client = AuthClient")),
                (true, true, _) => findings.push(format!("{path} is not public")),
                (true, false, _) => findings.push(format!("{path} lacks client = PublicClient")),
            }
        }
        findings
    }
}

impl<'ast> Visit<'ast> for Sources {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        let Some(server) =
            function.attrs.iter().find(|attribute| attribute.path().is_ident("server"))
        else {
            return visit::visit_item_fn(self, function);
        };
        let values = Punctuated::<MetaNameValue, Token![,]>::parse_terminated;
        let values = server.parse_args_with(values).unwrap_or_default();
        let value_of = |name: &str| match values.iter().find(|value| value.path.is_ident(name)) {
            Some(MetaNameValue { value: Expr::Lit(text), .. }) => match &text.lit {
                Lit::Str(text) => text.value(),
                _ => String::new(),
            },
            Some(MetaNameValue { value: Expr::Path(path), .. }) => {
                path.path.segments.last().unwrap().ident.to_string()
            }
            _ => String::new(),
        };
        self.functions.push(Declared {
            path: format!("{}/{}", value_of("prefix"), value_of("endpoint")),
            client: value_of("client"),
            is_guarded: function.block.stmts.iter().any(is_guarded),
        });
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let method = call.method.to_string();
        match call.args.first() {
            Some(Expr::Lit(ExprLit { lit: Lit::Str(path), .. })) if method == "route" => {
                self.routes.insert(path.value());
            }
            Some(Expr::Path(path)) if method == "route" && path.path.is_ident("DOCUMENT_PATH") => {
                self.routes.insert("/api/openapi.json".to_owned());
            }
            _ if ["route", "route_service", "nest", "nest_service"].contains(&method.as_str()) => {
                self.unreadable.insert(method);
            }
            _ => {}
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// Whether this is `let … = ….authenticated()?;`, which returns early without a valid access token.
fn is_guarded(statement: &Stmt) -> bool {
    let Stmt::Local(Local { init: Some(init), .. }) = statement else { return false };
    let Expr::Try(tried) = init.expr.as_ref() else { return false };
    matches!(tried.expr.as_ref(), Expr::MethodCall(call) if call.method == "authenticated")
}

#[test]
fn protected_server_functions_use_the_client_that_sends_the_access_token() {
    let sources = Sources::read(Path::new("src"));
    let declared: BTreeSet<&str> =
        sources.functions.iter().map(|function| function.path.as_str()).collect();
    let registered: BTreeSet<&str> = server_fn_paths().map(|(path, _)| path).collect();
    assert_eq!(
        declared, registered,
        "every registered function is found, with its prefix and endpoint"
    );
    assert_eq!(sources.findings(), [""; 0]);
}

#[test]
fn unguarded_server_functions_are_reported() {
    let with = |arguments: &str, body: &str| {
        let mut sources = Sources::default();
        sources.add(&format!("#[server({arguments})] pub async fn f() {{ {body} }}"));
        sources.findings()
    };
    let guarded = "let user = request.authenticated()?;";
    let new = r#"prefix = "/auth", endpoint = "new""#;
    assert_eq!(with(&format!("{new}, client = AuthClient"), guarded), [""; 0]);
    assert_eq!(with(new, guarded), ["/auth/new lacks client = AuthClient"]);
    let bare = format!("{new}, client = PublicClient");
    assert_eq!(with(&bare, guarded), ["/auth/new lacks client = AuthClient"]);
    assert_eq!(with(&bare, ""), ["/auth/new does not authenticate"]);
    let unchecked = format!("{new}, client = AuthClient");
    for body in ["let _ = request.authenticated();", "if let Ok(user) = request.authenticated() {}"]
    {
        assert_eq!(with(&unchecked, body), ["/auth/new does not authenticate"]);
    }
    let public = r#"prefix = "/auth", endpoint = "log_in""#;
    assert_eq!(with(public, ""), ["/auth/log_in lacks client = PublicClient"]);
    assert_eq!(with(public, guarded), ["/auth/log_in is not public"]);
}

/// Returns the routes that respond without an access token and aren't listed as public.
async fn open_routes(app: &TestApp, own: &[&str]) -> Vec<String> {
    let sources = Sources::read(Path::new("src"));
    assert!(sources.unreadable.is_empty(), "a route whose path can't be read: {sources:?}");
    let document = app.call("GET", "/api/openapi.json", None, None).await.json();
    let described = document["paths"].as_object().unwrap();
    let is_described = |path: &str, method: &str| {
        described.get(path).is_some_and(|item| item.get(method.to_lowercase()).is_some())
    };
    let mut paths = sources.routes;
    paths.extend(described.keys().cloned());
    paths.extend(own.iter().map(|&path| path.to_owned()));
    let mut open = Vec::new();
    for path in &paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let filled = path.replace("{id}", "018f3c1e-0000-7000-8000-000000000000");
            let body = (method != "GET").then(|| json!({}));
            let answer = app.call(method, &filled, None, body).await;
            let is_refused = answer.status == 401 && answer.text().contains("access_token_missing");
            // A guarded route returns 401 before it looks up anything, so 404 means that there is no route.
            let is_absent = matches!(answer.status.as_u16(), 404 | 405);
            let route = format!("{method} {path}");
            let is_closed = is_refused || is_absent && !is_described(path, method);
            if !is_closed && !PUBLIC_ROUTES.contains(&route.as_str()) {
                open.push(route);
            }
        }
    }
    open
}

#[tokio::test]
async fn every_route_requires_an_access_token_or_is_listed_as_public() {
    let app = TestApp::start().await;
    assert_eq!(open_routes(&app, &[]).await, [""; 0]);
}

#[tokio::test]
async fn unguarded_routes_are_reported() {
    let unguarded = axum::Router::new()
        .route("/api/unguarded", axum::routing::get(async || "private data"))
        .route("/api/nothing", axum::routing::get(problem::not_found));
    let app = TestApp::start().await.with_routes(unguarded).await;
    let open = open_routes(&app, &["/api/unguarded", "/api/nothing"]).await;
    assert_eq!(open, ["GET /api/unguarded"]);
}
