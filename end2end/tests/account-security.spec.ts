// The account settings and the list of sessions.
import { accountMenu, answerDialog, expect, gate, logIn, open, otherBrowser, password, signUp, test, visit } from "../fixtures.js";
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
    // The advice on the password arrives while the button is pressed.
    const { opened, open: release } = gate();
    await page.route("**/auth/password_strength", async (route) => {
      await opened;
      await route.continue();
    });
    const measured = page.waitForResponse("**/auth/password_strength");
    await page.getByLabel("Password").fill("abcabcabcabc");
    await page.getByLabel("Email").fill("nowhere at all");
    const frame = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    await expect(async () => {
      const { y } = (await button.boundingBox())!;
      await frame();
      await frame();
      expect((await button.boundingBox())!.y).toBe(y);
    }).toPass();
    const before = (await button.boundingBox())!;
    await page.mouse.move(before.x + 20, before.y + 10);
    await page.mouse.down();
    release();
    await (await measured).finished();
    await frame();
    expect((await button.boundingBox())!.y).toBe(before.y);
    await page.mouse.up();
    await expect(page.getByLabel("Email")).toHaveAccessibleDescription(/valid email address/);
    await expect(page.getByText("avoid repeats such as")).toBeVisible();
    await expect(page.getByLabel("Email")).toBeFocused();
    await page.unroute("**/auth/password_strength");
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
    await page.getByRole("button", { name: "Change password" }).click();
  };
  await page.bringToFront();
  await open(page, "/account");
  await change("not the password", "a new and good phrase");
  await expect(page.getByLabel("Current password")).toHaveAccessibleDescription(/Wrong password/);
  await expect(page.getByLabel("Current password")).toBeFocused();
  await page.getByLabel("Keep my other devices logged in").check();
  await change(password, "a new and good phrase");
  await expect(page.getByText("Password saved. Your other devices stay logged in.")).toBeVisible();
  await other.getByRole("button", { name: "Reload" }).click();
  await expect(other.getByRole("heading", { name: "Your profile" })).toBeVisible();
  await page.getByLabel("Keep my other devices logged in").uncheck();
  await change("a new and good phrase", "another good phrase");
  await expect(page.getByText("Password saved. Other devices were logged out.")).toBeVisible();
  await other.getByRole("button", { name: "Reload" }).click();
  await expect(other.getByText("Your password was changed.")).toBeVisible();
  await other.context().close();
});

test("a new user name appears at once in all tabs", async ({ page, user, otherUser, context }) => {
  await signUp(page, user);
  const tab = await context.newPage();
  await open(tab, "/");
  await page.bringToFront();
  await open(page, "/profile");
  const field = page.getByLabel("Username", { exact: true });
  await expect(field).toHaveValue(user.name);
  await field.fill("x");
  await page.getByRole("button", { name: "Save username" }).click();
  await expect(field).toHaveAccessibleDescription(/Username must be 3–32 characters/);
  await expect(field).toBeFocused();
  await field.fill(otherUser.name);
  await page.getByRole("button", { name: "Save username" }).click();
  await expect(page.getByText("Username saved.")).toBeVisible();
  await expect(field).toHaveValue(otherUser.name);
  await expect(accountMenu(page, otherUser.name)).toBeVisible();
  await expect(accountMenu(tab, otherUser.name)).toBeVisible();
});

test("the list of sessions ends one session, and all others, and shows the security events", async ({ page, browser, user }) => {
  await signUp(page, user);
  const others = [await otherBrowser(browser, servers.plain.url), await otherBrowser(browser, servers.plain.url)];
  for (const other of others) {
    await open(other, "/login?next=/profile");
    await logIn(other, user);
  }
  await page.bringToFront();
  await visit(page, "Sessions", "Your sessions");
  const sessions = page.getByRole("list", { name: /^Sessions/ }).getByRole("listitem");
  await expect(sessions).toHaveCount(3);
  await expect(sessions.filter({ hasText: "This device" })).toHaveCount(1);
  await expect(sessions.first().getByRole("heading")).toHaveText(/(Chrom\w+|Firefox|Safari) on \w+/);
  for (const fact of ["Last active", "Logged in", "Expires"]) await expect(sessions.first().getByText(fact)).toBeVisible();
  // The exact time is on hover.
  await expect(sessions.last().locator("time").first()).toHaveAttribute("title", /\d{4}/);
  await sessions.getByRole("button", { name: /^Log out/ }).first().click();
  await expect(sessions).toHaveCount(2);
  await expect(page.getByText(/^Logged out (Chrom\w+|Firefox|Safari) on \w+\.$/)).toBeVisible();
  await expect(page.getByRole("heading", { name: "Your sessions" })).toBeFocused();
  const events = page.getByRole("list", { name: /^Events/ }).getByRole("listitem");
  await expect(events.filter({ hasText: "Logged out another device" })).toHaveCount(1);
  await page.getByRole("button", { name: "Log out all other devices" }).click();
  await expect(sessions).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Log out all other devices" })).toBeHidden();
  for (const other of others) {
    await other.getByRole("button", { name: "Reload" }).click();
    await expect(other.getByText("This session was ended from another session.")).toBeVisible();
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
  await visit(page, "Sessions", "Your sessions");
  const sessions = page.getByRole("list", { name: /^Sessions/ }).getByRole("listitem");
  await page.getByRole("button", { name: "Log out all other devices" }).click();
  const panel = page.getByRole("dialog", { name: "Confirm it's you" });
  await expect(panel.getByLabel("Your password")).toBeFocused();
  // Cancelling ends nothing.
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
  await expect(sessions).toHaveCount(2);
  await page.getByRole("button", { name: "Log out all other devices" }).click();
  await expect(panel.getByLabel("Your password")).toBeFocused();
  await expect(async () => {
    await panel.getByLabel("Your password").fill("not the password");
    await panel.getByRole("button", { name: "Confirm" }).click();
    await expect(panel.getByLabel("Your password")).toHaveAccessibleDescription(/Wrong password/, { timeout: 1000 });
  }).toPass();
  await panel.getByLabel("Your password").fill(password);
  await panel.getByRole("button", { name: "Confirm" }).click();
  await expect(panel).toBeHidden();
  await expect(sessions).toHaveCount(1);
  await other.context().close();
});

test("deleting the account asks for the username and the password, and logs out every tab", async ({ page, user, context }) => {
  await signUp(page, user);
  const tab = await context.newPage();
  await open(tab, "/profile");
  await page.bringToFront();
  await open(page, "/account");
  const button = page.getByRole("button", { name: "Delete account" });
  const dialog = page.getByRole("dialog", { name: "Delete your account?" });
  // A double click deletes nothing, and neither does Enter, because the focus is on "Cancel".
  await button.dblclick();
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await expect(dialog.getByText("It can't be undone.")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
  await button.click();
  await answerDialog(page, "Delete your account?", "Delete permanently", async (dialog) => {
    await dialog.getByLabel("Username").fill("another name");
    await dialog.getByLabel("Password").fill(password);
  });
  await expect(dialog.getByLabel("Username")).toHaveAccessibleDescription(/not your username/);
  await expect(dialog.getByLabel("Username")).toBeFocused();
  await dialog.getByLabel("Username").fill(user.name);
  await dialog.getByLabel("Password").fill("not the password");
  await dialog.getByRole("button", { name: "Delete permanently" }).click();
  await expect(dialog.getByLabel("Password")).toHaveAccessibleDescription(/Wrong password/);
  await dialog.getByLabel("Password").fill(password);
  await dialog.getByRole("button", { name: "Delete permanently" }).click();
  for (const one of [page, tab]) {
    await expect(one.getByText(/account (was|has been) deleted/)).toBeVisible();
  }
  await open(page, "/login");
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText("Wrong username or password.")).toBeVisible();
});

test("a mistyped password in the settings is listed as such, and the activity can be filtered", async ({ page, user }) => {
  await signUp(page, user);
  await open(page, "/account");
  await page.getByLabel("Current password").fill("not the password");
  await page.getByLabel("New password").fill("a new and good phrase");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByLabel("Current password")).toHaveAccessibleDescription(/Wrong password/);
  const events = page.getByRole("list", { name: /^Events/ }).getByRole("listitem");
  const wrong = events.filter({ hasText: "Wrong password or code entered in account settings" });
  // The server writes it within a second.
  await expect(async () => {
    await open(page, "/sessions");
    await expect(wrong).toHaveCount(1, { timeout: 1000 });
  }).toPass();
  await expect(events).toHaveCount(2);
  await expect(page.getByText("Failed login attempt")).toBeHidden();
  const filter = (name: string) => page.getByRole("group", { name: "Filter the security activity" }).getByRole("button", { name });
  await filter("Warnings").click();
  await expect(filter("Warnings")).toHaveAttribute("aria-pressed", "true");
  await expect(filter("All")).toHaveAttribute("aria-pressed", "false");
  await expect(events).toHaveCount(1);
  await filter("Logins").click();
  await expect(events).toHaveText([/Account created/]);
  await filter("Changes").click();
  await expect(events).toHaveCount(0);
  await expect(page.getByText("Nothing of this kind in the last 90 days.")).toBeVisible();
});
