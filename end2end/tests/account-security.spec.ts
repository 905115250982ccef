// The account settings and the list of sessions.
import { expect, logIn, open, otherBrowser, password, signUp, test } from "../fixtures.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

test("the strength of a password is shown while it is typed", async ({ page, user }) => {
  await open(page, "/signup");
  await page.getByLabel("Username").fill(user.name);
  await page.getByLabel("Password").fill(`${user.name}1`);
  const rules = page.getByRole("list", { name: "Rules" });
  await expect(page.getByText("it contains your name or email")).toHaveCount(1);
  await expect(rules.locator(".rule-broken")).toHaveText("Not your name or email");
  await expect(rules.locator(".rule-met")).toHaveText("At least 8 characters");
  await page.getByLabel("Password").fill("password1");
  await expect(rules.locator(".rule-broken")).toHaveText("Not common or easy to guess");
  // The server's error says the same, and replaces the advice.
  await page.getByLabel("Email").fill(user.email);
  await page.getByRole("main").getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByLabel("Password")).toHaveAccessibleDescription(/Too easy to guess/);
  await expect(page.getByText("Too easy to guess")).toHaveCount(1);
  await page.getByLabel("Password").fill(password);
  await expect(page.getByText("Strong.")).toBeVisible();
  await expect(rules.locator(".rule-met")).toHaveCount(3);
});

test("neither an error nor the advice on a password moves the button while it is pressed", async ({ page, user }) => {
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 1000 });
    await open(page, "/signup");
    await page.getByLabel("Username").fill(user.name);
    await page.getByLabel("Email").fill("nowhere");
    const button = page.getByRole("main").getByRole("button", { name: "Sign up" });
    const measured = page.waitForResponse("**/auth/password_strength");
    await page.getByLabel("Password").fill("abcabcabcabc");
    await page.getByLabel("Email").fill("nowhere at all");
    const before = (await button.boundingBox())!;
    await page.mouse.move(before.x + 20, before.y + 10);
    await page.mouse.down();
    await (await measured).finished();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    expect((await button.boundingBox())!.y).toBe(before.y);
    await page.mouse.up();
    await expect(page.getByLabel("Email")).toHaveAccessibleDescription(/valid email address/);
    await expect(page.getByText("avoid repeats such as")).toBeVisible();
    await expect(page.getByLabel("Email")).toBeFocused();
  }
});

test("a changed password ends the other sessions, unless the user keeps them", async ({ page, browser, user }) => {
  await signUp(page, user);
  const other = await otherBrowser(browser, servers.plain.url);
  await open(other, "/login?next=/profile");
  await logIn(other, user);
  const change = async (current: string, next: string) => {
    await page.getByLabel("Current password").fill(current);
    await page.getByLabel("New password").fill(next);
    await page.getByRole("button", { name: "Change the password" }).click();
  };
  await page.bringToFront();
  await open(page, "/account");
  await change("not the password", "a new and good phrase");
  await expect(page.getByLabel("Current password")).toHaveAccessibleDescription(/not your password/);
  await expect(page.getByLabel("Current password")).toBeFocused();
  await page.getByLabel("Stay logged in on other devices").check();
  await change(password, "a new and good phrase");
  await expect(page.getByText("Your password is changed.")).toBeVisible();
  await other.getByRole("button", { name: "Load again" }).click();
  await expect(other.getByRole("heading", { name: "Your profile" })).toBeVisible();
  await page.getByLabel("Stay logged in on other devices").uncheck();
  await change("a new and good phrase", "another good phrase");
  await expect(page.getByText("Your password is changed.")).toBeVisible();
  await other.getByRole("button", { name: "Load again" }).click();
  await expect(other.getByText("Your password was changed.")).toBeVisible();
  await other.context().close();
});

test("a new user name appears at once in all tabs", async ({ page, user, otherUser, context }) => {
  await signUp(page, user);
  const tab = await context.newPage();
  await open(tab, "/");
  await open(page, "/account");
  await page.getByLabel("New name").fill("x");
  await page.getByRole("button", { name: "Change the name" }).click();
  await expect(page.getByLabel("New name")).toHaveAccessibleDescription(/Username must be 3–32 characters/);
  await page.getByLabel("New name").fill(otherUser.name);
  await page.getByRole("button", { name: "Change the name" }).click();
  await expect(page.getByRole("banner").getByText(otherUser.name)).toBeVisible();
  await expect(tab.getByRole("banner").getByText(otherUser.name)).toBeVisible();
});

test("the list of sessions ends one session, and all others, and shows the security events", async ({ page, browser, user }) => {
  await signUp(page, user);
  const others = [await otherBrowser(browser, servers.plain.url), await otherBrowser(browser, servers.plain.url)];
  for (const other of others) {
    await open(other, "/login?next=/profile");
    await logIn(other, user);
  }
  await page.getByRole("link", { name: "Sessions" }).click();
  const sessions = page.getByRole("list", { name: /^Sessions/ }).getByRole("listitem");
  await expect(sessions).toHaveCount(3);
  await expect(sessions.filter({ hasText: "This session" })).toHaveCount(1);
  await expect(sessions.first().getByRole("heading")).toHaveText(/(Chrom\w+|Firefox|Safari) on \w+/);
  await sessions.getByRole("button", { name: /^End/ }).first().click();
  await expect(sessions).toHaveCount(2);
  await expect(page.getByText("A session was ended from another one.")).toBeVisible();
  await page.getByRole("button", { name: "End all others" }).click();
  await expect(sessions).toHaveCount(1);
  await expect(page.getByRole("button", { name: "End all others" })).toBeHidden();
  for (const other of others) {
    await other.getByRole("button", { name: "Load again" }).click();
    await expect(other.getByText("You ended this session from another device.")).toBeVisible();
    await other.context().close();
  }
});

test("an old login prompts for the password and then continues", async ({ page, browser, user }) => {
  await signUp(page, user);
  const other = await otherBrowser(browser, servers.plain.url);
  await open(other, "/login?next=/profile");
  await logIn(other, user);
  // As the server answers after fifteen minutes; `tests/api/account_reauthentication.rs` turns its clock.
  let isOld = true;
  await page.route("**/api/sessions/*", (route) => {
    const problem = { status: 403, code: "confirmation_required", detail: "Please confirm that it is you first." };
    return isOld ? route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify(problem) }) : route.continue();
  });
  page.on("response", (response) => {
    if (response.url().endsWith("/api/account/confirmation") && response.status() === 204) isOld = false;
  });
  await page.bringToFront();
  await page.getByRole("link", { name: "Sessions" }).click();
  const sessions = page.getByRole("list", { name: /^Sessions/ }).getByRole("listitem");
  await page.getByRole("button", { name: "End all others" }).click();
  const panel = page.getByRole("form", { name: "Confirm that it is you" });
  await expect(panel.getByLabel("Your password")).toBeFocused();
  await panel.getByLabel("Your password").fill("not the password");
  await panel.getByRole("button", { name: "Confirm" }).click();
  await expect(panel.getByLabel("Your password")).toHaveAccessibleDescription(/not your password/);
  await panel.getByLabel("Your password").fill(password);
  await panel.getByRole("button", { name: "Confirm" }).click();
  await expect(panel).toBeHidden();
  await expect(sessions).toHaveCount(1);
  await other.context().close();
});

test("deleting the account logs out every tab", async ({ page, user, context }) => {
  await signUp(page, user);
  const tab = await context.newPage();
  await open(tab, "/profile");
  await open(page, "/account");
  await page.getByRole("button", { name: "Delete the account" }).click();
  await page.getByRole("button", { name: "Delete it for good" }).click();
  for (const one of [page, tab]) {
    await expect(one.getByText("This account was deleted.")).toBeVisible();
  }
  await open(page, "/login");
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText("Wrong username or password.")).toBeVisible();
});

test("a guest has no account settings", async ({ page }) => {
  await open(page, "/");
  await page.getByRole("button", { name: "Try it" }).click();
  await expect(page.getByRole("link", { name: "See your profile" })).toBeVisible();
  await open(page, "/account");
  await expect(page.getByRole("heading", { name: "A guest account" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Change the password" })).toBeHidden();
});
