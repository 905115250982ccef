// The browser history, and what pages show to users who are logged in already.
import type { Page } from "@playwright/test";
import { accountMenu, expect, leaveWelcome, logIn, logOut, open, signUp, test } from "../fixtures.js";
import { linkTo, outbox, requestLink } from "../mail.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

const follow = (page: Page, link: string) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: link }).click();

for (const [from, link] of [["/", "Posts"], ["/lab", "Posts"], ["/outbox", "Posts"]] as const) {
  test(`going back from the login page of ${link} returns to ${from}`, async ({ page, context }) => {
    await outbox(context.request, servers.plain.url);
    await open(page, from);
    const entries = await page.evaluate(() => history.length);
    await follow(page, link);
    await expect(page).toHaveURL(`/login?next=/${link.toLowerCase()}`);
    expect(await page.evaluate(() => history.length)).toBe(entries + 1);
    await page.goBack();
    await expect(page).toHaveURL(from);
  });
}

test("going back after the login for a protected page returns to the page before it", async ({ page, user }) => {
  await signUp(page, user);
  await logOut(page);
  await expect(page.getByText("You're logged out.", { exact: true })).toBeVisible();
  await open(page, "/");
  await follow(page, "Posts");
  await logIn(page, user);
  await expect(page).toHaveURL("/posts");
  await page.goBack();
  await expect(page).toHaveURL("/");
});

test("a protected page that is opened by its URL is replaced by the login page in the history", { tag: "@restored-document" }, async ({ page }) => {
  await open(page, "/");
  await page.goto("/profile");
  await expect(page).toHaveURL("/login?next=/profile");
  await page.goBack();
  await expect(page).toHaveURL("/");
});

test("pages for logging in say that a user is logged in, and show their form with ?stay", async ({ page, user }) => {
  await signUp(page, user);
  for (const path of ["/magic", "/forgot", "/login?next=/posts", "/signup"]) {
    await open(page, path);
    await expect(page.getByRole("heading", { name: "You're already logged in" })).toBeVisible();
    await expect(page.getByRole("main").getByText(`You are logged in as ${user.name}.`)).toBeVisible();
    await expect(page.getByRole("main").locator("form")).toHaveCount(0);
    await expect(page).toHaveURL(path);
  }
  await open(page, "/login?next=/posts");
  await page.getByRole("link", { name: "Continue" }).click();
  await expect(page).toHaveURL("/posts");
  await open(page, "/login");
  await page.getByRole("main").getByRole("button", { name: "Log out" }).click();
  await expect(page.getByLabel("Username or email")).toBeFocused();
  await logIn(page, user);
  await expect(page).toHaveURL("/");
  await open(page, "/magic?stay");
  await expect(page.getByRole("heading", { name: "Email me a login link" })).toBeVisible();
  await expect(accountMenu(page)).toBeVisible();
  await expect(page).toHaveURL("/magic?stay");
});

test("the login page says which page led to it", async ({ page }) => {
  for (const [path, reason] of [["/posts", "Log in to read and write posts."], ["/sessions", "Log in to see your sessions."], ["/account", "Log in to change your account."]]) {
    await open(page, path!);
    await expect(page).toHaveURL(`/login?next=${path}`);
    await expect(page.getByText(reason!)).toBeVisible();
  }
});

test("a guest can sign up for a separate account", async ({ page, user }) => {
  await open(page, "/");
  await page.getByRole("button", { name: "Try it as a guest" }).click();
  await expect(accountMenu(page, "guest-")).toBeVisible();
  await open(page, "/signup?stay");
  await page.getByLabel("Username").fill(user.name);
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("main").getByRole("button", { name: "Sign up" }).click();
  await leaveWelcome(page, user.name);
  await expect(accountMenu(page, user.name)).toBeVisible();
  await expect(page).toHaveURL("/");
});

test("a magic link that is opened again shows that the user is logged in, and no error about a used link", async ({ page, context, user, request }) => {
  await requestLink(page, user.email);
  const link = await linkTo(request, servers.plain.url, user.email);
  await page.goto(link);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(accountMenu(page, "member-")).toBeVisible();

  const again = await context.newPage();
  await open(again, link);
  await expect(again.getByText("This link has been used, and you're logged in.")).toBeVisible();
  await expect(again.getByText("already been used")).toBeHidden();

  // Used between the check and the press.
  const tab = await context.newPage();
  await tab.route("**/auth/check_link", (route) => route.fulfill({ json: { email: user.email, username: null, required: null } }));
  await open(tab, link);
  await expect(tab.getByRole("heading", { name: "You're already logged in" })).toBeVisible();
  await tab.route("**/auth/redeem_magic_link", (route) => {
    const problem = { status: 410, code: "link_used", detail: "This link has already been used. Request a new one." };
    return route.fulfill({ status: 410, contentType: "application/problem+json", body: JSON.stringify(problem) });
  });
  await tab.getByRole("button", { name: "Log in with this link" }).click();
  await expect(tab.getByText("This link has been used, and you're logged in.")).toBeVisible();
  await expect(tab.getByText("already been used")).toBeHidden();
  await expect(tab.getByRole("button", { name: "Log in with this link" })).toBeHidden();
  await tab.getByRole("link", { name: "Go to the home page" }).click();
  await expect(tab).toHaveURL("/");
});

test("a magic link for another account switches to it after a confirmation", async ({ page, user, otherUser, request }) => {
  await signUp(page, user);
  await requestLink(page, otherUser.email, "/magic?stay");
  await open(page, await linkTo(request, servers.plain.url, otherUser.email));
  await expect(page.getByRole("heading", { name: "You're already logged in" })).toBeVisible();
  await expect(page.getByRole("main").getByText(user.name)).toBeVisible();
  await page.getByRole("button", { name: "Log in with this link" }).click();
  await expect(accountMenu(page, "member-")).toBeVisible();
  await expect(page).toHaveURL("/");
});

test("a magic link can be pasted into the page, if it is a link of this site", async ({ page, user, request }) => {
  await requestLink(page, user.email);
  const link = await linkTo(request, servers.plain.url, user.email);
  const field = page.getByLabel("Link", { exact: true });
  const press = page.getByRole("button", { name: "Open link" });
  for (const foreign of [link.replace(/\/\/[^/]+/, "//evil.example"), "hsm_x", ""]) {
    await field.fill(foreign);
    await press.click();
    await expect(field).toHaveAccessibleDescription(/not a link of this site/);
    await expect(field).toBeFocused();
    await expect(page).toHaveURL("/magic");
  }
  await field.fill(`  ${link}\u200b `);
  await press.click();
  await expect(page.getByRole("heading", { name: "Log in to Handstamp" })).toBeVisible();
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(accountMenu(page, "member-")).toBeVisible();
});

test("a magic link can be pasted after the page was opened again", async ({ page, user, request }) => {
  await requestLink(page, user.email);
  const link = await linkTo(request, servers.plain.url, user.email);
  await open(page, "/magic");
  await expect(page.getByLabel("Link", { exact: true })).toBeHidden();
  await page.getByText("Does the link open somewhere else?").click();
  await page.getByLabel("Link", { exact: true }).fill(link);
  await page.getByRole("button", { name: "Open link" }).click();
  await expect(page.getByRole("heading", { name: "Log in to Handstamp" })).toBeVisible();
});

test("forms with only a password field contain the user name for password managers", async ({ page, user }) => {
  await signUp(page, user);
  await open(page, "/account");
  const forms = page.locator("form:has(input[type=password])");
  await expect(forms).toHaveCount(2);
  for (const form of await forms.all()) {
    await expect(form.locator("input[autocomplete=username]")).toHaveValue(user.name);
    await expect(form.locator("input[autocomplete=username]")).toBeHidden();
  }
  await page.route("**/auth/check_link", (route) => route.fulfill({ json: { email: user.email, username: "ada", required: null } }));
  await open(page, "/reset/x");
  await expect(page.locator("form input[autocomplete=username]")).toHaveValue("ada");
});

test("invisible characters around a pasted user name are ignored", async ({ page, user }) => {
  await signUp(page, user);
  await logOut(page);
  await expect(page.getByText("You're logged out.", { exact: true })).toBeVisible();
  await open(page, "/login");
  await logIn(page, { ...user, name: `\ufeff${user.name}\u200b ` });
});
