// The tour of the lab.
import type { Locator } from "@playwright/test";
import { expect, logOut, open, signUp, test, visit } from "../fixtures.js";
import { experiment, logInAsGuest, nextStep, rows, stops, tourStep } from "../lab.js";
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
  /^Browser: Stores ticket [0-9a-f]{4} in memory/,
  /^Browser to Server: GET \/api\/profile with ticket [0-9a-f]{4}$/,
  /^Server: Checks ticket [0-9a-f]{4}: valid · [\d.]+ ms$/,
  /^Server to Browser: 200: the data/,
  /^Browser to Server: GET \/api\/profile with ticket [0-9a-f]{4}$/,
  /^Server: Checks ticket [0-9a-f]{4}: valid · [\d.]+ ms$/,
  /^Server to Browser: 200: the data/,
  /^Browser to Server: GET \/api\/profile with ticket [0-9a-f]{4}$/,
  /^Server: Checks ticket [0-9a-f]{4}: expired · [\d.]+ ms$/,
  /^Server to Browser: 401: refused/,
  /^Browser to Server: POST \/auth\/refresh with the stamp$/,
  /^Server: Replaces stamp #0 by #1$/,
  /^Server to Browser: 200: a new ticket and a new stamp/,
  /^Browser: Stores ticket [0-9a-f]{4} in memory/,
  /^Browser to Server: GET \/api\/profile with ticket [0-9a-f]{4}$/,
  /^Server: Checks ticket [0-9a-f]{4}: valid · [\d.]+ ms$/,
  /^Server to Browser: 200: the data/,
];

test("the tour performs each of its nineteen steps with real requests", async ({ page, traffic }) => {
  await open(page, "/lab");
  traffic.clear();
  // Only with the keyboard: the focus stays on the button for the next step.
  await page.getByRole("button", { name: "Start the tour" }).press("Enter");
  const sent = { 1: 0, 2: 1, 4: 1, 6: 2, 10: 4, 12: 5, 13: 5, 15: 6, 17: 6, 19: 7 } as Record<number, number>;
  const tickets = new Set<string>();
  for (const step of stops) {
    await expect.poll(() => tourStep(page)).toBe(step);
    const row = rows(page).last();
    await expect(row).toHaveAttribute("data-step", String(step));
    expect((await textOf(row)).replace(/^\d+/, "")).toMatch(steps[step - 1]!);
    // The tour holds the client: it has sent no request of a later step.
    if (step in sent) expect(traffic.lines().length, `responses at step ${step}`).toBeLessThanOrEqual(sent[step]! + 1);
    if ([3, 12, 16].includes(step)) {
      // The stage follows up to the row of the step.
      await expect(rows(page).last()).toHaveClass(/is-current/);
      tickets.add((await page.getByTestId("stage-ticket").textContent())!.slice(0, "Ticket 0000".length));
    }
    if (step === 12) await expect(page.getByTestId("stage-ticket")).toHaveText(/expired/);
    if (step < 19) {
      await expect(page.getByRole("button", { name: "Next", exact: true })).toBeFocused();
      await page.keyboard.press("Enter");
    }
  }
  expect(tickets.size, "each ticket has a name of its own").toBe(3);
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
  await expect(page.getByRole("button", { name: "Close", exact: true })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Start the tour" })).toBeFocused();
  await experiment(page, "Call the API").getByRole("button", { name: "Call", exact: true }).click();
  await expect(page.getByText("200: the server checked the ticket on its own.")).toBeVisible();
});

test("the tour asks before it takes a session away", async ({ page, user }) => {
  await signUp(page, user);
  await open(page, "/lab");
  const start = page.getByRole("button", { name: "Start the tour" });
  await start.click();
  const dialog = page.getByRole("dialog", { name: "Log out and start the tour?" });
  await expect(dialog.getByText(`“${user.name}” is logged out in this browser.`)).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(start).toBeFocused();
  await expect(page.getByRole("banner")).toContainText(user.name);
  await start.click();
  await dialog.getByRole("button", { name: "Log out and start" }).click();
  await expect.poll(() => tourStep(page)).toBe(1);
});

test("the tour goes back and forth over what happened, and plays", async ({ page, traffic }) => {
  await open(page, "/lab");
  await page.getByRole("button", { name: "Start the tour" }).click();
  for (const step of [1, 2, 3, 4]) {
    await expect.poll(() => tourStep(page)).toBe(step);
    await nextStep(page);
  }
  await expect.poll(() => tourStep(page)).toBe(5);
  const before = traffic.lines().length;
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await expect.poll(() => tourStep(page)).toBe(4);
  await expect(page.getByTestId("caption")).toHaveText(/^Browser → Server: GET \/api\/profile with ticket/);
  await page.locator("main").focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => tourStep(page)).toBe(3);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => tourStep(page)).toBe(5);
  expect(traffic.lines().length, "going back sends nothing").toBe(before);
  await page.getByLabel("Speed").selectOption("4×");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await expect.poll(() => tourStep(page), { timeout: 60_000 }).toBe(19);
  await expect(page.getByRole("heading", { name: "So why two tokens?" })).toBeVisible();
});

test("a session that ends during the tour ends the tour with the reason, and the client still works", async ({ page, context }) => {
  await open(page, "/lab");
  await page.getByRole("button", { name: "Start the tour" }).click();
  for (const step of [1, 2, 3, 4, 5]) {
    await expect.poll(() => tourStep(page)).toBe(step);
    if (step < 5) await nextStep(page);
  }
  const other = await context.newPage();
  await open(other, "/");
  await logOut(other);
  await expect(page.getByText("You logged out in another tab.").first()).toBeVisible();
  await page.bringToFront();
  await expect(page.getByRole("button", { name: "Start the tour" })).toBeFocused();
  await expect(page.getByRole("region", { name: "Guided tour" }).getByRole("alert")).not.toBeEmpty();
  await logInAsGuest(page);
  await experiment(page, "Call the API").getByRole("button", { name: "Call", exact: true }).click();
  await expect(page.getByText("200: the server checked the ticket on its own.")).toBeVisible();
});

test("leaving the tour, or its page, releases the client", async ({ page, traffic }) => {
  await page.clock.install();
  await open(page, "/lab");
  const start = page.getByRole("button", { name: "Start the tour" });
  const step = (place: number) => expect(page.getByTestId("tour-step")).toHaveText(new RegExp(`Step ${place} of 19`));
  const next = page.getByRole("button", { name: "Next", exact: true });
  await start.click();
  await next.click();
  await step(2);
  await page.getByRole("button", { name: "Leave the tour" }).click();
  await expect(start).toBeFocused();

  // A new tour at once, which asks because there is a session, and then another page during a step: while the tour waits until the token expires.
  await start.click();
  await page.getByRole("button", { name: "Log out and start" }).click();
  for (const place of [1, 2, 3, 4, 5, 6, 9]) {
    await step(place);
    await next.click();
  }
  await expect(page.getByText(/The ticket expires in \d s/)).toBeVisible();
  await page.getByRole("button", { name: "Leave the tour" }).click();
  await start.click();
  await page.getByRole("button", { name: "Log out and start" }).click();
  await step(1);
  for (const place of [1, 2, 3, 4, 5, 6, 9]) {
    await step(place);
    await next.click();
  }
  await expect(page.getByText(/The ticket expires in \d s/)).toBeVisible();
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
  await expect(page.getByTestId("tour-step")).toHaveText(/Step 1 of 19/);
  await page.clock.runFor(70_000);
  await page.getByRole("button", { name: "Next", exact: true }).click();
  await expect(page.getByTestId("tour-step")).toHaveText(/Step 2 of 19/);
  await page.clock.runFor(70_000);
  await page.getByRole("button", { name: "Next", exact: true }).click();
  await expect(page.getByTestId("tour-step")).toHaveText(/Step 3 of 19/);
});
