// The stage of the lab: what it shows is in view, at every width, and its controls work with the keyboard alone.
import type { Page } from "@playwright/test";
import { downloadedText } from "../downloads.js";
import { expect, open, test } from "../fixtures.js";
import { experiment, logInAsGuest, openExports, openLab, rows, rowsWithText, stops, tourStep, waitForStage } from "../lab.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.window.url });

/** Expects that the whole element is inside of the window. */
async function expectInView(page: Page, selector: string, step: number) {
  const box = await page.locator(selector).boundingBox();
  const { width, height } = page.viewportSize()!;
  expect(box, `${selector} at step ${step}`).not.toBeNull();
  expect(box!.y, `the top of ${selector} at step ${step}`).toBeGreaterThanOrEqual(-1);
  expect(box!.y + box!.height, `the bottom of ${selector} at step ${step}`).toBeLessThanOrEqual(height + 1);
  expect(box!.x + box!.width, `the right of ${selector} at step ${step}`).toBeLessThanOrEqual(width + 1);
}

for (const [width, height] of [[360, 740], [768, 1024], [1280, 800], [1920, 1080]] as const) {
  test(`at ${width} × ${height}, what the tour explains is in view at every step`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await open(page, "/lab");
    await page.getByRole("button", { name: "Start the tour" }).press("Enter");
    for (const step of stops) {
      await expect.poll(() => tourStep(page)).toBe(step);
      // The message has arrived.
      await expect(page.locator(`.row[data-step="${step}"]`)).toHaveClass(/is-current/);
      for (const part of [".scene", ".caption", "#stage-next", ".tour [role=status] > h3", ".tour [role=status] > h3 + p"]) await expectInView(page, part, step);
      if (width >= 1024) await expectInView(page, `.row[data-step="${step}"] summary`, step);
      if (step < 19) await page.keyboard.press("Enter");
    }
  });
}

test("the button for the next step keeps its place", async ({ page }) => {
  await open(page, "/lab");
  await page.getByRole("button", { name: "Start the tour" }).click();
  const places = new Set<string>();
  for (const step of stops.slice(0, 8)) {
    await expect.poll(() => tourStep(page)).toBe(step);
    const { x, y } = (await page.getByRole("button", { name: "Next", exact: true }).boundingBox())!;
    places.add(`${Math.round(x)} ${Math.round(y)}`);
    // With the keyboard, because a click of the test may scroll.
    await page.keyboard.press("Enter");
  }
  expect([...places].length, [...places].join(", ")).toBe(1);
});

test("the stage shows who holds what, and goes back over it", async ({ page }) => {
  await openLab(page);
  await expect(page.getByTestId("stage-ticket")).toHaveText(/^Ticket [0-9a-f]{4} · \d+:\d\d$/);
  await expect(page.getByTestId("stage-stamp")).toHaveText("Stamp #0");
  await expect(page.getByTestId("stage-session")).toHaveText("Session: active");
  await expect(page.getByTestId("stage-newest")).toHaveText("Newest: stamp #0");
  const shown = async () => /Event (\d+) of (\d+)/.exec((await page.getByRole("slider", { name: "Position" }).getAttribute("aria-valuetext"))!)!.slice(1).map(Number);
  await expect.poll(async () => { const [at, all] = await shown(); return at === all; }).toBe(true);
  const [all] = await shown();
  await page.locator("main").focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(async () => (await shown())[0]).toBe(all! - 1);
  // Before the answer has arrived, the browser holds nothing.
  await page.getByRole("slider", { name: "Position" }).fill("1");
  await expect(page.getByTestId("stage-ticket")).toHaveText("No ticket");
  await expect(page.getByTestId("stage-session")).toHaveText("No session");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect.poll(async () => (await shown())[0], { timeout: 15_000 }).toBe(all);
  await expect(page.getByTestId("stage-stamp")).toHaveText("Stamp #0");
});

test("a click on a row shows it on the stage, and the rows have one tab stop", async ({ page }) => {
  await openLab(page);
  const row = rowsWithText(page, "Issues stamp #0");
  await waitForStage(page);
  await row.locator("summary").click();
  await expect(row).toHaveClass(/is-current/);
  await expect(page.getByTestId("caption")).toHaveText("Server: Issues stamp #0");
  expect(await rows(page).locator("summary[tabindex='0']").count()).toBe(1);
  await page.keyboard.press("ArrowDown");
  await expect(rowsWithText(page, "Signs a new ticket").locator("summary")).toBeFocused();
});

test("a recording is replayed from a file and from a link, and the own session goes on", async ({ page, browser, browserName }) => {
  await openLab(page);
  await experiment(page, "Call the API").getByRole("button").click();
  await expect(page.getByText("200: the server checked the ticket on its own.")).toBeVisible();
  await openExports(page);
  const json = await downloadedText(page, () => page.getByRole("button", { name: "Save as JSON" }).click());
  const texts = async (page: Page) => (await rows(page).locator("summary").allTextContents()).map((text) => text.trim());
  const recorded = await texts(page);

  const other = await (await browser.newContext()).newPage();
  await open(other, `${servers.window.url}/lab`);
  await openExports(other);
  await other.getByLabel("Open a recording (JSON)").setInputFiles({ name: "x.json", mimeType: "application/json", buffer: Buffer.from("{}") });
  await expect(other.getByText("This file is not a recording of the lab.")).toBeVisible();
  await other.getByLabel("Open a recording (JSON)").setInputFiles({ name: "x.json", mimeType: "application/json", buffer: Buffer.from(json) });
  await expect(other.getByText("This is a recording, not your session.")).toBeVisible();
  await expect.poll(() => texts(other)).toEqual(recorded);
  // The page goes on recording its own session.
  await logInAsGuest(other);
  await expect.poll(() => texts(other)).toEqual(recorded);
  await other.getByRole("button", { name: "Back to your session" }).click();
  await expect(rowsWithText(other, "POST /auth/try_it")).toHaveCount(1);
  await other.context().close();

  if (browserName === "chromium") {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy a link that replays it" }).click();
    await expect(page.getByText("Copied.").first()).toBeVisible();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    for (const secret of ["hsr_", "eyJ"]) expect(link).not.toContain(secret);
    const third = await (await browser.newContext()).newPage();
    await open(third, link);
    await expect(third.getByText("This is a recording, not your session.")).toBeVisible();
    await expect.poll(() => texts(third)).toEqual(recorded);
    await third.context().close();
  }
});

test("the ticket has the same name in two tabs", async ({ page, context }) => {
  await openLab(page);
  const name = async (page: Page) => (await page.getByTestId("stage-ticket").textContent())!.slice(0, "Ticket 0000".length);
  const other = await context.newPage();
  await open(other, "/lab");
  await expect(other.getByTestId("stage-ticket")).toHaveText(/^Ticket [0-9a-f]{4} · /);
  expect(await name(page)).toBe(await name(other));
});

test("the words of the field replace those of the picture everywhere", async ({ page }) => {
  await openLab(page);
  await page.getByRole("radio", { name: /^The field/ }).check();
  await expect(page.getByTestId("stage-stamp")).toHaveText("Refresh token #0");
  await expect(rowsWithText(page, /Stores access token [0-9a-f]{4} in memory/)).toHaveCount(1);
  const words = await page.locator(".lab").innerText();
  const left = words.split("\n").filter((line) => /\b(tickets?|stamps?|thief|box office)\b/i.test(line));
  expect(left).toEqual([]);
});

test("with reduced motion the message is at its destination at once", { tag: "@emulated-media" }, async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await openLab(page);
  await experiment(page, "Call the API").getByRole("button").click();
  await expect(page.getByText("200: the server checked the ticket on its own.")).toBeVisible();
  expect(await page.locator(".packet").first().evaluate((packet) => packet.getAnimations().length)).toBe(0);
});
