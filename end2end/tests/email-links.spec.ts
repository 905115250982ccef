// Links by e-mail: log in, reset a password, change the address.
import { accountMenu, expect, gate, logOut, open, otherBrowser, password, signUp, test, visit, waitUntilReady } from "../fixtures.js";
import { linkTo, openMail, outbox, requestLink } from "../mail.js";
import { outboxKey, servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

test("the key that the server prints opens the outbox, also on the page itself, and is removed from the URL", async ({ page, user }) => {
  await signUp(page, user);
  await page.getByRole("link", { name: "Open the outbox" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Open the URL that the server printed in its terminal" })).toBeVisible();
  await page.evaluate((key) => { location.hash = key; }, outboxKey);
  await expect(page.getByRole("listitem").filter({ hasText: user.email }).first()).toBeVisible();
  await expect(page).toHaveURL("/outbox");
  await page.reload();
  await expect(page.getByRole("listitem").filter({ hasText: user.email }).first()).toBeVisible();
});

test("a magic link creates an account, and the next one logs in to it", async ({ page, user }) => {
  await requestLink(page, user.email);
  await openMail(page, user.email, "Your Handstamp login link");
  await expect(page.getByRole("heading", { name: "Log in to Handstamp" })).toBeVisible();
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL("/");
  const menu = accountMenu(page, "member-");
  const name = ((await menu.getAttribute("aria-label")) ?? "").split(" ").at(-1);
  await logOut(page);
  await requestLink(page, user.email);
  await openMail(page, user.email, "Your Handstamp login link");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(accountMenu(page, name)).toBeVisible();
});

test("leaving the page of a magic link during the login does not cancel the login", async ({ page, user }) => {
  await requestLink(page, user.email);
  await openMail(page, user.email, "Your Handstamp login link");
  const held = gate();
  await page.route("**/auth/redeem_magic_link", async (route) => {
    await held.opened;
    await route.continue();
  });
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Posts" }).click();
  await expect(page.getByRole("heading", { name: "Log in to Handstamp" })).toBeHidden();
  held.open();
  await expect(accountMenu(page, "member-")).toBeVisible();
  await expect(accountMenu(page)).toBeVisible();
});

test("a magic link is rejected in another browser, with the reason", async ({ page, browser, user, request }) => {
  await requestLink(page, user.email);
  const link = await linkTo(request, servers.plain.url, user.email);
  const other = await otherBrowser(browser, servers.plain.url);
  await open(other, link);
  await expect(other.getByRole("alert").filter({ hasText: "only works in the browser where you requested it" })).toBeVisible();
  await expect(other.getByRole("main").getByRole("button")).toHaveCount(0);
  await expect(other.getByRole("main").getByText(user.email)).toHaveCount(0);
  await open(page, link);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(accountMenu(page, "member-")).toBeVisible();
  await other.context().close();
});

test("a password reset sets a new password and ends the other sessions", async ({ page, browser, user }) => {
  await signUp(page, user);
  const other = await otherBrowser(browser, servers.plain.url);
  await open(other, "/login");
  await other.getByRole("link", { name: "Forgot your password?" }).click();
  await expect(other.getByRole("heading", { name: "Reset your password" })).toBeVisible();
  await other.getByLabel("Email").fill(user.email);
  await other.getByRole("button", { name: "Send link" }).click();
  await expect(other.getByText(`If an account uses ${user.email}, we've sent a reset link.`)).toBeVisible();
  await openMail(other, user.email, "Reset your password");
  await other.getByLabel("New password").fill("password1");
  await other.getByRole("button", { name: "Change password" }).click();
  await expect(other.getByLabel("New password")).toHaveAccessibleDescription(/Too easy to guess/);
  await other.getByLabel("New password").fill("a new and good phrase");
  await other.getByRole("button", { name: "Change password" }).click();
  await expect(other.getByText("Password changed.")).toBeVisible();

  await accountMenu(page).click();
  await page.locator("#account-menu").getByRole("link", { name: "Sessions" }).click();
  await expect(page.getByText("Your password was changed. Please log in with the new one.")).toBeVisible();
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill("a new and good phrase");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Your sessions" })).toBeVisible();
  await other.context().close();
});

test("a new address is used once its link is opened", async ({ page, browser, user, otherUser, request }) => {
  await signUp(page, user);
  await open(page, "/account");
  await page.getByLabel("New email").fill(otherUser.email);
  await page.getByRole("button", { name: "Change email" }).click();
  await expect(page.getByLabel("Your password")).toBeFocused();
  await page.getByLabel("Your password").fill(password);
  await page.getByRole("button", { name: "Change email" }).click();
  await expect(page.getByText("Your email changes once you open it.").first()).toBeVisible();
  const other = await otherBrowser(browser, servers.plain.url);
  await openMail(other, otherUser.email, "Confirm your new email");
  await expect(other.getByRole("main").getByText(otherUser.email)).toBeVisible();
  await expect(other.getByRole("main").getByText(user.name)).toBeVisible();
  await other.getByLabel("Password").fill("not the password");
  await other.getByRole("button", { name: "Confirm email" }).click();
  await expect(other.getByLabel("Password")).toHaveAccessibleDescription(new RegExp(`Wrong password for ${user.name}`));
  await other.context().close();
  // This browser is logged in to the account.
  await openMail(page, otherUser.email, "Confirm your new email");
  await page.getByRole("button", { name: "Confirm email" }).click();
  await expect(page.getByText("Email confirmed.")).toBeVisible();
  await page.getByRole("link", { name: "Your account" }).click();
  await expect(page.getByText(otherUser.email)).toBeVisible();
  const notices = (await outbox(request, servers.plain.url)).filter((mail) => mail.to === user.email);
  expect(notices[0]!.subject).toContain("Your email was changed");
});

test("the page of a link contains no token", async ({ page, user, request }) => {
  await requestLink(page, user.email);
  const link = await linkTo(request, servers.plain.url, user.email);
  const token = link.split("/").pop() ?? "";
  await page.goto(link);
  await waitUntilReady(page);
  expect(await page.content()).not.toContain(token);
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  expect(stored).not.toContain(token);
});
