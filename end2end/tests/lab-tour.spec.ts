// The tour of the lab.
import type { Locator } from "@playwright/test";
import { expect, logOut, open, test, visit } from "../fixtures.js";
import { experiment, rows } from "../lab.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.window.url });

/** The text of a row, as a screen reader reads it: who, to whom, and what. */
async function textOf(row: Locator) {
  return ((await row.locator("summary").textContent()) ?? "").replace(/\s+/g, " ").trim();
}

// The steps of the flow: who acts, and what.
const steps = [
  /^Browser to Server: POST \/auth\/try_it$/,
  /^Server to Browser: 200: a ticket and a stamp/,
  /^Browser: Holds ticket 1 in memory/,
  /^Browser to Server: GET \/api\/profile with ticket 1$/,
  /^Server: Checks ticket 1: good · [\d.]+ ms$/,
  /^Server to Browser: 200: the data/,
  /^Browser to Server: GET \/api\/profile with ticket 1$/,
  /^Server: Checks ticket 1: good · [\d.]+ ms$/,
  /^Server to Browser: 200: the data/,
  /^Browser to Server: GET \/api\/profile with ticket 2$/,
  /^Server: Checks ticket 2: no longer good · [\d.]+ ms$/,
  /^Server to Browser: 401: refused/,
  /^Browser to Server: POST \/auth\/refresh with the stamp$/,
  /^Server: Checks the stamp: genuine · [\d.]+ ms$/,
  /^Server to Browser: 200: a new ticket/,
  /^Browser: Holds ticket 3 in memory/,
  /^Browser to Server: GET \/api\/profile with ticket 3$/,
  /^Server: Checks ticket 3: good · [\d.]+ ms$/,
  /^Server to Browser: 200: the data/,
];

test("the tour performs each of its nineteen steps with real requests", async ({ page, traffic }) => {
  await open(page, "/lab");
  traffic.clear();
  // Only with the keyboard: each step focuses the button for the next one.
  await page.getByRole("button", { name: "Start the tour" }).press("Enter");
  const sent = { 1: 0, 2: 1, 4: 1, 6: 2, 10: 4, 12: 5, 13: 5, 15: 6, 17: 6, 19: 7 } as Record<number, number>;
  for (let step = 1; step <= 19; step++) {
    await expect(page.getByTestId("tour-step")).toHaveText(`Step ${step} of 19`);
    const row = rows(page).last();
    await expect(row).toHaveAttribute("data-step", String(step));
    expect((await textOf(row)).replace(/^\d+/, "")).toMatch(steps[step - 1]!);
    // The tour holds the client: it has sent no request of a later step.
    if (step in sent) expect(traffic.lines().length, `responses at step ${step}`).toBeLessThanOrEqual(sent[step]! + 1);
    if (step === 12) await expect(page.getByTestId("generation")).toHaveText("2");
    if (step === 16) await expect(page.getByTestId("generation")).toHaveText("3");
    if (step < 19) {
      await expect(page.getByRole("button", { name: "Next:" })).toBeFocused();
      await page.keyboard.press("Enter");
    }
  }
  const numbers = await rows(page).evaluateAll((all) => all.map((row) => row.getAttribute("data-step")).filter(Boolean));
  expect(numbers).toEqual(steps.map((_, place) => String(place + 1)));
  await expect(page.getByRole("heading", { name: "So why two tokens?" })).toBeVisible();
  await expect.poll(() => traffic.lines()).toEqual([
    "POST /auth/try_it 200",
    "GET /api/profile 200",
    "GET /api/profile 200",
    "POST /auth/lab/cut_ticket 200",
    "GET /api/profile 401",
    "POST /auth/refresh 200",
    "GET /api/profile 200",
  ]);
  await expect(page.getByRole("button", { name: "Close the tour" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Start the tour" })).toBeFocused();
  await experiment(page, "Call the API").getByRole("button").click();
  await expect(page.getByText("200: the server checked the ticket by itself.")).toBeVisible();
});

test("a session that ends during the tour ends the tour with the reason, and the client still works", async ({ page, context }) => {
  await open(page, "/lab");
  await page.getByRole("button", { name: "Start the tour" }).click();
  for (let step = 1; step <= 5; step++) {
    await expect(page.getByTestId("tour-step")).toHaveText(`Step ${step} of 19`);
    if (step < 5) await page.getByRole("button", { name: "Next:" }).click();
  }
  const other = await context.newPage();
  await open(other, "/");
  await logOut(other);
  await expect(page.getByText("You logged out in another tab.").first()).toBeVisible();
  await page.bringToFront();
  await expect(page.getByRole("button", { name: "Start the tour" })).toBeFocused();
  await expect(page.getByRole("region", { name: "The tour" }).getByRole("alert")).not.toBeEmpty();
  await page.getByRole("button", { name: "Log in as a guest" }).click();
  await experiment(page, "Call the API").getByRole("button").click();
  await expect(page.getByText("200: the server checked the ticket by itself.")).toBeVisible();
});

test("leaving the tour, or its page, releases the client", async ({ page, traffic }) => {
  await page.clock.install();
  await open(page, "/lab");
  const start = page.getByRole("button", { name: "Start the tour" });
  const step = (place: number) => expect(page.getByTestId("tour-step")).toHaveText(`Step ${place} of 19`);
  const next = page.getByRole("button", { name: "Next:" });
  await start.click();
  await next.click();
  await step(2);
  await page.getByRole("button", { name: "Leave the tour" }).click();
  await expect(page.getByTestId("generation")).toHaveText("1");
  await expect(start).toBeFocused();

  // A new tour at once, and then another page during a step: while the tour waits until the token expires.
  await start.click();
  for (let place = 1; place <= 9; place++) {
    await step(place);
    await next.click();
  }
  await expect(page.getByText(/The ticket runs out in \d s/)).toBeVisible();
  await page.getByRole("button", { name: "Leave the tour" }).click();
  await start.click();
  await step(1);
  for (let place = 1; place <= 9; place++) {
    await step(place);
    await next.click();
  }
  await expect(page.getByText(/The ticket runs out in \d s/)).toBeVisible();
  // Each of the two tours has sent two requests.
  const requests: string[] = [];
  await expect.poll(() => traffic.lines().filter((line) => line === "GET /api/profile 200").length).toBe(4);
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  const loaded = () => page.waitForResponse((response) => response.url().endsWith("/api/profile") && response.ok());
  await Promise.all([loaded(), visit(page, "Profile", "Your profile")]);
  await expect(page.getByRole("heading", { name: "Your profile" })).toBeVisible();
  // After the expiry, for which the tour was waiting, no request follows.
  await page.clock.runFor(8000);
  expect(requests.filter((path) => /^\/(api|auth)/.test(path))).toEqual(["/api/profile"]);
  await Promise.all([loaded(), page.getByRole("button", { name: "Reload" }).click()]);
});

test("the tour continues after a pause of a minute, also during the login", async ({ page }) => {
  await page.clock.install();
  await open(page, "/lab");
  await page.getByRole("button", { name: "Start the tour" }).click();
  await expect(page.getByTestId("tour-step")).toHaveText("Step 1 of 19");
  await page.clock.runFor(70_000);
  await page.getByRole("button", { name: "Next:" }).click();
  await expect(page.getByTestId("tour-step")).toHaveText("Step 2 of 19");
  await page.clock.runFor(70_000);
  await page.getByRole("button", { name: "Next:" }).click();
  await expect(page.getByTestId("tour-step")).toHaveText("Step 3 of 19");
});
