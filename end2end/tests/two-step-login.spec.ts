// Two-step login: TOTP codes and recovery codes.
import { createHmac } from "node:crypto";
import type { Page } from "@playwright/test";
import { downloadedText } from "../downloads.js";
import { accountMenu, answerDialog, expect, logIn, logOut, open, otherBrowser, password, signUp, test, visit } from "../fixtures.js";
import { openMail, requestLink } from "../mail.js";
import { expectDarkOnWhite } from "../print.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

async function confirmAddress(page: Page, email: string) {
  await openMail(page, email, "Confirm your email");
  await page.getByRole("button", { name: "Confirm email" }).click();
  await expect(page.getByText("Email confirmed.")).toBeVisible();
}

/** The TOTP code for a key (RFC 6238), this many steps of 30 s from now. */
function code(key: string, steps = 0) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...key.replaceAll(" ", "")].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", secret).update(step).digest();
  const from = mac[19] & 0xf;
  return String((mac.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

test("two-step login requires a code after the password, and accepts a recovery code", async ({ page, browser, user }) => {
  await signUp(page, user);
  await confirmAddress(page, user.email);
  await page.getByRole("link", { name: "Your account" }).click();
  await page.getByLabel("Password for two-step login").fill("not the password");
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByLabel("Password for two-step login")).toHaveAccessibleDescription(/Wrong password/);
  await page.getByLabel("Password for two-step login").fill(password);
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByRole("img", { name: "QR code" })).toBeVisible();
  const key = (await page.locator(".key").textContent()) ?? "";
  expect(key).toMatch(/^([A-Z2-7]{4} )*[A-Z2-7]{1,4}$/);
  await page.getByLabel("6-digit code").fill("000000");
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(page.getByText("That code didn't match.")).toBeVisible();
  await page.getByLabel("6-digit code").fill(code(key));
  await page.getByRole("button", { name: "Turn on" }).click();
  const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await expect(codes).toHaveCount(10);
  // Other engines do not support the emulation of print.
  if (test.info().project.name === "chromium") {
    await page.emulateMedia({ media: "print" });
    await expectDarkOnWhite(page);
    await page.emulateMedia({ media: "screen" });
  }
  const [recovery = "", spare = ""] = await codes.allTextContents();
  const saved = await downloadedText(page, () => page.getByRole("button", { name: "Download" }).click());
  expect(saved).toContain(`${recovery}\n${spare}\n`);
  await page.evaluate(() => { window.print = () => document.documentElement.setAttribute("data-printed", ""); });
  await page.getByRole("button", { name: "Print" }).click();
  await expect(page.locator("html[data-printed]")).toHaveCount(1);
  await page.getByRole("button", { name: "I've saved them" }).click();
  await expect(page.getByText("10 recovery codes are left.")).toBeVisible();

  const other = await otherBrowser(browser, servers.plain.url);
  await open(other, "/login?next=/account");
  await other.getByLabel("Username or email").fill(user.name);
  await other.getByLabel("Password").fill(password);
  await other.getByRole("button", { name: "Log in" }).click();
  const codeField = other.getByLabel("Authentication code");
  await expect(codeField).toBeFocused();
  await expect(codeField).toHaveAttribute("inputmode", "numeric");
  await expect(codeField).toHaveAttribute("autocomplete", "one-time-code");
  await expect(codeField).toHaveAttribute("aria-invalid", "false");
  await expect(other.getByRole("main").getByRole("alert").filter({ hasText: /./ })).toHaveCount(0);
  await expect(other.getByLabel("Password")).toBeHidden();
  await expect(other.getByLabel("Username or email")).toBeHidden();
  await codeField.fill("12345");
  await other.getByRole("button", { name: "Continue" }).click();
  await expect(codeField).toHaveAccessibleDescription(/Enter the 6-digit code/);
  // Six digits in any spelling are sent at once.
  await codeField.fill("123-456");
  await expect(codeField).toHaveAccessibleDescription(/That code is wrong or already used\. Check the current code in your app\./);
  await expect(codeField).toBeFocused();
  await other.getByRole("button", { name: "Lost your phone? Use a recovery code" }).click();
  const recoveryField = other.getByLabel("Recovery code");
  await expect(recoveryField).toBeFocused();
  await recoveryField.fill("aaaa-bbbb");
  await other.getByRole("button", { name: "Continue" }).click();
  await expect(recoveryField).toHaveAccessibleDescription(/That recovery code is wrong or already used\./);
  await other.getByRole("button", { name: "Go back" }).click();
  await expect(other.getByLabel("Password")).toHaveValue(password);
  await other.getByRole("button", { name: "Log in" }).click();
  // The code that enabled two-step login is used up; the server accepts the code of the next step as well.
  const next = code(key, 1);
  await codeField.fill(` ${next.slice(0, 3)} ${next.slice(3)}`);
  await expect(other.getByText("On", { exact: true })).toBeVisible();
  await logOut(other);

  await requestLink(other, user.email);
  await openMail(other, user.email, "Your Handstamp login link");
  await other.getByRole("button", { name: "Log in" }).click();
  await other.getByRole("button", { name: "Lost your phone? Use a recovery code" }).click();
  await other.getByLabel("Recovery code").fill(recovery);
  await other.getByRole("button", { name: "Continue" }).click();
  await expect(accountMenu(other, user.name)).toBeVisible();
  await open(other, "/account");
  await expect(other.getByText("9 recovery codes are left.")).toBeVisible();
  // Cancelling changes nothing.
  await other.getByRole("button", { name: "Turn off", exact: true }).click();
  const dialog = other.getByRole("dialog", { name: "Turn off two-step login?" });
  await expect(dialog.getByText("Your recovery codes stop working.")).toBeVisible();
  await other.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(other.getByRole("button", { name: "Turn off", exact: true })).toBeFocused();
  await other.getByRole("button", { name: "Turn off", exact: true }).click();
  await answerDialog(other, "Turn off two-step login?", "Turn off");
  await expect(dialog.getByLabel("Password")).toBeFocused();
  await dialog.getByLabel("Password").fill(password);
  await dialog.getByLabel("Authentication code").fill(spare);
  await dialog.getByRole("button", { name: "Turn off", exact: true }).click();
  await expect(other.getByText("Two-step login is off.")).toBeVisible();
  await expect(other.getByRole("heading", { name: "Security", level: 1 })).toBeFocused();
  await expect(other.getByRole("button", { name: "Set up" })).toBeVisible();
  await other.context().close();
});

test("new recovery codes are generated only after a question, and can be copied and saved", async ({ page, user }) => {
  await signUp(page, user);
  await confirmAddress(page, user.email);
  await page.getByRole("link", { name: "Your account" }).click();
  await page.getByLabel("Password for two-step login").fill(password);
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByLabel("6-digit code")).toBeFocused();
  const key = ((await page.locator(".key").textContent()) ?? "").replaceAll(" ", "");
  await page.getByLabel("6-digit code").fill(code(key));
  await page.getByRole("button", { name: "Turn on" }).click();
  const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await expect(page.getByText("Save these recovery codes.")).toBeFocused();
  const first = await codes.allTextContents();
  await page.getByRole("button", { name: "I've saved them" }).click();
  await expect(page.getByText("Two-step login is on.")).toBeVisible();
  await page.getByRole("button", { name: "Generate new codes" }).click();
  const dialog = page.getByRole("dialog", { name: "Generate new recovery codes?" });
  await expect(dialog.getByText("Your old codes stop working")).toBeVisible();
  await answerDialog(page, "Generate new recovery codes?", "Generate new codes", async (dialog) => {
    await dialog.getByLabel("Password").fill(password);
    await dialog.getByLabel("Authentication code").fill(first[0]!);
  });
  await expect(dialog).toBeHidden();
  await expect(codes).toHaveCount(10);
  const second = await codes.allTextContents();
  expect(second.filter((code) => first.includes(code))).toEqual([]);
  const saved = await downloadedText(page, () => page.getByRole("button", { name: "Download" }).click());
  expect(saved).toContain(second.join("\n"));
});

test("two-step login asks for a confirmed address first", async ({ page, user }) => {
  await signUp(page, user);
  await open(page, "/account");
  await expect(page.getByText("Confirm your email before turning this on.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Set up" })).toBeHidden();
  await page.getByRole("button", { name: "Resend confirmation email" }).first().click();
  await expect(page.getByText(`We sent another confirmation email to ${user.email}.`)).toBeVisible();
});

test("the e-mail about two-step login can switch it off", async ({ page, browser, user }) => {
  await signUp(page, user);
  await confirmAddress(page, user.email);
  await page.getByRole("link", { name: "Your account" }).click();
  await page.getByLabel("Password for two-step login").fill(password);
  await page.getByRole("button", { name: "Set up" }).click();
  const key = (await page.locator(".key").textContent()) ?? "";
  await page.getByLabel("6-digit code").fill(code(key));
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(page.getByText("10 recovery codes are left.")).toBeVisible();
  const other = await otherBrowser(browser, servers.plain.url);
  await openMail(other, user.email, "Two-step login was turned on");
  await other.getByRole("button", { name: "Turn it off and log out everywhere" }).click();
  await expect(other.getByText("Two-step login is off, and you're logged out everywhere.")).toBeVisible();
  await open(other, "/login?next=/account");
  await logIn(other, user);
  await expect(other.getByRole("button", { name: "Set up" })).toBeVisible();
  await accountMenu(page).click();
  await page.locator("#account-menu").getByRole("link", { name: "Sessions" }).click();
  await expect(page.getByText("This session was ended from another session.")).toBeVisible();
  await other.context().close();
});
