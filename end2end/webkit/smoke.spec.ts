// What has to work in WebKit, for machines without Playwright's build of it. Each test goes on where the one before
// it ended.
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
      await browser.press("button", "Try it");
      await expect.poll(browser.text).toMatch(/guest-\w+/);
      await browser.expectShown("button", "Log out");
      guest = /guest-\w+/.exec(await browser.text())![0];
    });

    test("a reload keeps the guest logged in", async () => {
      await browser.driver.navigate().refresh();
      await browser.hydrated();
      await browser.expectShown("button", "Log out");
      expect(await browser.text()).toContain(guest);
    });

    test("an expired access token is refreshed, and the request is answered", async () => {
      await browser.press("a", "Profile");
      await browser.expectShown("h1", "Your profile");
      const [refreshes, loads] = [await browser.requests("/auth/refresh"), await browser.requests("/api/profile")];
      await expect(async () => {
        await browser.press("button", "Load again");
        expect(await browser.requests("/auth/refresh")).toBeGreaterThan(refreshes);
      }).toPass({ timeout: 20_000, intervals: [250] });
      await expect.poll(() => browser.requests("/api/profile")).toBeGreaterThan(loads);
      await browser.expectShown("h1", "Your profile");
      expect(await browser.text()).toContain(guest);
    });

    test("a second tab is logged in", async () => {
      firstTab = await browser.driver.getWindowHandle();
      await browser.driver.switchTo().newWindow("tab");
      await browser.open("/profile");
      await browser.expectShown("h1", "Your profile");
      await browser.expectShown("button", "Log out");
      await expect.poll(browser.text).toContain(guest);
    });

    test("a logout in one tab logs the other one out", async () => {
      await browser.press("button", "Log out");
      await browser.expectShown("a", "Log in");
      await browser.driver.switchTo().window(firstTab);
      await browser.expectShown("a", "Log in");
      await expect.poll(browser.path).toBe("/login?next=/profile");
      expect(await browser.text()).not.toContain(guest);
    });

    test("the lab is rendered", async () => {
      await browser.open("/lab");
      await browser.expectShown("h1", "The lab");
      await browser.expectShown("button", "Log in as a guest");
    });
  });
}
