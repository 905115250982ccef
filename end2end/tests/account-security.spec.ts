import { createHmac } from "node:crypto";
import { awake, expect, gate, logIn, open, outbox, password, signUp, test } from "../fixtures.js";
import type { APIRequestContext, Browser, Page } from "@playwright/test";
import { expectDarkOnWhite } from "../print.js";
import { outboxKey, servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

/** Opens the newest mail to somebody in the outbox, as a person would, and presses its link. */
async function openMail(page: Page, to: string, subject: string) {
  await open(page, `/outbox#${outboxKey}`);
  const mail = page.getByRole("listitem").filter({ hasText: `To ${to}` }).filter({ hasText: subject });
  await mail.first().getByRole("link", { name: "Open the link" }).click();
}

/** The address of the link in the newest mail to somebody. */
async function linkTo(request: APIRequestContext, to: string) {
  return (await outbox(request, servers.plain.url)).find((mail) => mail.to === to)!.link;
}

test("the outbox opens with the key that the server prints, also on the page itself, and the key leaves the address", async ({ page, person }) => {
  await signUp(page, person);
  await page.getByRole("link", { name: "See what it would have sent" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Open the URL that the server printed in its terminal" })).toBeVisible();
  await page.evaluate((key) => { location.hash = key; }, outboxKey);
  await expect(page.getByText(`To ${person.email}`).first()).toBeVisible();
  await expect(page).toHaveURL("/outbox");
  await page.reload();
  await expect(page.getByText(`To ${person.email}`).first()).toBeVisible();
});

async function askForLink(page: Page, email: string) {
  await open(page, "/magic");
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByText("The link is on its way.")).toBeVisible();
}

async function confirmAddress(page: Page, email: string) {
  await openMail(page, email, "Please confirm your e-mail address");
  await page.getByRole("button", { name: "Confirm the address" }).click();
  await expect(page.getByText("The address is confirmed.")).toBeVisible();
}

async function otherBrowser(browser: Browser) {
  return (await browser.newContext({ baseURL: servers.plain.url })).newPage();
}

/** What an authenticator app shows for a key (RFC 6238), so many steps of 30 s from now. */
function code(key: string, steps = 0) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...key].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", secret).update(step).digest();
  const from = mac[19] & 0xf;
  return String((mac.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

test("a link by mail makes an account, and logs in to it the next time", async ({ page, person }) => {
  await askForLink(page, person.email);
  await openMail(page, person.email, "Your link to log in");
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL("/");
  const name = (await page.getByRole("banner").getByText(/^member-/).textContent()) ?? "";
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await askForLink(page, person.email);
  await openMail(page, person.email, "Your link to log in");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("banner").getByText(name)).toBeVisible();
});

test("whoever leaves the page of a link while it logs in is logged in all the same", async ({ page, person }) => {
  await askForLink(page, person.email);
  await openMail(page, person.email, "Your link to log in");
  const held = gate();
  await page.route("**/auth/redeem_magic_link", async (route) => {
    await held.opened;
    await route.continue();
  });
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("link", { name: "Request a new link" }).click();
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeHidden();
  held.open();
  await expect(page.getByRole("banner").getByText(/^member-/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
});

test("a link does nothing in another browser, and says why", async ({ page, browser, person, request }) => {
  await askForLink(page, person.email);
  const link = await linkTo(request, person.email);
  const other = await otherBrowser(browser);
  await open(other, link);
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other.getByRole("alert")).toContainText("only in the browser in which it was asked for");
  await open(page, link);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("banner").getByText(/^member-/)).toBeVisible();
  await other.context().close();
});

test("a forgotten password is replaced, and the other browser has to log in again", async ({ page, browser, person }) => {
  await signUp(page, person);
  const other = await otherBrowser(browser);
  await open(other, "/login");
  await other.getByRole("link", { name: "Forgot your password?" }).click();
  await expect(other.getByRole("heading", { name: "Forgot your password?" })).toBeVisible();
  await other.getByLabel("E-mail").fill(person.email);
  await other.getByRole("button", { name: "Send the link" }).click();
  await expect(other.getByText("If there is an account with this address")).toBeVisible();
  await openMail(other, person.email, "Choose a new password");
  await other.getByLabel("New password").fill("password1");
  await other.getByRole("button", { name: "Set the password" }).click();
  await expect(other.getByLabel("New password")).toHaveAccessibleDescription(/easy to guess/);
  await other.getByLabel("New password").fill("a new and good phrase");
  await other.getByRole("button", { name: "Set the password" }).click();
  await expect(other.getByText("Your new password is set.")).toBeVisible();

  await page.getByRole("link", { name: "Sessions" }).click();
  await expect(page.getByText("Your password was changed. Please log in with the new one.")).toBeVisible();
  await page.getByLabel("User name or e-mail").fill(person.name);
  await page.getByLabel("Password").fill("a new and good phrase");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Your sessions" })).toBeVisible();
  await other.context().close();
});

test("the strength of a password shows while it is typed", async ({ page, person }) => {
  await open(page, "/signup");
  await page.getByLabel("User name").fill(person.name);
  await page.getByLabel("Password").fill(`${person.name}1`);
  await expect(page.getByText("made of your own name")).toBeVisible();
  await page.getByLabel("Password").fill(password);
  await expect(page.getByText("A strong password.")).toBeVisible();
});

test("the advice on a password does not move the button below it", async ({ page, person }) => {
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await open(page, "/signup");
    await page.getByLabel("User name").fill(person.name);
    const button = page.getByRole("main").getByRole("button", { name: "Sign up" });
    const top = async () => (await button.boundingBox())!.y;
    const before = await top();
    for (const [weak, advice] of [[`${person.name}1`, "made of your own name"], ["abcabcabcabc", "only slightly harder to guess"]]) {
      await page.getByLabel("Password").fill(weak);
      await expect(page.getByText(advice)).toBeVisible();
      expect(Math.abs((await top()) - before)).toBeLessThan(1);
    }
  }
});

test("a changed password ends the other sessions, or not", async ({ page, browser, person }) => {
  await signUp(page, person);
  const other = await otherBrowser(browser);
  await open(other, "/login?next=/profile");
  await logIn(other, person);
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

test("another address counts once its link is opened", async ({ page, browser, person, another, request }) => {
  await signUp(page, person);
  await open(page, "/account");
  await page.getByLabel("New address").fill(another.email);
  await page.getByRole("button", { name: "Change the address" }).click();
  await expect(page.getByLabel("Your password")).toBeFocused();
  await page.getByLabel("Your password").fill(password);
  await page.getByRole("button", { name: "Change the address" }).click();
  await expect(page.getByText("Nothing changes before you open it.")).toBeVisible();
  const other = await otherBrowser(browser);
  await openMail(other, another.email, "Please confirm your new e-mail address");
  await other.getByRole("button", { name: "Confirm the address" }).click();
  await other.getByLabel("Password of the account").fill("not the password");
  await other.getByRole("button", { name: "Confirm the address" }).click();
  await expect(other.getByLabel("Password of the account")).toHaveAccessibleDescription(/not the password of the account/);
  await other.context().close();
  // This browser is logged in to the account.
  await openMail(page, another.email, "Please confirm your new e-mail address");
  await page.getByRole("button", { name: "Confirm the address" }).click();
  await expect(page.getByText("The address is confirmed.")).toBeVisible();
  await page.getByRole("link", { name: "Your account" }).click();
  await expect(page.getByText(another.email)).toBeVisible();
  const notices = (await outbox(request, servers.plain.url)).filter((mail) => mail.to === person.email);
  expect(notices[0].text).toContain("The e-mail address was changed.");
});

test("a new name shows at once, here and in the other tab", async ({ page, person, another, context }) => {
  await signUp(page, person);
  const tab = await context.newPage();
  await open(tab, "/");
  await open(page, "/account");
  await page.getByLabel("New name").fill("x");
  await page.getByRole("button", { name: "Change the name" }).click();
  await expect(page.getByLabel("New name")).toHaveAccessibleDescription(/3 to 32 characters/);
  await page.getByLabel("New name").fill(another.name);
  await page.getByRole("button", { name: "Change the name" }).click();
  await expect(page.getByRole("banner").getByText(another.name)).toBeVisible();
  await expect(tab.getByRole("banner").getByText(another.name)).toBeVisible();
});

test("two-step login asks for a code after the password, and takes a recovery code", async ({ page, browser, person }) => {
  await signUp(page, person);
  await confirmAddress(page, person.email);
  await page.getByRole("link", { name: "Your account" }).click();
  await page.getByLabel("Password for two-step login").fill("not the password");
  await page.getByRole("button", { name: "Set it up" }).click();
  await expect(page.getByLabel("Password for two-step login")).toHaveAccessibleDescription(/not your password/);
  await page.getByLabel("Password for two-step login").fill(password);
  await page.getByRole("button", { name: "Set it up" }).click();
  await expect(page.getByRole("img", { name: "QR code" })).toBeVisible();
  const key = (await page.locator(".key").textContent()) ?? "";
  await page.getByLabel("The code that the app shows now").fill("000000");
  await page.getByRole("button", { name: "Switch it on" }).click();
  await expect(page.getByText("This is not the code")).toBeVisible();
  await page.getByLabel("The code that the app shows now").fill(code(key));
  await page.getByRole("button", { name: "Switch it on" }).click();
  const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await expect(codes).toHaveCount(10);
  // Elsewhere a test can't choose the medium.
  if (test.info().project.name === "chromium") {
    await page.emulateMedia({ media: "print" });
    await expectDarkOnWhite(page);
    await page.emulateMedia({ media: "screen" });
  }
  const [recovery = "", spare = ""] = await codes.allTextContents();
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByText("It is on. 10 recovery codes are left.")).toBeVisible();

  const other = await otherBrowser(browser);
  await open(other, "/login?next=/account");
  await other.getByLabel("User name or e-mail").fill(person.name);
  await other.getByLabel("Password").fill(password);
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other.getByLabel("Code")).toBeFocused();
  await expect(other.getByLabel("Password")).toHaveValue(password);
  await other.getByLabel("Code").fill("123456");
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other.getByText("This code is wrong or was used already.")).toBeVisible();
  // The code of the switching on is spent; that of the next step is good by then too.
  await other.getByLabel("Code").fill(code(key, 1));
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other.getByText("It is on.")).toBeVisible();
  await other.getByRole("button", { name: "Log out", exact: true }).click();

  await askForLink(other, person.email);
  await openMail(other, person.email, "Your link to log in");
  await other.getByRole("button", { name: "Log in" }).click();
  await other.getByLabel("Code").fill(recovery);
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other.getByRole("banner").getByText(person.name)).toBeVisible();
  await open(other, "/account");
  await expect(other.getByText("9 recovery codes are left.")).toBeVisible();
  await other.getByRole("button", { name: "Switch it off" }).click();
  await expect(other.getByLabel("Password for two-step login")).toBeFocused();
  await other.getByLabel("Password for two-step login").fill(password);
  await other.getByLabel("A code from the app").fill(spare);
  await other.getByRole("button", { name: "Switch it off" }).click();
  await expect(other.getByRole("button", { name: "Set it up" })).toBeVisible();
  await other.context().close();
});

test("the letter about two-step login switches it off again", async ({ page, browser, person }) => {
  await signUp(page, person);
  await confirmAddress(page, person.email);
  await page.getByRole("link", { name: "Your account" }).click();
  await page.getByLabel("Password for two-step login").fill(password);
  await page.getByRole("button", { name: "Set it up" }).click();
  const key = (await page.locator(".key").textContent()) ?? "";
  await page.getByLabel("The code that the app shows now").fill(code(key));
  await page.getByRole("button", { name: "Switch it on" }).click();
  await expect(page.getByText("It is on. 10 recovery codes are left.")).toBeVisible();
  const other = await otherBrowser(browser);
  await openMail(other, person.email, "Two-step login was switched on");
  await other.getByRole("button", { name: "Switch it off and end all sessions" }).click();
  await expect(other.getByText("Two-step login is off, and all sessions have ended.")).toBeVisible();
  await open(other, "/login?next=/account");
  await logIn(other, person);
  await expect(other.getByRole("button", { name: "Set it up" })).toBeVisible();
  await page.getByRole("link", { name: "Sessions" }).click();
  await expect(page.getByText("You ended this session from another device.")).toBeVisible();
  await other.context().close();
});

test("a person sees the sessions and what happened, and ends one, and all others", async ({ page, browser, person }) => {
  await signUp(page, person);
  const others = [await otherBrowser(browser), await otherBrowser(browser)];
  for (const other of others) {
    await open(other, "/login?next=/profile");
    await logIn(other, person);
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

test("who logged in a while ago shows the password first, and then it goes on by itself", async ({ page, browser, person }) => {
  await signUp(page, person);
  const other = await otherBrowser(browser);
  await open(other, "/login?next=/profile");
  await logIn(other, person);
  // As the server answers after fifteen minutes; `tests/api/account.rs` turns its clock.
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

test("a deleted account is gone in every tab", async ({ page, person, context }) => {
  await signUp(page, person);
  const tab = await context.newPage();
  await open(tab, "/profile");
  await open(page, "/account");
  await page.getByRole("button", { name: "Delete the account" }).click();
  await page.getByRole("button", { name: "Delete it for good" }).click();
  for (const one of [page, tab]) {
    await expect(one.getByText("This account was deleted.")).toBeVisible();
  }
  await open(page, "/login");
  await page.getByLabel("User name or e-mail").fill(person.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText("The user name or the password is wrong.")).toBeVisible();
});

test("a guest has no settings, and the page says so", async ({ page }) => {
  await open(page, "/");
  await page.getByRole("button", { name: "Try it" }).click();
  await expect(page.getByRole("link", { name: "See your profile" })).toBeVisible();
  await open(page, "/account");
  await expect(page.getByRole("heading", { name: "A guest account" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Change the password" })).toBeHidden();
});

test("no page of a link holds its token", async ({ page, person, request }) => {
  await askForLink(page, person.email);
  const link = await linkTo(request, person.email);
  const token = link.split("/").pop() ?? "";
  await page.goto(link);
  await awake(page);
  expect(await page.content()).not.toContain(token);
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  expect(stored).not.toContain(token);
});
