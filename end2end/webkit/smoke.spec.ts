// The essential flows in WebKit, for machines without Playwright's build of it. Each test continues the one before it.
import { writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { tlsSettings } from "../certificate.js";
import { startServer } from "../own-server.js";
import { ownPorts } from "../servers.js";
import { startBrowser, type Browser } from "./browser.js";

for (const scheme of ["http", "https"]) {
  test.describe.serial(`over ${scheme}`, () => {
    let server: Awaited<ReturnType<typeof startServer>> | undefined;
    let browser: Browser;
    let guest = "";
    let firstTab = "";

    test.beforeAll(async ({}, info) => {
      const tls = scheme === "https" ? tlsSettings() : {};
      server = await startServer(info, { HANDSTAMP_ACCESS_TTL: "3s", ...tls });
      browser = await startBrowser(server.url, ownPorts(info).driver);
    });

    test.afterEach(async ({}, info) => {
      if (info.status === info.expectedStatus || !browser) return;
      const path = info.outputPath("screenshot.png");
      await writeFile(path, await browser.screenshot(), "base64");
      info.attachments.push({ name: "screenshot", path, contentType: "image/png" });
    });

    test.afterAll(async () => {
      await browser?.stop();
      await server?.stop();
    });

    test("a guest logs in", async () => {
      await browser.open("/");
      await browser.click("button", "Try it as a guest");
      await expect.poll(browser.text).toMatch(/guest-\w+/);
      await browser.accountMenu("guest-");
      guest = /guest-\w+/.exec(await browser.text())![0];
    });

    test("a reload keeps the guest logged in", async () => {
      await browser.driver.navigate().refresh();
      await browser.waitUntilReady();
      await browser.accountMenu(guest);
    });

    test("an expired access token is refreshed, and the request is repeated", async () => {
      await browser.accountMenu(guest, { open: true });
      await browser.click("a", "Settings");
      await browser.expectVisible("h1", "Your profile");
      const [refreshes, loads] = [await browser.countRequests("/auth/refresh"), await browser.countRequests("/api/profile")];
      await expect(async () => {
        await browser.click("button", "Reload");
        expect(await browser.countRequests("/auth/refresh")).toBeGreaterThan(refreshes);
      }).toPass({ timeout: 20_000, intervals: [250] });
      await expect.poll(() => browser.countRequests("/api/profile")).toBeGreaterThan(loads);
      await browser.expectVisible("h1", "Your profile");
      await browser.accountMenu(guest);
    });

    test("a second tab is logged in", async () => {
      firstTab = await browser.driver.getWindowHandle();
      await browser.driver.switchTo().newWindow("tab");
      await browser.open("/profile");
      await browser.expectVisible("h1", "Your profile");
      await browser.accountMenu(guest);
    });

    test("a logout in one tab logs the other one out", async () => {
      await browser.accountMenu(guest, { open: true });
      await browser.click("button", "Log out");
      await browser.expectVisible("a", "Log in");
      await browser.driver.switchTo().window(firstTab);
      await browser.expectVisible("a", "Log in");
      await expect.poll(browser.path).toBe("/login?next=/profile");
      expect(await browser.text()).not.toContain(guest);
    });

    test("the lab is rendered", async () => {
      await browser.open("/lab");
      await browser.expectVisible("h1", "The lab");
      await browser.expectVisible("button", "Log in as a guest");
    });
  });
}
