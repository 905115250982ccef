// The lab: a stolen refresh token, and time that passes for one session.
import { accountMenu, expect, open, test } from "../fixtures.js";
import { experiment, openLab, rowsWithText } from "../lab.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.window.url });

test("an attacker who refreshes second is detected, and both sides are shown", async ({ page, traffic }) => {
  await openLab(page);
  traffic.clear();
  const thief = experiment(page, "Thief");
  await page.getByRole("button", { name: "Copy your stamp" }).click();
  await expect(page.getByText("Both hold the same stamp. Who refreshes first?")).toBeVisible();
  await expect(thief).toContainText("Stamp #0");
  await page.getByRole("button", { name: "You refresh" }).click();
  await expect(page.getByText("You hold the newest stamp.")).toBeVisible();
  await page.getByRole("button", { name: /^Let \d+ s pass$/ }).click();
  await expect(page.getByText("The lab has moved the times of this session")).toBeVisible();
  await page.getByRole("button", { name: "Thief refreshes" }).click();
  await expect(page.getByText("the thief was noticed on first use")).toBeVisible();
  await expect(page.getByTestId("thief-state")).toHaveText("Has nothing any more: the session has ended");
  await expect(page.getByTestId("your-state")).toHaveText("Logged out: the server can't know which of the two is you");
  const story = page.getByRole("list", { name: "The story" }).getByRole("listitem");
  const actors = await story.evaluateAll((lines) => lines.map((line) => line.getAttribute("data-who")));
  expect(actors).toEqual(["Thief", "You", "Time", "Thief", "Server", "You"]);
  await expect.poll(() => traffic.lines()).toEqual([
    "POST /auth/lab/steal 200",
    "POST /auth/refresh 200",
    "POST /auth/lab/pass_time 200",
    "POST /auth/lab/strike 200",
    "GET /api/profile 401",
    "POST /auth/refresh 401",
  ]);
  // The stage has the thief as a client of its own.
  await expect(rowsWithText(page, "POST /auth/refresh with the copied stamp").locator("summary")).toContainText("Thief to Server");
  await expect(page.getByTestId("stage-session")).toHaveText("Session: ended");
});

test("an attacker who refreshes first is detected when the user refreshes", async ({ page }) => {
  await openLab(page);
  await page.getByRole("button", { name: "Copy your stamp" }).click();
  await page.getByRole("button", { name: "Thief refreshes" }).click();
  await expect(page.getByTestId("thief-state")).toHaveText("Holds your session, unnoticed");
  await expect(page.getByTestId("stage-copy")).toHaveText("Stolen stamp #1");
  await expect(page.getByTestId("stage-stamp")).toHaveText("Stamp #0");
  await page.getByRole("button", { name: /^Let \d+ s pass$/ }).click();
  await expect(page.getByText("The lab has moved the times of this session")).toBeVisible();
  await page.getByRole("button", { name: "You refresh" }).click();
  await expect(page.getByText("The thief had access until you refreshed.")).toBeVisible();
  await expect(page.getByTestId("thief-state")).toHaveText("Has nothing any more: the session has ended");
  await experiment(page, "Steal the stamp").getByRole("button", { name: "Log in as a guest" }).click();
  await expect(page.getByTestId("your-state")).toHaveText("Logged in");
});

test("time passes for the session: the ticket expires, and after a year the session too", async ({ page, traffic }) => {
  await openLab(page);
  traffic.clear();
  const time = experiment(page, "Let time pass");
  await time.getByRole("button", { name: "20 minutes" }).click();
  await expect(time.getByText("The ticket had expired. The stamp had not")).toBeVisible();
  await time.getByRole("button", { name: "A year" }).click();
  await expect(time.getByText("Ticket and session have expired.")).toBeVisible();
  await expect.poll(() => traffic.lines()).toEqual([
    "POST /auth/lab/pass_time 200",
    "GET /api/profile 401",
    "POST /auth/refresh 200",
    "GET /api/profile 200",
    "POST /auth/lab/pass_time 200",
    "GET /api/profile 401",
    "POST /auth/refresh 401",
  ]);
});

test("each of two open labs draws its own requests, and a detected theft ends the session in both", async ({ page, context }) => {
  await openLab(page);
  const other = await context.newPage();
  await open(other, "/lab");
  await expect(accountMenu(other)).toBeVisible();
  await experiment(page, "Call the API").getByRole("button").click();
  await expect(rowsWithText(page, "GET /api/profile")).toHaveCount(1);
  await expect(rowsWithText(other, "GET /api/profile")).toHaveCount(0);
  await page.getByRole("button", { name: "Copy your stamp" }).click();
  // The other tab has refreshed at its start.
  await page.getByRole("button", { name: /^Let \d+ s pass$/ }).click();
  await page.getByRole("button", { name: "You refresh" }).click();
  await page.getByRole("button", { name: /^Let \d+ s pass$/ }).click();
  await expect(page.getByText("The lab has moved the times of this session")).toBeVisible();
  await page.getByRole("button", { name: "Thief refreshes" }).click();
  await expect(page.getByText("the thief was noticed on first use")).toBeVisible();
  await expect(other.getByText("an old copy of your session was used").first()).toBeVisible();
});
