// Another app that logs in with Handstamp, with pages of its own (`examples/guestbook`).
import { expect, test, waitUntilExpired } from "../fixtures.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.guestbook.url });

test("another app logs in, and refreshes for its server function and its endpoint", async ({ page, traffic, request }) => {
  await page.goto("/");
  await expect(page.getByText("Nobody is here")).toBeVisible();
  await expect.poll(() => traffic.lines()).toEqual(["POST /auth/refresh 200"]);
  const message = page.getByRole("status");
  await page.getByRole("button", { name: "Greet me" }).click();
  await expect(message).toHaveText("Send an access token in the Authorization header.");

  await page.getByRole("button", { name: "Come in" }).click();
  await expect(page.getByText(/^guest-.* is here$/)).toBeVisible();
  await page.getByRole("button", { name: "Count me" }).click();
  await expect(message).toHaveText("Visits: 1");
  await waitUntilExpired(page, request, traffic.token(), 2);
  traffic.clear();
  await page.getByRole("button", { name: "Count me" }).click();
  await expect(message).toHaveText("Visits: 2");
  expect(traffic.lines()).toEqual(["POST /api/visits 401", "POST /auth/refresh 200", "POST /api/visits 200"]);
  await waitUntilExpired(page, request, traffic.token(), 2);
  traffic.clear();
  await page.getByRole("button", { name: "Greet me" }).click();
  await expect(message).toHaveText(/^Welcome, session [0-9a-f-]{36}$/);
  expect(traffic.lines()).toEqual(["POST /fn/greeting 401", "POST /auth/refresh 200", "POST /fn/greeting 200"]);

  await page.reload();
  await expect(page.getByText(/^guest-.* is here$/)).toBeVisible();
  await page.getByRole("button", { name: "Leave" }).click();
  await expect(page.getByText("Nobody is here")).toBeVisible();
  await page.getByRole("button", { name: "Count me" }).click();
  await expect(message).toHaveText("Send an access token in the Authorization header.");
});
