// Where "Back" leads, and what pages show to users who are logged in already.
import type { APIRequestContext, Page } from "@playwright/test";
import { expect, logIn, open, outbox, signUp, test } from "../fixtures.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

const press = (page: Page, link: string) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: link }).click();

async function askForLink(page: Page, path: string, email: string) {
  await open(page, path);
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByText("The link is on its way.")).toBeVisible();
}

/** The address of the link in the newest mail to this address. */
async function linkTo(request: APIRequestContext, to: string) {
  return (await outbox(request, servers.plain.url)).find((mail) => mail.to === to)!.link;
}

for (const [from, link] of [["/", "Posts"], ["/", "Profile"], ["/", "Sessions"], ["/lab", "Posts"], ["/outbox", "Profile"]] as const) {
  test(`back from the login that ${link} asks for leads to ${from}`, async ({ page, context }) => {
    await outbox(context.request, servers.plain.url);
    await open(page, from);
    const entries = await page.evaluate(() => history.length);
    await press(page, link);
    await expect(page).toHaveURL(`/login?next=/${link.toLowerCase()}`);
    expect(await page.evaluate(() => history.length)).toBe(entries + 1);
    await page.goBack();
    await expect(page).toHaveURL(from);
  });
}

test("back after such a login leads to the page before it", async ({ page, person }) => {
  await signUp(page, person);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out.", { exact: true })).toBeVisible();
  await open(page, "/");
  await press(page, "Posts");
  await logIn(page, person);
  await expect(page).toHaveURL("/posts");
  await page.goBack();
  await expect(page).toHaveURL("/");
});

test("a protected page that is opened by its address is replaced by the login page", { tag: "@restored-document" }, async ({ page }) => {
  await open(page, "/");
  await page.goto("/profile");
  await expect(page).toHaveURL("/login?next=/profile");
  await page.goBack();
  await expect(page).toHaveURL("/");
});

test("pages that ask for a link send logged-in users home, unless the link is to confirm something", async ({ page, person }) => {
  await signUp(page, person);
  for (const path of ["/magic", "/forgot", "/login", "/signup"]) {
    await open(page, path);
    await expect(page).toHaveURL("/");
  }
  await open(page, "/magic?stay");
  await expect(page.getByRole("heading", { name: "Log in with a link" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
  await expect(page).toHaveURL("/magic?stay");
});

test("a guest can sign up for an account that stays", async ({ page, person }) => {
  await open(page, "/");
  await page.getByRole("button", { name: "Try it" }).click();
  await expect(page.getByRole("banner").getByText(/^guest-/)).toBeVisible();
  await open(page, "/account");
  await page.getByRole("main").getByRole("link", { name: "Sign up" }).click();
  await page.getByLabel("User name").fill(person.name);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("main").getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByRole("banner").getByText(person.name)).toBeVisible();
  await expect(page).toHaveURL("/");
});

test("a link that is opened again says that its user is logged in, and never that it was used", async ({ page, context, person, request }) => {
  await askForLink(page, "/magic", person.email);
  const link = await linkTo(request, person.email);
  await page.goto(link);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("banner").getByText(/^member-/)).toBeVisible();

  const tab = await context.newPage();
  await open(tab, link);
  await expect(tab.getByRole("heading", { name: "You are logged in already" })).toBeVisible();
  await tab.route("**/auth/redeem_magic_link", (route) => {
    const problem = { status: 410, code: "link_used", detail: "This link was used already. Please ask for a new one." };
    return route.fulfill({ status: 410, contentType: "application/problem+json", body: JSON.stringify(problem) });
  });
  await tab.getByRole("button", { name: "Log in with this link" }).click();
  await expect(tab.getByText("This link has been used, and you are logged in.")).toBeVisible();
  await expect(tab.getByText("used already")).toBeHidden();
  await expect(tab.getByRole("button", { name: "Log in with this link" })).toBeHidden();
  await tab.getByRole("link", { name: "Go to the home page" }).click();
  await expect(tab).toHaveURL("/");
});

test("a link for another account switches to it, if the user wants that", async ({ page, person, another, request }) => {
  await signUp(page, person);
  await askForLink(page, "/magic?stay", another.email);
  await open(page, await linkTo(request, another.email));
  await expect(page.getByRole("heading", { name: "You are logged in already" })).toBeVisible();
  await expect(page.getByRole("main").getByText(person.name)).toBeVisible();
  await page.getByRole("button", { name: "Log in with this link" }).click();
  await expect(page.getByRole("banner").getByText(/^member-/)).toBeVisible();
  await expect(page).toHaveURL("/");
});

test("a link that opens somewhere else can be pasted, and only a link of this site", async ({ page, person, request }) => {
  await askForLink(page, "/magic", person.email);
  const link = await linkTo(request, person.email);
  const field = page.getByLabel("The link");
  const press = page.getByRole("button", { name: "Open the link" });
  for (const foreign of [link.replace(/\/\/[^/]+/, "//evil.example"), "hsm_x", ""]) {
    await field.fill(foreign);
    await press.click();
    await expect(field).toHaveAccessibleDescription(/not a link of this site/);
    await expect(field).toBeFocused();
    await expect(page).toHaveURL("/magic");
  }
  await field.fill(`  ${link}\u200b `);
  await press.click();
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("banner").getByText(/^member-/)).toBeVisible();
});

test("a window that has forgotten what it asked for still takes a link", async ({ page, person, request }) => {
  await askForLink(page, "/magic", person.email);
  const link = await linkTo(request, person.email);
  await open(page, "/magic");
  await expect(page.getByLabel("The link")).toBeHidden();
  await page.getByText("Does the link open somewhere else?").click();
  await page.getByLabel("The link").fill(link);
  await page.getByRole("button", { name: "Open the link" }).click();
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
});

test("forms that ask for a password alone name the user to password managers", async ({ page, person }) => {
  await signUp(page, person);
  await open(page, "/account");
  const forms = page.locator("form:has(input[type=password])");
  await expect(forms).toHaveCount(3);
  for (const form of await forms.all()) {
    await expect(form.locator("input[autocomplete=username]")).toHaveValue(person.name);
    await expect(form.locator("input[autocomplete=username]")).toBeHidden();
  }
  await open(page, "/reset/x");
  await expect(page.locator("form input[autocomplete=username]")).toHaveCount(1);
});

test("invisible characters that are pasted along with a name don't keep a user from logging in", async ({ page, person }) => {
  await signUp(page, person);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You are logged out.", { exact: true })).toBeVisible();
  await open(page, "/login");
  await logIn(page, { ...person, name: `\ufeff${person.name}\u200b ` });
});
