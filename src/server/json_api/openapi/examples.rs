//! An example for every request and response, by the name of its schema.

use serde_json::{Value, json};

const ACCESS_TOKEN: &str = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl";
const REFRESH_TOKEN: &str = "hsr_ASNFZ4mrze8BI0VniavN7w";
const USER: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const SESSION: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
const EVENT: &str = "0190b3c4-5d6e-7f80-9123-456789abcdef";
const LOGIN: &str = "2026-11-02T08:00:00Z";
const LATER: &str = "2026-11-02T08:15:00Z";
const END: &str = "2026-12-02T08:00:00Z";
const PASSWORD: &str = "correct horse battery";
const DEVICE: &str = "Firefox on Linux";

/// Returns the example of a schema, if it is the schema of a request or a response.
pub(super) fn of(schema: &str) -> Option<Value> {
    tokens(schema)
        .or_else(|| resources(schema))
        .or_else(|| account(schema))
        .or_else(|| operations(schema))
}

fn tokens(schema: &str) -> Option<Value> {
    Some(match schema {
        "Login" => json!({"username": "ada", "password": PASSWORD}),
        "RefreshTokenBody" => json!({"refresh_token": REFRESH_TOKEN}),
        "NativeTokens" => json!({
            "access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 900,
            "refresh_token": REFRESH_TOKEN, "refresh_token_expires_in": 2_592_000
        }),
        _ => return None,
    })
}

fn resources(schema: &str) -> Option<Value> {
    Some(match schema {
        "Profile" => json!({
            "id": USER, "username": "ada", "email": "ada@example.org", "created_at": LOGIN, "guest": false,
            "username_generated": false, "session": {"id": SESSION, "created_at": LOGIN, "expires_at": END}
        }),
        "Sessions" => json!({"sessions": [{
            "id": SESSION, "current": true, "created_at": LOGIN, "last_seen_at": LATER, "expires_at": END,
            "device": DEVICE, "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
            "ip": "203.0.113.9", "network": "203.0.113.0/24"
        }]}),
        _ => return None,
    })
}

fn account(schema: &str) -> Option<Value> {
    let codes = ["2xkq-7hfm-9rtw-c4vd"; 10];
    Some(match schema {
        "Account" => json!({
            "username": "ada", "email": "ada@example.org", "guest": false, "username_generated": false,
            "email_confirmed": true, "pending_email": {"email": "ada@example.com", "expires_at": LATER},
            "has_password": true, "second_factor": false, "recovery_codes_left": 0, "confirmed": true
        }),
        "GuestRegistration" => {
            json!({"username": "ada", "email": "ada@example.org", "password": PASSWORD})
        }
        "Confirmation" => json!({"password": PASSWORD}),
        "NewPassword" => {
            json!({"current": PASSWORD, "password": "another horse battery", "keep_others": false})
        }
        "NewUsername" => json!({"username": "ada.lovelace"}),
        "Proof" => json!({"password": PASSWORD, "code": "123456"}),
        "NewEmail" => json!({"email": "ada@example.com", "password": PASSWORD}),
        "PreparedSecondFactor" => json!({
            "key": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
            "address": "otpauth://totp/Handstamp:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Handstamp",
            "qr": {"width": 2, "path": "M0 0h1v1h-1zM1 1h1v1h-1z"}
        }),
        "SecondFactorCode" => json!({"code": "492039"}),
        "RecoveryCodes" => json!({"recovery_codes": codes}),
        "Events" => json!({"events": [{
            "id": EVENT, "kind": "logged_in", "sentence": "Logged in with password", "at": LOGIN,
            "device": DEVICE, "network": "203.0.113.0/24"
        }]}),
        _ => return None,
    })
}

fn operations(schema: &str) -> Option<Value> {
    Some(match schema {
        "Outbox" => json!({"mails": [{
            "from": "Handstamp <no-reply@localhost>", "to": "ada@example.org", "subject": "Your Handstamp login link",
            "text": "Open this link to log in.", "link": "http://localhost:3000/magic/hsm_example",
            "link_state": "valid", "at": LOGIN
        }]}),
        "JwkSet" => json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "kPrK_qmxVWaYVA9wwBF6",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        }]}),
        "Health" => json!({"status": "ok"}),
        "Readiness" => json!({"status": "ready"}),
        _ => return None,
    })
}
