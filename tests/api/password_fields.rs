//! The HTML attributes of password fields (ASVS 6.2.6, 6.2.7).

use crate::helpers::TestApp;

#[tokio::test]
async fn password_fields_are_masked_and_support_password_managers() {
    let app = TestApp::start().await;
    for (path, autocomplete) in [("/login", "current-password"), ("/signup", "new-password")] {
        let html = app.call("GET", path, None, None).await.text();
        let is_field = |tag: &&str| tag.starts_with("input") && tag.contains("name=\"password\"");
        let fields: Vec<&str> = html.split('<').filter(is_field).collect();
        assert_eq!(fields.len(), 1, "{path}");
        let completed = format!("autocomplete=\"{autocomplete}\"");
        for part in ["type=\"password\"", completed.as_str()] {
            assert!(fields[0].contains(part), "{path}: {}", fields[0]);
        }
        for part in ["maxlength", "readonly", "onpaste", "onkeydown"] {
            assert!(!fields[0].contains(part), "{path}: {}", fields[0]);
        }
    }
}
