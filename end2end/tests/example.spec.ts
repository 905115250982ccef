// Another app that logs in with Handstamp, and knows nothing of our pages (`examples/guestbook`).
import { expect, test, untilExpired } from "../fixtures.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.guestbook.url });

test("another app logs in, and its server function and its endpoint outlive the access token", async ({ page, wire, request }) => {
  await page.goto("/");
  await expect(page.getByText("Nobody is here")).toBeVisible();
  await expect.poll(() => wire.lines()).toEqual(["POST /auth/refresh 200"]);
  const said = page.getByRole("status");
  await page.getByRole("button", { name: "Greet me" }).click();
  await expect(said).toHaveText("Send an access token in the Authorization header.");

  await page.getByRole("button", { name: "Come in" }).click();
  await expect(page.getByText(/^guest-.* is here$/)).toBeVisible();
  await page.getByRole("button", { name: "Count me" }).click();
  await expect(said).toHaveText("Visits: 1");
  await untilExpired(page, request, wire.token(), 2);
  wire.clear();
  await page.getByRole("button", { name: "Count me" }).click();
  await expect(said).toHaveText("Visits: 2");
  expect(wire.lines()).toEqual(["POST /api/visits 401", "POST /auth/refresh 200", "POST /api/visits 200"]);
  await untilExpired(page, request, wire.token(), 2);
  wire.clear();
  await page.getByRole("button", { name: "Greet me" }).click();
  await expect(said).toHaveText(/^Welcome, session [0-9a-f-]{36}$/);
  expect(wire.lines()).toEqual(["POST /fn/greeting 401", "POST /auth/refresh 200", "POST /fn/greeting 200"]);

  await page.reload();
  await expect(page.getByText(/^guest-.* is here$/)).toBeVisible();
  await page.getByRole("button", { name: "Leave" }).click();
  await expect(page.getByText("Nobody is here")).toBeVisible();
  await page.getByRole("button", { name: "Count me" }).click();
  await expect(said).toHaveText("Send an access token in the Authorization header.");
});
