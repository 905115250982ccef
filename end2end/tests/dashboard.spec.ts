// The home page of a user who is logged in.
import { expect, open, signUp, test } from "../fixtures.js";
import { linkTo } from "../mail.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

test("a new user is asked to confirm the address, and can have the mail sent again", async ({ page, user, request }) => {
  await signUp(page, user);
  const main = page.getByRole("main");
  await expect(main.getByRole("heading", { level: 1 })).toContainText(user.name);
  await expect(main.getByText("Confirm your email: we sent a link to")).toContainText(user.email);
  const first = await linkTo(request, servers.plain.url, user.email);
  await main.getByRole("button", { name: "Resend email" }).click();
  await expect(main.getByText("We sent the confirmation email again.")).toBeVisible();
  await expect(main.getByText("Confirm your email: we sent a link to")).toBeHidden();
  expect(await linkTo(request, servers.plain.url, user.email)).not.toBe(first);
});

test("the dashboard says where the user is logged in, and leads to the pages", async ({ page, user }) => {
  await signUp(page, user);
  const tiles = page.getByRole("list", { name: "Where to go next" });
  await expect(tiles.getByText("You're logged in on this device only.")).toBeVisible();
  await expect(tiles.getByText("Two-step login is off.")).toBeVisible();
  await expect(page.getByRole("heading", { name: "What happens behind the scenes" })).toHaveCount(0);
  await tiles.getByRole("link", { name: "Review devices" }).click();
  await expect(page).toHaveURL("/sessions");
});

test("a guest is invited to create an account", async ({ page }) => {
  await open(page, "/");
  await page.getByRole("button", { name: "Try it as a guest" }).click();
  const main = page.getByRole("main");
  await expect(main.getByText("Guest accounts are deleted after 24 hours.")).toBeVisible();
  await expect(main.getByText("Confirm your email")).toHaveCount(0);
  await expect(main.getByText("Two-step login")).toHaveCount(0);
  await main.getByRole("link", { name: "Create an account" }).click();
  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
});
