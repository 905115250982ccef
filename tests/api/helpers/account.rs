use super::{Answer, PASSWORD, TestApp};
use serde_json::{Value, json};

impl TestApp {
    /// Changes a setting of the account: `PUT /api/account/{setting}`.
    pub(crate) async fn change_account(&self, setting: &str, access: &str, body: Value) -> Answer {
        self.call("PUT", &format!("/api/account/{setting}"), Some(access), Some(body)).await
    }

    /// Deletes an account that has a password.
    pub(crate) async fn delete_account(&self, access: &str) -> Answer {
        let body = Some(json!({"password": PASSWORD}));
        self.call("DELETE", "/api/account", Some(access), body).await
    }

    /// Presents the password again (step-up authentication).
    pub(crate) async fn reauthenticate(&self, access: &str, password: &str) -> Answer {
        let body = Some(json!({"password": password}));
        self.call("POST", "/api/account/confirmation", Some(access), body).await
    }

    /// Returns the kinds of the account's security events, newest first.
    pub(crate) async fn events(&self, bearer: &str) -> Vec<String> {
        let events = self.get("/api/events", bearer).await.json();
        let events = events["events"].as_array().unwrap().iter();
        events.map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    }
}
