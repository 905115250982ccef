// Two-step login: TOTP codes and recovery codes.
import { createHmac } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect, logIn, open, otherBrowser, password, signUp, test } from "../fixtures.js";
import { openMail, requestLink } from "../mail.js";
import { expectDarkOnWhite } from "../print.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

async function confirmAddress(page: Page, email: string) {
  await openMail(page, email, "Confirm your email");
  await page.getByRole("button", { name: "Confirm the address" }).click();
  await expect(page.getByText("The address is confirmed.")).toBeVisible();
}

/** The TOTP code for a key (RFC 6238), this many steps of 30 s from now. */
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

test("two-step login requires a code after the password, and accepts a recovery code", async ({ page, browser, user }) => {
  await signUp(page, user);
  await confirmAddress(page, user.email);
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
  // Other engines do not support the emulation of print.
  if (test.info().project.name === "chromium") {
    await page.emulateMedia({ media: "print" });
    await expectDarkOnWhite(page);
    await page.emulateMedia({ media: "screen" });
  }
  const [recovery = "", spare = ""] = await codes.allTextContents();
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByText("It is on. 10 recovery codes are left.")).toBeVisible();

  const other = await otherBrowser(browser, servers.plain.url);
  await open(other, "/login?next=/account");
  await other.getByLabel("User name or e-mail").fill(user.name);
  await other.getByLabel("Password").fill(password);
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other.getByLabel("Code")).toBeFocused();
  await expect(other.getByLabel("Password")).toHaveValue(password);
  await other.getByLabel("Code").fill("123456");
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other.getByText("This code is wrong or was used already.")).toBeVisible();
  // The code that enabled two-step login is used up; the server accepts the code of the next step as well.
  await other.getByLabel("Code").fill(code(key, 1));
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other.getByText("It is on.")).toBeVisible();
  await other.getByRole("button", { name: "Log out", exact: true }).click();

  await requestLink(other, user.email);
  await openMail(other, user.email, "Your Handstamp login link");
  await other.getByRole("button", { name: "Log in" }).click();
  await other.getByLabel("Code").fill(recovery);
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other.getByRole("banner").getByText(user.name)).toBeVisible();
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

test("the e-mail about two-step login can switch it off", async ({ page, browser, user }) => {
  await signUp(page, user);
  await confirmAddress(page, user.email);
  await page.getByRole("link", { name: "Your account" }).click();
  await page.getByLabel("Password for two-step login").fill(password);
  await page.getByRole("button", { name: "Set it up" }).click();
  const key = (await page.locator(".key").textContent()) ?? "";
  await page.getByLabel("The code that the app shows now").fill(code(key));
  await page.getByRole("button", { name: "Switch it on" }).click();
  await expect(page.getByText("It is on. 10 recovery codes are left.")).toBeVisible();
  const other = await otherBrowser(browser, servers.plain.url);
  await openMail(other, user.email, "Two-step login was turned on");
  await other.getByRole("button", { name: "Switch it off and end all sessions" }).click();
  await expect(other.getByText("Two-step login is off, and all sessions have ended.")).toBeVisible();
  await open(other, "/login?next=/account");
  await logIn(other, user);
  await expect(other.getByRole("button", { name: "Set it up" })).toBeVisible();
  await page.getByRole("link", { name: "Sessions" }).click();
  await expect(page.getByText("This session was ended from another session.")).toBeVisible();
  await other.context().close();
});
