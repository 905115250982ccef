//! An app with its own e-mails.

use crate::helpers::TestApp;
use handstamp::demo;
use handstamp_server::mail::templates::{LinkMail, MailTemplates, MailText, NoticeMail};
use serde_json::json;

const ADA: &str = "ada@example.org";

#[derive(Debug)]
struct FilmClubTemplates;

impl MailTemplates for FilmClubTemplates {
    fn link(&self, mail: &LinkMail<'_>) -> anyhow::Result<MailText> {
        Ok(text("Film Club link", &format!("Hello {:?}: {}", mail.account, mail.link)))
    }

    fn notice(&self, mail: &NoticeMail<'_>) -> anyhow::Result<MailText> {
        Ok(text("Film Club notice", mail.event.sentence()))
    }
}

fn text(subject: &str, text: &str) -> MailText {
    MailText { subject: subject.to_owned(), text: text.to_owned(), html: String::new() }
}

#[derive(Debug)]
struct FailingTemplates;

impl MailTemplates for FailingTemplates {
    fn link(&self, _: &LinkMail<'_>) -> anyhow::Result<MailText> {
        anyhow::bail!("no template")
    }

    fn notice(&self, _: &NoticeMail<'_>) -> anyhow::Result<MailText> {
        anyhow::bail!("no template")
    }
}

async fn app_with(templates: impl MailTemplates + 'static) -> TestApp {
    TestApp::start().await.rebuilt(demo::builder().mail_templates(templates)).await
}

#[tokio::test]
async fn an_app_sends_its_own_emails() {
    let app = app_with(FilmClubTemplates).await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let mail = app.mail_to(ADA).await;
    assert_eq!(mail["subject"], "Film Club link");
    assert_eq!(mail["text"], format!("Hello None: {}", mail["link"].as_str().unwrap()));
    assert_eq!(browser.log_in_with_link(&app.link_to(ADA).await).await.status, 200);

    let token = app.browser().sign_up("g.hopper").await.access_token();
    let text = app.mail_to("g.hopper@example.org").await["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("Hello Some(\"g . hopper\"): http"), "a name becomes no link: {text}");
    app.confirm_email("g.hopper@example.org").await;
    app.change_account("username", &token, json!({"username": "grace"})).await;
    let notice = app.mail_to("g.hopper@example.org").await;
    assert_eq!(notice["subject"], "Film Club notice");
}

#[tokio::test]
async fn a_template_that_fails_sends_nothing() {
    let app = app_with(FailingTemplates).await;
    app.browser().request_link(ADA).await.assert_problem(500, "internal");
    assert!(app.mails_to(ADA).await.is_empty());
}
